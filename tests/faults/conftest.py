"""A crawled corpus with a past, and copies of it to break, on both databases."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from crawler.demo.world import World
from flows.app import App
from storage.archive import Archive
from storage.database import Database
from storage.transfer import copy
from tests.flows.conftest import EVERYTHING, Lab, lab, small_world
from tests.flows.test_recheck import Aging
from tests.storage.conftest import Postgres, backend, copy_of_template, database, postgres, url

__all__ = ["backend", "copy_of_template", "database", "postgres", "small_world", "url"]


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory, small_world: World) -> Iterator[Lab]:
    """A replica that was crawled, edited in two places and checked."""
    with lab(tmp_path_factory.mktemp("past"), small_world) as opened:
        made = Aging(opened)
        made.crawl(EVERYTHING)
        for post in made.posts()[:2]:
            made.age("edit-silently", post)
        made.check(timedelta(hours=1))
        yield opened


@pytest.fixture(scope="session")
def copied(
    past: Lab, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Path], AbstractContextManager[App]]:
    """Open a copy of that corpus, in a folder, on a database of a kind."""
    templates: dict[str, str] = {}

    def template(backend: str) -> str:
        url = past.app.database.url
        if backend == "postgresql":
            server: Postgres = request.getfixturevalue("postgres")
            url = server.create()
            copy(past.app.database.url, url)
        return url

    @contextmanager
    def open_copy(backend: str, folder: Path) -> Iterator[App]:
        if backend not in templates:
            templates[backend] = template(backend)
        if backend == "postgresql":
            server: Postgres = request.getfixturevalue("postgres")
            url = server.create(make_url(templates[backend]).database or "")
        else:
            url = f"sqlite:///{folder / 'suqian.db'}"
            with past.app.database.autocommit() as connection:
                connection.exec_driver_sql(f"VACUUM INTO '{folder / 'suqian.db'}'")
        shutil.copytree(past.app.settings.archive, folder / "archive")
        settings = past.app.settings.model_copy(
            update={"home": folder, "database_url": url, "archive": str(folder / "archive")}
        )
        with ExitStack() as stack:
            database = Database.open(url)
            stack.callback(database.close)
            yield replace(
                past.app,
                settings=settings,
                database=database,
                archive=Archive.open_at(settings.archive),
            )

    return open_copy


@pytest.fixture
def stored(
    copied: Callable[[str, Path], AbstractContextManager[App]], backend: str, tmp_path: Path
) -> Iterator[App]:
    with copied(backend, tmp_path) as app:
        yield app
