"""Coverage, sources, runs and subjects: what came when, and what did not come."""

from datetime import date, timedelta
from typing import Any

import pytest
from lxml import etree

from storage import Corpus, ledger
from storage.database import Database
from storage.evidence import NEVER_READ
from storage.models import RunState
from storage.records import Count
from storage.web import create_app
from storage.web.pages.asked import Asked
from storage.web.pages.calendar import Known, year_of
from storage.web.pages.plots import Bar, timeline
from storage.web.pages.subjects import bars
from tests.storage.samples import NOW, RUN
from tests.storage.web.conftest import Reader, text

MONDAY = date(2026, 3, 2)


def days(*offsets: int) -> dict[date, int]:
    return {MONDAY + timedelta(days=n): 1 for n in offsets}


def silent(counts: dict[date, int], hours: float | None, last: int) -> list[int]:
    """The silent days of 2026, counted from the Monday."""
    known = Known(counts, hours, MONDAY + timedelta(days=last))
    return [(one.day - MONDAY).days for one in year_of("s", 2026, known).days if one.silent]


def test_silence_begins_where_the_normal_interval_ends() -> None:
    weekends = days(5, 6, 7)  # a source that works at weekends, too
    assert silent(weekends, 48, 12) == [10, 11, 12]
    assert silent(weekends, 48, 9) == []
    assert silent(days(0, 5, 6), 24, 6) == [2, 3, 4]


def test_a_source_that_rests_at_weekends_is_not_missed_then() -> None:
    working = days(0, 1, 2, 3, 4)
    assert silent(working, 24, 7) == []
    assert silent(working, 24, 8) == [8]


def test_where_nobody_knows_what_is_normal_nothing_is_silence() -> None:
    assert silent(days(0), None, 200) == []
    assert silent({}, 24, 200) == []


def test_a_year_ends_with_the_last_day_that_was_looked_at() -> None:
    year = year_of("s", 2026, Known(days(0, 1), 24, MONDAY + timedelta(days=1)))
    assert year.days[-1].day == MONDAY + timedelta(days=1)
    assert (year.total, year.months()[2]) == (2, 2)
    assert year.shades() == {"l1": [(60, 2)]}
    assert [day.week for day in year.days if day.day.weekday() == 0][:2] == [1, 2]


def test_the_strips_of_a_year_tell_the_same_as_the_table_beneath(reader: Reader) -> None:
    page = reader.page("/coverage")
    strips, table = page.cssselect("table")
    named = [text(one) for one in strips.cssselect("tbody th")]
    assert named == ["daily", "news", "suqian-gov"]
    assert [text(one) for one in table.cssselect("tbody th")] == named
    label = strips.cssselect("svg.strip")[0].get("aria-label") or ""
    assert label == "daily：10 篇，静默 1 次"
    assert strips.cssselect("svg.strip path.silent")
    assert "2026-10-1" in text(page.xpath("//section[@aria-labelledby='silences']")[0])
    october = table.cssselect("tbody tr")[0].cssselect("td")[9]
    assert text(october) == "10"


def test_a_source_shows_its_health_and_its_year_day_by_day(reader: Reader) -> None:
    page = reader.page("/sources/daily")
    assert "静默" in text(page.cssselect(".state")[0])
    said = text(page.cssselect("dl.facts")[0])
    assert f"{NEVER_READ.chinese}；nothing new for 40 days" in said
    assert page.cssselect("dl.facts span[lang=en]")[0].text == "nothing new for 40 days"
    english = reader.page("/sources/daily", lang="en")
    assert f"{NEVER_READ.english}; nothing new" in text(english.cssselect("dl.facts")[0])
    assert len(page.cssselect("svg.calendar rect.l1")) == 10
    days_ = page.xpath("//section[@aria-labelledby='calendar']//tbody/tr")
    assert len(days_) == 10
    (link,) = days_[0].cssselect("a")
    assert len(reader.page(link.get("href", "")).cssselect(".hits > li")) == 1
    listed = reader.page("/sources")
    assert {text(one) for one in listed.cssselect(".state")} == {"静默", "未知"}


