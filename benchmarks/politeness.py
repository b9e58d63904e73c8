"""An hour of hosts that are hard to be polite to: is any asked faster than allowed, or against its robots.txt?

    uv run python -m benchmarks.politeness [--minutes 60]

Judged from the server's side, by a clock that jumps (`benchmarks.warped`): delays, Crawl-delay, Retry-After, backoff and
slow answers are all waited out, in no time. The spider, its middlewares and the settings are those of every crawl.
"""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from shutil import copyfile
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from benchmarks.warped import Warped, use
from crawler.catalogue import Catalogue, shipped_folder
from crawler.plan import ColumnPlan, CrawlPlan, Limits
from crawler.settings import allowed_hosts, scrapy_settings

_DOMAIN = "polite.localhost"
_DELAY = 2.0
_ON_A_LIST = 20
_ROUNDING = 1e-6
_BOUND = 300.0
"""Seconds of Crawl-delay or Retry-After beyond which a host is left alone."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as the server saw it."""

    at: float
    path: str
    status: int
    wait: float
    """What its answer asks for (`Retry-After`)."""
    done: float
    """When it was answered."""


@dataclass(frozen=True, slots=True)
class Said:
    """One answer."""

    status: int = 200
    body: str = ""
    headers: tuple[str, ...] = ()
    after: float = 0.0
    """Seconds until it comes."""


Mood = Callable[[str, int], Said | None]
"""What a host makes of a path and the number of its request; None: a decent answer."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host of the replica: endless lists of articles, and a mood."""

    name: str
    mood: Mood = lambda _path, _number: None
    robots: str = "User-agent: *\nDisallow: /private/\n"
    delay: float = _DELAY
    """Seconds that have to lie between two requests."""
    asked: list[Asked] = field(default_factory=list)

    @property
    def host(self) -> str:
        """Its name on the network."""
        return f"{self.name}.{_DOMAIN}"

    def answer(self, path: str, port: int) -> Said:
        """What it says."""
        if (said := self.mood(path, len(self.asked))) is not None:
            return said
        if path == "/robots.txt":
            return Said(body=self.robots, headers=("Content-Type: text/plain",))
        if path.startswith("/list"):
            number = path.partition("_")[2].partition(".")[0]
            return Said(body=_list(int(number or 1), port))
        return Said(
            body=f'<h1 id="title">{path}</h1><div class="article-content">{path * 40}</div>'
        )


def _list(number: int, port: int) -> str:
    rows = [f"/a/{number}/{item}.shtml" for item in range(_ON_A_LIST)]
    rows += [f"/private/{number}.shtml", f"http://decent.{_DOMAIN}:{port}/x/{number}.shtml"]
    items = "".join(
        f'<li><a href="{row}">通知 {row}</a><span>2026-07-01</span></li>' for row in rows
    )
    pager = f"<script>createPageHTML('page_div',9999,{number},'list','shtml',{9999 * len(rows)});</script>"
    return f'<ul class="list">{items}</ul>{pager}'


def _now_and_then(every: int, said: Said) -> Mood:
    return lambda path, number: (
        said if path != "/robots.txt" and number % every == every - 1 else None
    )


def _always(said: Said, path: str = "") -> Mood:
    return lambda asked, _: said if asked.startswith(path) else None


def _slow(path: str, number: int) -> Said | None:
    return Said(body="<p>.</p>", after=9.0) if path.startswith("/a/") else None


def _busy_for_long(path: str, number: int) -> Said | None:
    return Said(429, headers=("Retry-After: 7200",)) if number >= 10 else None


