"""A crowd takes turns; who would wait too long is told to come again."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
from starlette.types import Receive, Scope, Send

from storage.web.turns import Turns


class Slow:
    """Answers when it is told to, and knows how many it had under way."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.full = asyncio.Event()
        self.now = self.most = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        if self.now == 2:
            self.full.set()
        await self.go.wait()
        self.now -= 1
        if scope["path"] == "/bug":
            raise RuntimeError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})


Ask = Callable[[str, str], Coroutine[Any, Any, int]]


def asking(turns: Turns) -> Ask:
    async def ask(path: str, address: str) -> int:
        transport = httpx.ASGITransport(turns, raise_app_exceptions=False, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get(path)).status_code

    return ask


def test_no_more_than_so_many_are_under_way_and_all_are_answered() -> None:
    async def crowd() -> None:
        slow = Slow()
        ask = asking(Turns(slow, at_once=2, of_one=2, wait=60))
        asked = [asyncio.create_task(ask("/", f"10.0.0.{n}")) for n in range(9)]
        await slow.full.wait()
        slow.go.set()
        assert await asyncio.gather(*asked) == [200] * 9
        assert slow.most == 2

    asyncio.run(crowd())


def test_who_waits_too_long_is_told_and_one_address_does_not_take_every_turn() -> None:
    async def crowd() -> None:
        slow = Slow()
        ask = asking(Turns(slow, at_once=3, of_one=2, wait=0.01))
        greedy = [asyncio.create_task(ask("/", "10.0.0.1")) for _ in range(2)]
        await slow.full.wait()
        assert await ask("/", "10.0.0.1") == 503
        other = asyncio.create_task(ask("/", "10.0.0.2"))
        slow.go.set()
        assert await asyncio.gather(*greedy, other) == [200] * 3

    asyncio.run(crowd())


def test_a_bug_gives_its_turn_back() -> None:
    async def crowd() -> None:
        slow = Slow()
        slow.go.set()
        ask = asking(Turns(slow, at_once=1, of_one=1, wait=0.01))
        assert await ask("/bug", "10.0.0.1") == 500
        assert await ask("/", "10.0.0.1") == 200

    asyncio.run(crowd())
