"""What became of addresses, in lists and in runs, and how things stand."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list that an address stands or stood in."""

    source: str
    column: str
    found_on: str
    """The list page."""
    seen_at: str | None
    run: str | None
    """Of the walk that saw it there first."""
    left_at: str | None
    """None: it stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """What became of an address in a run."""

    run: str
    source: str
    outcome: str
    reason: str | None
    at: str | None
    warc: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why an address is in the corpus, or is not."""

    url: str
    key: str
    source: str
    column: str | None
    discovered_at: str
    discovered_on: str | None
    outcome: str
    reason: str | None
    outcome_at: str
    next_try_at: str | None
    article: str | None
    lists: tuple[Listed, ...] = ()
    visits: tuple[Visited, ...]
    """Its outcomes, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """How a source stands."""

    source: str
    articles: int
    latest: str | None
    """When its newest article was published."""
    last_new: str | None
    """When something new was last found."""
    parked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How much there is."""

    articles: int
    stories: int
    revisions: int
    """Earlier versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A run and what came of it. Times are text, as the city reads them."""

    id: str
    kind: str
    state: str
    started_at: str | None
    finished_at: str | None
    error: str | None
    outcomes: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(Totals):
    """How things stand."""

    pages: dict[str, int]
    runs: tuple[RunSummary, ...]
    sources: tuple[SourceStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOfSource:
    """What one source cost in a run and came to."""

    source: str
    discovered: int
    requests: int
    bytes: int
    seconds: float
    outcomes: dict[str, int]


@dataclass(frozen=True, slots=True)
class RunReason:
    """How many addresses of a source ended in one outcome for one reason."""

    outcome: str
    reason: str
    source: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDetails:
    """A run, source by source. Times are text, as the city reads them."""

    id: str
    kind: str
    state: str
    error: str | None
    started_at: str
    finished_at: str | None
    sources: tuple[RunOfSource, ...]
    reasons: tuple[RunReason, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The outcomes that occurred."""
        return tuple(sorted({name for one in self.sources for name in one.outcomes}))
