"""A batch far from what is usual is held, and what a person then does with it."""

from dataclasses import replace

import pytest

from crawler.errors import StopRun
from crawler.floors import Floors
from flows.retrying import discard, release
from flows.segments import finish_leftovers
from flows.steps import read, waiting
from storage import ledger
from storage.corpus import Corpus
from storage.models import Outcome
from tests.health.conftest import Answer, Crawls


def usual(crawls: Crawls, runs: int = 1) -> None:
    """A source with a past: the articles 0 to 29, in one crawl or several."""
    each = 30 // runs
    for start in range(0, 30, each):
        crawls.run([Answer(n) for n in range(start, start + each)])


def undated(numbers: range) -> list[Answer]:
    return [Answer(n, day=None) for n in numbers]


def articles(crawls: Crawls) -> int:
    return Corpus(crawls.app.database).count()


def held(crawls: Crawls, report_id: str) -> int:
    with crawls.app.database.reading() as session:
        assert ledger.sums_differ(session, report_id) == {}
    return articles(crawls)


def test_a_batch_whose_dates_are_gone_is_held_whole_and_adds_up(crawls: Crawls) -> None:
    usual(crawls)
    report = crawls.run([*undated(range(100, 106)), Answer(106), Answer(107, status=404)])
    assert report.outcomes == {Outcome.HELD: 8}
    assert report.reasons == {"held:floor: date": 8}
    assert held(crawls, report.run_id) == 30
    assert "6 of its newest" in report.problems[0]
    assert f"suqian runs release|discard {report.run_id[:8]}" in report.problems[0]


def test_a_batch_without_bodies_is_held(crawls: Crawls) -> None:
    usual(crawls)
    report = crawls.run([Answer(n, body="") for n in range(100, 106)])
    assert report.outcomes == {Outcome.HELD: 6}
    assert report.reasons == {"held:floor: body": 6}


def test_a_list_that_shows_a_fraction_of_its_items_holds_what_it_led_to(crawls: Crawls) -> None:
    usual(crawls, runs=6)
    report = crawls.run([Answer(100)], shown=2)
    assert report.outcomes == {Outcome.HELD: 1}
    assert "the list shows 2 items, 20 are usual" in report.problems[0]


class Copy(Answer):
    """The first article once more, at another address."""

    @property
    def html(self) -> bytes:
        return Answer(1).html


def test_a_flood_of_copies_is_held(crawls: Crawls) -> None:
    usual(crawls)
    report = crawls.run([Copy(n) for n in range(200, 212)])
    assert report.outcomes == {Outcome.HELD: 12}
    assert report.reasons == {"held:floor: copies": 12}


def with_floors(crawls: Crawls, general: Floors, column: Floors) -> None:
    """Let the catalogue say these of the source, and of its first column."""
    source = crawls.app.catalogue.source("test")
    first = source.columns["tzgg"].model_copy(update={"floors": column})
    own = {"floors": general, "columns": {**source.columns, "tzgg": first}}
    sources = {"test": source.model_copy(update=own)}
    crawls.app = replace(crawls.app, catalogue=replace(crawls.app.catalogue, sources=sources))


def test_a_source_may_have_floors_of_its_own_and_a_column_over_them(crawls: Crawls) -> None:
    usual(crawls, runs=6)
    general = Floors(fields=("title", "body"), copies="never", items="never")
    with_floors(crawls, general, Floors(items=0.08))
    batch = [*undated(range(100, 106)), *(Copy(n) for n in range(200, 212))]
    assert Outcome.HELD not in crawls.run(batch, shown=2).outcomes
    report = crawls.run([Answer(300)], shown=1)
    assert "the list shows 1 items, 20 are usual" in report.problems[0]


def test_usual_batches_and_single_accidents_are_loaded(crawls: Crawls) -> None:
    usual(crawls)
    report = crawls.run([*(Answer(n) for n in range(100, 105)), *undated(range(105, 106))])
    assert report.outcomes == {Outcome.NEW: 6}


def test_a_new_source_and_a_new_column_of_a_known_one_are_loaded(crawls: Crawls) -> None:
    assert crawls.run(undated(range(12))).outcomes == {Outcome.NEW: 12}
    crawls.run([Answer(n) for n in range(20, 50)])
    other = [Answer(n, day=None, column="zcwj") for n in range(300, 312)]
    assert crawls.run(other).outcomes == {Outcome.NEW: 12}


def test_a_new_source_of_which_nothing_can_be_read_is_held(crawls: Crawls) -> None:
    report = crawls.run([Answer(n, body="") for n in range(12)])
    assert report.outcomes == {Outcome.HELD: 12}


def test_a_backfill_is_never_held(crawls: Crawls) -> None:
    usual(crawls)
    report = crawls.run(undated(range(100, 120)), since="2020-01-01")
    assert report.outcomes == {Outcome.NEW: 20}


def test_while_a_batch_is_held_more_of_the_kind_is_too_and_the_rest_is_loaded(
    crawls: Crawls,
) -> None:
    usual(crawls)
    crawls.run(undated(range(100, 106)))
    assert crawls.run(undated(range(106, 107))).outcomes == {Outcome.HELD: 1}
    assert crawls.run([Answer(107)]).outcomes == {Outcome.NEW: 1}


def test_what_is_released_is_loaded_from_the_archive_as_of_when_it_was_fetched(
    crawls: Crawls,
) -> None:
    usual(crawls)
    report = crawls.run(undated(range(100, 106)))
    fetched = crawls.now
    crawls.now = fetched.replace(day=28)
    released = release(crawls.app, report.run_id[:8], hooks=crawls.hooks)
    assert released.outcomes == {Outcome.NEW: 6}
    assert held(crawls, released.run_id) == 36
    article = Corpus(crawls.app.database).get(Answer(100).url)
    assert article is not None
    assert article.first_seen[:10] == fetched.date().isoformat()
    with pytest.raises(StopRun, match="no held batch"):
        release(crawls.app, report.run_id)


def test_what_is_discarded_stays_archived_with_the_reason_and_is_asked_for_again(
    crawls: Crawls,
) -> None:
    usual(crawls)
    report = crawls.run(undated(range(100, 106)))
    assert discard(crawls.app, report.run_id, "redesign") == 6
    assert articles(crawls) == 30
    found = Corpus(crawls.app.database).why(Answer(100).url)
    assert found is not None
    assert (found.outcome, found.reason) == ("held", "discarded: redesign")
    with crawls.app.database.reading() as session:
        due = ledger.due_again(session, ["test"], crawls.hooks.clock().replace(year=2030))
    assert {one.url for one in due} == {Answer(n).url for n in range(100, 106)}


def test_a_run_that_dies_while_it_holds_is_held_whole_by_the_next(
    crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual(crawls)
    monkeypatch.setattr(read, "BATCH", 2)
    writes = read._write
    calls = []

    def dies(*arguments: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        writes(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(read, "_write", dies)
    with pytest.raises(KeyboardInterrupt):
        crawls.run(undated(range(100, 106)))
    monkeypatch.setattr(read, "_write", writes)
    finish_leftovers(crawls.app, crawls.hooks)
    assert articles(crawls) == 30
    found = [Corpus(crawls.app.database).why(Answer(n).url) for n in range(100, 106)]
    assert {one and one.outcome for one in found} == {"held"}


def test_what_waits_to_be_judged_waits_on_the_disk(
    crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "_IN_MEMORY", 1)
    monkeypatch.setattr(read, "BATCH", 3)
    usual(crawls)
    assert articles(crawls) == 30
