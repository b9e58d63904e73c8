"""What it takes to read a segment, and what came of it so far."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from crawler import aside
from crawler.attachments.reader import FileReader
from crawler.catalogue import Catalogue
from crawler.layouts import CONTAINER_MISSING
from crawler.listings import listed_keys
from crawler.records import Article, Page
from crawler.segment import Segment, Unfetched
from flows.health.floors import Below
from flows.steps.extracted import Described, Means
from flows.steps.tag import Tagger
from storage.database import Database
from storage.ledger import Known, Result
from storage.models import Outcome

# One page of another kind among many is normal; more of them is a layout that has changed.
_ROTTEN = 0.1


@dataclass(frozen=True)
class Reader:
    """What it takes to read a segment and to load it."""

    database: Database
    catalogue: Catalogue
    open_tagger: Callable[[], Tagger]
    run_id: str
    files: FileReader
    segment: Segment
    live: bool = True
    """Whether the pages were fetched for this run; what somebody saved says what was, not what is."""
    leftover: bool = False
    """Whether a run left it that died: others may have been at its pages since then."""
    read: aside.Read = aside.here
    """How pages are read: here when their turn comes, or ahead of it, in processes."""

    @cached_property
    def listed(self) -> set[str]:
        """The keys that the segment's lists show."""
        return listed_keys(self.segment.notes)

    @property
    def means(self) -> Means:
        """What a page is read with."""
        return Means(self.catalogue, self.files, self.segment.attachment, self.read)

    @property
    def ahead(self) -> int:
        """Batches whose reading is begun before the one in hand is loaded."""
        return 0 if self.read is aside.here else 1


@dataclass(slots=True)
class Reading:
    """What came of a segment so far: the outcomes that leave no trace but a number."""

    unwritten: Counter[tuple[str, Outcome, str]] = field(default_factory=Counter)
    entries: int = 0
    declared: Counter[str] = field(default_factory=Counter)
    """Articles read by a declared layout, by publisher and column."""
    missing: Counter[str] = field(default_factory=Counter)
    """Those among them that have none of the containers which the layout declares."""
    below: dict[str, Below] = field(default_factory=dict)
    """The sources whose batch was held."""
    skew: tuple[timedelta, int] | None = None
    """How far our clock is ahead of the servers', of how many hosts."""
    validators: dict[tuple[str, str], tuple[str | None, str | None]] = field(default_factory=dict)
    """(etag, last modified) of lists that are one document, by source and column."""

    def count(self, read: "Read") -> None:
        """Count an article that was read by a declared layout."""
        if read.article and read.column:
            self.declared[read.column] += 1
            self.missing[read.column] += CONTAINER_MISSING in read.article.provenance.get(
                "body", ""
            )

    @property
    def problems(self) -> list[str]:
        """The columns whose layout is not what the catalogue declares any more."""
        return [
            f"{column}: {missing} of {self.declared[column]} pages have no declared container; "
            "their text was located without it, see `layouts` in docs/sources.md"
            for column, missing in sorted(self.missing.items())
            if missing > _ROTTEN * self.declared[column]
        ]


@dataclass(frozen=True, slots=True)
class Read:
    """An entry beside what it turned out to be."""

    entry: Page | Unfetched
    known: Known | None = None
    """What the ledger knew of it."""
    result: Result | None = None
    article: Article | None = None
    earlier: tuple[Article, ...] = ()
    """What the same address said before, in this very segment."""
    described: tuple[Described, ...] = ()
    """What the text of each of its `articles` tells."""
    late: bool = False
    """Captured before the answer that the ledger remembers."""
    column: str | None = None
    """``publisher/column`` whose declared layout it was read by."""

    @property
    def articles(self) -> tuple[Article, ...]:
        """Its answers that are articles, the latest last."""
        return (*self.earlier, self.article) if self.article else self.earlier

    def held(self, below: Below) -> "Read":
        """The same, not to be loaded: a person looks first."""
        reason = f"floor: {', '.join(below.floors)}"
        held = Result(
            key=self.entry.key,
            outcome=Outcome.HELD,
            reason=reason,
            source=self.entry.source,
            warc=self.entry.warc if isinstance(self.entry, Page) else None,
        )
        return Read(self.entry, result=held)
