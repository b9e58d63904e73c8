"""Pages of two eras of one publisher: each is read by the rules of its time."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from flows.app import App, open_app
from flows.importing import import_paths
from storage.corpus import Corpus
from storage.models import Outcome
from storage.settings import Settings
from tests.flows.test_cli import Shell, suqian
from tests.storage.fresh import with_tables

__all__ = ["suqian"]
FOLDER = "http://test.suqian.gov.cn/x/tzgg"
SOURCE = """\
name: 测试局
level: bureau
hosts: [test.suqian.gov.cn]
columns:
  tzgg:
    name: 通知公告
    start: http://test.suqian.gov.cn/x/tzgg/list.shtml
    template: plain
    body: div.new
    layouts:
      - {until: 2021-06-30, body: div.oldest}
      - {until: 2025-03-31, body: div.old}
"""
# The same page holds a container for each era: only the rules can tell which is the text.
ERAS = ("oldest", "old", "new")


def html(number: int, containers: tuple[str, ...] = ERAS) -> str:
    parts = "".join(
        f"<div class='{name}'><p>第{number}号通知的{name}正文，由市科技局印发，请遵照执行。</p></div>"
        for name in containers
    )
    return f"<html><head><title>第{number}号通知</title></head><body><h1>第{number}号通知</h1>{parts}</body></html>"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    settings = with_tables(Settings.for_home(tmp_path / "home"))
    with open_app(settings.model_copy(update={"catalogue": catalogue(tmp_path)})) as opened:
        yield opened


def catalogue(folder: Path) -> Path:
    (folder / "catalogue" / "sources").mkdir(parents=True, exist_ok=True)
    (folder / "catalogue" / "sources" / "test.yaml").write_text(SOURCE, "utf-8")
    return folder / "catalogue"


def warc(path: Path, pages: list[tuple[str, str]]) -> Path:
    """A WARC of (time of capture, page)."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number, (at, body) in enumerate(pages):
            headers = StatusAndHeaders(
                "200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1"
            )
            record = writer.create_warc_record(
                f"{FOLDER}/{number}.shtml",
                "response",
                payload=BytesIO(body.encode()),
                http_headers=headers,
                warc_headers_dict={"WARC-Date": at},
            )
            writer.write_record(record)
    return path


@pytest.mark.parametrize(
    ("at", "era"),
    [
        ("2020-05-01T00:00:00Z", "oldest"),
        ("2021-06-30T15:59:59Z", "oldest"),
        ("2021-06-30T16:00:00Z", "old"),  # midnight in the city
        ("2025-03-31T12:00:00Z", "old"),
        ("2025-04-01T00:00:00Z", "new"),
    ],
)
def test_an_archived_page_is_read_by_the_rules_of_its_time(
    app: App, tmp_path: Path, at: str, era: str
) -> None:
    report = import_paths(app, [warc(tmp_path / "old.warc.gz", [(at, html(0))])])
    assert report.problems == ()
    article = next(iter(Corpus(app.database).articles()))
    assert article.body == f"第0号通知的{era}正文，由市科技局印发，请遵照执行。"
    assert article.provenance["body"].startswith(f"layout:div.{era}")


def test_one_archive_may_hold_pages_of_all_eras(app: App, tmp_path: Path) -> None:
    times = ("2020-05-01T00:00:00Z", "2023-05-01T00:00:00Z", "2026-05-01T00:00:00Z")
    pages = [(at, html(number)) for number, at in enumerate(times)]
    report = import_paths(app, [warc(tmp_path / "all.warc.gz", pages)])
    assert report.outcomes == {Outcome.NEW: 3}
    found = sorted((a.title, a.provenance["body"]) for a in Corpus(app.database).articles())
    assert [where.split(",")[0] for _, where in found] == [f"layout:div.{era}" for era in ERAS]


@pytest.mark.parametrize(("missing", "said"), [(3, True), (1, False), (0, False)])
def test_a_run_says_where_the_declared_container_is_missing(
    app: App, tmp_path: Path, missing: int, said: bool
) -> None:
    pages = [("2026-05-01T00:00:00Z", html(n, ERAS if n >= missing else ())) for n in range(12)]
    stray = [
        (at, body.replace("</body>", f"<p>{'正文在别处，照样要读。' * 4}</p></body>"))
        for at, body in pages
    ]
    report = import_paths(app, [warc(tmp_path / "x.warc.gz", stray)])
    assert report.outcomes == {Outcome.NEW: 12}
    assert (
        any("test/tzgg: 3 of 12 pages have no declared container" in p for p in report.problems)
        == said
    )
    assert bool(report.problems) == said


@pytest.mark.parametrize(("saved", "era"), [("2020-01-01", "oldest"), (None, "new")])
def test_a_saved_page_is_read_by_the_rules_of_the_day_that_is_given(
    suqian: Shell, tmp_path: Path, saved: str | None, era: str
) -> None:
    page = tmp_path / "page.html"
    page.write_text(html(0), "utf-8")
    suqian.monkeypatch.setenv("SUQIAN_CATALOGUE", str(catalogue(tmp_path)))
    day = ["--saved", saved] if saved else []
    code, out, _ = suqian("extract", page, "--url", f"{FOLDER}/0.shtml", "--json", *day)
    assert code == 0
    assert json.loads(out)["provenance"]["body"].startswith(f"layout:div.{era}")
