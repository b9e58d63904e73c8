"""How fast we crawl beside bare Scrapy, and what a million known addresses cost.

    uv run python -m benchmarks.crawl [speed] [memory] [--pages N] [--rounds N]

`speed`: one server on loopback, the same pages, the same concurrency, no delays. Bare Scrapy asks for
the same addresses in one spider and writes nothing; ours walks the lists, keeps robots.txt, archives
every answer and writes its notes. Both run in a child process of their own, in turn; starting Python
and Scrapy counts for both. `memory`: the peak of a crawl child that knows 1,000,000 addresses.
"""

import json
import multiprocessing
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from benchmarks.server import serve
from crawler.catalogue import shipped_folder
from crawler.crawl import run_crawl
from crawler.plan import ColumnPlan, CrawlPlan, Limits
from crawler.segment import Note, Role, Segment, index_path, warc_path

ON_A_LIST = 100
CONCURRENCY = 16
KNOWN = 1_000_000
_CATALOGUE = """\
name: 测试
short: 测试
level: bureau
hosts: ["127.0.0.1"]
columns:
  all:
    name: 全部
    start: http://127.0.0.1:{port}/list.shtml
    template: plain
    cadence: {{silence: 30d}}
    verified: null
"""
_PEER = """\
import sys
import scrapy
from scrapy.crawler import CrawlerProcess

class Peer(scrapy.Spider):
    name = "peer"
    got = 0
    async def start(self):
        for url in open(sys.argv[1]):
            yield scrapy.Request(url.strip(), dont_filter=True)
    def parse(self, response):
        Peer.got += 1

process = CrawlerProcess({
    "LOG_LEVEL": "WARNING", "TELNETCONSOLE_ENABLED": False, "COOKIES_ENABLED": False,
    "DOWNLOAD_DELAY": 0, "CONCURRENT_REQUESTS": 32, "CONCURRENT_REQUESTS_PER_DOMAIN": int(sys.argv[2]),
})
process.crawl(Peer)
process.start()
print(Peer.got)
"""


def main() -> None:
    """Print what was asked for."""
    pages, rounds = _number("--pages", 5_000), _number("--rounds", 3)
    chosen = [name for name in ("speed", "memory") if name in sys.argv] or ["speed", "memory"]
    with _server(pages) as port, tempfile.TemporaryDirectory() as folder:
        catalogue = _catalogue(Path(folder), port)
        if "speed" in chosen:
            speed(Path(folder), catalogue, port, pages, rounds)
        if "memory" in chosen:
            memory(Path(folder), catalogue)


def _number(option: str, default: int) -> int:
    return int(sys.argv[sys.argv.index(option) + 1]) if option in sys.argv else default


@contextmanager
def _server(pages: int) -> Iterator[int]:
    """The port of a server in a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(theirs, pages), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(connection: Connection, pages: int) -> None:
    serve(pages, ON_A_LIST, connection.send)


def _catalogue(folder: Path, port: int) -> Path:
    catalogue = folder / "catalogue"
    (catalogue / "sources").mkdir(parents=True)
    shutil.copy(shipped_folder() / "templates.yaml", catalogue)
    (catalogue / "sources" / "test.yaml").write_text(_CATALOGUE.format(port=port), "utf-8")
    return catalogue


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock, and of the processors: ours in several threads, and of the children."""

    wall: float
    cpu: float


@contextmanager
def _measured(into: list[Spent]) -> Iterator[None]:
    wall, cpu = time.perf_counter(), _cpu()
    yield
    into.append(Spent(time.perf_counter() - wall, _cpu() - cpu))


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def speed(folder: Path, catalogue: Path, port: int, pages: int, rounds: int) -> None:
    """Pages a second, ours and bare Scrapy's, in turn."""
    urls = folder / "urls"
    lists = [f"http://127.0.0.1:{port}{path}" for path in _list_paths(pages)]
    articles = [f"http://127.0.0.1:{port}/a/{number}.shtml" for number in range(pages)]
    urls.write_text("\n".join([*lists, *articles]), "utf-8")
    peer = folder / "peer.py"
    peer.write_text(_PEER, "utf-8")
    bare: list[Spent] = []
    ours: list[Spent] = []
    for number in range(rounds):
        with _measured(bare):
            _bare(peer, urls, len(lists) + pages)
        with _measured(ours):
            run_crawl(_plan(folder, catalogue, f"round{number}"))
        _check(folder, f"round{number}", pages)
        print(
            f"ours {pages / ours[-1].wall:,.0f} pages/s, bare Scrapy {pages / bare[-1].wall:,.0f}: "
            f"{bare[-1].wall / ours[-1].wall:.2f}x; by processor time {bare[-1].cpu / ours[-1].cpu:.2f}x"
        )
    for name in ("wall", "cpu"):
        ratios = [getattr(b, name) / getattr(o, name) for b, o in zip(bare, ours, strict=True)]
        print(
            f"{name}: median {statistics.median(ratios):.2f}x, {min(ratios):.2f} to {max(ratios):.2f}"
        )


def _list_paths(pages: int) -> list[str]:
    count = -(-pages // ON_A_LIST)
    return ["/list.shtml", *(f"/list_{number}.shtml" for number in range(2, count + 1))]


def _bare(peer: Path, urls: Path, expected: int) -> None:
    done = subprocess.run(
        [sys.executable, str(peer), str(urls), str(CONCURRENCY)],
        capture_output=True,
        text=True,
        check=True,
    )
    if int(done.stdout) != expected:
        raise SystemExit(f"bare Scrapy got {done.stdout} of {expected} pages")


def _check(folder: Path, name: str, expected: int) -> None:
    got = sum(note.role is Role.ARTICLE and note.status == 200 for note in _notes(folder, name))
    if got != expected:
        raise SystemExit(f"we got {got} of {expected} pages")


def _notes(folder: Path, name: str) -> Iterator[Note]:
    with warc_path(folder, name).open("rb") as warc, index_path(folder, name).open("rb") as index:
        yield from Segment.load(name, warc, index).notes


def _plan(folder: Path, catalogue: Path, name: str, known: Path | None = None) -> CrawlPlan:
    return CrawlPlan(
        segment=name,
        folder=str(folder),
        catalogue=(str(catalogue),),
        columns=(ColumnPlan(source="test", column="all"),),
        limits=Limits(delay=0.0, concurrency_per_host=CONCURRENCY, autothrottle=False),
        private_hosts=True,
        known=str(known) if known else None,
    )


def memory(folder: Path, catalogue: Path) -> None:
    """The peak of a child that knows 1,000,000 addresses, beside one that knows none."""
    random, known = Random(7), folder / "known.jsonl"
    with known.open("w", encoding="utf-8") as file:
        for number in range(KNOWN):
            line = [
                f"www.suqian.gov.cn/x/202601/t{number}_{random.getrandbits(40)}.shtml",
                f"{number:x}",
            ]
            file.write(json.dumps(line) + "\n")
    for name, given in (("none", None), ("million", known)):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        run_crawl(_plan(folder, catalogue, f"memory-{name}", given))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(f"{name} known: peak {max(peak, before) / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
