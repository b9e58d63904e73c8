"""What holds for every page: light, named, whole without a script, nothing from elsewhere."""

from datetime import timedelta
from itertools import pairwise

import pytest
from lxml.html import HtmlElement

from storage import Corpus
from storage.database import Database
from storage.health import Judgement, write_health
from storage.models import article_id
from storage.records import HealthState
from storage.web.app import create_app
from tests.storage.samples import NOW, RUN, Sample, store
from tests.storage.web.conftest import EDITED, REPRINT, Reader, text

FIRST_VIEW = 150_000
PAGES = (
    *("/", "/?q=泗洪", "/?q=%22", "/?q=zzz", "/topics", "/topics/shuili", "/places"),
    *("/places/suqian/sihong", "/organisations", "/people", "/coverage", "/sources"),
    *("/sources/daily", "/runs", f"/runs/{RUN}", "/why", "/why?url=https://www.a.cn/1"),
    *(f"/articles/{EDITED}", f"/articles/{EDITED}?tags=1", f"/articles/{EDITED}/history"),
    *(f"/articles/{EDITED}/compare/{REPRINT}", f"/articles/{EDITED}/files/1", "/articles/none"),
)


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, reader: Reader) -> HtmlElement:
    status = {"/?q=%22": 400, "/articles/none": 404}.get(request.param, 200)
    return reader.page(request.param, status=status)


def test_a_page_has_its_landmarks_and_a_way_past_them(page: HtmlElement) -> None:
    (skip,) = page.cssselect("a.skip")
    (main,) = page.cssselect("main")
    assert skip.get("href") == f"#{main.get('id')}"
    assert page.cssselect("body > header form[role=search]")
    assert page.cssselect("body > footer")
    assert all(nav.get("aria-label") for nav in page.cssselect("nav, aside"))


def test_headings_begin_with_one_first_and_leave_none_out(page: HtmlElement) -> None:
    levels = [int(str(one.tag)[1]) for one in page.cssselect("h1, h2, h3, h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(lower - upper <= 1 for upper, lower in pairwise(levels))


def test_every_field_plot_and_table_is_named(page: HtmlElement) -> None:
    labelled = {label.get("for") for label in page.cssselect("label")}
    fields = page.cssselect("input:not([type=hidden]), select")
    assert {field.get("id") for field in fields} <= labelled
    for plot in page.cssselect("svg:not([aria-hidden])"):
        assert plot.get("role") == "img"
        assert plot.get("aria-label") or plot.get("aria-labelledby")
    tables = page.xpath("//table[not(ancestor::*[contains(@class, 'text')])]")
    assert all(table.cssselect("caption") and table.cssselect("th") for table in tables)
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    named = {one for value in page.xpath("//@aria-labelledby") for one in value.split()}
    assert named <= set(ids)


def test_nothing_runs_and_nothing_is_loaded_from_elsewhere(page: HtmlElement) -> None:
    assert page.xpath("//script | //style | //@style | //iframe | //img") == []
    loaded = page.xpath("//link[@rel='stylesheet' or @rel='icon']/@href")
    assert loaded == ["/style.css", "/icon.svg"]
    assert page.xpath("//@*[starts-with(name(), 'on')]") == []


def test_every_link_of_a_page_leads_to_a_page(page: HtmlElement, reader: Reader) -> None:
    links = {link for link in page.xpath("//main//a/@href") if link.startswith("/")}
    links -= {link for link in links if link.startswith("/feed.atom")}  # has tests of its own
    for link in sorted(links)[:12]:
        assert reader.get(link).status_code == 200, link


@pytest.mark.parametrize("path", PAGES)
def test_the_first_view_of_a_page_is_light(reader: Reader, path: str) -> None:
    assert weight(reader, path) < FIRST_VIEW


def weight(reader: Reader, path: str) -> int:
    """Bytes of a page and of all that it loads, as they are before they are packed."""
    page = reader.get(path)
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    loaded = [reader.get(part) for part in ("/style.css", "/icon.svg")]
    assert [one.status_code for one in loaded] == [200, 200]
    return sum(len(one.content) for one in (page, *loaded))


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Long texts, a full year of one source and of thirty, five hundred people."""
    url = f"sqlite:///{tmp_path_factory.mktemp('crowded') / 'suqian.db'}"
    database = Database.open(url, create=True)
    with database.unit_of_work() as session:
        store(session, *_crowd())
        judged = [_judge(f"s{number}") for number in range(30)]
        write_health(session, judged, NOW)
    return Reader(create_app(Corpus(database)))


def _crowd() -> list[Sample]:
    long = "\n".join("宿迁市泗洪县" * 40 for _ in range(1000))
    html = "".join(f"<p>{line}</p>" for line in long.split("\n"))
    people = tuple(("person", f"姓名{n}", f"姓名{n}") for n in range(500))
    made = [Sample(key="long/1", body=long, tags=people, fields={"body_html": html})]
    for number in range(30):
        made += [
            Sample(key=f"s{number}/{n}", body="短。", source=f"s{number}", published_at=NOW - timedelta(days=n))
            for n in range(0, 366, 1 if number == 0 else 12)
        ]  # fmt: skip
    return made


def _judge(source: str) -> Judgement:
    return Judgement(source=source, state=HealthState.OK, evidence=(), expected_hours=48)


@pytest.mark.parametrize(
    "path",
    ["/", "/?sort=date", "/people", "/coverage", "/coverage?page=2", "/sources", "/sources/s0", "/articles/LONG", "/articles/LONG?tags=1"],
)  # fmt: skip
def test_a_crowded_page_is_light_too(crowded: Reader, path: str) -> None:
    assert weight(crowded, path.replace("LONG", article_id("long/1"))) < FIRST_VIEW


def test_what_is_left_out_of_a_long_text_is_a_link_away(crowded: Reader) -> None:
    page = crowded.page(f"/articles/{article_id('long/1')}")
    (link,) = page.xpath("//a[starts-with(@href, '?whole')]/@href")
    whole = crowded.page(f"/articles/{article_id('long/1')}{link}")
    assert len(text(whole.cssselect(".text")[0])) >= 240_000
