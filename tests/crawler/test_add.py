"""What `suqian sources add` makes of a list page and what it links to."""

import gzip
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from crawler.catalogue import Catalogue, shipped_folder
from crawler.contract import check, save, take
from crawler.crawl import run_crawl
from crawler.demo.foreign import ForeignSite, Look, foreign_looks
from crawler.demo.server import serve
from crawler.demo.world import World
from crawler.discover.add import Understanding, Wishes, understand
from crawler.discover.container import find_container
from crawler.discover.writing import write
from crawler.errors import StopRun
from crawler.fetch import fetch
from crawler.plan import ColumnPlan, CrawlPlan, Limits
from crawler.records import Page
from crawler.segment import Role, Segment, index_path, warc_path
from crawler.urls import canonical_key

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
SHIPPED = Catalogue.load()


def page(url: str, markup: str) -> Page:
    return Page(
        url=url, key=canonical_key(url), source="", body=markup.encode(), fetched_at=NOW,
        content_type="text/html; charset=utf-8",
    )  # fmt: skip


class Site:
    """Answers as the replica does, without a server."""

    def __init__(self, look: Look) -> None:
        self.site = ForeignSite(look)
        self.asked: list[str] = []

    def __call__(self, urls: Sequence[str]) -> Mapping[str, Page | str]:
        self.asked += urls
        return {url: self.answer(url) for url in urls}

    def answer(self, url: str) -> Page | str:
        parts = urlsplit(url)
        markup = self.site.answer(parts.path + (f"?{parts.query}" if parts.query else ""))
        return page(url, markup) if markup else "http-404"

    def start(self) -> Page:
        found = self.answer(self.site.start)
        assert isinstance(found, Page)
        return found


def look(name: str) -> Site:
    return Site(foreign_looks()[f"{name}.foreign.localhost"])


def understood(site: Site, wishes: Wishes | None = None) -> Understanding:
    return understand(site.start(), SHIPPED, site, wishes or Wishes())


@pytest.mark.parametrize("host", foreign_looks())
def test_what_is_written_reads_every_page_of_the_list(host: str, tmp_path: Path) -> None:
    site = Site(foreign_looks()[host])
    found = understood(site)
    assert found.entry is not None
    assert found.sure, found.doubts
    write(tmp_path, SHIPPED, found.entry)
    catalogue = Catalogue.load(tmp_path)
    from parsel import Selector

    from crawler.lists import find_items

    template = catalogue.list_template(found.entry.source, found.entry.column, date(2026, 11, 21))
    before = NOW.date()
    for number in range(1, site.site.pages + 1):
        items = find_items(Selector(site.site.list_page(number)), site.site.start, template, before)
        days = [str(item.listed.published) if item.listed.published else None for item in items]
        assert [
            (item.url, item.listed.title, day) for item, day in zip(items, days, strict=True)
        ] == list(site.site.truth(number).items)
        before = min([before, *(i.listed.published.day for i in items if i.listed.published)])


def test_the_container_of_the_text_is_what_three_articles_share() -> None:
    site = look("table")
    found = understood(site)
    assert found.container.body == "div.detail-body"
    assert len(site.asked) == 4
    assert found.second_page == "20 items"


def test_a_known_layout_is_taken_where_it_reads_the_same() -> None:
    text = "<p>近日，市政府召开常务会议，研究部署科技创新工作，强调要压实责任，狠抓落实。</p>"
    pages = [
        page(f"http://a.cn/{n}.html", f"<h1>关于第{n}次会议的通知</h1><div class='article-content' id='zoomcon'>{text * n}</div>")
        for n in (2, 3, 4)
    ]  # fmt: skip
    found = find_container(pages, SHIPPED.articles)
    assert (found.layout, found.body, found.doubt) == ("suqian_cms", None, None)


def test_a_saved_page_alone_is_understood_without_asking() -> None:
    found = understand(look("nested").start(), SHIPPED, None, Wishes())
    assert found.sure
    assert found.articles == ()
    assert found.entry is not None
    assert found.entry.values["verified"] is None


