"""How far a crawl is: one JSON line on the child's standard output, read by its parent."""

from dataclasses import dataclass

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Progress:
    """A crawl so far, source by source."""

    lists: dict[str, int]
    fetched: dict[str, int]
    waiting: int
    """Requests that are queued."""


PROGRESS: TypeAdapter[Progress] = TypeAdapter(Progress)
