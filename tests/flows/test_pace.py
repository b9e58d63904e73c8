"""A scheduled run asks what is due; validators are trusted until they lie. On the replica."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.demo.aging import Operation
from crawler.demo.world import FIRST_DAY, World
from flows.checking import Recheck
from flows.checking import recheck as run_recheck
from flows.request import Request
from flows.run import ingest
from flows.work import Hooks
from storage import validators
from storage.models import Outcome
from tests.flows.conftest import Lab, lab


class Days:
    """The replica's school office, whose server says "as it was" of everything."""

    def __init__(self, opened: Lab) -> None:
        self.lab, self.now = opened, datetime.now(UTC)
        self.ingest()

    def hooks(self) -> Hooks:
        return Hooks(clock=lambda: self.now)

    def ingest(self, *, due_only: bool = False) -> list[str]:
        self.lab.replica.requests.clear()
        request = Request(sources=("demo_jyj",), since=FIRST_DAY, due_only=due_only)
        ingest(self.lab.app, request, self.hooks())
        return [asked.kind for asked in self.lab.replica.requests]

    def recheck(self, hours: int) -> dict[Outcome, int]:
        self.now += timedelta(hours=hours)
        return dict(run_recheck(self.lab.app, Recheck(("demo_jyj",)), self.hooks()).outcomes)


@pytest.fixture
def days(tmp_path: Path, small_world: World) -> Iterator[Days]:
    with lab(tmp_path, small_world) as opened:
        yield Days(opened)


def test_a_scheduled_run_asks_a_column_when_it_is_due(days: Days) -> None:
    days.now = datetime.now(UTC) + timedelta(hours=2)
    assert days.ingest(due_only=True) == []
    days.now += timedelta(days=1)
    assert "list" in days.ingest(due_only=True)
    assert "list" in days.ingest()


def test_a_host_whose_validators_lie_is_asked_without_them(days: Days) -> None:
    post = next(p for p in days.lab.replica.world.listed("demo_jyj", "tzgg") if not p.link)
    days.lab.replica.age(Operation("edit-silently", path=post.path))
    request = Request(sources=("demo_jyj",), since=FIRST_DAY, recheck=True)
    report = ingest(days.lab.app, request, days.hooks())
    assert report.outcomes[Outcome.CHANGED] == 0
    days.now += timedelta(days=31)
    assert days.recheck(0)[Outcome.CHANGED] == 1
    with days.lab.app.database.reading() as session:
        assert validators.distrusted(session) == {"jyj.suqian.localhost"}
    days.lab.replica.age(Operation("edit-silently", path=post.path))
    report = ingest(days.lab.app, request, days.hooks())
    assert report.outcomes[Outcome.CHANGED] == 1
