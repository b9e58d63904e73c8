"""The JSON API: what it answers, how it refuses, and what goes around its answers."""

import asyncio
import csv
import io
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from fastapi import FastAPI

from storage import Corpus
from storage.database import Database
from storage.errors import TooSlow
from storage.limits import limit_time
from storage.web import create_app
from storage.web.api.changes import WAITING, News, event, resumed
from storage.web.places import Places
from tests.storage.asking import Client
from tests.storage.samples import Sample, store

PHONE = "13812345678"


def fill(database: Database) -> None:
    with database.unit_of_work() as session:
        topic = (("topic", "tech", "科技"),)
        store(
            session,
            *(Sample(key=f"a.cn/{n}", title=f"=第{n}号通知", tags=topic) for n in range(25)),
            Sample(key="a.cn/copy", title="=第0号通知", story="a.cn/0"),
            Sample(key="a.cn/p", title="名单", body=f"张三 电话{PHONE}"),
        )


@pytest.fixture
def app(database: Database) -> FastAPI:
    """For tests that write, or change it."""
    fill(database)
    return create_app(Corpus(database))


@pytest.fixture(scope="module")
def apps(filled: Callable[[str], Database]) -> Callable[[str], FastAPI]:
    return cache(lambda backend: create_app(Corpus(filled(backend))))


@pytest.fixture
def client(apps: Callable[[str], FastAPI], backend: str) -> Client:
    """One who only reads."""
    return Client(apps(backend))


@pytest.mark.parametrize(
    ("asked", "total"), [("", 26), ("&reprints=all", 27), ("&reprints=true", 27)]
)
def test_reprints_are_asked_for_as_on_the_page(client: Client, asked: str, total: int) -> None:
    assert client.get(f"/api/v1/search?q={asked}").json()["total"] == total


def test_every_article_is_met_once_by_following_next(client: Client) -> None:
    path, met = "/api/v1/articles?limit=10", []
    while path:
        answer = client.get(path)
        met += [one["id"] for one in answer.json()["items"]]
        path = answer.links.get("next", {}).get("url", "")
    assert len(met) == len(set(met)) == 27
    assert client.get("/api/v1/articles?canonical=true").json()["total"] == 26


def test_a_search_has_hits_facets_and_the_next_page(client: Client) -> None:
    answer = client.get("/api/v1/search?q=通知&facet=topic&facet=year&limit=5").json()
    assert answer["total"] == 25
    assert [hit["id"] for hit in answer["hits"]] == [one["id"] for one in answer["items"]]
    assert {"text": "通知", "hit": True} in answer["hits"][0]["title"]
    assert answer["facets"]["topic"] == [{"value": "tech", "label": "科技", "count": 25}]
    assert answer["next"]


def test_a_facet_tells_what_its_values_are_called(
    filled: Callable[[str], Database], backend: str, client: Client
) -> None:
    named = Client(create_app(Corpus(filled(backend)), publishers={"suqian-gov": "宿迁市人民政府"}))
    [source] = named.get("/api/v1/search?q=通知&facet=source").json()["facets"]["source"]
    assert (source["value"], source["label"]) == ("suqian-gov", "宿迁市人民政府")
    [source] = client.get("/api/v1/search?q=通知&facet=source").json()["facets"]["source"]
    assert source["label"] == "suqian-gov"


def test_a_mistake_in_a_query_is_pointed_at(client: Client) -> None:
    answer = client.get("/api/v1/search", params={"q": '通知 "防汛'})
    assert answer.status_code == 400
    assert answer.json()["position"] == 3


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/api/v1/articles/nothing", 404),
        ("/api/v1/articles/nothing/history", 404),
        ("/api/v1/stories/nothing", 404),
        ("/api/v1/why?url=http://a.cn/never", 404),
        ("/api/v1/search?limit=1000", 422),
        ("/api/v1/search?q=" + "长" * 201, 422),
        ("/api/v1/search?facet=colour", 422),
        ("/api/v1/counts", 422),
        ("/api/v1/articles/%00", 400),
        ("/api/v1/search?q=%00", 400),
        ("/api/v1/search?q=%CB%DE%C7%A8", 400),
        ("/api/v1/articles?sorce=suqian_gov", 400),
        ("/api/v1/articles/a1?q=宿迁", 400),
        ("/api/v1/search?from=2026-02-01&to=2026-01-01", 400),
        ("/api/v1/search?from=0001-01-01", 400),
        ("/api/v1/articles/x?at=0001-01-01T00:00:00%2B08:00", 400),
        ("/api/v1/articles/x?at=2026-01-01T00:00:00", 400),
        ("/api/v1/search?q=通知&after=nonsense", 400),
    ],
)
def test_every_refusal_is_a_problem(client: Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]


