"""A page that means harm, and a question that does: none of it does anything, whatever the way out."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import structlog
from lxml import etree, html
from sqlalchemy import update
from starlette.types import Receive, Scope, Send

from storage import Corpus
from storage.database import Database
from storage.export import export
from storage.models import Article
from storage.query import quoted
from storage.web import create_app
from storage.web.problems import Unexpected
from tests.storage.asking import Client
from tests.storage.samples import Sample, store

SCRIPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</textarea><iframe src=javascript:alert(1)>",
    '<a href="javascript:alert(1)">点</a>',
    "{{ 7*7 }}{% debug %}${7*7}",
    ']]><x xmlns="http://www.w3.org/1999/xhtml"/>',
)
FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    '=HYPERLINK("//x","y")',
)
ADDRESSES = (
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//x.cn",
)
HARM = (*SCRIPTS, *FORMULAS)
OURS = re.compile(r"|text-align:left|background:#4c78a8;height:\.8em;width:\d+px")
"""What the styles of a notebook\'s tables are."""
IN_HTML = {"src", "href", "action", "formaction", "poster", "data"}


def harmless(page: str) -> bool:
    """Whether nothing in a page would run."""
    tree = html.fromstring(page)
    for one in tree.iter(etree.Element):
        name = str(one.tag).lower()
        attributes = {str(key).lower(): str(value) for key, value in one.attrib.items()}
        if name in {"script", "iframe", "object", "embed", "base"} or name == "x":
            return False
        if any(key.startswith("on") for key in attributes) or not OURS.fullmatch(
            attributes.get("style", "")
        ):
            return False
        given = (attributes.get(key, "").strip().lower() for key in IN_HTML)
        if any(value.startswith(("javascript:", "data:", "vbscript:", "//")) for value in given):
            return False
    return True


