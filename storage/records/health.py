"""How sources stand."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class HealthState(StrEnum):
    """How a source stands; `docs/health.md` says what each means."""

    OK = "ok"
    LATE = "late"
    SILENT = "silent"
    BROKEN = "broken"
    BLOCKED = "blocked"
    EMPTY = "empty"
    UNKNOWN = "unknown"

    @property
    def is_bad(self) -> bool:
        """Whether somebody should be told."""
        return self in {HealthState.SILENT, HealthState.BROKEN, HealthState.BLOCKED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnHealth:
    """How one column of a source stands."""

    column: str
    state: str
    """A `HealthState`."""
    evidence: tuple[str, ...] = ()
    expected_hours: float | None = None
    last_new: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How a source stands, since when, and what shows it. Times are text, as the city reads them."""

    source: str
    state: str
    """A `HealthState`."""
    since: str
    evidence: tuple[str, ...]
    """Sentences, the weightiest first."""
    expected_hours: float | None
    """Within so many hours of its own days something new is to be expected; None: not known yet."""
    last_new: str | None
    """When its newest article appeared."""
    checked_at: str
    columns: tuple[ColumnHealth, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChange:
    """A source went from one state into another."""

    source: str
    at: str
    before: str | None
    state: str
    evidence: tuple[str, ...]
