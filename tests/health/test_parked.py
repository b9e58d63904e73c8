"""Parked pages: listed, tried again from the archive or the site, given up."""

import json

import pytest

from crawler.errors import Park, StopRun
from flows.retrying import drop, retry
from storage import ledger, parked
from storage.corpus import Corpus
from storage.models import Outcome
from storage.parked import Which
from tests.flows.test_cli import Shell, suqian
from tests.health.conftest import Answer, Crawls

__all__ = ["suqian"]


def park_two(crawls: Crawls, monkeypatch: pytest.MonkeyPatch) -> None:
    """One page that could be fetched and not read, and one of which no answer came."""
    with monkeypatch.context() as patched:

        def cannot(*_: object) -> None:
            raise Park("cannot be decoded")

        patched.setattr("crawler.extract.extract", cannot)
        report = crawls.run([Answer(1), Answer(2, reason="timeout")])
    assert report.outcomes == {Outcome.PARKED: 2}


def found(crawls: Crawls, which: Which) -> list[tuple[str, bool]]:
    with crawls.app.database.reading() as session:
        return [(page.url, page.is_readable) for page in parked.find(session, which)]


def test_parked_pages_are_found_by_source_reason_and_address(
    crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    park_two(crawls, monkeypatch)
    one, two = (Answer(1).url, True), (Answer(2).url, False)
    assert found(crawls, Which()) == [one, two]
    assert found(crawls, Which(source="test", reason="time")) == [two]
    assert found(crawls, Which(url="/1.")) == [one]
    assert found(crawls, Which(source="kjj")) == []


def test_what_was_fetched_is_read_again_from_the_archive(
    crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    park_two(crawls, monkeypatch)
    (report,) = retry(crawls.app, Which(reason="cannot"), crawls.hooks)
    assert report.outcomes == {Outcome.NEW: 1}
    with crawls.app.database.reading() as session:
        assert ledger.sums_differ(session, report.run_id) == {}
    assert Corpus(crawls.app.database).get(Answer(1).url) is not None
    assert found(crawls, Which()) == [(Answer(2).url, False)]


def test_what_still_cannot_be_read_stays_parked_and_is_counted(
    crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    park_two(crawls, monkeypatch)

    def cannot(*_: object) -> None:
        raise Park("still not")

    monkeypatch.setattr("crawler.extract.extract", cannot)
    (report,) = retry(crawls.app, Which(url="/1."), crawls.hooks)
    assert report.outcomes == {Outcome.PARKED: 1}
    assert found(crawls, Which(reason="still not")) == [(Answer(1).url, True)]


def test_what_is_given_up_is_dropped_with_the_reason_and_never_tried_again(
    crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    park_two(crawls, monkeypatch)
    report = drop(crawls.app, Which(reason="timeout"), "host gone", crawls.hooks)
    assert report.outcomes == {Outcome.DROPPED: 1}
    with crawls.app.database.reading() as session:
        assert ledger.sums_differ(session, report.run_id) == {}
        due = ledger.due_again(session, ["test"], crawls.now.replace(year=2030))
    assert [one.url for one in due] == [Answer(1).url]
    why = Corpus(crawls.app.database).why(Answer(2).url)
    assert why is not None
    assert (why.outcome, why.reason) == ("dropped", "by hand: host gone")


def test_nothing_meant_is_an_error_that_says_where_to_look(crawls: Crawls) -> None:
    with pytest.raises(StopRun, match="suqian parked list"):
        retry(crawls.app, Which(url="nowhere"), crawls.hooks)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_commands_say_the_same_to_people_and_machines(
    crawls: Crawls, monkeypatch: pytest.MonkeyPatch, suqian: Shell
) -> None:
    park_two(crawls, monkeypatch)
    monkeypatch.setenv("SUQIAN_DATABASE_URL", crawls.app.settings.database_url)
    monkeypatch.setenv("SUQIAN_ARCHIVE", crawls.app.settings.archive)
    monkeypatch.setenv("SUQIAN_CATALOGUE", str(crawls.app.settings.catalogue))
    code, out, _ = suqian("parked", "list", "--json")
    assert code == 0
    assert [one["reason"] for one in json.loads(out)] == ["cannot be decoded", "timeout"]
    assert Answer(2).url in suqian("parked", "list")[1]
    assert "cannot be decoded" in suqian("parked", "show", Answer(1).url)[1]
    assert suqian("parked", "retry", "--reason", "cannot")[0] == 0
    assert suqian("parked", "drop", "--reason", "timeout", "--because", "gone")[0] == 0
    assert json.loads(suqian("parked", "list", "--json")[1]) == []
    kinds = [run["kind"] for run in json.loads(suqian("runs", "list", "--json")[1])]
    assert sorted(kinds) == ["ingest", "parked-drop", "parked-retry"]
    assert suqian("runs", "show", "nothing")[0] == 1
