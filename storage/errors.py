"""What to do about a failure of this room: the class says it, the message says what happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from storage.messages import Message


class StorageError(Exception):
    """Base of this room's errors; anything else is a bug and stops the run."""


class Unavailable(StorageError):
    """The database or archive did not answer, or is locked: try again later."""


class TooSlow(Unavailable):
    """A question took longer than it may: ask for less."""


class Refused(StorageError):
    """Going on would harm or misread what is stored (foreign, newer or read-only): stop."""


class BadQuestion(StorageError):
    """What was asked makes no sense; the message says where and what to do.

    `position` is the place of the mistake in the query, from 0; None where it is in none.
    """

    def __init__(
        self, message: str | Message, *, position: int | None = None, **values: Any
    ) -> None:
        said = message if isinstance(message, Message) else None
        super().__init__(said.said(**values) if said else message)
        self.position = position
        self.chinese = said.chinese.format(**values) if said else None
        """The same in Chinese, where a reader of the pages may meet it."""


@contextmanager
def written_to(place: Path) -> Iterator[None]:
    """Write to a place that a person named. Raises Refused where that cannot be done."""
    try:
        yield
    except OSError as error:
        raise Refused(
            f"{place} cannot be written: {error.strerror or error}; make room, or choose another place"
        ) from error
