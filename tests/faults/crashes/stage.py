"""A home in which a segment waits to be loaded, and copies of it."""

import json
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import NullPool, create_engine, event, make_url, text

from benchmarks.postgres import Postgres, served
from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import serve
from crawler.demo.world import FIRST_DAY, World
from flows.app import App, open_app
from flows.request import Request
from flows.run import ingest
from flows.segments import finish_leftovers
from storage.archive import Archive
from storage.corpus import Article, Corpus
from storage.database import Database
from storage.settings import Settings
from tests.faults.crashes import points
from tests.faults.crashes.faults import Fault, Span, undisturbed
from tests.faults.crashes.processes import in_a_fork


@dataclass
class Stage:
    """A home that was left by a crawl whose process died, on one of the databases."""

    home: Path
    catalogue: Path
    postgres: Postgres | None = None
    truth: str = ""
    """What an undisturbed load makes the corpus say."""
    span: Span | None = None
    app: App | None = None
    """Opened before any process is forked: each would read the same rules and dictionaries again."""

    @contextmanager
    def opened(self, settings: Settings) -> Iterator[App]:
        """The system at work in a home."""
        assert self.app is not None
        database = Database.open(settings.database_url)
        try:
            archive = Archive.open_at(settings.archive)
            yield replace(self.app, settings=settings, database=database, archive=archive)
        finally:
            database.close()

    def settings(self, home: Path) -> Settings:
        """Of who works in a home."""
        alone = Settings.for_home(home).model_copy(update={"replica": self.catalogue})
        if self.postgres is None:
            return alone
        url = make_url(self.postgres.url).set(database=home.name)
        return alone.model_copy(update={"database_url": url.render_as_string(hide_password=False)})

    def copy(self, home: Path) -> Settings:
        """The same in another place; the run's lock is gone with its process."""
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.home, home)
        if self.postgres is not None:
            make_database(self.postgres, home.name, self.home.name)
        return self.settings(home)

    def fault(self, kind: str, random: Random, settings: Settings) -> Fault:
        """A fault for a load in a home."""
        assert self.span is not None
        return Fault(kind, random, self.span, settings.database_url, self.postgres)

    def take_up(self, settings: Settings, fault: Fault | None = None) -> None:
        """Load what was left, and meet a fault on the way."""
        with self.opened(settings) as app:
            finish_leftovers(app, fault.arm(app) if fault else undisturbed())

    def said(self, settings: Settings) -> str:
        """What the corpus says, but for when it was seen."""
        with self.opened(settings) as app:
            corpus = Corpus(app.database)
            found = sorted((_told(corpus, one) for one in corpus.articles()), key=str)
            changes = sum(1 for _ in corpus.changes(limit=100_000))
        return json.dumps([found, changes], ensure_ascii=False, default=str)


def make_database(postgres: Postgres, name: str, template: str = "template0") -> None:
    """Make a database on a server, in the place of one of that name."""
    engine = create_engine(postgres.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))


def _told(corpus: Corpus, one: Article) -> list[Any]:
    history = corpus.history(one.id)
    texts = [(version.title, version.body) for version in history.versions] if history else []
    tags = sorted((tag.kind, tag.value) for tag in one.tags)
    return [one.id, one.url, one.source, one.published_at, one.duplicate_of, texts, tags]


@contextmanager
def staged(folder: Path, database: str, articles: int) -> Iterator[Stage]:
    """Crawl a replica, and die before the segment is archived."""
    with ExitStack() as stack:
        postgres = stack.enter_context(served(folder)) if database == "postgresql" else None
        stage = Stage(folder / "home", folder / "catalogue", postgres)
        if postgres:
            make_database(postgres, stage.home.name)
        with serve(_legible(World.build(articles=articles))) as replica:
            write_catalogue(stage.catalogue, replica.port)
            with open_app(stage.settings(stage.home)) as app:
                stage.app = app
            assert in_a_fork(lambda: _crawl_and_die(stage)) == -signal.SIGKILL
        whole = stage.copy(folder / "whole")
        stage.span = _measured(stage, whole)
        stage.truth = stage.said(whole)
        yield stage


def _measured(stage: Stage, settings: Settings) -> Span:
    """Load undisturbed, and count; in this process, which is warm for those that it forks."""
    counts: Counter[str] = Counter()
    with stage.opened(settings) as app:
        for name in ("before_cursor_execute", "commit"):
            event.listen(app.database.engine, name, lambda *_, name=name: counts.update([name]))
        began = time.monotonic()
        finish_leftovers(app, undisturbed())
        seconds = time.monotonic() - began
    return Span(counts["before_cursor_execute"], counts["commit"], seconds)


def _legible(world: World) -> World:
    """Without damaged texts: reading them again takes most of a load, and is not what is tried here."""
    return replace(world, posts=tuple(post for post in world.posts if not post.damaged))


def _crawl_and_die(stage: Stage) -> None:
    points.arm("storage.archive:Archive.put", before=True)
    with stage.opened(stage.settings(stage.home)) as app:
        ingest(app, Request(since=FIRST_DAY), undisturbed())
