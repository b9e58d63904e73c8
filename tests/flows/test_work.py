"""Who is at work on what: leases that live as long as their holder, and no longer."""

import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from crawler.errors import TryLater
from flows import work
from flows.app import App
from flows.ended import give_back
from flows.segments import finish_leftovers
from flows.work import LEASE, Hooks, bury_dead, holding, leased, open_run, renew, runs_at_work
from storage import ledger
from storage.corpus import Corpus
from tests.flows.conftest import Lab

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def is_free(lab: Lab, source: str, now: datetime) -> bool:
    with lab.app.database.unit_of_work() as session:
        return ledger.acquire_lease(session, source, "somebody else", now, LEASE)


def test_a_source_stays_held_while_a_long_step_gives_no_sign(
    small_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    renewed = threading.Event()

    def noted(opened: work.Work) -> None:
        began = clock.now
        renew(opened)
        if began > NOW:
            renewed.set()

    monkeypatch.setattr(work, "HEARTBEAT", 0.005)
    monkeypatch.setattr(work, "renew", noted)
    with open_run(small_lab.app, "ingest", {}, Hooks(clock=clock)) as opened:
        leased(opened, ["demo_kjj"])
        clock.now += LEASE - timedelta(seconds=1)
        assert renewed.wait(60)
        assert not is_free(small_lab, "demo_kjj", NOW + LEASE + timedelta(seconds=1))
    assert is_free(small_lab, "demo_kjj", NOW + LEASE)


def test_a_run_of_another_machine_is_at_work_until_its_lease_runs_out(small_lab: Lab) -> None:
    """There is no file lock of it here, as there is none on another machine."""
    with small_lab.app.database.unit_of_work() as session:
        run_id = ledger.start_run(session, "import", {}, NOW)
        ledger.acquire_lease(session, f"run {run_id}", run_id, NOW, LEASE)
    assert run_id in runs_at_work(small_lab.app, NOW + LEASE / 2)
    finish_leftovers(small_lab.app, Hooks(clock=lambda: NOW + LEASE / 2))
    assert small_lab.corpus().status().runs[0].state == "running"
    finish_leftovers(small_lab.app, Hooks(clock=lambda: NOW + LEASE * 2))
    assert small_lab.corpus().status().runs[0].state == "interrupted"


def test_a_run_that_was_taken_over_stops_writing(small_lab: Lab) -> None:
    with open_run(small_lab.app, "ingest", {}, Hooks(clock=lambda: NOW)) as opened:
        leased(opened, ["demo_kjj"])
        with small_lab.app.database.unit_of_work() as session:
            ledger.release_leases(session, opened.run_id)  # as who finds it dead does
        opened.alive()
        renew(opened)
        with pytest.raises(TryLater, match="another took over"):
            opened.alive()


def test_what_one_process_brings_to_its_end_no_other_does(small_lab: Lab) -> None:
    hooks = Hooks(clock=lambda: NOW)
    app = small_lab.app
    with holding(app, "segment a", hooks) as first, holding(app, "segment a", hooks) as second:
        assert (first, second) == (True, False)
    with holding(small_lab.app, "segment a", hooks) as third:
        assert third


def test_a_dead_run_stays_dead_when_who_found_it_dies_too(small_lab: Lab) -> None:
    """Its file lock is what tells a dead run of this machine from a live one of another."""
    app = small_lab.app
    run_id = killed(app)
    for _ in range(2):
        assert run_id not in runs_at_work(app, NOW)
    finish_leftovers(app, Hooks(clock=lambda: NOW))
    assert is_free(small_lab, "demo_kjj", NOW)


def killed(app: App) -> str:
    """A run of this machine as it is left when its process is killed; return its id."""
    with app.database.unit_of_work() as session:
        run_id = ledger.start_run(session, "ingest", {}, NOW)
        ledger.acquire_lease(session, "demo_kjj", run_id, NOW, LEASE)
    app.settings.crawl_folder.mkdir(parents=True, exist_ok=True)
    (app.settings.crawl_folder / f"{run_id}.lock").touch()
    return run_id


def test_what_a_killed_run_held_is_free_at_once_and_what_lives_is_left_alone(
    small_lab: Lab,
) -> None:
    with open_run(small_lab.app, "ingest", {}, Hooks(clock=lambda: NOW)) as alive:
        leased(alive, ["demo_sthj"])
        dead = killed(small_lab.app)
        assert bury_dead(small_lab.app, NOW) == [dead]
        assert is_free(small_lab, "demo_kjj", NOW)
        assert not is_free(small_lab, "demo_sthj", NOW)
        states = {run.id: run.state for run in small_lab.corpus().status().runs}
        assert states == {dead: "interrupted", alive.run_id: "running"}


def test_prefects_hook_closes_the_runs_of_a_deployment_only(
    small_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUQIAN_HOME", str(small_lab.app.settings.home))
    dead = killed(small_lab.app)
    for deployment, state in ((None, "running"), (uuid4(), "interrupted")):
        ended: Any = SimpleNamespace(name="x", deployment_id=deployment)
        give_back(ended, ended, ended)
        assert {run.id: run.state for run in small_lab.corpus().status().runs} == {dead: state}


def test_a_run_that_is_stopped_has_not_failed_and_holds_nothing(small_lab: Lab) -> None:
    def stopped() -> None:
        with open_run(small_lab.app, "ingest", {}, Hooks(clock=lambda: NOW)) as opened:
            leased(opened, ["demo_city"])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    [run] = Corpus(small_lab.app.database).runs()
    assert (run.state, run.error) == ("interrupted", "it was stopped")
    assert is_free(small_lab, "demo_city", NOW)