def test_a_template_that_the_catalogue_has_is_taken() -> None:
    rows = "".join(
        f'<li><a href="/skjk/zcfg/202607/{n}{n}{n}.shtml" title="关于第{n}批项目立项的通知">通知</a><span>2026-07-{30 - n}</span></li>'
        for n in range(1, 9)
    )
    url = "http://new.suqian.gov.cn/skjk/zcfg/xxgk_list.shtml"
    markup = f"<title>政策法规_市科技局</title><ul class='listContent'>{rows}</ul>"
    found = understand(page(url, markup), SHIPPED, None, Wishes())
    assert found.entry is not None
    assert found.entry.template is None
    assert found.entry.values["template"] == "disclosure"
    assert (found.entry.source, found.entry.column) == ("new", "zcfg")


# --- writing ---------------------------------------------------------------------------------------


def test_a_column_is_added_to_a_file_without_touching_the_rest(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    text = (
        "# mine\nname: 某局\nlevel: bureau\nhosts: [table.foreign.localhost]\ncolumns:\n  # the first\n  a:\n"
        "    name: 甲\n    start: http://table.foreign.localhost/a/list.html\n    template: plain\n\n"
        "# behind\npoliteness: {delay: 5}\n"
    )
    (tmp_path / "sources" / "mine.yaml").write_text(text, "utf-8")
    catalogue = Catalogue.load(tmp_path)
    found = understand(look("table").start(), catalogue, None, Wishes())
    assert found.entry is not None
    write(tmp_path, catalogue, found.entry)
    written = (tmp_path / "sources" / "mine.yaml").read_text("utf-8")
    assert [line for line in text.splitlines() if line not in written.splitlines()] == []
    now = Catalogue.load(tmp_path).source("mine")
    assert list(now.columns) == ["a", "bmdt"]
    assert now.politeness.delay == 5


def test_a_shipped_publisher_is_added_to_in_a_copy(tmp_path: Path) -> None:
    markup = look("table").site.list_page().replace("/xwzx/bmdt/", "/skjk/kjhz/")
    url = "http://kjj.suqian.gov.cn/skjk/kjhz/index.html"
    found = understand(page(url, markup), SHIPPED, None, Wishes())
    assert found.entry is not None
    write(tmp_path, SHIPPED, found.entry)
    before = list(SHIPPED.source("kjj").columns)
    assert list(Catalogue.load(tmp_path).source("kjj").columns) == [*before, "kjhz"]


def test_a_redesign_keeps_the_old_look_for_older_pages(tmp_path: Path) -> None:
    url = "http://kjj.suqian.gov.cn/skjk/zcfg/xxgk_list.shtml"
    markup = look("cards").site.list_page()
    found = understand(page(url, markup), SHIPPED, None, Wishes())
    assert found.entry is not None
    with pytest.raises(StopRun, match="--since"):
        write(tmp_path, SHIPPED, found.entry)
    write(tmp_path, SHIPPED, found.entry, date(2026, 7, 1))
    now = Catalogue.load(tmp_path)
    assert now.list_template("kjj", "zcfg", date(2026, 6, 30)) == SHIPPED.lists["disclosure"]
    assert now.list_template("kjj", "zcfg", date(2026, 7, 1)).item == "div.card"
    again = understand(page(url, look("nested").site.list_page()), now, None, Wishes())
    assert again.entry is not None
    write(tmp_path, now, again.entry, date(2026, 10, 1))
    layouts = Catalogue.load(tmp_path).source("kjj").columns["zcfg"].layouts
    assert [one.until for one in layouts] == [date(2026, 6, 30), date(2026, 9, 30)]


def test_since_needs_a_column_that_is_there(tmp_path: Path) -> None:
    found = understand(look("table").start(), SHIPPED, None, Wishes())
    assert found.entry is not None
    with pytest.raises(StopRun, match="has no column"):
        write(tmp_path, SHIPPED, found.entry, date(2026, 7, 1))


# --- the contract ----------------------------------------------------------------------------------


def test_saved_pages_tell_what_is_read_otherwise(tmp_path: Path) -> None:
    site = look("heading")
    found = understood(site)
    assert found.entry is not None
    write(tmp_path, SHIPPED, found.entry)
    catalogue = Catalogue.load(tmp_path)
    entry = found.entry
    save(tmp_path, catalogue, entry.source, entry.column, [found.page, *found.articles])
    results = check(catalogue, tmp_path, entry.source)
    assert [(one.name, one.differences) for one in results] == [
        ("article-1", ()), ("article-2", ()), ("article-3", ()), ("list", ()),
    ]  # fmt: skip
    path = tmp_path / "pages" / entry.source / entry.column / "list.html.gz"
    changed = gzip.decompress(path.read_bytes()).replace(
        b"2026\xe5\xb9\xb411", b"2026\xe5\xb9\xb410", 1
    )
    path.write_bytes(gzip.compress(changed))
    (said,) = [
        one.differences for one in check(catalogue, tmp_path, entry.source) if one.differences
    ]
    assert said[0].startswith("item 1: expected")


def test_pages_of_every_column_are_taken(tmp_path: Path) -> None:
    site = look("nested")
    found = understood(site)
    assert found.entry is not None
    write(tmp_path, SHIPPED, found.entry)
    catalogue = Catalogue.load(tmp_path)
    assert take(catalogue, tmp_path, "nested", site) == {"bmdt": "20 items, 3 articles saved"}
    assert {one.differences for one in check(catalogue, tmp_path, "nested")} == {()}


# --- end to end ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["othercell", "cards"])
def test_the_spider_walks_a_list_by_what_was_written(name: str, tmp_path: Path) -> None:
    with serve(World.build(articles=120)) as replica:
        host = f"{name}.foreign.localhost"
        site = ForeignSite(foreign_looks()[host], replica.port)
        answer = fetch([site.start], contact=None)[site.start]
        assert isinstance(answer, Page)
        found = understand(answer, SHIPPED, lambda urls: fetch(urls, contact=None), Wishes())
        assert found.entry is not None
        assert found.sure, found.doubts
        write(tmp_path / "catalogue", SHIPPED, found.entry)
        plan = CrawlPlan(
            segment=uuid4().hex,
            folder=str(tmp_path / "segment"),
            catalogue=(str(shipped_folder()), str(tmp_path / "catalogue")),
            columns=(ColumnPlan(source=found.entry.source, column=found.entry.column),),
            limits=Limits(delay=0.0, concurrency_per_host=4, autothrottle=False),
            private_hosts=True,
            contact="tests@example.org",
        )
        folder = tmp_path / "segment"
        run_crawl(plan)
    with warc_path(folder, plan.segment).open("rb") as warc, index_path(folder, plan.segment).open("rb") as index:  # fmt: skip
        notes = Segment.load(plan.segment, warc, index).notes
        fetched = {note.url for note in notes if note.role is Role.ARTICLE and note.status == 200}
        assert [note.reason for note in notes if note.role is Role.PROBLEM] == []
        assert any(note.role is Role.WALK for note in notes)
    truth = {url for n in range(1, site.pages + 1) for url, _, _ in site.truth(n).items}
    assert fetched == truth
    assert len(truth) == 50


def test_a_page_that_does_not_answer_says_why() -> None:
    with serve(World.build(articles=120)) as replica:
        url = f"http://nobody.foreign.localhost:{replica.port}/a.html"
        assert fetch([url], contact=None) == {url: "http-404"}


def test_real_sites_are_not_asked_without_a_contact() -> None:
    with pytest.raises(StopRun, match="SUQIAN_CONTACT"):
        fetch(["http://kjj.suqian.gov.cn/skjk/zcfg/xxgk_list.shtml"], contact=None)
