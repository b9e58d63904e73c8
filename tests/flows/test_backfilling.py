"""A source's past, month by month: each month once, and on from where it stopped."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from crawler.demo.aging import Operation
from crawler.demo.world import FIRST_DAY, Post, World
from crawler.errors import StopRun, TryLater
from crawler.progress import Progress
from flows import backfilling
from flows.backfill_report import markdown, report_on
from flows.backfilling import ATTEMPTS, Steps, Wish, backfill, planned
from flows.pausing import Paused
from flows.report import RunReport
from flows.request import Order
from flows.work import Hooks
from storage import backfills, ledger
from storage.backfills import Asked, MonthState, Span, months
from storage.database import Database
from tests.flows.conftest import Lab, lab

SOURCE = "demo_city"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
Run = Callable[[Hooks], RunReport]


@pytest.fixture
def opened(tmp_path: Path, small_world: World) -> Iterator[Lab]:
    with lab(tmp_path, small_world) as found:
        yield found


SINCE, UNTIL = date(2026, 4, 10), date(2026, 6, 20)
"""Three months: each is a crawl of its own, which takes a second."""


def posts(opened: Lab) -> list[Post]:
    truth = opened.replica.world.truth()
    return [post for post in truth if post.site == SOURCE and SINCE <= post.day <= UNTIL]


def wish_of(opened: Lab) -> Wish:
    return Wish(source=SOURCE, since=SINCE, until=UNTIL)


def pages_asked(opened: Lab) -> Counter[str]:
    asked = [path for host, path, _ in opened.replica.requests if host.startswith("www")]
    return Counter(path for path in asked if "list" not in path and path != "/robots.txt")


def repeated(opened: Lab) -> dict[str, int]:
    """Pages that were asked for more than once; the target of a redirect is its own page too."""
    asked = pages_asked(opened)
    return {path: n for path, n in asked.items() if n > 1 + (f"/moved{path}" in asked)}


def test_a_backfill_stores_every_article_of_its_days_and_asks_for_each_once(opened: Lab) -> None:
    wish = wish_of(opened)
    progress = backfill(opened.app, wish, Steps())
    assert set(progress.states.values()) == {MonthState.DONE}
    stored = {article.url.partition("localhost")[2] for article in opened.corpus().articles()}
    paths = {path.partition("/")[2].replace("moved/", "") for path in stored}
    # Lists without dates are taken whole: only the page tells its day.
    assert {post.path[1:] for post in posts(opened)} <= paths
    assert repeated(opened) == {}


@pytest.mark.parametrize("order", list(Order))
def test_months_are_worked_on_in_the_order_that_was_asked_for(opened: Lab, order: Order) -> None:
    seen: list[date] = []

    def month(span: Span, run: Run) -> RunReport:
        seen.append(span.month)
        return run(Hooks())

    backfill(opened.app, replace(wish_of(opened), order=order), Steps(month=month))
    assert seen == sorted(seen, reverse=order is Order.NEWEST_FIRST)
    assert len(seen) == len(set(seen))


def test_a_backfill_that_was_stopped_goes_on_where_it_stopped(opened: Lab) -> None:
    wish = wish_of(opened)
    seen: list[date] = []

    def stopping(span: Span, run: Run) -> RunReport:
        if len(seen) == 2:
            raise StopRun("somebody stops it")
        seen.append(span.month)
        return run(Hooks())

    def going_on(span: Span, run: Run) -> RunReport:
        seen.append(span.month)
        return run(Hooks())

    with pytest.raises(StopRun, match="somebody"):
        backfill(opened.app, wish, Steps(month=stopping))
    assert (
        sum(
            state is MonthState.DONE
            for state in planned(opened.app, wish, Hooks().clock).states.values()
        )
        == 2
    )
    backfill(opened.app, wish, Steps(month=going_on))
    assert len(seen) == len(set(seen)) == len(months(wish.since, wish.until or wish.since))


def test_a_backfill_can_be_paused_while_the_site_does_not_answer(
    opened: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.replica.age(Operation("fail", site=SOURCE, how="timeout"))
    # A crawl that is to end waits for what is on the wire, and here that is for ever.
    monkeypatch.setattr("crawler.crawl._STOP_SECONDS", 0)

    def paused(_: Progress) -> None:
        raise Paused("somebody has paused it")

    with pytest.raises(Paused):
        backfill(
            opened.app,
            wish_of(opened),
            Steps(month=lambda _, run: run(Hooks(crawled=paused))),
        )
    assert pages_asked(opened) == Counter()


def test_a_complete_backfill_that_is_asked_for_again_fetches_no_page(opened: Lab) -> None:
    wish = wish_of(opened)
    backfill(opened.app, wish, Steps())
    opened.replica.requests.clear()
    progress = backfill(opened.app, wish, Steps())
    assert set(progress.states.values()) == {MonthState.DONE}
    assert pages_asked(opened) == Counter()


def test_a_recrawl_asks_for_each_stored_page_once_more_even_when_it_is_stopped(
    opened: Lab,
) -> None:
    wish = wish_of(opened)
    backfill(opened.app, wish, Steps())
    opened.replica.requests.clear()
    again = replace(wish, recrawl=True)
    calls: list[date] = []

    def stopping(span: Span, run: Run) -> RunReport:
        calls.append(span.month)
        report = run(Hooks())
        if len(calls) == 2:
            raise StopRun("after its pages were loaded, before it is noted")
        return report

    with pytest.raises(StopRun):
        backfill(opened.app, again, Steps(month=stopping))
    backfill(opened.app, again, Steps())
    asked = pages_asked(opened)
    assert {post.path for post in posts(opened)} <= set(asked)
    # What two addresses lead to is asked for under both, and its answer noted under one.
    assert sorted(n for n in asked.values() if n > 1) in ([], [3])


def test_a_month_that_fails_keeps_no_other_and_is_tried_again(opened: Lab) -> None:
    wish = wish_of(opened)
    opened.replica.age(Operation("fail", site=SOURCE, how="503"))
    progress = backfill(opened.app, wish, Steps())
    assert set(progress.states.values()) == {MonthState.FAILED}
    report = report_on(opened.app, wish, progress)
    said = markdown(report, None)
    assert "http-503" in said
    assert "Nothing that the lists show is missing" not in said
    assert "run it again" in report.summary()
    opened.replica.age(Operation("heal", site=SOURCE))
    assert set(backfill(opened.app, wish, Steps()).states.values()) == {MonthState.DONE}


def test_a_month_whose_crawl_dies_is_begun_again_a_few_times(opened: Lab) -> None:
    tries: Counter[date] = Counter()

    def dying(span: Span, run: Run) -> RunReport:
        tries[span.month] += 1
        if tries[span.month] < ATTEMPTS:
            raise TryLater("the crawl ended")
        return run(Hooks())

    progress = backfill(opened.app, wish_of(opened), Steps(month=dying))
    assert set(progress.states.values()) == {MonthState.DONE}


def test_a_source_that_another_run_is_at_work_on_is_waited_for(opened: Lab) -> None:
    waited: list[float] = []
    with opened.app.database.unit_of_work() as session:
        now = datetime.now(UTC)
        ledger.acquire_lease(session, SOURCE, "somebody", now, timedelta(hours=1))

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            with opened.app.database.unit_of_work() as session:
                ledger.release_leases(session, "somebody")

    progress = backfill(opened.app, wish_of(opened), Steps(wait=wait))
    assert len(waited) == 3
    assert set(progress.states.values()) == {MonthState.DONE}


def test_only_the_columns_that_were_asked_for_are_asked(opened: Lab) -> None:
    wish = replace(wish_of(opened), columns=("sygsgg",))
    backfill(opened.app, wish, Steps())
    lists = {path for _, path, _ in opened.replica.requests if "list" in path}
    folder = opened.replica.world.sites[SOURCE].columns["sygsgg"].path
    assert lists
    assert all(path.startswith(folder) for path in lists)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"source": "demo_kj"}, "unknown source 'demo_kj'; did you mean demo_kjj"),
        ({"since": date(2999, 1, 1), "until": None}, "in the future"),
        ({"until": date(2999, 1, 1)}, "until 2999-01-01 is in the future"),
        ({"until": date(2000, 1, 1)}, "is after until"),
        ({"columns": ("nonsense",)}, "has no column 'nonsense'; it has"),
    ],
)
def test_a_wish_without_sense_stops_before_anything_is_fetched(
    opened: Lab, change: dict[str, object], said: str
) -> None:
    wish = replace(wish_of(opened), **change)  # type: ignore[arg-type]
    with pytest.raises(StopRun, match=said):
        backfill(opened.app, wish, Steps())
    assert opened.replica.requests == []


def test_days_before_the_first_that_a_source_has_are_refused_with_that_day(opened: Lab) -> None:
    catalogue = opened.app.catalogue
    source = catalogue.sources["demo_kjj"]
    columns = {
        name: column.model_copy(update={"since": date(2024, 3, 1)})
        for name, column in source.columns.items()
    }
    sources = {**catalogue.sources, "demo_kjj": source.model_copy(update={"columns": columns})}
    app = replace(opened.app, catalogue=replace(catalogue, sources=sources))
    with pytest.raises(StopRun, match="its first day is 2024-03-01"):
        Wish(source="demo_kjj", since=FIRST_DAY).check(app, date(2026, 1, 1))
    Wish(source="demo_kjj", since=date(2024, 3, 1)).check(app, date(2026, 1, 1))


def test_the_report_names_what_is_missing_and_links_to_what_is_there(opened: Lab) -> None:
    wish = wish_of(opened)
    progress = backfill(opened.app, wish, Steps())
    said = markdown(report_on(opened.app, wish, progress), "http://web")
    months_with_posts = {f"{post.day:%Y-%m}" for post in posts(opened)}
    assert months_with_posts
    for month in months_with_posts:
        assert f"[{month}](http://web/?source={SOURCE}&from={month}-01" in said
    assert "Not in the corpus, and why" in said or "Nothing that the lists show is missing" in said


def test_a_dry_run_keeps_nothing(opened: Lab) -> None:
    wish = wish_of(opened)
    assert len(planned(opened.app, wish, Hooks().clock).states) == len(
        months(wish.since, wish.until or wish.since)
    )
    with opened.app.database.reading() as session:
        assert backfills.find(session, wish.asked()) is None
    assert opened.replica.requests == []


# --- what the database knows --------------------------------------------------------------------


ASKED = Asked(source="kjj", columns=("a", "b"), since=date(2024, 1, 15), until=None, recrawl=False)


def test_the_same_wish_goes_on_with_the_same_backfill_on_another_day(database: Database) -> None:
    with database.unit_of_work() as session:
        begun = backfills.begin(session, ASKED, date(2024, 3, 10), NOW)
        backfills.settle_month(session, begun, date(2024, 2, 1), [], NOW, "run")
        backfills.settle_month(session, begun, date(2024, 1, 1), ["the list"], NOW, "run")
    with database.unit_of_work() as session:
        again = replace(ASKED, columns=("b", "a"))
        found = backfills.begin(session, again, date(2024, 4, 1), NOW)
        assert found.id == begun.id
        assert found.open == [
            Span(date(2024, 1, 15), date(2024, 1, 31)),
            Span(date(2024, 3, 1), date(2024, 3, 10)),
        ]
        assert found.problems[date(2024, 1, 1)] == ("the list",)
        assert backfills.find(session, replace(ASKED, recrawl=True)) is None
        backfills.finish(session, found, NOW)
        assert backfills.find(session, ASKED) is None


def test_months_are_cut_to_the_days_that_are_wanted() -> None:
    spans = months(date(2023, 11, 20), date(2024, 1, 5))
    assert spans == [
        Span(date(2023, 11, 20), date(2023, 11, 30)),
        Span(date(2023, 12, 1), date(2023, 12, 31)),
        Span(date(2024, 1, 1), date(2024, 1, 5)),
    ]
    assert backfilling.days_of(spans[2])[0] == datetime(2023, 12, 31, 16, tzinfo=UTC)
