"""How fast we crawl beside bare Scrapy, and what a million known addresses cost.

    uv run python -m benchmarks.crawl [speed] [memory] [--pages N] [--rounds N]

`speed`: one server on loopback, the same pages, the same concurrency, no delays. Bare Scrapy asks for
the same addresses in one spider and writes nothing; ours walks the lists, keeps robots.txt, archives
every answer and writes its notes. Both run in a child process of their own, in turn; starting Python
and Scrapy counts for both. `memory`: the peak of a crawl child that knows 1,000,000 addresses.
"""

import multiprocessing
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from benchmarks.measuring import Scale, Spent, in_turns, peer
from benchmarks.report import shown
from benchmarks.results import Figure, Findings, Goal, ratios
from benchmarks.server import serve
from crawler.catalogue import shipped_folder
from crawler.crawl import run_crawl
from crawler.known import write_files, write_known
from crawler.plan import ColumnPlan, CrawlPlan, Limits
from crawler.segment import Note, Role, Segment, index_path, warc_path

ON_A_LIST = 100
CONCURRENCY = 16
LATENCY = 0.03
"""Seconds that an answer of a host in the same country takes."""
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
    with serving(pages) as (port, _), tempfile.TemporaryDirectory() as folder:
        catalogue = catalogue_at(Path(folder), port)
        if "speed" in chosen:
            speed(Path(folder), catalogue, port, pages, rounds)
        if "memory" in chosen:
            memory(Path(folder), catalogue)


def _number(option: str, default: int) -> int:
    return int(sys.argv[sys.argv.index(option) + 1]) if option in sys.argv else default


@contextmanager
def serving(pages: int) -> Iterator[list[int]]:
    """The ports of a server in a process of its own: it answers at once, and as far hosts do."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(theirs, pages), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(connection: Connection, pages: int) -> None:
    serve(pages, ON_A_LIST, connection.send, (0.0, LATENCY))


def catalogue_at(folder: Path, port: int) -> Path:
    """Write a catalogue of the server."""
    catalogue = folder / "catalogue"
    (catalogue / "sources").mkdir(parents=True)
    shutil.copy(shipped_folder() / "templates.yaml", catalogue)
    (catalogue / "sources" / "test.yaml").write_text(_CATALOGUE.format(port=port), "utf-8")
    return catalogue


def speed(folder: Path, catalogue: Path, port: int, pages: int, rounds: int) -> None:
    """Pages a second, ours and bare Scrapy's, in turn."""
    spent = beside_scrapy(folder, catalogue, port, pages, rounds)
    for ours, bare in zip(spent["ours"], spent["bare"], strict=True):
        print(
            f"ours {pages / ours.wall:,.0f} pages/s, bare Scrapy {pages / bare.wall:,.0f}: "
            f"{bare.wall / ours.wall:.2f}x; by processor time {bare.cpu / ours.cpu:.2f}x"
        )
    for figure in _against_scrapy(spent):
        print(f"{figure.name}: {shown(figure)}")


def beside_scrapy(
    folder: Path, catalogue: Path, port: int, pages: int, rounds: int
) -> dict[str, list[Spent]]:
    """What both took, turn by turn."""
    urls, peer_script, done = folder / "urls", folder / "peer.py", count()
    wanted = [f"http://127.0.0.1:{port}{path}" for path in _list_paths(pages)]
    wanted += _articles(port, pages)
    urls.write_text("\n".join(wanted), "utf-8")
    peer_script.write_text(_PEER, "utf-8")

    def ours() -> None:
        name = f"round{next(done)}"
        run_crawl(_plan(folder, catalogue, name))
        _check(folder, name, pages)

    ways = {"bare": lambda: _bare(peer_script, urls, len(wanted)), "ours": ours}
    return in_turns(ways, rounds)


def _articles(port: int, pages: int) -> list[str]:
    return [f"http://127.0.0.1:{port}/a/{number}.shtml" for number in range(pages)]


