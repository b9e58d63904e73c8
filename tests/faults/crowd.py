"""Many clients at once, against a real server: each is answered, or told to come again.

``python -m tests.faults.crowd`` has 200 of them ask for a search at the same time, each on a connection of its own.
"""

import asyncio
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
import uvicorn

from storage.web import create_app, serving
from tests.faults.cases import Cases
from tests.faults.requests import small_corpus

_PATIENCE = 120.0
_REQUEST = (
    b"GET /api/v1/search?q=%E9%80%9A%E7%9F%A5&facet=source&facet=topic HTTP/1.1\r\n"
    b"Host: localhost\r\nConnection: close\r\n\r\n"
)


@contextmanager
def served() -> Iterator[int]:
    """The application over a small corpus; the port at which it answers."""
    with small_corpus() as corpus, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(512)
        server = uvicorn.Server(uvicorn.Config(create_app(corpus), **serving.SETTINGS))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield int(listening.getsockname()[1])
        server.should_exit = True
        thread.join()


async def _ask(port: int) -> str:
    """Ask on a connection of its own; the status, or what went wrong."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_REQUEST)
        answer = await asyncio.wait_for(reader.read(), _PATIENCE)
        writer.close()
    except (OSError, TimeoutError) as error:
        return type(error).__name__
    head = answer.partition(b"\r\n\r\n")[0].lower()
    told = b"503" not in head[:15] or b"retry-after" in head
    return head[9:12].decode() if told else "503 without Retry-After"


async def _crowd(port: int, clients: int) -> Counter[str]:
    return Counter(await asyncio.gather(*(_ask(port) for _ in range(clients))))


def measure(clients: int = 200) -> Cases:
    """Have so many ask at once."""
    cases = Cases("a crowd")
    with served() as port:
        began = time.monotonic()
        statuses = asyncio.run(_crowd(port, clients))
        seconds = time.monotonic() - began
    told = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    good = statuses["200"] > 0 and set(statuses) <= {"200", "503"}
    cases.add(f"{clients} clients at once", f"{told}; {seconds:.1f} s", good=good)
    return cases


def main(clients: Annotated[int, typer.Option(help="How many.")] = 200) -> None:
    """Ask, and print what they were told."""
    cases = measure(clients)
    cases.show()
    sys.exit(not cases.good)


if __name__ == "__main__":
    typer.run(main)
