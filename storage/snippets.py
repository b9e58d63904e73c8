"""Where a query stands in a text as it was written: titles and snippets with the hits marked."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from storage.folding import fold, fold_with_offsets
from storage.query import Text
from storage.records import Article, Hit, Piece

LENGTH = 120
"""Characters of a snippet, about."""
_BEFORE = 30
_MOST = 200
"""Occurrences that are looked at to find the best place."""
_AROUND = 40
"""Characters on both sides that are folded with what is shown."""

_Span = tuple[int, int]


def marked(article: Article, texts: Sequence[Text], reprints: int = 0, score: float = 0.0) -> Hit:
    """An article as a hit of these texts."""
    return Hit(
        article=article,
        title=_title(article, texts),
        snippet=_snippet(article, texts),
        files=_only_attached(article, texts),
        reprints=reprints,
        score=score,
    )


def _title(article: Article, texts: Sequence[Text]) -> tuple[Piece, ...]:
    """The title in pieces."""
    spans = _spans(article.title, texts)
    return tuple(_pieces(article.title, spans, 0, len(article.title)))


def _snippet(article: Article, texts: Sequence[Text]) -> tuple[Piece, ...]:
    """The part of the body that shows most of the query; of an attachment, where the body has none
    of it; the beginning, where nothing has."""
    words = [text for text in texts if not text.in_title]
    said = (file.text for file in article.attachments)
    for raw in (article.body, *said):
        if raw and (found := _near(raw, words) or _best(raw, _spans(raw, words))):
            return found
    return _stretch(article.body, [], 0, LENGTH)


def _only_attached(article: Article, texts: Sequence[Text]) -> tuple[str, ...]:
    """The names of the attachments that hold a word which title and body do not."""
    said = {file.name: file.text for file in article.attachments if file.text}
    words = [text.folded for text in texts if not text.in_title]
    if not said or not words:
        return ()
    own = f"{fold(article.title)}\n{fold(article.body)}"
    missing = [word for word in words if word not in own]
    return tuple(name for name, text in said.items() if _holds_any(text, missing))


def _holds_any(text: str, words: Sequence[str]) -> bool:
    folded = fold(text) if words else ""
    return any(word in folded for word in words)


def _spans(raw: str, texts: Sequence[Text]) -> list[_Span]:
    """Where the texts stand in the original, in order, those that touch or overlap as one."""
    folded = fold_with_offsets(raw)
    words = {text.folded for text in texts}
    found = sorted(place for word in words for place in folded.places(word))
    merged: list[_Span] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _near(raw: str, texts: Sequence[Text]) -> tuple[Piece, ...]:
    """The best stretch where a text has every word as it was asked for: to fold a long text takes a
    hundred times as long as to look there. Nothing for any other."""
    words = {text.folded for text in texts}
    rough = sorted(span for word in words for span in _as_written(raw, word))
    if len({raw[start:end] for start, end in rough}) < len(words) or not rough:
        return ()
    start, end = _bounds(raw, rough)
    first = max(0, start - _AROUND)
    spans = [(first + a, first + b) for a, b in _spans(raw[first : end + _AROUND], texts)]
    return _stretch(raw, spans, start, end) if spans else ()


def _as_written(raw: str, word: str) -> Iterator[_Span]:
    at = raw.find(word)
    while at >= 0:
        yield at, at + len(word)
        at = raw.find(word, at + len(word))


def _best(raw: str, spans: Sequence[_Span]) -> tuple[Piece, ...]:
    return _stretch(raw, spans, *_bounds(raw, spans)) if spans else ()


def _bounds(raw: str, spans: Sequence[_Span]) -> _Span:
    """The stretch with the most different hits in it, the first of those."""
    starts = [start for start, _ in spans]

    def shown(at: int) -> tuple[int, int]:
        last = bisect_left(starts, starts[at] + LENGTH - _BEFORE)
        return len({raw[start:end] for start, end in spans[at:last]}), -at

    first, last = spans[max(range(min(len(spans), _MOST)), key=shown)]
    start = max(0, first - _BEFORE)
    return start, max(start + LENGTH, last)


def _stretch(raw: str, spans: Sequence[_Span], start: int, end: int) -> tuple[Piece, ...]:
    """A stretch in pieces, with a mark where the text goes on."""
    end = min(end, len(raw))
    before = [Piece("…")] if start else []
    behind = [Piece("…")] if end < len(raw) else []
    return (*before, *_pieces(raw, spans, start, end), *behind)


def _pieces(raw: str, spans: Sequence[_Span], start: int, end: int) -> list[Piece]:
    """A stretch of a text, cut where hits begin and end, on one line."""
    pieces: list[Piece] = []
    at = start
    for first, last in spans:
        if last <= start or first >= end:
            continue
        first, last = max(first, start), min(last, end)  # noqa: PLW2901 - the part that is shown
        pieces += [Piece(raw[at:first]), Piece(raw[first:last], hit=True)]
        at = last
    pieces.append(Piece(raw[at:end]))
    return [Piece(_one_line(piece.text), piece.hit) for piece in pieces if piece.text]


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")
