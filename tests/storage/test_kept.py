"""What is counted over the whole corpus is counted once, until something changes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from sqlalchemy import event

from storage import Corpus, kept
from storage.database import Database
from storage.kept import Kept
from storage.records import Totals
from tests.storage.samples import Sample, store

SAMPLES = (Sample(key="a", tags=(("topic", "t/水", "水"),)), Sample(key="b", source="sq1996"))


def statements(corpus: Corpus) -> list[str]:
    """What the database is asked from here on."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(corpus._database.engine, "before_cursor_execute", note)
    return seen


def test_an_answer_is_found_again_only_when_something_has_changed(
    database: Database, corpus: Corpus
) -> None:
    assert corpus.totals() == Totals(articles=2, stories=2, revisions=0)
    assert {one.source: one.articles for one in corpus.sources()} == {"sq1996": 1, "suqian-gov": 1}
    assert [one.count for one in corpus.counts(["source"])] == [1, 1]
    seen = statements(corpus)
    assert corpus.totals().articles == 2
    assert len(corpus.counts(["source"])) == 2
    assert len(corpus.sources()) == 2
    assert not [one for one in seen if "article" in one or "search_entry" in one]
    with database.unit_of_work() as session:
        store(session, Sample(key="c", source="sq1996"))
    assert corpus.totals().articles == 3
    assert [one.count for one in corpus.counts(["source"])] == [2, 1]
    assert {one.source: one.articles for one in corpus.sources()} == {"sq1996": 2, "suqian-gov": 1}


def test_those_who_ask_meanwhile_share_the_answer() -> None:
    answers, asked, go = Kept(), [], Event()

    def find() -> int:
        asked.append(1)
        assert go.wait(30)
        return 7

    def ask() -> int:
        return answers.get(1, "how many", find)

    with ThreadPoolExecutor(4) as readers:
        found = [readers.submit(ask) for _ in range(4)]
        go.set()
        assert [one.result(30) for one in found] == [7] * 4
    assert len(asked) == 1


def test_one_that_fails_is_asked_again() -> None:
    answers = Kept()
    with pytest.raises(ZeroDivisionError):
        answers.get(1, "how many", lambda: 1 // 0)
    assert answers.get(1, "how many", lambda: 7) == 7


def test_the_oldest_answers_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_MOST_ANSWERS", 2)
    monkeypatch.setattr(kept, "_MOST_GROUPS", 5)
    answers = Kept()
    for question in ("first", "second", "first", "third"):
        answers.get(1, question, lambda: (1, 2))
    assert list(answers._answers) == ["first", "third"]
    answers.get(1, "large", lambda: range(6))
    assert list(answers._answers) == []


def test_how_sources_stand_is_told_without_opening_an_article(corpus: Corpus) -> None:
    if corpus._database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by statistics, which four rows do not give")
    seen = statements(corpus)
    corpus.sources()
    corpus.totals()
    corpus.counts(["source", "lang"])
    with corpus._database.reading() as session:
        for one in [statement for statement in seen if "FROM article" in statement]:
            given = ("",) * one.count("?")
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", given)
            opened = [row[3] for row in plan if row[3].startswith(("SCAN", "SEARCH"))]
            assert opened
            assert all("COVERING" in step for step in opened), one
