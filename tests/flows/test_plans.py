"""What a run asks of the database costs the same however much is stored: SQLite looks through no table that
grows with the corpus, but where that is said."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from flows.app import App
from flows.checking import Recheck, recheck
from flows.health.explaining import explain
from flows.health.watching import judge_all
from flows.work import Hooks, utc_now
from storage.models import Outcome
from tests.flows.conftest import Lab
from tests.flows.service import publish

BOUNDED = {
    # By the catalogue's sources, columns and hosts, some of them once a day or a change.
    *("column_walk", "distrust", "host_day", "lease", "list_answer", "look", "pace", "robots_txt"),
    # By what somebody had forgotten, by the runs, and by nothing.
    *("alembic_version", "counter", "run", "segment", "sqlite_master", "tombstone", "walk"),
}
"""Tables that do not grow with what is stored."""
_ONCE = (
    # What is known goes to the crawl as a whole, once a run: an address may come up in any list.
    'SELECT page."key", page.listed_digest',
    'SELECT placement.source, placement."column", page."key"',
    "SELECT attachment.url, attachment.etag",
    # How much there is: an index is counted.
    "SELECT count(*) AS count_1 \nFROM article",
    "SELECT count(distinct(article.story_id))",
    "SELECT count(*) AS count_1 \nFROM revision",
    # When a new version of the method comes.
    "SELECT wording.pk \nFROM wording \nWHERE wording.version != ?",
)
"""Statements that look through all of something, and may."""
_TABLE = re.compile(r"SCAN (\w+)")
_ASKS = re.compile(r"\s*(?:SELECT|UPDATE|DELETE|WITH|INSERT\b(?!.*\bVALUES\b))\b", re.DOTALL)
"""A statement that looks for rows."""
_NOT_TABLES = re.compile(r"SCAN (?:CONSTANT ROW|\w+ VIRTUAL TABLE|anon_\d+$|\(subquery)")


@contextmanager
def statements(engine: Engine) -> Iterator[dict[str, Any]]:
    """Each statement that is run meanwhile, with parameters that it was given."""
    seen: dict[str, Any] = {}

    def see(
        _connection: object, _cursor: object, said: str, given: Any, _context: object, many: bool
    ) -> None:
        seen.setdefault(said, given[0] if many else given)

    event.listen(engine, "before_cursor_execute", see)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", see)


def scans(app: App, seen: dict[str, Any]) -> dict[str, list[str]]:
    """Statement → the tables that grow and that it would look through, as SQLite plans it."""
    found: dict[str, list[str]] = {}
    with app.database.autocommit() as connection:
        driver: Any = connection.connection.driver_connection
        for said, given in seen.items():
            if not _ASKS.match(said) or said.startswith(_ONCE):
                continue
            plan = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {said}", given)]
            through = [
                step
                for step in plan
                if (named := _TABLE.match(step))
                and not _NOT_TABLES.match(step)
                and named[1] not in BOUNDED
            ]
            if through:
                found[said] = through
    return found


def test_a_run_looks_through_no_table_that_grows(small_lab: Lab) -> None:
    app = small_lab.app
    with statements(app.database.engine) as seen:
        small_lab.ingest()
        publish(small_lab.replica, "demo_news", "sqyw", 3, day="2026-06-01")
        assert small_lab.ingest().outcomes[Outcome.NEW] == 3
        later = Hooks(clock=lambda: utc_now() + timedelta(days=2))
        assert recheck(app, Recheck(), later).discovered > 0
    assert_no_scans(app, seen)


def test_nor_does_who_asks_for_one_article_or_for_the_health_of_sources(known_lab: Lab) -> None:
    app, corpus = known_lab.app, known_lab.corpus()
    some = next(iter(corpus.articles()))
    with statements(app.database.engine) as seen, app.database.reading() as session:
        assert corpus.get(some.url) == corpus.get(some.id)
        explained = corpus.why(some.url)
        assert explained is not None
        assert explained.article == some.id
        assert corpus.history(some.id)
        assert len(judge_all(session, app.catalogue, utc_now())) > 0
        assert explain(session, app.catalogue, some.source, app.limits, utc_now())
    assert_no_scans(app, seen)


def assert_no_scans(app: App, seen: dict[str, Any]) -> None:
    found = scans(app, seen)
    assert not found, "\n".join(f"{', '.join(steps)}: {said}" for said, steps in found.items())