def _hosts() -> list[Host]:
    redirect = Said(302, headers=(f"Location: http://decent.{_DOMAIN}:{{port}}/moved.shtml",))
    into_private = Said(302, headers=("Location: /private/here.shtml",))
    slow_robots = "User-agent: *\nCrawl-delay: {}\nDisallow: /private/\n"
    return [
        Host("decent"),
        Host("asks-for-7-s", robots=slow_robots.format(7), delay=7.0),
        Host("asks-for-a-minute", robots=slow_robots.format(60), delay=60.0),
        Host("asks-for-an-hour", robots=slow_robots.format(3600), delay=3600.0),
        Host("declares-5-s", delay=5.0),
        Host("busy-now-and-then", _now_and_then(7, Said(429, headers=("Retry-After: 45",)))),
        Host("busy-without-a-word", _now_and_then(5, Said(503))),
        Host("busy-for-hours", _busy_for_long),
        Host("breaks-now-and-then", _now_and_then(4, Said(500))),
        Host("slow", _slow),
        Host("leads-to-another", _now_and_then(3, redirect)),
        Host("leads-into-the-forbidden", _now_and_then(3, into_private)),
        Host("robots-broken", _always(Said(500), "/robots.txt")),
        Host("robots-busy", _always(Said(429, headers=("Retry-After: 30",)), "/robots.txt")),
        Host("forbids-all", robots="User-agent: *\nDisallow: /\n"),
        Host(
            "forbids-us",
            robots="User-agent: suqian-corpus\nDisallow: /\n\nUser-agent: *\nDisallow:\n",
        ),
    ]


@dataclass
class _Server:
    hosts: dict[str, Host]
    loop: Warped
    port: int = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                headers = [one async for one in _headers(reader)]
                host = next(v for n, v in headers if n == "host").partition(":")[0]
                await self._answer(self.hosts[host], line.split()[1].decode(), writer)
        finally:
            writer.close()

    async def _answer(self, host: Host, path: str, writer: asyncio.StreamWriter) -> None:
        said = host.answer(path, self.port)
        wait = next((float(h.split()[1]) for h in said.headers if h.startswith("Retry-")), 0.0)
        now = self.loop.time()
        host.asked.append(Asked(now, path, said.status, wait, now + said.after))
        await asyncio.sleep(said.after)
        body = said.body.encode()
        lines = [f"HTTP/1.1 {said.status} X", *said.headers, f"Content-Length: {len(body)}"]
        writer.write("\r\n".join([*lines, "", ""]).format(port=self.port).encode() + body)


async def _headers(reader: asyncio.StreamReader) -> Any:
    while line := (await reader.readline()).strip():
        name, _, value = line.decode("latin-1").partition(":")
        yield name.lower(), value.strip()


@dataclass(frozen=True, slots=True)
class Judged:
    """How a host was asked."""

    host: str
    requests: int
    too_fast: int
    against_robots: int
    least: float | None
    """Seconds between two requests, at the least."""


def judge(host: Host) -> Judged:
    """Hold what a host saw against what it allows."""
    pages = [one for one in host.asked if one.path != "/robots.txt"]
    gaps = [later.at - one.at for one, later in pairwise(host.asked)]
    allowed = [
        max(_DELAY, min(one.wait, _BOUND), host.delay if later in pages else 0)
        for one, later in pairwise(host.asked)
    ]
    too_fast = sum(gap < least - _ROUNDING for gap, least in zip(gaps, allowed, strict=True))
    left_alone = [one.at for one in host.asked if one.wait > _BOUND]
    too_fast += sum(one.at > left_alone[0] for one in host.asked) if left_alone else 0
    too_fast += sum(later.at < one.done for one, later in pairwise(host.asked))
    return Judged(
        host.name, len(host.asked), too_fast, _against(host, pages), min(gaps, default=None)
    )


def _against(host: Host, pages: Sequence[Asked]) -> int:
    first = host.asked[0].path if host.asked else "/robots.txt"
    closed = host.name in {
        "robots-broken",
        "robots-busy",
        "forbids-all",
        "forbids-us",
        "asks-for-an-hour",
    }
    forbidden = [one for one in pages if closed or one.path.startswith("/private/")]
    return len(forbidden) + (first != "/robots.txt")


