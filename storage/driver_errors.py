"""What drivers say of the world, turned into what to do about it."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage import messages
from storage.errors import BadQuestion, Refused, StorageError, TooSlow, Unavailable
from storage.settings import masked


@contextmanager
def plain_errors(url: str) -> Iterator[None]:
    """Turn what a driver says of the world into what to do; the password stays out of it.

    What it says of a statement is a bug of ours and goes on as it is.
    """
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        if meant := _meant(error, url):
            raise meant from error
        raise
    except UnicodeEncodeError as error:
        raise BadQuestion(messages.NOT_UTF8, text=error.object) from error
    except PoolTimeout as error:
        raise Unavailable(f"{masked(url)} has no connection left; try again later") from error


def _meant(error: DatabaseError | sqlite3.DatabaseError, url: str) -> StorageError | None:
    told = error.orig if isinstance(error, DatabaseError) else error
    said = (str(told).splitlines() or [""])[0]
    if url.startswith("sqlite"):
        for words, meaning, advice in _SQLITE_SAYS:
            if any(word in said for word in words):
                return meaning(f"{masked(url)}: {said}; {advice}")
        return None
    if refused := _POSTGRES_REFUSES.get(getattr(told, "sqlstate", None)):
        return Refused(f"{masked(url)}: {said}; {refused}")
    if not isinstance(error, OperationalError):
        return None
    if "statement timeout" in said:
        return TooSlow(f"{masked(url)}: {said}; ask for less")
    return Unavailable(f"{masked(url)} does not answer: {said}; try again later")


_SQLITE_SAYS: tuple[tuple[tuple[str, ...], type[StorageError], str], ...] = (
    (
        ("readonly database", "unable to open", "access permission denied"),
        Refused,
        "check the permissions of the file and of its folder",
    ),
    (("interrupted",), TooSlow, "this takes too long; ask for less"),
    (("disk is full",), Refused, "make room and run again"),
    (("file is not a database", "image is malformed"), Refused, "restore a backup"),
    (("is locked", "disk I/O error"), Unavailable, "try again later"),
)
_POSTGRES_REFUSES: Mapping[str | None, str] = {
    "25006": "name a server that takes writes: this one is a standby, or set to be read only",
    "53100": "make room on the server and run again",
}
"""What to do, by PostgreSQL's code of an error (SQLSTATE)."""
