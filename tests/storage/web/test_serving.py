"""A real server lets go of clients that take for ever, and goes on answering the others."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from storage.web import serving

LARGE = 20_000_000
WAIT = 30.0
"""Seconds; no more than a bound: what is waited for happens after a fraction of one."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    body = "x" * LARGE if scope["path"] == "/large" else scope["query_string"].decode() or "well"
    await PlainTextResponse(body)(scope, receive, send)


@dataclass(frozen=True)
class Running:
    """A server on a port of loopback."""

    server: uvicorn.Server
    port: int

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}")


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(serving, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(serving, "STALL_SECONDS", 0.2)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(app, **serving.SETTINGS))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield Running(server, int(listening.getsockname()[1]))
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
        b"POST / HTTP/1.1\r\nHost: x\r\n",
    ],
)
def test_a_request_that_does_not_come_is_not_waited_for(running: Running, begun: bytes) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=WAIT) as slow:
        slow.sendall(begun)
        assert running.get("/").text == "well"
        assert _read_on(slow) == 0


@pytest.mark.parametrize("at", [0, 5, 10, 40])
def test_an_address_is_understood_as_it_is_typed(running: Running, at: int) -> None:
    asked = "GET /?q=科技&a=%E7 HTTP/1.1\r\nHost: x\r\nX: 科技\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", running.port), timeout=WAIT) as client:
        for _ in range(2):
            client.sendall(asked[:at])
            running.get("/")  # what was sent first comes in by itself
            client.sendall(asked[at:])
            answer = client.recv(2**16)
            while not answer.endswith(b"E7"):
                answer += client.recv(2**16)
            assert answer.startswith(b"HTTP/1.1 200")
            assert answer.endswith(b"q=%E7%A7%91%E6%8A%80&a=%E7")


def test_an_answer_that_nobody_reads_is_not_kept(running: Running) -> None:
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(WAIT)
        slow.connect(("127.0.0.1", running.port))
        slow.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while len(running.server.server_state.connections) == 0:
            assert running.get("/").text == "well"
        while running.server.server_state.connections:  # others are answered meanwhile
            assert running.get("/").text == "well"
        assert _read_on(slow) < LARGE


def test_one_who_reads_gets_all_of_it(running: Running) -> None:
    answer = running.get("/large")
    assert len(answer.content) == LARGE
    assert "server" not in answer.headers


def _read_on(connection: socket.socket) -> int:
    """How much comes until the other side ends it."""
    count = 0
    try:
        while some := connection.recv(2**16):
            count += len(some)
    except ConnectionResetError:
        pass
    return count
