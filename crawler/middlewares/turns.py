"""Whose turn it is: a host is asked by one crawl at a time, outside of its quiet hours, up to its bytes a day.

Who else is at work, on whichever machine, the parent knows: it is asked once for each host.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from crawler.middlewares.refusals import Refusal
from crawler.progress import TURNS, Rules, Said, Turn, Wanted, say
from crawler.quiet import quiet_until
from crawler.urls import host_of

BUSY, QUIET, SPENT = "host-busy", "quiet-hours", "host-budget"
_MOST_WAIT = 60.0
"""Seconds that requests may wait for a host here: they keep others from being made."""


class Channel:
    """The line to the parent: requests on standard output, answers as they are heard."""

    def __init__(self) -> None:
        self._open: dict[str, asyncio.Future[Turn]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self.rules: dict[str, Rules] = {}
        """Site → what its robots.txt says, as the parent knows."""

    async def turn(self, host: str) -> Turn:
        """Ask the parent for a host's turn. One that is gone grants none."""
        self._loop = asyncio.get_running_loop()
        if self._closed:
            return Turn(host, granted=False)
        answer = self._open[host] = self._loop.create_future()
        self.tell(Wanted(host))
        turn: Turn = await answer
        self.rules |= {one.site: one for one in turn.rules}
        return turn

    def tell(self, said: Said) -> None:
        """Tell the parent."""
        say(said)

    def heard(self, line: bytes) -> None:
        """Take an answer of the parent's, in any thread."""
        turn = TURNS.validate_json(line)
        assert self._loop is not None  # it answers what was asked  # noqa: S101
        self._loop.call_soon_threadsafe(self._open.pop(turn.host).set_result, turn)

    def close(self) -> None:
        """The parent answers no more, in any thread: a crawl that waited for it would never end."""
        self._closed = True  # before the loop is looked for: `turn` sets that first
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._refuse)

    def _refuse(self) -> None:
        for host, answer in self._open.items():
            answer.set_result(Turn(host, granted=False))
        self._open.clear()


class Turns:
    """Refuses what a host is not to be asked now; it is asked for again by the next run."""

    def __init__(
        self,
        ask: Callable[[str], Awaitable[Turn]] | None,
        quiet: Mapping[str, Sequence[str]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.ask = ask
        self.quiet = quiet
        self.clock = clock
        self.served: defaultdict[str, int] = defaultdict(int)
        self._asking: dict[str, asyncio.Task[Turn]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the spider's line to the parent, and count what is served."""
        spider: Any = crawler.spider
        channel: Channel | None = spider.channel
        turns = cls(channel.turn if channel else None, crawler.settings.getdict("QUIET_HOURS"))
        crawler.signals.connect(turns.downloaded, signal=signals.response_downloaded)
        return turns

    def downloaded(self, response: Response, request: Request) -> None:
        """Count the bytes of an answer as they came."""
        self.served[host_of(request.url)] += len(response.body)

    def process_request(self, request: Request) -> Awaitable[None] | None:
        """Refuse, let pass, or wait for the turn: most requests need not."""
        host = host_of(request.url)
        if self.quiet and quiet_until(self.quiet.get(host, ()), self.clock()):
            raise Refusal(QUIET)
        if self.ask is None:
            return None
        task = self._asking.get(host)
        if task is None or not task.done():
            return self._wait(host, self.ask)
        self._judge(task.result())
        return None

    async def _wait(self, host: str, ask: Callable[[str], Awaitable[Turn]]) -> None:
        if host not in self._asking:
            self._asking[host] = asyncio.ensure_future(_turn(host, ask))
        self._judge(await self._asking[host])

    def _judge(self, turn: Turn) -> None:
        if not turn.granted:
            raise Refusal(BUSY)
        if turn.bytes_left is not None and self.served[turn.host] >= turn.bytes_left:
            raise Refusal(SPENT)


async def _turn(host: str, ask: Callable[[str], Awaitable[Turn]]) -> Turn:
    turn = await ask(host)
    if turn.wait > _MOST_WAIT:
        return Turn(host, granted=False)
    await asyncio.sleep(turn.wait)
    return turn