@pytest.fixture(scope="module")
def database(
    copy_of_template: Callable[[str, "object"], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    opened = Database.open(copy_of_template("sqlite", tmp_path_factory.mktemp("attacks")))
    with opened.unit_of_work() as session:
        for number, harm in enumerate(HARM):
            (which,) = store(session, _harmful(number, harm))
            address = ADDRESSES[number % len(ADDRESSES)]
            row = update(Article).where(Article.id == which)
            session.execute(row.values(url=address, body_html=f"<p>{harm}</p>"))
        store(session, Sample(key="a.cn/good", title="好", body="别的事。"))
    yield opened
    opened.close()


def _harmful(number: int, harm: str) -> Sample:
    kinds = ("topic", "place", "organisation", "person", "type")
    return Sample(
        key=f"evil.cn/{number}",
        title=harm,
        body=f"{harm}\n{harm}",
        source=harm,
        tags=tuple((kind, harm.strip(), harm) for kind in kinds),
        fields={"column": harm, "origin": harm, "author": harm, "issuer": harm, "section": harm},
    )


@pytest.fixture(scope="module")
def corpus(database: Database) -> Corpus:
    return Corpus(database)


@pytest.fixture(scope="module")
def client(corpus: Corpus) -> Client:
    return Client(create_app(corpus))


def test_what_a_page_says_runs_on_no_page_of_ours(corpus: Corpus, client: Client) -> None:
    paths = ["/", "/sources", "/coverage", "/topics", "/places", "/organisations", "/people"]
    for article in corpus.articles():
        if article.title != "好":
            harm = quote(article.title, safe="")
            paths += [f"/articles/{article.id}", f"/articles/{article.id}/history"]
            paths += [f"/sources/{harm}", f"/topics/{harm}", f"/?q={quote(quoted(article.title))}"]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code in {200, 404}, path
        assert harmless(answer.text), path
        assert "'self'" in answer.headers["content-security-policy"]
        assert "script-src" not in answer.headers["content-security-policy"]


def test_what_somebody_asks_runs_on_no_page_of_ours(client: Client) -> None:
    for harm in SCRIPTS:
        for name in ("q", "topic", "source", "from", "after", "lang", "sort"):
            assert harmless(client.get(f"/?{urlencode({name: harm})}").text), (name, harm)
        for path in ("articles", "topics", "runs", "nowhere"):
            assert harmless(client.get(f"/{path}/{quote(harm, safe='')}").text), (path, harm)
        assert harmless(client.get(f"/why?{urlencode({'url': harm})}").text)


def test_a_feed_is_atom_and_leads_only_to_pages(client: Client) -> None:
    feed = etree.fromstring(client.get("/feed.atom?limit=100").content)
    assert {etree.QName(one).namespace for one in feed.iter(etree.Element)} == {
        "http://www.w3.org/2005/Atom"
    }
    links = [one.get("href") for one in feed.iter("{*}link")]
    assert len(links) > len(HARM)
    assert all(
        str(one).startswith("http://corpus.localhost/") or "a.cn" in str(one) for one in links
    )


def test_json_says_what_was_said_and_is_nothing_else(corpus: Corpus, client: Client) -> None:
    answer = client.get("/api/v1/articles?limit=100")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert {one["title"] for one in answer.json()["items"]} == {*HARM, "好"}
    lines = client.get("/api/v1/export?format=jsonl").text.splitlines()
    assert {json.loads(one)["title"] for one in lines} == {*HARM, "好"}


def test_no_cell_is_a_formula(
    corpus: Corpus, client: Client, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("csv") / "all.csv"
    export(corpus.articles(), file)
    for text in (client.get("/api/v1/export?format=csv").text, file.read_text("utf-8")):
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
        assert len(rows) == len(HARM) + 2
        cells = [cell for row in rows for cell in row]
        assert not [
            cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
        ]
        assert "'=1+1" in cells


def test_a_notebook_shows_it_as_text(corpus: Corpus) -> None:
    shown: list[Any] = [
        corpus,
        corpus.articles(),
        corpus.search(limit=50),
        corpus.counts(["source", "topic"]),
    ]
    shown += [one for article in corpus.articles() for one in (article, corpus.history(article.id))]
    assert all(harmless(one._repr_html_()) for one in shown)


QUERIES = (
    "'; DROP TABLE article; --",
    "' OR '1'='1",
    '") OR body : ("',
    '" UNION SELECT sql FROM sqlite_master --',
    "NEAR(a b, 5)",
    "body : *",
    "^防汛",
    "防*",
    "{title body} : a",
    "a AND NOT b",
    "%",
    "_",
    "\\",
    "$1; SELECT pg_sleep(9)",
    ":p0",
)


@pytest.mark.parametrize("harm", QUERIES)
def test_a_question_is_text_to_the_database(corpus: Corpus, client: Client, harm: str) -> None:
    count = corpus.count()
    names = ("topic", "place", "organisation", "person", "source", "document", "type", "after", "q")
    for name in names:
        answer = client.get(f"/api/v1/search?{urlencode({name: harm})}")
        assert answer.status_code in {200, 400}, (name, answer.text)
        if answer.status_code == 200 and name != "q":
            assert answer.json()["total"] == 0
    for path in ("articles", "stories"):
        assert client.get(f"/api/v1/{path}/{quote(harm, safe='')}").status_code == 404
    assert corpus.search(quoted(f"好{harm}")).total == 0
    assert Corpus(corpus._database).count() == count


@pytest.mark.parametrize(
    "path",
    [
        "/?lang=en%0d%0aX-Injected:%201",
        "/feed.atom?q=a%0d%0aX-Injected:%201",
        "/api/v1/articles?limit=1&x=%0d%0aX-Injected:%201",
        "/api/v1/articles?limit=1&x=%3E;%20rel=%22next%22,%20%3Chttp://x.cn",
        "/api/v1/export?format=jsonl%0d%0aX-Injected:%201",
        "/articles/a%0d%0aX-Injected:%201",
    ],
)
def test_no_header_is_made_by_who_asks(client: Client, path: str) -> None:
    answer = client.get(path)
    assert "x-injected" not in answer.headers
    assert "<http://x.cn" not in answer.headers.get("link", "")


@pytest.mark.parametrize("path", ["/sources/../../etc/passwd", "/sources/..%2f..%2fetc%2fpasswd"])
def test_no_address_leads_out_of_the_pages(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "root:" not in answer.text
    name = client.get("/api/v1/export?format=csv&q=../../x").headers["content-disposition"]
    assert name == 'attachment; filename="suqian.csv"'


def test_an_address_makes_no_line_in_the_log() -> None:
    async def fails(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ZeroDivisionError

    with structlog.testing.capture_logs() as logged:
        answer = Client(Unexpected(fails)).get("/a%0aERROR%20it%20burns")  # type: ignore[arg-type]
    assert answer.status_code == 500
    assert [one["path"] for one in logged] == ["/a%0AERROR%20it%20burns"]
