"""Made-up questions to every operation: none breaks it, each answer is one that is described.

A few hundred of them; `benchmarks/fuzz_http.py` asks 10,000 with schemathesis.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import Corpus
from storage.database import Database
from storage.web import create_app
from storage.web.api.changes import News
from tests.storage.asking import Client
from tests.storage.samples import Sample, store

_HOSTILE = [
    "",
    "\0",
    '"',
    "-",
    "OR",
    "(",
    "title:",
    "after:0001",
    "before:9999-12-31",
    "*",
    "%",
    "'",
    "\\",
    "1" * 11,
]
_HOSTILE += [
    "topic:科技",
    "0001-01-01",
    "9999-12-31",
    "-1",
    "1e308",
    "2026-02-30",
    "防汛",
    "\ud7ff\U0010ffff",
    "a" * 300,
]
_TEXT = st.sampled_from(_HOSTILE) | st.text(
    max_size=12, alphabet=st.characters(exclude_categories=["Cs"])
)


@pytest.fixture(scope="module")
def client(
    copy_of_template: Callable[[str, Path], str], tmp_path_factory: pytest.TempPathFactory
) -> Client:
    database = Database.open(copy_of_template("sqlite", tmp_path_factory.mktemp("fuzz")))
    with database.unit_of_work() as session:
        tags = (("topic", "tech", "科技"),)
        store(session, *(Sample(key=f"a.cn/{n}", tags=tags) for n in range(4)))
    corpus = Corpus(database)
    return Client(create_app(corpus, news=News(corpus, longest=0.0)))


@pytest.fixture(scope="module")
def operations(client: Client) -> list[tuple[str, dict[str, Any]]]:
    paths = client.get("/api/openapi.json").json()["paths"]
    # A stream has no end to wait for.
    return [(path, one["get"]) for path, one in paths.items() if not path.endswith("/stream")]


def test_no_question_breaks_an_operation(
    client: Client, operations: list[tuple[str, dict[str, Any]]]
) -> None:
    @settings(max_examples=15, derandomize=True, deadline=None, database=None)
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        for path, operation in operations:
            _ask(client, path, operation, data)

    ask()


def _ask(client: Client, path: str, operation: dict[str, Any], data: st.DataObject) -> None:
    query: dict[str, str] = {}
    for one in operation.get("parameters", ()):
        value = data.draw(_value(one["schema"]), one["name"])
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", _segment(value))
        elif one["in"] == "query" and (one["required"] or data.draw(st.booleans())):
            query[one["name"]] = value
    answer = client.get(path, params=query)
    assert answer.status_code < 500, answer.text
    described = operation["responses"].get(str(answer.status_code))
    assert described, answer.status_code
    kind = answer.headers["content-type"].split(";")[0]
    assert kind in described["content"], kind


def _value(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    kinds = [schema, *schema.get("anyOf", ()), schema.get("items", {})]
    named = [str(value) for kind in kinds for value in kind.get("enum", ())]
    right = st.sampled_from(named) if named else st.integers(0, 120).map(str)
    return right | _TEXT


def _segment(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="") or "x"