def crawl(minutes: float) -> list[Judged]:
    """Crawl all hosts for so many minutes of the loop's."""
    hosts = _hosts()
    with tempfile.TemporaryDirectory() as folder:
        _crawl(Path(folder), hosts, minutes * 60)
    return [judge(host) for host in hosts]


def _crawl(folder: Path, hosts: Sequence[Host], seconds: float) -> None:
    from scrapy.core import downloader
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.utils.reactor import install_reactor

    install_reactor(
        "twisted.internet.asyncioreactor.AsyncioSelectorReactor", "benchmarks.warped.Warped"
    )
    from twisted.internet import reactor

    from crawler.middlewares import backoff
    from crawler.segment import SegmentWriter
    from crawler.spiders import listing
    from crawler.spiders.walk import Memory

    loop: Warped = reactor._asyncioEventloop
    use(loop, downloader, backoff, listing)
    server = _Server({host.host: host for host in hosts}, loop)
    listening = loop.run_until_complete(asyncio.start_server(server.connected, "127.0.0.1"))
    server.port = listening.sockets[0].getsockname()[1]
    catalogue = Catalogue.load(_catalogue(folder, hosts, server.port), shipped=False)
    plan = _plan(folder, hosts, seconds)
    settings = scrapy_settings(plan, catalogue) | {"LOG_LEVEL": "ERROR"}
    settings["EXTENSIONS"] |= {"crawler.reporter.ProgressReporter": None}
    settings |= {
        "ASYNCIO_EVENT_LOOP": "benchmarks.warped.Warped",
        "LOG_INSTALL_ROOT_HANDLER": False,
    }
    with SegmentWriter(folder, plan.segment) as writer:
        process = AsyncCrawlerProcess(settings)
        memory = Memory({}, allowed_hosts(catalogue))
        process.crawl(
            listing.ListingSpider, plan=plan, catalogue=catalogue, memory=memory, writer=writer
        )
        process.start()


def _plan(folder: Path, hosts: Sequence[Host], seconds: float) -> CrawlPlan:
    return CrawlPlan(
        segment="hour",
        folder=str(folder),
        catalogue=(str(folder / "catalogue"),),
        columns=tuple(ColumnPlan(source=_id(host), column="all") for host in hosts),
        limits=replace(Limits(), max_seconds=seconds),
        private_hosts=True,
    )


def _id(host: Host) -> str:
    return host.name.replace("-", "_")


def _catalogue(folder: Path, hosts: Sequence[Host], port: int) -> Path:
    catalogue = folder / "catalogue"
    (catalogue / "sources").mkdir(parents=True)
    copyfile(shipped_folder() / "templates.yaml", catalogue / "templates.yaml")
    for host in hosts:
        start = f"http://{host.host}:{port}/list.shtml"
        entry: dict[str, object] = {
            "name": host.name,
            "level": "bureau",
            "hosts": [host.host],
            "columns": {"all": {"name": "全部", "start": start, "template": "plain"}},
        }
        if host.name == "declares-5-s":
            entry["politeness"] = {"delay": 5}
        (catalogue / "sources" / f"{_id(host)}.yaml").write_text(yaml.safe_dump(entry), "utf-8")
    return catalogue


def main() -> None:
    """Print how each host was asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = crawl(given.minutes)
    if given.json:
        print(json.dumps([asdict(one) for one in found]))
    else:
        _show(found)
    raise SystemExit(int(any(one.too_fast or one.against_robots for one in found)))


def _show(found: Sequence[Judged]) -> None:
    table = Table("host", "requests", "least interval, s", "too fast", "against robots.txt")
    for one in found:
        least = "" if one.least is None else f"{one.least:.2f}"
        table.add_row(
            one.host, f"{one.requests:,}", least, str(one.too_fast), str(one.against_robots)
        )
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
