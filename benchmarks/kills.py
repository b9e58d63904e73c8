"""A backfill of 36 months that is killed again and again: what is lost, doubled, or fetched twice.

``python -m benchmarks.kills`` serves a replica, backfills one of its publishers with a worker of its
own and kills, at moments drawn from a seed: the worker, the crawl child, the database (PostgreSQL's
server; SQLite lives in the worker, which dies before a commit), or all at once, when the record that was
being written is torn, as by a power cut. After each kill the same is asked for again, as a person or the
service would. In the end every article of the replica is to be there once.
`benchmarks.kills_on_pool` does the same under Prefect's server, with a worker of a work pool.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from benchmarks.postgres import Postgres, served
from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import Replica, serve
from crawler.demo.world import World
from crawler.urls import canonical_key
from flows.app import open_app
from flows.verify.run import verify
from storage.corpus import Corpus
from storage.database import Database
from storage.settings import Settings, environment_with

SOURCE = "demo_city"
SINCE, UNTIL = date(2023, 7, 1), date(2026, 6, 30)
KINDS = ("worker", "crawl child", "database", "power cut")
_TORN = 2000
"""Bytes that a power cut may take from the end of a file: one record, or two."""
_EVENTS = 14
"""A round lets the worker say up to so many things before the kill: two months, or three."""


@dataclass
class Kill:
    """One kill: of what, and how much it cost."""

    kind: str
    at: str = ""
    again: int = 0
    """Pages that were asked for once more after it."""


@dataclass
class Result:
    """What came of a killed backfill."""

    kills: list[Kill]
    lost: int
    doubled: int
    fetched: int
    again: int
    seconds: float
    left: list[str] = field(default_factory=list)
    amiss: list[str] = field(default_factory=list)
    """What `verify` finds afterwards."""


# --- the worker -----------------------------------------------------------------------------------


def work(home: Path, commits: int, since: date) -> None:
    """Backfill and say each step on standard output; with `commits`, die before that many are done."""
    from sqlalchemy import event

    from crawler.progress import Progress
    from flows.backfilling import Steps, Wish, backfill
    from flows.work import Hooks

    def say(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    with open_app(Settings.load(home=home)) as app:
        if commits:
            left = iter(range(commits, -1, -1))

            @event.listens_for(app.database.engine, "commit")
            def die(_: object) -> None:
                if next(left) == 0:
                    say("commit")
                    os.kill(os.getpid(), signal.SIGKILL)

        def crawled(state: Progress) -> None:
            say(f"crawled {sum(state.fetched.values())}")

        hooks = Hooks(stage=say, crawled=crawled, loaded=lambda done, _: say(f"loaded {done}"))
        steps = Steps(
            month=lambda _, run: run(hooks), moved=lambda done, _, span: say(f"{done} {span.month}")
        )
        progress = backfill(app, Wish(source=SOURCE, since=since, until=UNTIL), steps)
        say(f"ended {len(progress.open)}")


# --- who kills it ---------------------------------------------------------------------------------


@dataclass
class Stage:
    """A replica and the home of who crawls it."""

    replica: Replica
    home: Path
    catalogue: Path
    random: Random
    since: date = SINCE
    postgres: Postgres | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Variables of who crawls this replica."""
        return environment_with(self.settings.as_environment())

    @property
    def settings(self) -> Settings:
        """Of who crawls this replica."""
        alone = Settings.for_home(self.home).model_copy(update={"replica": self.catalogue})
        if self.postgres is None:
            return alone
        return alone.model_copy(update={"database_url": self.postgres.url})

    def pages(self) -> Counter[str]:
        """How often each article and file was asked for and given."""
        return Counter(
            f"{host.removeprefix('www.')}{path}"
            for host, path, status in self.replica.requests
            if status == 200 and path != "/robots.txt" and "list" not in path.rpartition("/")[2]
        )

    def moved(self) -> set[str]:
        """Pages that a redirect leads to: each is asked for as itself, and once behind the redirect."""
        paths = {(host.removeprefix("www."), path) for host, path, _ in self.replica.requests}
        return {f"{host}{path.removeprefix('/moved')}" for host, path in paths if "/moved/" in path}

    def repeated(self) -> int:
        """Requests for pages that had been given before."""
        moved = self.moved()
        return sum(max(0, n - 1 - (page in moved)) for page, n in self.pages().items())


def killed_round(stage: Stage, kind: str) -> Kill:
    """Let a worker work for a while, then kill what is to be killed."""
    before = stage.repeated()
    commits = stage.random.randrange(1, 30) if kind == "database" and not stage.postgres else 0
    wanted = stage.random.randrange(1, _EVENTS)
    kill = Kill(kind)
    with _worker(stage, commits) as worker:
        assert worker.stdout is not None
        for number, line in enumerate(worker.stdout):
            kill.at = line.strip()
            if kill.at.startswith("ended"):
                break
            if not commits and number >= wanted and _struck(stage, worker, kind):
                break
        if kind not in {"worker", "power cut"}:
            # The worker goes on by itself where it can; it is let work a little.
            _read(worker, 4)
        worker.kill()
    kill.again = stage.repeated() - before
    return kill


def _read(worker: "subprocess.Popen[str]", lines: int) -> None:
    assert worker.stdout is not None
    for _, line in zip(range(lines), worker.stdout, strict=False):
        if line.startswith("ended"):
            return


