"""A server on loopback that answers as the worst of the web does: a host a case, http and https alike."""

import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any

from crawler.demo.tls import server_context

ADDRESS = "127.0.0.1"
DOMAIN = "hostile.localhost"
_TLS_HANDSHAKE = 0x16
_LOOK = 0.05
"""Seconds between two looks whether the other side is still there."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    host: str
    path: str
    headers: Mapping[str, str]
    port: int
    number: int
    """How many requests this host had before."""
    at: float
    """Seconds on a clock that only goes forward."""


class Wire:
    """A connection, for answers that HTTP would not allow."""

    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self._connection = connection
        self._closing = closing
        self.kept = False
        """Whether the connection waits for another request afterwards."""

    def send(self, *parts: bytes) -> None:
        """Send bytes as they are."""
        self._connection.sendall(b"".join(parts))

    def page(self, body: bytes, status: str = "200 OK", *headers: str) -> None:
        """A decent answer; the connection is kept."""
        media = () if any(one.lower().startswith("content-type:") for one in headers) else (HTML,)
        self.send(head(status, *media, f"Content-Length: {len(body)}", *headers), body)
        self.kept = True

    def reset(self) -> None:
        """Throw the connection away with what was not read of it."""
        linger = struct.pack("ii", 1, 0)
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    def hold(self) -> None:
        """Say nothing more, until the other side has gone."""
        while not self._closing.wait(_LOOK):
            with suppress(BlockingIOError):
                if not self._connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                    return

    def drip(self, data: bytes, seconds: float = 1.0, at_once: int = 1) -> None:
        """Send a byte, or some, now and then."""
        for start in range(0, len(data), at_once):
            if self._closing.wait(seconds):
                return
            self.send(data[start : start + at_once])


Answer = Callable[[Wire, Asked], None]
Site = Callable[[Wire, Asked], None]
HTML = "Content-Type: text/html; charset=utf-8"


def head(status: str, *headers: str) -> bytes:
    """A status line and headers, with the empty line behind them."""
    lines = [f"HTTP/1.1 {status}", *headers, "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")


@dataclass
class HostileServer:
    """A running server; `log` is what it was asked, `until` when each host was last at work."""

    port: int
    log: list[Asked] = field(default_factory=list)
    until: dict[str, float] = field(default_factory=dict)

    def asked(self, host: str) -> list[Asked]:
        """What one host was asked."""
        return [one for one in self.log if one.host == host]

    def seconds(self, host: str) -> float:
        """From the first request to a host until the last one was done with."""
        asked = self.asked(host)
        return self.until.get(host, asked[-1].at) - asked[0].at if asked else 0.0


@contextmanager
def serve(sites: Mapping[str, Site]) -> Iterator[HostileServer]:
    """Serve sites, each under its host, while the block runs."""
    with _Server((ADDRESS, 0), _Handler) as server:
        server.sites = sites
        server.state = HostileServer(server.server_address[1])
        listen = partial(server.serve_forever, poll_interval=0.02)
        thread = threading.Thread(target=listen, name="hostile", daemon=True)
        thread.start()
        try:
            yield server.state
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256
    sites: Mapping[str, Site]
    state: HostileServer

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.closing = threading.Event()
        self.tls = server_context()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let it be known: an answer that fails here is no answer that a case asked for."""
        super().handle_error(request, client_address)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Speak TLS with who begins with a handshake, HTTP with everybody else."""
        with suppress(ConnectionError, ssl.SSLError, TimeoutError):
            first = request.recv(1, socket.MSG_PEEK)
            if first and first[0] == _TLS_HANDSHAKE:
                with self.tls.wrap_socket(request, server_side=True) as secure:
                    super().finish_request(secure, client_address)
            else:
                super().finish_request(request, client_address)


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        file = self.request.makefile("rb")
        kept = True
        while kept and (line := file.readline()).strip():
            kept = self._answer(_read(line, file))

    def _answer(self, asked: tuple[str, Mapping[str, str]]) -> bool:
        path, headers = asked
        host = headers.get("host", "").partition(":")[0].lower()
        state, wire = self.server.state, Wire(self.request, self.server.closing)
        one = Asked(host, path, headers, state.port, len(state.asked(host)), monotonic())
        state.log.append(one)
        try:
            self.server.sites.get(host, _nobody)(wire, one)
        finally:
            state.until[host] = monotonic()
        return wire.kept


def _read(line: bytes, file: Any) -> tuple[str, Mapping[str, str]]:
    headers: dict[str, str] = {}
    while one := file.readline().strip():
        name, _, value = one.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return line.split(b" ")[1].decode("latin-1"), headers


def _nobody(wire: Wire, asked: Asked) -> None:
    """A host that no case has: nobody should ask for it."""
    wire.page(b"", "404 Not Found")
