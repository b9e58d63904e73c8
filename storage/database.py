"""The connection: SQLite or PostgreSQL, its schema, and one transaction at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    ExceptionContext,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session, sessionmaker

from storage import arrays, migrations
from storage.driver_errors import plain_errors
from storage.errors import Refused
from storage.settings import masked

# Marks an SQLite file as ours (`PRAGMA application_id`): "SUQN".
APPLICATION_ID = 0x5355514E
COPYING = "copying"
"""The table that a database has while a copy into it is not finished (`storage.transfer`)."""
_BUSY_MILLISECONDS = 30_000
_MORE_CONNECTIONS, _POOL_SECONDS = 25, 10
"""Beyond the five that stay open, and how long one more waits for any of them."""
_IN_MEMORY = {None, "", ":memory:"}
"""Names of SQLite's databases that have no file."""
_BEGIN = "suqian_begin"
"""Execution option: the statement that begins a transaction on SQLite; empty: none does."""
_WITHOUT_DRIVER = frozenset({"postgresql", "postgres"})
"""As others write PostgreSQL's addresses: psycopg is the one driver that we use."""


class State(StrEnum):
    """How a database stands to this version of the code."""

    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    FOREIGN = "foreign"
    COPYING = "copying"
    """A copy into it is not finished."""


