"""The schema's versions: what they make is what the tables say, and they can be undone."""

from datetime import UTC, datetime
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select, text, update
from sqlalchemy.exc import DatabaseError

from storage import migrations
from storage.database import Database, State
from storage.models import Base, Counter, Fingerprint, Link, Run, Watch, Wording
from tests.storage.samples import NOW as SAMPLED_AT
from tests.storage.samples import Sample, store

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _ours(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """The search tables are made by hand: each database has its own kind."""
    return not (kind == "table" and (name or "").startswith("search"))


def _differences(connection: Connection) -> list[Any]:
    options = {"include_object": _ours, "compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, Base.metadata))


def test_migrations_make_exactly_the_tables_of_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        assert _differences(connection) == []


def test_head_is_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(migrations._config()).get_current_head() == migrations.HEAD


def test_a_database_with_data_goes_down_to_nothing_and_up_again(database: Database) -> None:
    with database.unit_of_work() as session:
        session.add(Run(id="r", kind="ingest", parameters={}, state="running", started_at=NOW))

    with database.engine.connect() as connection:
        migrations.downgrade(connection, "base")
        connection.commit()
        assert inspect(connection).get_table_names() == ["alembic_version"]

    database.upgrade()
    assert database.state() is State.CURRENT
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Run)) == 0


def test_a_migration_that_fails_half_way_leaves_nothing_behind(empty_url: str) -> None:
    database = Database._connect(empty_url, create=True)
    with database.engine.begin() as connection:
        # In the way of a table that is made late.
        connection.execute(text("CREATE TABLE tag (pk integer)"))
    with pytest.raises(DatabaseError):
        database.upgrade()
    with database.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["tag"]
    database.close()


def test_document_numbers_of_an_older_database_are_brought_to_one_form(empty_url: str) -> None:
    database = Database._connect(empty_url, create=True)
    database.upgrade("0001")
    rows = {"a": "宿政发[2024]012号", "b": "no number", "c": None}
    with database.engine.begin() as connection:
        for key, number in rows.items():
            _add_article_as_of_0001(connection, key, number)
    database.upgrade()
    with database.engine.connect() as connection:
        found = connection.execute(text("SELECT id, document_key FROM article ORDER BY id"))
        assert found.all() == [("a", "宿政发〔2024〕12号"), ("b", None), ("c", None)]

    with database.engine.connect() as connection:
        migrations.downgrade(connection, "0001")
        connection.commit()
        columns = {column["name"] for column in inspect(connection).get_columns("article")}
        assert "document_key" not in columns
        assert connection.execute(text("SELECT count(*) FROM article")).scalar() == 3
    database.close()


def _add_article_as_of_0001(connection: Connection, key: str, number: str | None) -> None:
    """A row of each table that an article needs, in the columns that 0001 made."""
    given = {"key": key, "number": number, "now": NOW.isoformat(" "), "empty": "{}", "list": "[]"}
    for statement in _ROWS_OF_0001.split(";"):
        connection.execute(text(statement), given)


_ROWS_OF_0001 = """
INSERT INTO run (id, kind, parameters, state, started_at)
VALUES (:key, 'import', :empty, 'completed', :now);
INSERT INTO page (key, url, source, discovered_at, outcome, outcome_at, run_id, attempts)
VALUES (:key, :key, 's', :now, 'new', :now, :key, 0);
INSERT INTO story (id, canonical_id) VALUES (:key, :key);
INSERT INTO article (id, page_id, key, url, source, title, body, document_number, keywords,
  provenance, story_id, authority, text_digest, digest, revision, first_seen, revised_at, warc)
VALUES (:key, (SELECT id FROM page WHERE key = :key), :key, :key, 's', 't', 'b', :number, :list,
  :empty, :key, 1, 'd', 'd', 1, :now, :now, 'w')
"""


def test_what_an_older_database_holds_is_watched_after_an_upgrade(database: Database) -> None:
    with database.unit_of_work() as session:
        store(session, Sample(key="a.cn/1"), Sample(key="a.cn/2"))
    with database.engine.connect() as connection:
        migrations.downgrade(connection, "0001")
        assert "watch" not in inspect(connection).get_table_names()
        connection.commit()
    assert database.state() is State.OLDER
    database.upgrade()
    with database.reading() as session:
        watched = list(session.scalars(select(Watch).order_by(Watch.page_id)))
        assert [(row.host, row.since, row.check_at) for row in watched] == [
            ("www.a.cn", SAMPLED_AT, SAMPLED_AT)
        ] * 2


def test_what_was_compared_goes_with_its_tables_and_is_to_be_gone_through_again(
    database: Database,
) -> None:
    with database.unit_of_work() as session:
        store(session, Sample(key="a.cn/1"), Sample(key="a.cn/2"))
        session.add_all([Wording(pk=pk, digest=f"{pk}", version=1) for pk in (1, 2)])
        session.flush()
        session.add(Link(a_pk=1, b_pk=2, kind="exact", evidence={}))
        session.add(Fingerprint(hash=1, wording_pk=1))
        session.execute(update(Counter).where(Counter.name == "stories").values(value=1))
    with database.engine.connect() as connection:
        migrations.downgrade(connection, "0001")
        assert not {"wording", "link"} & set(inspect(connection).get_table_names())
        connection.commit()
    database.upgrade()
    with database.reading() as session:
        stories = select(Counter.value).where(Counter.name == "stories")
        assert session.scalar(stories) == 0
        for table in (Wording, Link, Fingerprint):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        assert session.scalar(select(func.count()).select_from(Watch)) == 2


STEPS = [
    script.revision for script in ScriptDirectory.from_config(migrations._config()).walk_revisions()
]


@pytest.mark.parametrize("revision", STEPS)
def test_every_version_goes_up_and_down_with_data_in_it(database: Database, revision: str) -> None:
    with database.unit_of_work() as session:
        store(session, *(Sample(key=f"a.cn/{n}", tags=(("topic", "t", "t"),)) for n in range(3)))
    script = ScriptDirectory.from_config(migrations._config()).get_revision(revision)
    below = script.down_revision or "base"
    assert isinstance(below, str)
    for target, down in ((revision, True), (below, True), (revision, False)):
        with database.engine.connect() as connection:
            (migrations.downgrade if down else migrations.upgrade)(connection, target)
            connection.commit()
    database.upgrade()
    assert database.state() is State.CURRENT
    with database.engine.connect() as connection:
        assert _differences(connection) == []
        articles = connection.execute(text("SELECT count(*) FROM article")).scalar()
    assert articles == (0 if below == "base" else 3)
