"""A redesign in mid-year, from the alarm to known-complete again: is anything lost?

    uv run python -m benchmarks.redesign [--items 120] [--json]

A replica's column is crawled whole; its site then gets other lists and other articles, and goes on publishing. The
alarm is health's, the new layout is found by `suqian sources add --since`, and the next run brings home what came
meanwhile.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.shifted import crawling_at
from crawler.catalogue import Catalogue
from crawler.demo.aging import Operation, apply
from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import Replica, serve
from crawler.demo.world import FIRST_DAY, World
from crawler.layouts import CONTAINER_MISSING
from crawler.records import CITY_TIME
from crawler.urls import canonical_key
from flows.app import App, for_replica, open_app
from flows.health.watching import judge_all
from flows.report import RunReport
from flows.request import Request, Selection
from flows.rereading import reread
from flows.run import ingest
from flows.work import Hooks
from storage.corpus import Corpus
from storage.settings import Settings, environment_with

_SITE, _COLUMN = "demo_jyj", "tzgg"
_MEANWHILE = 12
_DAY = date(2026, 7, 2)
"""On which the site was redesigned."""
_DAILY = Request()


@dataclass(frozen=True, slots=True)
class Step:
    """What one step came to."""

    what: str
    found: str
    expected: str
    good: bool


def story(folder: Path, items: int) -> Iterator[Step]:
    """The year, step by step."""
    empty = World.build(articles=0)
    site = {_SITE: empty.sites[_SITE]}
    bare = replace(empty, sites=site, posts=(), moved={})
    days = [_DAY - timedelta(days=number) for number in range(items, 0, -1)]
    catalogue, home = folder / "catalogue", folder / "home"
    with serve(apply(bare, [_published(1, day) for day in days])) as replica:
        write_catalogue(catalogue, replica.port, site.values())
        with open_app(Settings.for_home(home)) as opened:
            yield from _before(for_replica(opened, catalogue), replica)
        with open_app(Settings.for_home(home)) as opened:
            yield from _alarm(for_replica(opened, catalogue), replica)
        yield from _described(folder, catalogue)
        with open_app(Settings.for_home(home)) as opened:
            yield from _after(for_replica(opened, catalogue), replica)


def _published(count: int, day: date) -> Operation:
    return Operation("publish", site=_SITE, column=_COLUMN, count=count, day=str(day))


def _run(app: App, days: float, request: Request = _DAILY) -> RunReport:
    """A run so many days after the redesign."""
    now = _at(days)
    with crawling_at(now):
        return ingest(app, request, Hooks(clock=lambda: now))


def _at(days: float) -> datetime:
    return datetime.combine(_DAY, time(10), tzinfo=CITY_TIME) + timedelta(days=days)


def _before(app: App, replica: Replica) -> Iterator[Step]:
    _run(app, -1, Request(since=FIRST_DAY))
    yield _missing("crawled whole before", app, replica, 0)
    yield _state("judged before", app, -1, "ok")


def _alarm(app: App, replica: Replica) -> Iterator[Step]:
    replica.age(Operation("redesign", site=_SITE), _published(_MEANWHILE, _DAY))
    said = "; ".join(_run(app, 0).problems)
    yield Step("the next run says", said, "has its layout changed?", "layout changed" in said)
    _run(app, 0.3)
    yield _state("judged after two runs, seven hours apart", app, 0.3, "broken")
    yield _missing("of what came meanwhile it has", app, replica, _MEANWHILE)


def _described(folder: Path, catalogue: Path) -> Iterator[Step]:
    url = Catalogue.load(catalogue, shipped=False).source(_SITE).columns[_COLUMN].start
    settings = Settings.for_home(folder / "home").model_copy(update={"replica": catalogue})
    command = ["sources", "add", url, "--since", str(_DAY), "--into", str(catalogue), "--yes"]
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", *command, "--json"],
        env=environment_with(settings.as_environment()),
        capture_output=True,
        text=True,
        check=False,
    )
    said = f"{done.returncode} {done.stderr[-300:] if done.returncode else ''}".strip()
    yield Step("sources add --since ends with", said, "0", done.returncode == 0)
    column = Catalogue.load(catalogue, shipped=False).source(_SITE).columns[_COLUMN]
    until = ", ".join(str(one.until) for one in column.layouts)
    day = str(_DAY - timedelta(days=1))
    yield Step("the old look is a layout until", until, day, until == day)


def _after(app: App, replica: Replica) -> Iterator[Step]:
    problems = "; ".join(_run(app, 0.4).problems) or "none"
    yield Step("problems of the next run", problems, "none", problems == "none")
    yield _missing("complete again", app, replica, 0)
    yield _state("judged afterwards", app, 0.4, "ok")
    [column] = Corpus(app.database).coverage(_SITE)
    left = f"{column.missing}, {column.unseen}, {column.back_to}"
    yield _equal("missing, unseen, walked back to", left, "0, 0, beginning")
    yield _equal("articles whose declared container is missing", _looked_for(app), 0)
    yield _equal("read otherwise from the archive", reread(app, Selection()).changed, 0)


def _equal(what: str, found: object, expected: object) -> Step:
    return Step(what, str(found), str(expected), found == expected)


def _missing(what: str, app: App, replica: Replica, expected: int) -> Step:
    world = replica.world
    wanted = {canonical_key(world.url(post.address, replica.port)) for post in world.truth()}
    found = {canonical_key(article.url) for article in Corpus(app.database).articles()}
    missing = len(wanted - found)
    shown = f"{len(wanted & found)} of {len(wanted)}"
    return Step(what, shown, f"all but {expected}" if expected else "all", missing == expected)


def _state(what: str, app: App, days: float, expected: str) -> Step:
    with app.database.reading() as session:
        [judged] = judge_all(session, app.catalogue, _at(days))
    return _equal(what, str(judged.state), expected)


def _looked_for(app: App) -> int:
    """How many texts were not where their layout says."""
    bodies = [one.provenance.get("body", "") for one in Corpus(app.database).articles()]
    return sum(CONTAINER_MISSING in body for body in bodies)


def main() -> None:
    """Print the steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=120)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        steps = list(story(Path(folder), given.items))
    if given.json:
        print(json.dumps([asdict(one) for one in steps], ensure_ascii=False))
    else:
        table = Table("", "found", "expected", "")
        for one in steps:
            table.add_row(one.what, one.found, one.expected, "" if one.good else "FALLS SHORT")
        Console(width=120).print(table)
    raise SystemExit(int(not all(one.good for one in steps)))


if __name__ == "__main__":
    main()
