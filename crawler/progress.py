"""What a crawl and its parent tell each other, a JSON line each: on the child's standard output how far it
is, which host it comes upon and what its robots.txt says, on its input whether that host is to be asked."""

import sys
from contextlib import suppress
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
class Rules:
    """A robots.txt as it was read."""

    site: str
    """Its host, with the port where an address names one."""
    text: str
    delay: float = 0.0
    """Seconds that it asks to leave between two requests (``Crawl-delay``)."""


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
    rules: tuple[Rules, ...] = ()
    """What its robots.txt said, where that was read not long ago."""


Said = Progress | Wanted | Rules
SAID: TypeAdapter[Said] = TypeAdapter(Said)
TURNS: TypeAdapter[Turn] = TypeAdapter(Turn)


def say(said: Said) -> None:
    """Tell the parent, from the child. One that is gone hears nothing: that the input has ended ends the crawl."""
    with suppress(BrokenPipeError):
        sys.stdout.write(SAID.dump_json(said).decode() + "\n")
        sys.stdout.flush()
