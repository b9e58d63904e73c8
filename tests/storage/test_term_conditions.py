"""Questions of several parts find what reading every article finds, and no row's terms are read for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from storage import Corpus, candidates_postgres, term_conditions
from storage.database import Database
from storage.query import All, Either, Named, Node, Not, Text, parse
from tests.storage.samples import NOW, Sample, store

SAMPLES = [
    Sample(
        key=f"{number}",
        title="防汛通知" if number % 3 == 0 else "会议简讯",
        body=f"第{number}号：" + "防汛抗旱" * (number % 4) + ("泗洪沭阳" if number % 5 else "沭阳"),
        source=f"source-{number % 2}",
        published_at=NOW - number * timedelta(days=40),
        tags=(
            ("topic", f"safety/{number % 3}", f"安全{number % 3}"),
            *([("place", "321324", "泗洪县")] if number % 4 else []),
        ),
    )
    for number in range(24)
]
QUESTIONS = (
    "防汛 泗洪 topic:安全1",
    "防汛 OR 泗洪",
    "抗旱 (防汛抗 OR 泗洪沭 OR 通知)",
    "(防汛抗 OR 泗洪沭 -topic:安全1) (title:会议简 OR topic:safety) (沭阳 OR 抗旱)",
    "沭阳 -topic:安全2",
    "-place:泗洪县 -source:source-1",
    "沭阳 -(place:泗洪县 source:source-1)",
    "防汛抗旱 OR -place:泗洪县",
    "沭阳 -泗洪 -防汛抗",
    "topic:没有 OR 抗旱",
    "沭阳 topic:没有",
    "沭阳 -topic:没有",
)


def fill(database: Database) -> None:
    with database.unit_of_work() as session:
        store(session, *SAMPLES)


def holds(node: Node | None, one: Sample) -> bool:
    """Whether an article is what a question asks for, by reading it."""
    if isinstance(node, Text):
        return node.folded in one.title or (not node.in_title and node.folded in one.body)
    if isinstance(node, Not):
        return not holds(node.part, one)
    if isinstance(node, All):
        return all(holds(part, one) for part in node.parts)
    if isinstance(node, Either):
        return any(holds(part, one) for part in node.parts)
    assert isinstance(node, Named)
    own = [("source", one.source, one.source), *one.tags]
    return any(
        kind == node.kind and (name == node.value or f"{value}/".startswith(f"{node.value}/"))
        for kind, value, name in own
    )


def found(database: Database, query: str, **options: Any) -> set[str]:
    result = Corpus(database).search(query, limit=100, reprints=True, **options)
    assert result.total == len(result.items)
    return {article.url.removeprefix("https://www.") for article in result.items}


@pytest.mark.parametrize("arms", [1, 32])
@pytest.mark.parametrize("query", QUESTIONS)
def test_a_question_of_several_parts_finds_what_reading_does(
    filled: Callable[[str], Database],
    backend: str,
    query: str,
    arms: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(term_conditions, "_MOST_ARMS", arms)
    monkeypatch.setattr(candidates_postgres, "_STEP", 5)
    database = filled(backend)
    expected = {one.key for one in SAMPLES if holds(parse(query).root, one)}
    assert found(database, query) == found(database, query, exact=True) == expected
    assert expected or "没有" in query


@pytest.mark.parametrize("query", QUESTIONS)
def test_the_index_decides_what_is_asked_of_terms(
    filled: Callable[[str], Database], query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates_postgres, "_STEP", 5)
    database, asked = filled("postgresql"), []

    def listen(connection: Connection, _cursor: Any, said: str, given: Any, *_more: Any) -> None:
        # To verify is to read rows, and what reads them by number asks nothing of terms.
        if "WITH ORDINALITY" in said or "folded_text" in said or "docid" not in said:
            return
        if not said.startswith("EXPLAIN"):
            plan = connection.exec_driver_sql(f"EXPLAIN {said}", given).scalars().all()
            asked.append("\n".join(plan))

    event.listen(database.engine, "before_cursor_execute", listen)
    found(database, query)
    event.remove(database.engine, "before_cursor_execute", listen)
    filters = [line for plan in asked for line in plan.split("\n") if "Filter:" in line]
    assert asked
    assert not [line for line in filters if "terms" in line]


def test_no_statistics_are_made_of_every_term(filled: Callable[[str], Database]) -> None:
    with filled("postgresql").autocommit() as connection:
        connection.execute(text("ANALYZE search_entry"))
        query = text("SELECT attname FROM pg_stats WHERE tablename = 'search_entry'")
        told = set(connection.scalars(query))
    assert "labels" in told
    assert "terms" not in told
