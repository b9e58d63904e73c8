"""A server on loopback that is faster than any crawler: fixed answers, kept in memory."""

import asyncio
from collections.abc import Callable, Sequence
from random import Random

from crawler.demo.texts import load_data

_HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {size}\r\n\r\n"
)
_MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
_PARAGRAPHS = 12


def serve(
    pages: int, on_a_list: int, on_port: Callable[[list[int]], object], latencies: Sequence[float]
) -> None:
    """Answer until the process ends, at a port for each latency (seconds until an answer goes out);
    `on_port` is told the ports."""
    asyncio.run(_run(_answers(pages, on_a_list), on_port, latencies))


async def _run(
    answers: dict[bytes, bytes],
    on_port: Callable[[list[int]], object],
    latencies: Sequence[float],
) -> None:
    servers = [await _listening(answers, latency) for latency in latencies]
    on_port([server.sockets[0].getsockname()[1] for server in servers])
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _listening(answers: dict[bytes, bytes], latency: float) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: _Connection(answers, latency), "127.0.0.1", 0, backlog=512
    )


class _Connection(asyncio.Protocol):
    """One kept-alive connection: a request is a head without a body."""

    def __init__(self, answers: dict[bytes, bytes], latency: float) -> None:
        self._answers = answers
        self._latency = latency
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self._waiting = (self._waiting + data).split(b"\r\n\r\n")
        for head in heads:
            path = head.split(b" ", 2)[1]
            answer = self._answers.get(path, _MISSING)
            if self._latency:
                asyncio.get_running_loop().call_later(self._latency, self._send, answer)
            else:
                self._send(answer)

    def _send(self, answer: bytes) -> None:
        self._transport.write(answer)  # type: ignore[attr-defined]


def _answers(pages: int, on_a_list: int) -> dict[bytes, bytes]:
    lists = -(-pages // on_a_list)
    found = {b"/robots.txt": _answer("User-agent: *\nDisallow: /private/\n")}
    for number in range(1, lists + 1):
        items = range((number - 1) * on_a_list, min(number * on_a_list, pages))
        name = "/list.shtml" if number == 1 else f"/list_{number}.shtml"
        found[name.encode()] = _answer(_list(items, lists, number, pages))
    random = Random(11)
    words = [text for text in _strings(load_data("news")) if len(text) > 20]
    for number in range(pages):
        found[f"/a/{number}.shtml".encode()] = _answer(_article(number, random, words))
    return found


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in _strings(part)]


def _answer(html: str) -> bytes:
    body = html.encode()
    return _HEAD.format(size=len(body)).encode() + body


def _list(items: range, lists: int, number: int, total: int) -> str:
    rows = "".join(
        f'<li><a href="/a/{item}.shtml" title="第{item}号通知">第{item}号通知</a><span>2026-07-01</span></li>'
        for item in items
    )
    pager = f"createPageHTML('page_div',{lists},{number},'list','shtml',{total});"
    return f"<html><body><ul class='list'>{rows}</ul><script>{pager}</script></body></html>"


def _article(number: int, random: Random, words: list[str]) -> str:
    nav = "".join(f'<li><a href="/c/{n}/">栏目第{n}</a></li>' for n in range(120))
    body = "".join(
        f"<p>{''.join(random.choices(words, k=4))}{number}。</p>" for _ in range(_PARAGRAPHS)
    )
    return (
        f"<html><head><title>第{number}号通知</title></head><body><ul>{nav}</ul>"
        f'<div class="article-content" id="zoomcon">{body}</div><ul>{nav}</ul></body></html>'
    )
