"""What a check finds."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was looked at."""

    DATABASE = "database"
    ROWS = "rows"
    ARCHIVE = "archive"
    LEDGER = "ledger"
    ARTICLES = "articles"
    VERSIONS = "versions"
    STORIES = "stories"
    TEXTS = "folded texts"
    SEARCH = "search index"
    FEED = "change feed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be."""

    kind: Kind
    subject: str
    """What it is about: an article's id, a segment, a table, a number of the feed."""
    said: str
    advice: str = ""
    """What a person can do where it cannot be repaired."""

    @property
    def repairable(self) -> bool:
        """Whether `suqian verify --repair` puts it right."""
        return not self.advice