def test_nothing_can_be_written(client: Client) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = client.ask(method, "/api/v1/articles")
        assert answer.status_code == 405
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_bug_is_a_problem_too_and_tells_nothing(app: FastAPI) -> None:
    @app.get("/bug")
    def bug() -> None:
        raise ZeroDivisionError("secret")

    answer = Client(app).get("/bug")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Content-Security-Policy" in answer.headers
    assert "secret" not in answer.text


def test_an_answer_that_is_known_is_not_sent_again(app: FastAPI, database: Database) -> None:
    client = Client(app)
    first = client.get("/api/v1/topics")
    again = client.get("/api/v1/topics", headers={"If-None-Match": f'"x", {first.headers["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    with database.unit_of_work() as session:
        store(session, Sample(key="b.cn/1", tags=(("topic", "tech", "科技"),)))
    anew = client.get("/api/v1/topics", headers={"If-None-Match": first.headers["ETag"]})
    assert anew.json()["topics"][0]["count"] == 26


def test_long_answers_are_compressed_and_nothing_tells_who_serves_them(client: Client) -> None:
    answer = client.get("/api/v1/articles", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.json()["total"] == 27
    assert "server" not in answer.headers
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    ["/", "/livez", "/style.css", "/api/v1/articles?limit=3", "/feed.atom", "/api/v1/nothing"],
)
def test_a_head_is_answered_as_the_same_get_without_its_body(client: Client, path: str) -> None:
    whole, head = client.get(path), client.ask("HEAD", path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert dict(head.headers) == dict(whole.headers)


def test_a_head_of_a_stream_ends(app: FastAPI) -> None:
    sent: list[Any] = []

    async def ask() -> None:
        ended = asyncio.Event()

        async def receive() -> Any:
            await ended.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)
            if message["type"] == "http.response.body":
                ended.set()

        scope: dict[str, Any] = {"type": "http", "method": "HEAD", "path": "/api/v1/changes/stream"}
        scope |= {"query_string": b"since=0", "headers": [(b"host", b"localhost")]}
        await app(scope, receive, send)

    asyncio.run(ask())
    assert [one["type"] for one in sent] == ["http.response.start", "http.response.body"]
    assert sent[1]["body"] == b""


def test_other_sites_get_no_leave_to_read(client: Client) -> None:
    answer = client.get("/api/v1/topics", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_no_header_can_be_put_in_by_an_address(client: Client) -> None:
    answer = client.get("/api/v1/search?q=%0d%0aSet-Cookie:%20x=1&limit=1&source=%0d%0aX-A:b")
    assert "set-cookie" not in answer.headers
    assert "x-a" not in answer.headers


def test_sources_topics_and_counts(client: Client) -> None:
    (source,) = client.get("/api/v1/sources").json()
    assert (source["source"], source["articles"]) == ("suqian-gov", 27)
    counts = client.get("/api/v1/counts?by=year&by=topic").json()["counts"]
    assert {"year": "2026", "topic": "tech", "count": 25} in counts


def test_a_story_has_its_reprints(client: Client) -> None:
    article = client.get("/api/v1/search?q=第0号&reprints=true").json()["items"][0]
    assert len(client.get(f"/api/v1/stories/{article['story_id']}").json()["items"]) == 2


def test_changes_say_where_to_go_on(client: Client) -> None:
    first = client.get("/api/v1/changes?limit=20").json()
    assert first["next"] == 20
    rest = client.get(f"/api/v1/changes?since={first['next']}").json()
    assert [one["seq"] for one in rest["changes"]] == list(range(21, 28))
    last = client.get(f"/api/v1/changes?since={rest['next']}&wait=0.01").json()
    assert last == {"changes": [], "next": 27}


def test_exports_hold_everything(client: Client) -> None:
    lines = client.get("/api/v1/export").text.splitlines()
    assert len(lines) == 27
    assert {json.loads(line)["title"] for line in lines} >= {"名单", "=第3号通知"}
    assert len(client.get("/api/v1/export?q=名单").text.splitlines()) == 1
    answer = client.get("/api/v1/export?format=csv&topic=tech")
    assert answer.text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(answer.text[1:])))
    assert len(rows) == 25
    assert {row["title"][:2] for row in rows} == {"'="}  # nothing that a spreadsheet would compute
    assert "Parquet" not in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/articles",
        "/api/v1/search?q=名单",
        "/api/v1/export",
        "/api/v1/export?format=csv",
        "/feed.atom",
        "/?q=名单",
    ],
)
def test_no_way_out_over_http_tells_a_personal_number(client: Client, path: str) -> None:
    said = client.get(path).text
    assert "名单" in said
    assert PHONE not in said
    assert PHONE[-4:] not in said
    assert client.get(f"/api/v1/search?q={PHONE}").json()["total"] == 0
    assert client.get(f"/api/v1/search?q={PHONE}&unmasked=true").status_code == 400


