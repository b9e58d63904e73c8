"""Broken pages and made-up questions, by the hundred thousand: none may break or hang what reads them.

``python -m tests.faults.fuzz --pages 100000 --questions 100000`` breaks pages of the replica at random, seeded, and has
each one decoded, extracted, repaired and tagged; and parses made-up questions. What was found is printed
with its seed: ``--first N --pages 1`` makes that very page again.
"""

import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Annotated, Any

import typer

from crawler.demo.damage import damage
from crawler.demo.render import Renderer
from crawler.demo.world import World
from crawler.errors import CrawlerError
from crawler.extract import extract
from crawler.records import Article, Page
from crawler.repair import repair
from crawler.repairing.language import chinese
from flows.steps.tag import Tagger
from flows.taxonomy import Taxonomy
from storage.errors import StorageError
from storage.query import parse
from tests.faults.cases import Cases

_LIMIT = 2.0
"""Seconds of CPU in which a page or a question must be done with."""
_AT = datetime(2026, 7, 1, tzinfo=UTC)
_SNIPPETS = (
    *(
        b"<",
        b">",
        b"<div>" * 300,
        b"</td></tr></table>",
        b"<!--",
        b"]]>",
        b"<script>",
        b"&#x110000;",
        b"&amp" * 200,
    ),
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\x1b$B",
        b"\xa1",
        "\u202e".encode(),
        "宿迁".encode("gbk"),
    ),
    *("、甲".encode() * 400, "“甲”".encode() * 200, b"1" * 3000, b" " * 3000, "（".encode() * 500),
    *(
        "2024年".encode() * 300,
        b"\n" * 2000,
        "至".encode() * 500,
        b"<p>" * 1000,
        b"=" * 2000,
        b'" ' * 500,
    ),
    *("《".encode() * 500, b"<a href=" * 200, "　".encode() * 1000, "公示时间：".encode() * 200),
)
PIECES = (
    *(
        '"',
        "(",
        ")",
        "-",
        "OR",
        "AND",
        " ",
        "title:",
        "source:",
        "after:",
        "before:2024-13",
        "2024-02-30",
        "*",
        "'",
    ),
    *(
        "宿迁",
        "，",
        "\x00",
        "\u200b",
        "topic:",
        "::",
        "a" * 50,
        "(" * 60,
        '"' * 3,
        "-" * 30,
        "\U00010348",
        "place:泗洪",
    ),
    *(" OR " * 20, "é", "ﬁ", "\n", "\\", "%", "_", "NEAR(", "rowid", "{", "}", "^", "+", "0" * 20),
)


@dataclass(frozen=True)
class Failure:
    """A case that broke what read it."""

    number: int
    said: str


class Hang(BaseException):
    """A case took too long: no handler of errors may swallow it."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise Hang in what takes more CPU than that."""

    def expired(*_: Any) -> None:
        raise Hang

    before = signal.signal(signal.SIGPROF, expired)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def tried(
    read: Callable[[Random], object], numbers: range, seed: int, limit: float = _LIMIT
) -> Iterator[Failure]:
    """Read so many cases, each made of its own number and the seed; give those that failed, or
    took more seconds of the processor than `limit`."""
    for number in numbers:
        try:
            with within(limit):
                read(Random(f"{seed} {number}"))
        except (CrawlerError, StorageError):
            continue
        except Hang:
            yield Failure(number, f"takes more than {limit:g} s: {_where()}")
        except Exception:  # noqa: BLE001 - each is what is looked for
            yield Failure(number, traceback.format_exc(limit=-3))


def _where() -> str:
    return traceback.format_exc(limit=-2).replace("\n", " ")[-400:]


class Pages:
    """Pages of the replica, to be broken."""

    def __init__(self, articles: int = 40) -> None:
        world = World.build(articles=articles)
        renderer = Renderer(world, 80)
        self._pages = [
            (post.path, renderer.answer(world.sites[post.site].host, post.path).body)
            for post in world.posts
        ]
        self._tagger = Tagger(Taxonomy.load())
        # Dictionaries are read when they are needed first: that is no page's fault.
        chinese()
        repair(damage("宿迁市人民政府办公室关于做好防汛工作的通知，" * 20, Random(1)))
        extract(self._page(*self._pages[0]))

    def _page(self, path: str, body: bytes) -> Page:
        url, key = f"http://a.cn{path}", f"a.cn{path}"
        return Page(url=url, key=key, source="s", body=body, fetched_at=_AT)

    def read(self, random: Random) -> None:
        """Break a page and read it as a run does."""
        path, body = random.choice(self._pages)
        found = extract(self._page(path, broken(body, random)))
        if isinstance(found, Article):
            repair(found.body)
            self._tagger.tag(found.title, found.body, None)


def broken(body: bytes, random: Random) -> bytes:
    """A page with a few things wrong."""
    data = bytearray(body)
    for _ in range(random.randrange(1, 12)):
        at = random.randrange(len(data) + 1)
        match random.randrange(6):
            case 0:
                data[at : at + 1] = bytes([random.randrange(256)])
            case 1:
                del data[at : at + random.randrange(1, 200)]
            case 2:
                data[at:at] = random.choice(_SNIPPETS)
            case 3:
                data[at:at] = data[at : at + random.randrange(1, 2000)] * random.randrange(1, 4)
            case 4:
                del data[at:]
            case _:
                other = random.randrange(len(data) + 1)
                data[at:at] = data[min(at, other) : max(at, other)][:2000]
    return bytes(data)


def ask(random: Random) -> None:
    """Parse a made-up question."""
    parse("".join(random.choice(PIECES) for _ in range(random.randrange(1, 25))))


def measure(pages: int, questions: int, *, seed: int = 1, first: int = 0) -> Cases:
    """Try so many of each."""
    cases = Cases("fuzz")
    suites = [("pages", Pages().read, pages), ("questions", ask, questions)]
    for name, read, count in suites:
        began = time.process_time()
        failures = list(tried(read, range(first, first + count), seed))
        for failure in failures[:20]:
            cases.add(f"{name} {failure.number} of seed {seed}", failure.said, good=False)
        if not failures:
            seconds = time.process_time() - began
            cases.add(f"{count:,} {name} of seed {seed}", f"none broke, {seconds:.0f} s", good=True)
    return cases


def main(
    pages: Annotated[int, typer.Option(help="How many broken pages.")] = 100_000,
    questions: Annotated[int, typer.Option(help="How many questions.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Of what is made.")] = 1,
    first: Annotated[int, typer.Option(help="The number of the first.")] = 0,
) -> None:
    """Read broken pages and made-up questions; print what broke."""
    cases = measure(pages, questions, seed=seed, first=first)
    cases.show()
    sys.exit(not cases.good)


if __name__ == "__main__":
    typer.run(main)
