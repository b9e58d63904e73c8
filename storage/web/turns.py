"""How many questions are worked on at once, and for how long others wait for their turn.

Without such a bound two hundred readers share the processor and the database's connections, each answer comes
late and some never; with it most are answered soon and the rest are told to come again.
"""

import asyncio
from collections import Counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.web.problems import problem

AT_ONCE = 12
"""Questions under way at once: the database's connections are enough for them, exports and followers."""
OF_ONE = 8
"""…of one address: nobody takes every turn."""
WAIT = 5.0
"""Seconds."""
FREE = frozenset({"/livez", "/style.css", "/icon.svg"})
"""What costs nothing and tells nothing of the corpus."""
# They wait for news most of the time, among a bounded number of their own (`storage.web.places`).
_FOLLOWING = ("/api/v1/changes", "/api/v1/changes/stream")


class Turns:
    """Gives a request its turn until its answer begins: what is sent slowly keeps nobody waiting."""

    def __init__(
        self, app: ASGIApp, at_once: int = AT_ONCE, of_one: int = OF_ONE, wait: float = WAIT
    ) -> None:
        self.app = app
        self._at_once, self._of_one, self._wait = at_once, of_one, wait
        self._taken: Counter[str] = Counter()
        self._freed = asyncio.Condition()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer when it is this request's turn, or say that there are too many."""
        if scope["type"] != "http" or scope["path"] in FREE or scope["path"] in _FOLLOWING:
            await self.app(scope, receive, send)
            return
        address = scope["client"][0] if scope.get("client") else ""
        if not await self._take(address):
            told = problem(503, "too many ask at once; try again later", {"Retry-After": "5"})
            await told(scope, receive, send)
            return
        held = True

        async def until_begun(message: Message) -> None:
            nonlocal held
            if held:
                held = False
                await self._give_back(address)
            await send(message)

        try:
            await self.app(scope, receive, until_begun)
        finally:
            if held:
                await self._give_back(address)

    async def _take(self, address: str) -> bool:
        def free() -> bool:
            return self._taken.total() < self._at_once and self._taken[address] < self._of_one

        try:
            async with asyncio.timeout(self._wait), self._freed:
                await self._freed.wait_for(free)
                self._taken[address] += 1
        except TimeoutError:
            return False
        return True

    async def _give_back(self, address: str) -> None:
        async with self._freed:
            self._taken[address] -= 1
            self._taken += Counter()  # who has none is forgotten
            self._freed.notify_all()
