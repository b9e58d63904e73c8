"""How many answers that take long may be under way at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import HTTPException


class Places:
    """A bounded number of places, taken and given back."""

    def __init__(self, most: int, what: str) -> None:
        self._most = most
        self._what = what
        self._lock = threading.Lock()
        self.taken = 0

    def require_free(self) -> None:
        """Raise HTTPException where no place is free.

        Looked at before an answer begins; `one` counts it when it runs: an answer that never begins, since
        its client has left, then takes no place for ever.
        """
        if self.taken >= self._most:
            raise HTTPException(503, f"too many {self._what} at once", {"Retry-After": "30"})

    @contextmanager
    def one(self) -> Iterator[None]:
        """Take a place for as long as this lasts."""
        with self._lock:
            self.taken += 1
        try:
            yield
        finally:
            with self._lock:
                self.taken -= 1
