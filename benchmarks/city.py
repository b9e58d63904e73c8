"""A whole city: is everything found, does a cycle without news cost nothing, is nothing asked twice.

    uv run python -m benchmarks.city [--hosts 50] [--articles 20000] [--items 5000]

First the replica with that many hosts and articles, crawled from nothing and then once more; then one
column with that many items, from a cold start to known-complete. Politeness delays are off: counted are
requests and rows, not seconds.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from crawler.demo.aging import Operation, apply
from crawler.demo.catalogue import write_catalogue
from crawler.demo.render import PER_PAGE
from crawler.demo.server import Replica, serve
from crawler.demo.world import FIRST_DAY, World
from crawler.urls import canonical_key
from flows.app import App, for_replica, open_app
from flows.request import Request
from flows.run import ingest
from storage.corpus import Corpus
from storage.settings import Settings

_EVERYTHING = Request(since=FIRST_DAY)
_AGAIN = Request()
_SITE, _COLUMN = "demo_sthj", "jsxm"


@dataclass(frozen=True)
class City:
    """A replica, and a system with nothing in it."""

    replica: Replica
    app: App

    def cycle(self, request: Request) -> Counter[str]:
        """Crawl; return how many requests there were of each kind."""
        self.replica.requests.clear()
        ingest(self.app, request)
        return Counter(asked.kind for asked in self.replica.requests)

    def stored(self) -> list[tuple[object, ...]]:
        """Every row of the articles, to tell whether one was written."""
        with self.app.database.reading() as session:
            columns = "pk, digest, revision, revised_at, page_id, withdrawn_at"
            rows = session.execute(text(f"SELECT {columns} FROM article ORDER BY pk"))
            changes = session.execute(text("SELECT max(seq) FROM change"))
            return [*map(tuple, rows), *map(tuple, changes)]


@contextmanager
def city(world: World) -> Iterator[City]:
    """A world that is served, and a home beside it."""
    with tempfile.TemporaryDirectory() as folder, serve(world) as replica:
        catalogue = Path(folder, "catalogue")
        write_catalogue(catalogue, replica.port, world.sites.values())
        with open_app(Settings.for_home(Path(folder, "home"))) as app:
            fast = for_replica(app, catalogue)
            limits = replace(fast.limits, max_requests=500_000)
            yield City(replica, replace(fast, limits=limits))


def whole(hosts: int, articles: int) -> Iterator[tuple[str, str, str]]:
    """What a crawl of the whole city finds, and what the next one costs."""
    world = World.build(articles=articles, publishers=hosts)
    with city(world) as here:
        asked = here.cycle(_EVERYTHING)
        wanted = {canonical_key(world.url(p.address, here.replica.port)) for p in world.truth()}
        corpus = Corpus(here.app.database)
        found = {canonical_key(article.url) for article in corpus.articles()}
        yield "hosts, articles", f"{len(world.sites)}, {len(wanted):,}", ""
        yield "requests", ", ".join(f"{count:,} {kind}" for kind, count in asked.items()), ""
        share = len(found & wanted) / len(wanted)
        yield "found / existing", f"{share:.2%}, {len(found - wanted)} beyond", "100%"
        columns = corpus.coverage()
        short = sum(bool(one.unseen or one.missing) for one in columns)
        yield "columns with anything missing", f"{short} of {len(columns)}", "0"
        before = here.stored()
        again = here.cycle(_AGAIN)
        beyond = sum(count for kind, count in again.items() if kind not in {"list", "robots"})
        yield "cycle without news: requests beyond lists and robots", str(beyond), "0"
        yield "… list pages, of so many columns", f"{again['list']}, {len(columns)}", ""
        written = len(set(before) ^ set(here.stored()))
        yield "… rows of articles and changes written", str(written), "0"


def column(items: int) -> Iterator[tuple[str, str, str]]:
    """One column from a cold start to known-complete."""
    empty = World.build(articles=0)
    site = {_SITE: empty.sites[_SITE]}
    bare = replace(empty, sites=site, posts=(), moved={})
    filling = Operation("publish", site=_SITE, column=_COLUMN, count=items, day="2026-06-30")
    with city(apply(bare, [filling])) as here:
        here.cycle(_EVERYTHING)
        (known,) = Corpus(here.app.database).coverage()
        paths = Counter(asked.path for asked in here.replica.requests)
        pages = sum("list" in path for path in paths)
        yield "one column: items found, of so many", f"{known.held:,}, {items:,}", f"{items:,}"
        yield "… walked back to, unseen", f"{known.back_to}, {known.unseen}", "beginning, 0"
        yield "… list pages", f"{pages:,}", f"{-(-items // PER_PAGE):,}"
        yield "… addresses asked twice", str(sum(n > 1 for n in paths.values())), "0"


def main() -> None:
    """Print both as one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=50)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--items", type=int, default=5_000)
    given = parser.parse_args()
    table = Table("", "found", "to reach")
    for row in (*whole(given.hosts, given.articles), *column(given.items)):
        table.add_row(*row)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
