"""What a machine that died had fetched, when it comes back and others have gone on meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.demo.world import World
from crawler.errors import TryLater
from flows import run as running
from flows.app import App, open_app
from flows.report import RunReport
from flows.run import ingest
from flows.work import LEASE, Hooks, utc_now
from storage import ledger
from storage.corpus import Article
from storage.models import Outcome
from storage.settings import Settings
from tests.flows.conftest import Lab, lab
from tests.flows.test_recheck import ONE, Aging


class PowerCutError(BaseException):
    """Nothing of the process goes on."""


@contextmanager
def another_machine(first: App, home: Path) -> Iterator[App]:
    """The same database and archive, a home of its own."""
    settings = Settings(
        home=home, database_url=first.settings.database_url, archive=first.settings.archive
    )
    with open_app(settings) as app:
        yield replace(
            first,
            settings=settings,
            database=app.database,
            archive=app.archive,
            open_tagger=app.open_tagger,
        )


def die_before_archiving(at: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object) -> None:
        raise PowerCutError

    with monkeypatch.context() as patched:
        patched.setattr(running, "finish_segment", cut)
        with pytest.raises(PowerCutError):
            ingest(at.app, ONE)
    assert list(at.app.settings.crawl_folder.glob("*.warc.gz"))


def texts(articles: list[Article]) -> dict[str, str]:
    return {one.id: one.body for one in articles}


def test_a_dead_machines_segment_makes_no_article_old_and_none_double(
    tmp_path: Path, small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lab(tmp_path, small_world) as opened:
        aging = Aging(opened)
        die_before_archiving(opened, monkeypatch)
        edited, gone = aging.posts()[:2]
        aging.age("edit-silently", edited)
        with another_machine(opened.app, tmp_path / "second") as second:
            later = utc_now() + LEASE + timedelta(hours=1)
            report: RunReport = ingest(second, ONE, Hooks(clock=lambda: later))
            assert report.outcomes[Outcome.NEW] > 0
            now = texts(list(aging.corpus.articles()))
            numbers = aging.corpus.count()

        # The machine comes back: what it had fetched is loaded, and is the past.
        aging.now = later + timedelta(hours=1)
        aging.crawl()
        assert list(opened.app.settings.crawl_folder.glob("*.warc.gz")) == []
        assert (texts(list(aging.corpus.articles())), aging.corpus.count()) == (now, numbers)
        versions = aging.corpus.history(aging.article(edited).id)
        assert versions is not None
        assert [one.number for one in versions.versions] == [1, 2]
        assert versions.versions[1].body == aging.article(edited).body
        unchanged = aging.corpus.history(aging.article(gone).id)
        assert unchanged is not None
        assert len(unchanged.versions) == 1


def test_a_machine_that_is_alive_is_not_taken_for_dead(
    tmp_path: Path, small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lab(tmp_path, small_world) as opened:
        die_before_archiving(opened, monkeypatch)
        with another_machine(opened.app, tmp_path / "second") as second:
            with second.database.unit_of_work() as session:
                assert ledger.acquire_lease(session, "demo_sthj", "alive", utc_now(), LEASE)
            with pytest.raises(TryLater, match="at work on demo_sthj"):
                ingest(second, ONE)
