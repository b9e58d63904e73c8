"""The server around the application: what a client may take its time with, and what not."""

import asyncio
import re
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""For a request to come in whole, its form included; browsers need milliseconds."""
STALL_SECONDS = 30.0
"""For a client to read the 48 kB between the transport's two marks: some 13 kbit/s is the slowest."""
STOP_SECONDS = 3
"""For answers that are under way when the service ends; streams of changes do not end by themselves."""
CONNECTIONS = 500
"""At once; a further one is told 503. Well under the 1,024 files that a process may open."""

_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


class Patient(H11Protocol):
    """Ends connections on which a request, or the reading of an answer, does not come on.

    uvicorn itself waits for both for ever: a few hundred clients that send a byte now and then would have
    every connection that there is.
    """

    _coming: asyncio.TimerHandle | None = None
    _going: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._coming = self._after(HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Take what came, and wait on for the rest."""
        super().data_received(self._addressed(data))
        if self._is_whole():
            self._coming = _stop(self._coming)
        elif self._coming is None:
            self._coming = self._after(HEAD_SECONDS)

    def _addressed(self, data: bytes) -> bytes:
        """What came, with an address written as it may be sent where it begins a request: curl and scripts
        send Chinese as it is typed."""
        if self.conn.their_state is not h11.IDLE or b"\n" in self.conn.trailing_data[0]:
            return data
        line, end, rest = data.partition(b"\n")
        return _BEYOND_ASCII.sub(lambda byte: b"%%%02X" % byte[0][0], line) + end + rest

    def pause_writing(self) -> None:
        """The client does not read: begin to wait for it."""
        super().pause_writing()
        self._going = self._going or self._after(STALL_SECONDS)

    def resume_writing(self) -> None:
        """It reads."""
        super().resume_writing()
        self._going = _stop(self._going)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        super().connection_lost(exc)
        self._coming, self._going = _stop(self._coming), _stop(self._going)

    def _is_whole(self) -> bool:
        """Whether a request is here with all that belongs to it, and its answer is not."""
        at_work = self.cycle is not None and not self.cycle.response_complete
        return at_work and not self.cycle.more_body

    def _after(self, seconds: float) -> asyncio.TimerHandle:
        return self.loop.call_later(seconds, self.transport.abort)


def _stop(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """End a timer; give what stands in its place."""
    if timer is not None:
        timer.cancel()
    return None


SETTINGS: dict[str, Any] = {
    "http": Patient,
    "ws": "none",
    "lifespan": "off",
    "log_level": "error",  # a warning for each client that speaks no HTTP fills the log
    "access_log": False,
    "server_header": False,
    "limit_concurrency": CONNECTIONS,
    "timeout_graceful_shutdown": STOP_SECONDS,
}
"""Of uvicorn."""


def run(app: ASGIApp, host: str, port: int) -> None:
    """Serve an application until a signal ends it."""
    uvicorn.run(app, host=host, port=port, **SETTINGS)