def test_a_run_adds_up_source_by_source_and_says_why(reader: Reader) -> None:
    (link,) = reader.page("/runs").cssselect("tbody a")
    assert link.get("href") == f"/runs/{RUN}"
    page = reader.page(f"/runs/{RUN}")
    table, reasons = page.cssselect("table")
    row = [text(one) for one in table.cssselect("tbody td")]
    assert row[:3] == ["4", "3", "1"]
    assert [text(one) for one in reasons.cssselect("tbody td")] == ["timeout", "suqian-gov", "1"]


def test_a_run_that_came_to_nothing_says_why_in_the_list(database: Database) -> None:
    with database.unit_of_work() as session:
        run = ledger.start_run(session, "ingest", {}, NOW)
        ledger.finish_run(session, run, RunState.FAILED, NOW, "<b>the site was down</b>")
    page = Reader(create_app(Corpus(database))).page("/runs")
    assert text(page.cssselect("tbody td")[-1]) == "<b>the site was down</b>"


def test_why_an_address_is_here_or_not(reader: Reader) -> None:
    page = reader.page("/why?url=https://www.a.cn/1")
    assert page.xpath("//dl//a[starts-with(@href, '/articles/')]")
    assert "没有来源提到过" in text(reader.page("/why?url=http://no.cn/", status=404).body)


@pytest.mark.parametrize(
    ("path", "label"),
    [("/topics", "水利"), ("/places", "宿迁市泗洪县"), ("/organisations", "宿迁市水利局")],
)
def test_a_subject_has_a_page_with_its_months_and_articles(
    reader: Reader, path: str, label: str
) -> None:
    (link,) = reader.page(path).cssselect(".index a")
    assert text(link.cssselect("span")[0]) == label
    page = reader.page(link.get("href", ""))
    assert label in text(page.cssselect("h1")[0])
    (plot,) = page.cssselect("figure svg")
    assert plot.get("role") == "img"
    assert "2026-11" in text(plot.xpath("//*[@id='plot-desc']")[0])
    assert page.xpath("//details//td[text()='2' or text()='3']")
    assert page.cssselect(".hits > li")


def test_months_without_articles_are_bars_of_no_height() -> None:
    counts = [Count(("2025-11",), 2), Count(("2026-02",), 1), Count((None,), 5)]
    made = bars(counts, Asked(topic="t"))
    assert [(bar.label, bar.count) for bar in made] == [
        ("2025-11", 2), ("2025-12", 0), ("2026-01", 0), ("2026-02", 1),
    ]  # fmt: skip
    assert made[-1].link == "/?topic=t&from=2026-02-01&to=2026-02-28&reprints=all"
    assert bars([], Asked()) == []


def test_more_months_than_fit_are_years() -> None:
    counts = [Count(("2015-03",), 2), Count(("2015-04",), 1), Count(("2026-02",), 1)]
    made = bars(counts, Asked())
    assert [bar.label for bar in made] == [str(year) for year in range(2015, 2027)]
    assert made[0].count == 3


@pytest.mark.parametrize("highest", [0, 1, 2, 7, 99, 12_345])
def test_a_plot_has_neither_script_nor_style_and_whole_numbers(highest: int) -> None:
    made = [Bar("2025-12", 0, "/"), Bar("2026-01", highest, '/?q="><script>')]
    svg: Any = etree.fromstring(str(timeline(made, "<b>每月", "概要")))
    names = {etree.QName(one).localname for one in svg.iter()}
    assert not names & {"script", "style", "b"}
    assert all("style" not in one.attrib for one in svg.iter())
    ticks = svg.xpath("//*[contains(@class, 'axis y')]//*[local-name() = 'text']/text()")
    assert len(set(ticks)) == len(ticks) <= 6
    assert int(ticks[-1].replace(",", "")) >= highest