def test_the_documentation_needs_no_script(client: Client) -> None:
    page = client.get("/api/docs")
    assert "/api/v1/search" in page.text
    assert "<script" not in page.text


def test_every_operation_describes_its_parameters_and_errors(client: Client) -> None:
    schema = client.get("/api/openapi.json").json()
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            assert operation.get("summary"), path
            assert "application/problem+json" in operation["responses"]["422"]["content"]
    assert "HTTPValidationError" not in json.dumps(schema)


def test_every_parameter_and_answer_has_an_example_that_is_as_described(client: Client) -> None:
    schema = client.get("/api/openapi.json").json()
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            for one in operation.get("parameters", ()):
                _require_valid(one["example"], one["schema"], schema)
            for status, answer in operation["responses"].items():
                for kind, content in answer["content"].items():
                    assert "example" in content, (path, status, kind)
                    _require_valid(content["example"], content["schema"], schema)


def _require_valid(example: object, described: dict[str, Any], whole: dict[str, Any]) -> None:
    check = jsonschema.FormatChecker()
    described = {**described, "components": whole["components"]}
    jsonschema.Draft202012Validator(described, format_checker=check).validate(example)


def test_the_examples_of_parameters_are_taken(client: Client) -> None:
    described = client.get("/api/openapi.json").json()
    for path, operations in described["paths"].items():
        if path.endswith("stream") or "{" in path:
            continue
        named = [one for one in operations["get"].get("parameters", ()) if one["in"] == "query"]
        given = {one["name"]: one["example"] for one in named}
        given = {name: value for name, value in given.items() if name not in {"wait", "after"}}
        answer = client.get(path, params=given)
        assert answer.status_code == (404 if path.endswith("why") else 200), answer.text


def _events(news: News, since: int, count: int) -> list[str]:
    import asyncio

    async def read() -> list[str]:
        found = []
        stream = news.events(since)
        async for part in stream:
            found.append(part)
            if len(found) == count:
                break
        await stream.aclose()  # type: ignore[attr-defined]
        return found

    return asyncio.run(read())


def test_a_stream_tells_what_happened_then_that_it_still_listens(
    app: FastAPI, database: Database
) -> None:
    news = News(Corpus(database), pause=0.001, heartbeat=0.002)
    retry, told, silence = _events(news, 24, 3)
    assert retry == "retry: 5000\n\n"
    assert [line for line in told.splitlines() if line.startswith("id:")] == [
        "id: 25",
        "id: 26",
        "id: 27",
    ]
    assert silence == ": nothing new\n\n"
    assert news.places.taken == 0


def test_an_event_is_one_record_whatever_is_in_it(database: Database, app: FastAPI) -> None:
    change = Corpus(database).changes(0, 1)[0]
    assert event(change).count("\n") == 4
    assert json.loads(event(change).split("data: ")[1])["seq"] == 1


@pytest.mark.parametrize(
    ("since", "last", "expected"),
    [(3, None, 3), (3, "7", 7), (9, "7", 9), (1, "x", 1), (0, "9" * 20, 2**53 - 1)],
)
def test_a_stream_goes_on_behind_the_last_event(
    since: int, last: str | None, expected: int
) -> None:
    assert resumed(since, last) == expected


def test_only_so_many_wait_at_once(app: FastAPI, database: Database) -> None:
    from fastapi import HTTPException

    places = Places(1, "answers")
    with places.one(), pytest.raises(HTTPException, match="too many answers"):
        places.require_free()
    places.require_free()
    assert WAITING >= 16


def test_a_question_that_takes_too_long_is_broken_off(url: str) -> None:
    from sqlalchemy import text

    database = Database.open(url)
    limit_time(database.engine, 0.05)
    slow = {
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
        "postgresql": "SELECT pg_sleep(30)",
    }[database.engine.dialect.name]
    with pytest.raises(TooSlow, match="ask for less"), database.reading() as session:
        session.execute(text(slow))
    with database.reading() as session:
        assert session.scalar(text("SELECT 1")) == 1
    database.close()