@dataclass(frozen=True)
class Database:
    """An open database. `open` is the door; it refuses what it must not touch."""

    url: str
    engine: Engine
    sessions: sessionmaker[Session] = field(repr=False)

    @classmethod
    def open(cls, url: str, *, create: bool = False, readonly: bool = False) -> Self:
        """Open a database whose schema is this version's.

        With `create`, an empty or missing one is made ready; with `readonly`, the database itself
        refuses every write. Raises `Refused` for a database that is not ours, of another version,
        unreadable or read-only, `Unavailable` when its server does not answer.
        """
        database = cls._connect(url, create=create, readonly=readonly)
        try:
            _require_current(database, create=create)
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def look(cls, url: str) -> State:
        """How a database stands to this version of the code."""
        database = cls._connect(url, create=False)
        try:
            return database.state()
        finally:
            database.close()

    @classmethod
    def bring_up(cls, url: str) -> None:
        """Upgrade an older or empty database; refuses one that is not ours."""
        database = cls._connect(url, create=True)
        try:
            if database.state() in {State.EMPTY, State.OLDER}:
                database.upgrade()
            _require_current(database, create=False)
        finally:
            database.close()

    @classmethod
    def for_copy(cls, url: str) -> Self:
        """Open a database to copy into: an empty one, which is made ready, or one of this version.
        Refuses any other."""
        database = cls._connect(url, create=True)
        try:
            if database.state() is not State.COPYING:
                _require_current(database, create=True)
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def _connect(cls, url: str, *, create: bool, readonly: bool = False) -> Self:
        try:
            parsed = make_url(url)
            if parsed.drivername in _WITHOUT_DRIVER:
                parsed = parsed.set(drivername="postgresql+psycopg")
            if parsed.get_backend_name() == "sqlite":
                _require_file(parsed.database, create=create)
            elif parsed.get_backend_name() != "postgresql":
                raise ArgumentError(parsed.drivername)
            engine = create_engine(
                parsed,
                **_pool(parsed),
                # A statement that fails would tell of texts and personal numbers in its message.
                hide_parameters=True,
                execution_options={"postgresql_readonly": readonly},
            )
        except (ArgumentError, NoSuchModuleError) as error:
            raise Refused(
                f"{masked(url)!r} is not a database address; "
                "use sqlite:///path/to/file.db or postgresql+psycopg://user@host/name"
            ) from error
        except ModuleNotFoundError as error:
            raise Refused(
                f"the driver {error.name!r} for {masked(url)} is not installed; "
                "for PostgreSQL install the extra: pip install 'suqian[postgres]'"
            ) from error
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _pragmas(readonly=readonly))
            event.listen(engine, "begin", _begin)
        else:
            event.listen(engine, "connect", arrays.teach)
            event.listen(engine, "handle_error", _without_rows)
        return cls(url, engine, sessionmaker(engine, expire_on_commit=False))

    def state(self) -> State:
        """Compare the stored schema version with the code's."""
        with self._connection() as connection:
            tables = set(inspect(connection).get_table_names())
            stored = _stored_version(connection, tables)
            if not tables:
                return State.EMPTY
            if stored is None or not _is_ours(connection):
                return State.FOREIGN
        if stored == migrations.HEAD:
            return State.COPYING if COPYING in tables else State.CURRENT
        return State.OLDER if stored in migrations.known_revisions() else State.NEWER

    def upgrade(self, revision: str = "head") -> None:
        """Bring the schema to a revision: one transaction, one process at a time."""
        with plain_errors(self.url), self._writing().begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(APPLICATION_ID)))
            migrations.upgrade(connection, revision)
        # What a connection is set to depends on whose database it meets: see `_pragmas`.
        self.engine.dispose()

    def _writing(self) -> Engine:
        """The engine for transactions that write. SQLite takes its one write lock when they begin:
        one that reads first and writes later fails at once when another has written in between.
        """
        return self.engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        with plain_errors(self.url), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        # Who writes a table has those that it refers to.
        import storage.models.whole  # noqa: F401

        with plain_errors(self.url), self.sessions(bind=self._writing()) as session:
            yield session
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for questions; nothing done in it is kept."""
        with plain_errors(self.url), self.sessions() as session:
            yield session

    @contextmanager
    def standing(self) -> Iterator[Session]:
        """A session for questions that sees the database as it stands now, whatever others write
        while it is open."""
        with self.reading() as session:
            if self.engine.dialect.name == "postgresql":
                level = {"isolation_level": "REPEATABLE READ"}
                session.connection(execution_options=level)
            yield session

    @contextmanager
    def autocommit(self) -> Iterator[Connection]:
        """A connection outside of any transaction, for upkeep that no transaction allows."""
        # SQLite's driver begins nothing by itself: see `_pragmas`.
        options = (
            {_BEGIN: ""}
            if self.engine.dialect.name == "sqlite"
            else {"isolation_level": "AUTOCOMMIT"}
        )
        engine = self.engine.execution_options(**options)
        with plain_errors(self.url), engine.connect() as connection:
            yield connection

    def to_disk(self) -> None:
        """Have the disk hold what was committed. SQLite's last transactions may wait in memory until
        then; PostgreSQL has written them when it says that they are committed."""
        if self.engine.dialect.name == "sqlite":
            with self.autocommit() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def _require_current(database: Database, *, create: bool) -> None:
    state = database.state()
    shown = masked(database.url)
    if state is State.EMPTY and create:
        database.upgrade()
    elif state is State.EMPTY:
        raise Refused(
            f"{shown} is empty; fill it first: suqian ingest, suqian import or suqian demo"
        )
    elif state is State.FOREIGN:
        raise Refused(
            f"{shown} is a database of another program; set SUQIAN_DATABASE_URL to another"
        )
    elif state is State.NEWER:
        raise Refused(f"{shown} was written by a newer version; upgrade this program: uv sync")
    elif state is State.COPYING:
        raise Refused(
            f"{shown} is a copy that is not finished; finish it: suqian db copy SOURCE {shown}"
        )
    elif state is State.OLDER:
        raise Refused(f"{shown} is of an older version; back it up, then run: suqian db upgrade")


def _pool(url: URL) -> dict[str, Any]:
    """Arguments of the pool of connections; a database in memory has one for each thread."""
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_sqlite and url.database in _IN_MEMORY:
        return {}
    bounds = {"max_overflow": _MORE_CONNECTIONS, "pool_timeout": _POOL_SECONDS}
    return {"pool_pre_ping": not is_sqlite, **bounds}


def _require_file(name: str | None, *, create: bool) -> None:
    """Say what is wrong with an SQLite path before SQLite says "unable to open database file"."""
    if name is None or name in _IN_MEMORY:
        return
    path = Path(name)
    if path.is_dir():
        raise Refused(f"{path} is a folder, not a database file")
    if path.exists():
        return
    if not create:
        raise Refused(
            f"there is no corpus at {path}; make one first: suqian ingest, suqian import or suqian demo"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(
            f"cannot make the folder {path.parent}: {error.strerror}; choose another SUQIAN_HOME"
        ) from error


def _pragmas(*, readonly: bool) -> Callable[[Any, object], None]:
    def set_pragmas(connection: Any, _record: object) -> None:
        # The driver is not to begin transactions by itself: `_begin` does, so that DDL is
        # transactional too.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = NORMAL")
        # What is removed is overwritten: it may have to be forgotten.
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute(f"PRAGMA query_only = {readonly:d}")
        # The journal mode is kept in the file: a file of another program is not to be touched.
        (owner,) = cursor.execute("PRAGMA application_id").fetchone()
        if owner == APPLICATION_ID and not readonly:
            cursor.execute("PRAGMA journal_mode = WAL")
        cursor.close()

    return set_pragmas


def _without_rows(context: ExceptionContext) -> None:
    """Leave of an error's message what it says of the statement: below stands what a row holds."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            first = str(error.args[0]).splitlines()[:1]
            error.args = (*first, *error.args[1:])


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get(_BEGIN, "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)


def _stored_version(connection: Connection, tables: set[str]) -> str | None:
    if "alembic_version" not in tables:
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _is_ours(connection: Connection) -> bool:
    if connection.dialect.name != "sqlite":
        return inspect(connection).has_table("folded_text")
    return connection.exec_driver_sql("PRAGMA application_id").scalar() == APPLICATION_ID
