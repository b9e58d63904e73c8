"""A replica that was crawled once, and fresh ones for tests that change it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import Replica, serve
from crawler.demo.world import FIRST_DAY, World
from flows.app import App, for_replica, open_app
from flows.report import RunReport
from flows.request import Request
from flows.run import ingest
from storage.corpus import Corpus
from storage.settings import Settings
from tests.prefect_database import prefect_database
from tests.storage.conftest import backend, copy_of_template, database, postgres, url
from tests.storage.fresh import with_tables

__all__ = ["backend", "copy_of_template", "database", "postgres", "prefect_database", "url"]

EVERYTHING = Request(since=FIRST_DAY)


@dataclass(frozen=True)
class Lab:
    """A replica, and a system that crawls it into a home of its own."""

    replica: Replica
    app: App

    def ingest(self, request: Request = EVERYTHING) -> RunReport:
        return ingest(self.app, request)

    def corpus(self) -> Corpus:
        return Corpus(self.app.database)


@contextmanager
def lab(home: Path, world: World) -> Iterator[Lab]:
    with serve(world) as replica, system(home, replica, world) as opened:
        yield opened


@contextmanager
def system(home: Path, replica: Replica, world: World) -> Iterator[Lab]:
    with open_app(_home(home / "家 home")) as app:
        folder = home / "catalogue"
        write_catalogue(folder, replica.port, world.sites.values())
        yield Lab(replica, for_replica(app, folder))


def _home(folder: Path) -> Settings:
    settings = Settings.for_home(folder)
    return settings if folder.exists() else with_tables(settings)


@pytest.fixture(scope="session")
def whole_world() -> World:
    return World.build()


@pytest.fixture(scope="session")
def small_world() -> World:
    return World.build(articles=60)


@pytest.fixture
def small_lab(tmp_path: Path, small_world: World) -> Iterator[Lab]:
    with lab(tmp_path, small_world) as opened:
        yield opened


@pytest.fixture(scope="session")
def known(
    tmp_path_factory: pytest.TempPathFactory, small_world: World
) -> Iterator[tuple[Replica, Path]]:
    """A small replica, and the folder of a system that has crawled all of it."""
    with left_by(tmp_path_factory.mktemp("known"), small_world, Lab.ingest) as made:
        yield made


@contextmanager
def left_by(
    folder: Path, world: World, work: Callable[[Lab], object]
) -> Iterator[tuple[Replica, Path]]:
    """A replica, and the folder of a system that has done its work there."""
    with serve(world) as replica:
        with system(folder, replica, world) as opened:
            work(opened)
        yield replica, folder


@pytest.fixture
def known_lab(tmp_path: Path, known: tuple[Replica, Path], small_world: World) -> Iterator[Lab]:
    """The same replica as it was at first, and a copy of that system."""
    with copied(known, tmp_path, small_world) as opened:
        yield opened


@contextmanager
def copied(known: tuple[Replica, Path], home: Path, world: World) -> Iterator[Lab]:
    """A copy of a system that knows a replica, and the replica as it was at first."""
    replica, folder = known
    replica.reset()
    shutil.copytree(folder, home / "known")
    with system(home / "known", replica, world) as opened:
        yield opened


@dataclass(frozen=True)
class Crawled:
    """The whole replica after one crawl, with what the crawl reported."""

    lab: Lab
    report: RunReport


@pytest.fixture(scope="session")
def crawled(tmp_path_factory: pytest.TempPathFactory, whole_world: World) -> Iterator[Crawled]:
    with lab(tmp_path_factory.mktemp("crawled"), whole_world) as opened:
        yield Crawled(opened, opened.ingest())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.for_home(tmp_path / "home")