def _against_scrapy(spent: dict[str, list[Spent]]) -> list[Figure]:
    return [
        ratios(
            f"speed of bare Scrapy, {word}",
            [getattr(one, name) for one in spent["bare"]],
            [getattr(one, name) for one in spent["ours"]],
            Goal(0.9),
        )
        for name, word in (("cpu", "by processor time"), ("wall", "by the clock"))
    ]


# --- as a row of the benchmarks -------------------------------------------------------------------

_PEERS = {
    "fetch_requests.py": ("requests", "sequential requests", 5),
    "fetch_newsplease.py": ("news-please", "news-please as a library", 20),
}
"""Script → package, how it is called, and which part of the pages it is given: rates are compared."""


def row(scale: Scale) -> Findings:
    """Ours beside bare Scrapy, sequential requests and news-please."""
    pages, rounds = scale.of(5_000, 400), scale.of(3, 2)
    with serving(pages) as ports, tempfile.TemporaryDirectory() as folder:
        figures, versions = [], {"scrapy": version("scrapy")}
        for port, where in zip(ports, ("at once", f"after {LATENCY * 1000:.0f} ms"), strict=True):
            catalogue = catalogue_at(Path(folder) / str(port), port)
            spent = beside_scrapy(Path(folder) / str(port), catalogue, port, pages, rounds)
            rates = tuple(pages / one.wall for one in spent["ours"])
            found = [*_against_scrapy(spent), Figure("pages a second", rates, "pages/s")]
            urls = _articles(port, pages)
            found += [_against(script, urls, rates, versions) for script in _PEERS]
            figures += [replace(one, name=f"answers {where}: {one.name}") for one in found]
    return Findings(tuple(figures), versions=versions, notes=(_NOTE.format(pages=pages),))


def _against(
    script: str, urls: list[str], ours: Sequence[float], versions: dict[str, str]
) -> Figure:
    """Our rates by a peer's, which fetches a part of the addresses; its version goes into `versions`."""
    package, called, part = _PEERS[script]
    asked = urls[: len(urls) // part]
    answer = peer(script, [package], {"urls": asked, "rounds": len(ours)})
    if answer["got"] != len(asked):
        raise SystemExit(f"{called} got {answer['got']} of {len(asked)} pages")
    versions[package] = answer["version"]
    theirs = [len(asked) / seconds for seconds in answer["seconds"]]
    return ratios(f"speed of {called}", ours, theirs, Goal(5))


_NOTE = (
    "{pages:,} pages and their lists from one server on loopback, 16 requests at once, no delays: once it "
    "answers at once, which no host does, and once as late as a host of the same country. Ours and bare "
    "Scrapy start Python within the time, the others before it. A client without waiting is bounded by its "
    "own work for a request; news-please extracts, too."
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


def _plan(folder: Path, catalogue: Path, name: str) -> CrawlPlan:
    return CrawlPlan(
        segment=name,
        folder=str(folder),
        catalogue=(str(catalogue),),
        columns=(ColumnPlan(source="test", column="all"),),
        limits=Limits(delay=0.0, concurrency_per_host=CONCURRENCY, autothrottle=False),
        private_hosts=True,
    )


def memory(folder: Path, catalogue: Path) -> None:
    """The peak of a child that knows 1,000,000 addresses, beside one that knows none."""
    for known in (0, KNOWN):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        knowing(folder, catalogue, known)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(f"{known:,} known: peak {max(peak, before) / 1024:,.0f} MB")


def knowing(folder: Path, catalogue: Path, count: int) -> None:
    """Crawl with so many addresses that are known, and as many attachments."""
    random = Random(7)
    known, files = folder / f"known-{count}.npy", folder / f"files-{count}.jsonl"
    keys = (f"suqian.gov.cn/x/202601/t{n}_{random.getrandbits(40)}.shtml" for n in range(count))
    write_known(known, ((key, f"{number:x}") for number, key in enumerate(keys)))
    urls = (f"http://suqian.gov.cn/x/P0202601{random.getrandbits(40)}.pdf" for _ in range(count))
    write_files(files, ((url, f'"{number:x}"', None) for number, url in enumerate(urls)))
    plan = _plan(folder, catalogue, f"memory-{count}")
    run_crawl(replace(plan, known=str(known), files=str(files)))


if __name__ == "__main__":
    main()
