"""Tags in place: a text cut where their evidence begins and ends."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from storage.records import Article, Tag

KINDS = (
    *("topic", "place", "organisation", "person", "document", "policy", "programme", "meeting"),
    *("money", "area", "deadline", "validity", "type"),
)
"""Kinds that are marked in a text, in the order in which one hides another where both stand.
``main_place`` is left out: its evidence is that of the places."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters of a text and the tags that they are evidence of."""

    text: str
    tags: tuple[Tag, ...] = ()

    @property
    def kind(self) -> str | None:
        """The kind that colours it: the narrowest that it shows."""
        return self.tags[0].kind if self.tags else None


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or the rows of a table that the text writes as ``| cell | cell |``."""

    rows: tuple[tuple[tuple[Piece, ...], ...], ...]
    is_table: bool


def blocks(article: Article, tags: Iterable[Tag], most: int | None = None) -> list[Block]:
    """The body of an article with these tags in it, as paragraphs and tables; where `most` is
    given, of its first characters only."""
    found = []
    listed = lines(article.body[:most], "body", tags)
    for is_table, together in groupby(listed, key=_is_row):
        if is_table:
            found.append(Block(tuple(tuple(_cells(line))[1:] for line in together), is_table=True))
        else:
            found += [Block(((tuple(line),),), is_table=False) for line in together]
    return found


def _is_row(line: Sequence[Piece]) -> bool:
    text = "".join(piece.text for piece in line)
    return len(text) > 3 and text.startswith("| ") and text.endswith(" |")


def _cells(line: Sequence[Piece]) -> Iterator[tuple[Piece, ...]]:
    """The cells of a row; a tag that reaches over two of them is in both."""
    cell: list[Piece] = []
    for piece in line:
        first, *others = piece.text.split("|")
        cell.append(Piece(first, piece.tags))
        for other in others:
            yield tuple(one for one in cell if one.text)
            cell = [Piece(other, piece.tags)]


def lines(text: str, field: str, tags: Iterable[Tag]) -> list[list[Piece]]:
    """A field of an article, ``title`` or ``body``, line by line and piece by piece."""
    found: list[list[Piece]] = [[]]
    for piece in _pieces(text, _spans(tags, field, len(text))):
        first, *others = piece.text.split("\n")
        found[-1].append(Piece(first, piece.tags))
        found.extend([Piece(other, piece.tags)] for other in others)
    return [[piece for piece in line if piece.text] for line in found]


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    tag: Tag


def _spans(tags: Iterable[Tag], field: str, length: int) -> Iterator[_Span]:
    for tag in tags:
        for one in tag.evidence if tag.kind in KINDS else ():
            if one.field == field and 0 <= one.start < one.end <= length:
                yield _Span(one.start, one.end, tag)


def _pieces(text: str, spans: Iterable[_Span]) -> Iterator[Piece]:
    ordered = sorted(spans, key=lambda span: span.start)
    cuts = sorted({0, len(text), *(s.start for s in ordered), *(s.end for s in ordered)})
    open_: list[_Span] = []
    following = iter([*ordered, None])
    upcoming = next(following)
    for start, end in pairwise(cuts):
        while upcoming is not None and upcoming.start <= start:
            open_.append(upcoming)
            upcoming = next(following)
        open_ = [span for span in open_ if span.end > start]
        yield Piece(text[start:end], _in_order(open_))


def _in_order(spans: Sequence[_Span]) -> tuple[Tag, ...]:
    """The tags of spans, the one of the shortest span first, each once."""
    nearest = sorted(spans, key=lambda s: (s.end - s.start, KINDS.index(s.tag.kind)))
    return tuple({(s.tag.kind, s.tag.value): s.tag for s in nearest}.values())


def by_kind(tags: Iterable[Tag]) -> Mapping[str, tuple[Tag, ...]]:
    """The tags of an article that are shown, by kind, in the order of `KINDS`."""
    listed = list(tags)
    found = {kind: tuple(tag for tag in listed if tag.kind == kind) for kind in KINDS}
    return {kind: those for kind, those in found.items() if those}