def _struck(stage: Stage, worker: "subprocess.Popen[str]", kind: str) -> bool:
    """Kill; False where what is to be killed is not there at the moment."""
    if kind == "worker":
        time.sleep(stage.random.random() * 0.3)
        worker.kill()
        return True
    if kind == "database" and stage.postgres:
        time.sleep(stage.random.random() * 0.3)
        stage.postgres.kill()
        stage.postgres.start()
        return True
    children = _children(worker.pid)
    if children and kind == "power cut":
        worker.kill()
    for child in children:
        os.kill(child, signal.SIGKILL)
    if children and kind == "power cut":
        _tear(stage)
    return bool(children)


def _tear(stage: Stage) -> None:
    """Cut off the end of what was being written."""
    for warc in stage.settings.crawl_folder.glob("*.warc.gz"):
        size = warc.stat().st_size
        os.truncate(warc, max(0, size - stage.random.randrange(1, _TORN)))


def _children(pid: int) -> list[int]:
    """The crawl children of a process."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    crawls = []
    for child in map(int, listed):
        try:
            command = Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            continue
        if b"crawler.crawl" in command:
            crawls.append(child)
    return crawls


@contextmanager
def _worker(stage: Stage, commits: int = 0) -> "Iterator[subprocess.Popen[str]]":
    command = [sys.executable, "-m", "benchmarks.kills", "work", str(stage.home)]
    with (
        (stage.home.parent / "worker.log").open("ab") as log,
        subprocess.Popen(
            [*command, "--commits", str(commits), "--since", str(stage.since)],
            env=stage.environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def finish(stage: Stage) -> list[str]:
    """Let the backfill come to its end undisturbed; return the lines that it said last."""
    with _worker(stage) as worker:
        assert worker.stdout is not None
        return list(worker.stdout)[-1:]


def measure(stage: Stage, kinds: list[str]) -> Result:
    """Kill once for each kind, bring the backfill to its end, and compare with the replica."""
    began = time.monotonic()
    kills = []
    for number, kind in enumerate(kinds):
        kills.append(killed_round(stage, kind))
        sys.stderr.write(f"{number + 1} {kills[-1]}\n")
    before = stage.repeated()
    left = finish(stage)
    kills.append(Kill("the end", again=stage.repeated() - before))
    lost, doubled = compare(stage)
    seconds = time.monotonic() - began
    fetched = sum(stage.pages().values())
    again = stage.repeated()
    return Result(kills, lost, doubled, fetched, again, seconds, left, amiss(stage))


def amiss(stage: Stage) -> list[str]:
    """What does not agree in the end: outcomes that do not add up, for one."""
    with open_app(stage.settings) as app:
        return [one.said for one in verify(app).found]


def compare(stage: Stage) -> tuple[int, int]:
    """How many articles of the replica are not stored, and how many are stored more than once."""
    world, port = stage.replica.world, stage.replica.port
    truth = {
        canonical_key(f"http://{world.sites[post.site].host}:{port}{post.path}")
        for post in world.truth()
        if post.site == SOURCE and stage.since <= post.day <= UNTIL
    }
    database = Database.open(stage.settings.database_url)
    try:
        stored = Counter(
            canonical_key(article.url).replace("/moved/", "/")
            for article in Corpus(database).articles()
        )
    finally:
        database.close()
    return len(truth - stored.keys()), sum(n - 1 for n in stored.values())


@contextmanager
def staged(
    folder: Path, world: World, seed: int, since: date = SINCE, postgres: Postgres | None = None
) -> Iterator[Stage]:
    """A replica that is served, and a home that is empty."""
    with serve(world) as replica:
        write_catalogue(folder / "catalogue", replica.port)
        home, catalogue = folder / "home", folder / "catalogue"
        yield Stage(replica, home, catalogue, Random(seed), since, postgres)


@contextmanager
def stage_on(database: str, articles: int, seed: int, since: date = SINCE) -> Iterator[Stage]:
    """A stage in a folder that goes again, on `sqlite` or `postgresql`."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        server = stack.enter_context(served(folder)) if database == "postgresql" else None
        world = World.build(articles=articles)
        yield stack.enter_context(staged(folder, world, seed, since, server))


def show(result: Result) -> None:
    """Print the table and the sums."""
    for number, kill in enumerate(result.kills, start=1):
        print(f"| {number} | {kill.kind} | {kill.at} | {kill.again} |")
    names = ("lost", "doubled", "fetched", "again", "seconds", "left", "amiss")
    print(json.dumps({name: getattr(result, name) for name in names}))


app = typer.Typer(help=__doc__, add_completion=False)


@app.command()
def run(
    kills: Annotated[int, typer.Option(help="How many.")] = 20,
    articles: Annotated[int, typer.Option(help="Size of the replica.")] = 300,
    seed: Annotated[int, typer.Option(help="Of the moments.")] = 1,
    database: Annotated[str, typer.Option(help="sqlite or postgresql.")] = "sqlite",
) -> None:
    """Kill a backfill and print what it cost."""
    random = Random(seed)
    kinds = [KINDS[n % len(KINDS)] for n in range(kills)]
    random.shuffle(kinds)
    with stage_on(database, articles, seed) as stage:
        show(measure(stage, kinds))


@app.command("work")
def work_(home: Path, commits: int = 0, since: str = str(SINCE)) -> None:
    """The worker (started by `run`)."""
    work(home, commits, date.fromisoformat(since))


if __name__ == "__main__":
    app()
