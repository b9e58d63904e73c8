"""A segment in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(slots=True)
class SourceCost:
    """What one source took."""

    discovered: int = 0
    requests: int = 0
    list_pages: int = 0
    bytes: int = 0
    seconds: float = 0.0
    """From its first answer to its last."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A segment in numbers."""

    sources: Mapping[str, SourceCost]
    walks: Mapping[tuple[str, str], date | None]
    """(source, column) → the day back to which it was walked; None: to its very end."""
    problems: tuple[str, ...]
    records: int
