"""The replica on loopback: one port, a host a name, http and https alike."""

import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from crawler.demo.aging import Operation, apply, read_journal, write_journal
from crawler.demo.foreign import FOREIGN
from crawler.demo.render import Answer, Renderer
from crawler.demo.tls import server_context
from crawler.demo.world import World
from crawler.errors import StopRun

ADDRESS = "127.0.0.1"
_TLS_HANDSHAKE = 0x16
_LOOK_SECONDS = 0.1
"""Between two looks whether a host that answers nobody has been healed: then it answers who still waits."""
_SMALL = 500
"""Bytes that are not worth compressing."""


class Asked(NamedTuple):
    """One request that the replica answered."""

    host: str
    path: str
    status: int

    @property
    def kind(self) -> str:
        """``list``, ``article``, ``file``, ``robots`` or ``home``, by the form of the path."""
        name = self.path.rpartition("/")[2]
        if self.path == "/robots.txt":
            return "robots"
        if name in {"", "index.shtml"}:
            return "home"
        if not name.endswith(".shtml"):
            return "file"
        return "list" if "list" in name else "article"


@dataclass
class Replica:
    """A running replica. `requests` is what it was asked."""

    origin: World
    """The world before anything happened in it."""
    port: int
    journal: Path | None = None
    requests: list[Asked] = field(default_factory=list)
    later: dict[str, list[Operation]] = field(default_factory=dict)
    """Path → what happens, once, when it has been asked for."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._written = self._stamp()
        operations = read_journal(self.journal) if self.journal else []
        self._renderer = Renderer(apply(self.origin, operations), self.port)

    def reset(self) -> None:
        """Be as it was at first, and asked for nothing yet."""
        self.requests.clear()
        self.later.clear()
        self.__post_init__()

    @property
    def world(self) -> World:
        """The world as it is now."""
        return self._current().world

    def age(self, *operations: Operation) -> None:
        """Let things happen; they are remembered in the journal."""
        with self._lock:
            self._reread()
            aged = apply(self._renderer.world, operations)
            if self.journal is not None:
                for operation in operations:
                    write_journal(self.journal, operation)
                self._written = self._stamp()
            self._renderer = Renderer(aged, self.port)

    def answer(self, host: str, target: str, body: bytes = b"") -> Answer:
        """Answer a request and note it."""
        answer = self.says(host, target, body)
        path = target if host.endswith(FOREIGN) else target.partition("?")[0]
        self.requests.append(Asked(host, path, answer.status))
        if happening := self.later.pop(path, None):
            self.age(*happening)
        return answer

    def says(self, host: str, target: str, body: bytes = b"") -> Answer:
        """What a host would answer now; nobody notes it."""
        return self._current().answer(host, target, len(self.requests), body)

    def _current(self) -> Renderer:
        """The renderer of the world as the journal, which others may write too, tells it."""
        with self._lock:
            self._reread()
            return self._renderer

    def _reread(self) -> None:
        stamp = self._stamp()
        if self.journal is not None and stamp != self._written:
            self._renderer = Renderer(apply(self.origin, read_journal(self.journal)), self.port)
            self._written = stamp

    def _stamp(self) -> tuple[int, int] | None:
        """Changes whenever the journal does."""
        if self.journal is None or not self.journal.exists():
            return None
        stat = self.journal.stat()
        return stat.st_mtime_ns, stat.st_size


@contextmanager
def serve(
    world: World | None = None, *, port: int = 0, journal: Path | None = None
) -> Iterator[Replica]:
    """Serve a world on loopback while the block runs; port 0 takes any free one.

    Raises StopRun when the port is in use.
    """
    try:
        server = _Server((ADDRESS, port), _Handler)
    except OSError as error:
        raise StopRun(f"port {port} on {ADDRESS} is in use; stop what listens there") from error
    with server:
        server.replica = Replica(world or World.build(), server.server_address[1], journal)
        # Asked every few milliseconds whether it is to end: tests start and end many.
        listen = partial(server.serve_forever, poll_interval=0.02)
        thread = threading.Thread(target=listen, name="replica", daemon=True)
        thread.start()
        try:
            yield server.replica
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    replica: Replica

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.closing = threading.Event()
        self._tls = server_context()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Speak TLS with who begins with a handshake, HTTP with everybody else."""
        try:
            first = request.recv(1, socket.MSG_PEEK)
            if first and first[0] == _TLS_HANDSHAKE:
                with self._tls.wrap_socket(request, server_side=True) as secure:
                    super().finish_request(secure, client_address)
            else:
                super().finish_request(request, client_address)
        except (ConnectionError, ssl.SSLError):
            return  # the other side went away; there is nobody left to answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    # Headers and body in one packet: without this each answer waits for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").partition(":")[0].lower()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.server.replica.answer(host, self.path, body)
        while answer.fault == "timeout" and not self.server.closing.wait(_LOOK_SECONDS):
            answer = self.server.replica.says(host, self.path, body)
        if answer.fault is not None:
            self._fail(answer.fault)
        elif self._as_it_was(answer):
            self._send(304, dict(answer.headers), b"")
        else:
            self._send(answer.status, *self._packed(answer))

    do_POST = do_GET  # noqa: N815 - http.server's name

    def _fail(self, fault: str) -> None:
        """Break the connection; one that was held without a word until the replica ends is let go."""
        self.close_connection = True
        if fault == "timeout":
            return
        # Closing with what is unsent thrown away is what makes it a reset and not an end.
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    def _as_it_was(self, answer: Answer) -> bool:
        since = self.headers.get("If-Modified-Since")
        if answer.validators == "lying":
            return since is not None
        if answer.validators != "honest":
            return False
        etag = self.headers.get("If-None-Match")
        if etag is not None:
            return etag == answer.headers.get("ETag")
        return since is not None and since == answer.headers.get("Last-Modified")

    def _packed(self, answer: Answer) -> tuple[dict[str, str], bytes]:
        """Headers and body, compressed if that is worth it and welcome."""
        headers, body = dict(answer.headers), answer.body
        if len(body) > _SMALL and "gzip" in self.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, 1, mtime=0)
        return headers, body

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: `Replica.requests` knows."""
