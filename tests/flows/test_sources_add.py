"""`suqian sources add` and `sources test` from the command line, on saved pages."""

import json
from pathlib import Path

import pytest

from crawler.catalogue import Catalogue
from crawler.demo.foreign import ForeignSite, foreign_looks
from tests.flows.test_cli import Shell

SITE = ForeignSite(foreign_looks()["table.foreign.localhost"])


@pytest.fixture
def run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    return Shell(tmp_path / "home", capsys, monkeypatch)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "list.html"
    path.write_text(SITE.list_page(), "utf-8")
    return path


def test_a_dry_run_shows_what_was_understood_and_writes_nothing(
    run: Shell, saved: Path, tmp_path: Path
) -> None:
    into = tmp_path / "mine"
    code, out, _ = run("sources", "add", SITE.start, "--file", saved, "--into", into, "--dry-run")
    assert code == 0
    assert "table.xxgk-table tr" in out
    assert "20 items" in out
    assert not into.exists()


def test_what_is_written_is_a_catalogue_with_its_saved_page(
    run: Shell, saved: Path, tmp_path: Path
) -> None:
    into = tmp_path / "mine"
    code, out, _ = run(
        "sources", "add", SITE.start, "--file", saved, "--into", into, "--yes", "--json"
    )
    said = json.loads(out)
    assert code == 0
    assert [(one["url"], one["title"], one["published"]) for one in said["items"]] == list(
        SITE.truth().items
    )
    assert said["pager"]["next"] == SITE.truth().following
    assert {Path(path).relative_to(into).as_posix() for path in said["written"]} == {
        "templates.yaml",
        "sources/table.yaml",
        "pages/table/bmdt/list.html.gz",
        "pages/table/bmdt/list.yaml",
    }
    assert Catalogue.load(into).source("table").columns["bmdt"].name == "部门动态"
    code, out, _ = run("sources", "test", "table", "--into", into)
    assert (code, "as expected" in out) == (0, True)
    path = into / "pages" / "table" / "bmdt" / "list.yaml"
    path.write_text(path.read_text("utf-8").replace("2026-11-20", "2026-11-19"), "utf-8")
    code, out, _ = run("sources", "test", "table", "--into", into, "--json")
    assert code == 1
    assert json.loads(out)[0]["differences"][0].startswith("item 1: expected")


def test_a_feed_is_written_as_one(run: Shell, tmp_path: Path) -> None:
    saved, into = tmp_path / "feed.xml", tmp_path / "mine"
    entries = "".join(
        f"<item><title>第{n}条新闻</title><link>http://feed.example.cn/{n}.html</link></item>"
        for n in range(3)
    )
    saved.write_text(f"<rss version='2.0'><channel>{entries}</channel></rss>", "utf-8")
    url = "http://feed.example.cn/xw/rss.xml"
    shown = run("sources", "add", url, "--file", saved, "--into", into, "--dry-run")
    assert (shown[0], "keeps its newest entries only" in shown[1]) == (0, True)
    written = run("sources", "add", url, "--file", saved, "--into", into, "--yes", "--json")
    said = json.loads(written[1])
    assert (said["kind"], len(said["items"]), said["entry"]["start"]) == ("feed", 3, url)
    assert Catalogue.load(into).source("feed").columns["xw"].kind == "feed"
    tested = run("sources", "test", "feed", "--into", into)
    assert (tested[0], "as expected" in tested[1]) == (0, True)


def test_a_page_without_a_list_ends_with_one(run: Shell, tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("<html><body><div id=app></div></body></html>", "utf-8")
    code, out, _ = run("sources", "add", SITE.start, "--file", page, "--json")
    assert code == 1
    assert json.loads(out)["items"] == []


def test_what_is_not_sure_ends_with_three_and_is_not_written(run: Shell, tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    rows = "".join(f'<p><a href="/{n}{n}{n}.html">关于第{n}批项目的通知</a></p>' for n in range(3))
    page.write_text(f"<html><body><div>{rows}</div></body></html>", "utf-8")
    code, _, _ = run("sources", "add", SITE.start, "--file", page, "--into", tmp_path / "mine", "--json")  # fmt: skip
    assert code == 3
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "kjj.suqian.gov.cn"), "no web address"),
        (("add", SITE.start, "--file", "nowhere.html"), "is no file"),
        (("add", "http://kjj.suqian.gov.cn/skjk/"), "SUQIAN_CONTACT"),
        (("test", "kj"), "did you mean"),
    ],
)
def test_what_cannot_be_done_says_why(run: Shell, arguments: tuple[str, ...], said: str) -> None:
    code, _, errors = run("sources", *arguments)
    assert code == 2
    assert said in errors


def test_a_source_without_saved_pages_says_so(run: Shell) -> None:
    code, out, _ = run("sources", "test", "kjj")
    assert code == 0
    assert "--save" in out
