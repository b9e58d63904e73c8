"""What a crawl and its parent tell each other, a JSON line each: on the child's standard output how far it
is and which host it comes upon, on its input whether that host is to be asked."""

from dataclasses import dataclass

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Progress:
    """A crawl so far, source by source."""

    lists: dict[str, int]
    fetched: dict[str, int]
    waiting: int
    """Requests that are queued."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A host that a crawl comes upon for the first time."""

    host: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a crawl may ask a host."""

    host: str
    granted: bool = True
    """False: another crawl is asking it."""
    wait: float = 0.0
    """Seconds to let pass first: others have asked it just now."""
    bytes_left: int | None = None
    """How much it may still serve today; None: as much as it likes."""


SAID: TypeAdapter[Progress | Wanted] = TypeAdapter(Progress | Wanted)
TURNS: TypeAdapter[Turn] = TypeAdapter(Turn)
