"""What is asked of the corpus, and what comes back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Self

from storage.records.article import Article
from storage.tabular import Tabular, required

if TYPE_CHECKING:
    import pyarrow as pa

_TAG_KINDS = ("topic", "place", "main_place", "organisation", "person", "document", "type")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles are asked for; what is None does not count."""

    since: date | None = None
    until: date | None = None
    source: str | None = None
    topic: str | None = None
    place: str | None = None
    main_place: str | None = None
    organisation: str | None = None
    person: str | None = None
    document: str | None = None
    """A document number that is cited, in any spelling."""
    type: str | None = None
    open_on: date | None = None
    """Notices with a deadline that has not passed on this day."""

    def tags(self) -> Iterator[tuple[str, str]]:
        """The kinds and values of tags that are asked for."""
        for kind in _TAG_KINDS:
            if value := getattr(self, kind):
                yield kind, value


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text as it was written, and whether the query found it."""

    text: str
    hit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that a search found, and where the words stand in it."""

    article: Article
    title: tuple[Piece, ...]
    """The whole title, in pieces."""
    snippet: tuple[Piece, ...]
    """The part of the body, or of an attachment, that shows most of the query, in pieces."""
    files: tuple[str, ...] = ()
    """Names of the attachments where a word stands in none of the article's own lines."""
    reprints: int = 0
    """How many other articles of its story the search found, too."""
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value that hits have, and how many of them."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchResult(Tabular):
    """What a search found: stories or, with reprints, articles."""

    total: int
    exact: bool
    """Whether `total` and `facets` are counted; else they are estimates."""
    hits: tuple[Hit, ...]
    facets: dict[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    """Facet → its commonest values, the commonest first."""
    next: str | None = None
    """What to pass as `after` for the hits behind these; None where there are none."""

    @property
    def items(self) -> tuple[Article, ...]:
        """The articles of the hits."""
        return tuple(hit.article for hit in self.hits)

    def to_arrow(self) -> "pa.Table":
        """The articles of the hits as `Corpus.articles` gives them. Needs the extra ``arrow``."""
        required("pyarrow", "arrow")
        from storage.arrow.records import article_table

        return article_table(self.items)

    def _repr_html_(self) -> str:
        from storage.notebook import search_html

        return search_html(self)


@dataclass(frozen=True, slots=True)
class Count:
    """How many articles there are of one kind."""

    key: tuple[str | None, ...]
    """One part for each thing that is counted by: a day as ``2026-07-31``, a tag by its id, a
    person by name; None where articles have none."""
    count: int


class Counts(tuple[Count, ...], Tabular):  # noqa: SLOT001 - a tuple has no room for slots
    """What `Corpus.counts` found, sorted by key; None comes last."""

    by: tuple[str, ...]
    """What the parts of each key are."""

    def __new__(cls, by: Sequence[str], counts: Iterable[Count]) -> Self:
        """The counts by these things."""
        made = super().__new__(cls, counts)
        made.by = tuple(by)
        return made

    def rows(self) -> Iterator[dict[str, str | int | None]]:
        """Each count as a row: what is counted by, then ``count``."""
        for one in self:
            yield dict(zip(self.by, one.key, strict=True)) | {"count": one.count}

    def to_arrow(self) -> "pa.Table":
        """A column for each thing that is counted by, and ``count``. Needs the extra ``arrow``."""
        required("pyarrow", "arrow")
        from storage.arrow.records import count_table

        return count_table(self)

    def _repr_html_(self) -> str:
        from storage.notebook import counts_html

        return counts_html(self)
