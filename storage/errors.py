"""What to do about a failure of this room: the class says it, the message says what happened."""


class StorageError(Exception):
    """Base of this room's errors; anything else is a bug and stops the run."""


class Unavailable(StorageError):
    """The database or archive did not answer, or is locked: try again later."""


class Refused(StorageError):
    """Going on would harm or misread what is stored (foreign, newer or read-only): stop."""


class BadQuestion(StorageError):
    """What was asked makes no sense; the message says where and what to do.

    `position` is the place of the mistake in the query, from 0; None where it is in none.
    """

    def __init__(self, message: str, *, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position
