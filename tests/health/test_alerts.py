"""Messages: one when something breaks, one when it heals, to a receiver on loopback."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from flows.health.alerts import News, send, tell_of_checks, tell_of_sources
from flows.health.thresholds import thresholds
from storage.checks import Check, Level
from storage.database import Database
from storage.health import Judgement, healths, write_health
from storage.records import HealthState

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
OK, LATE, SILENT, BROKEN, UNKNOWN = (
    HealthState.OK,
    HealthState.LATE,
    HealthState.SILENT,
    HealthState.BROKEN,
    HealthState.UNKNOWN,
)


@dataclass
class Receiver:
    """Takes messages, or answers with another status while it is told to."""

    url: str = ""
    status: int = 200
    got: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    there = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if there.status == 200:
                there.got.append(json.loads(body))
            self.send_response(there.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    there.url = f"http://127.0.0.1:{server.server_port}/secret-path"
    yield there
    server.shutdown()
    thread.join()
    server.server_close()


def judged(database: Database, hours: float, *states: tuple[str, HealthState]) -> list[News]:
    now = NOW + timedelta(hours=hours)
    with database.unit_of_work() as session:
        found = [Judgement(source=s, state=state, evidence=(f"{s}!",)) for s, state in states]
        write_health(session, found, now)
        return tell_of_sources(session, healths(session), now)


def test_one_message_when_it_breaks_and_one_when_it_has_healed(
    database: Database, receiver: Receiver
) -> None:
    states = [OK, LATE, SILENT, SILENT, BROKEN, BROKEN, OK, *[OK] * 14]
    for hours, state in enumerate(states):
        judged(database, hours, ("kjj", state))
        send(database, receiver.url, NOW + timedelta(hours=hours))
    assert [alert["kind"] for one in receiver.got for alert in one["alerts"]] == [
        "broken",
        "healed",
    ]
    assert receiver.got[0]["text"] == "suqian\n✗ kjj is silent: kjj!"
    assert receiver.got[0]["alerts"][0]["key"] == "source:kjj"


def test_who_flaps_is_told_of_once(database: Database) -> None:
    told = [judged(database, hours, ("kjj", (SILENT, OK)[hours % 2])) for hours in range(40)]
    assert sum(map(len, told)) == 1


def test_what_is_not_known_is_not_told_as_healed(database: Database) -> None:
    judged(database, 0, ("kjj", BROKEN))
    assert judged(database, 1, ("kjj", UNKNOWN)) == judged(database, 40, ("kjj", UNKNOWN)) == []


def test_many_that_break_at_once_are_one_message(database: Database, receiver: Receiver) -> None:
    judged(database, 0, *((f"s{n}", BROKEN) for n in range(30)))
    assert send(database, receiver.url, NOW) == 30
    (message,) = receiver.got
    assert len(message["alerts"]) == 30
    assert send(database, receiver.url, NOW) == 0


def test_what_does_not_arrive_is_tried_again_later_and_comes_once(
    database: Database, receiver: Receiver
) -> None:
    receiver.status = 503
    judged(database, 0, ("kjj", BROKEN))
    assert send(database, receiver.url, NOW) == 0
    receiver.status = 200
    assert send(database, receiver.url, NOW + timedelta(seconds=30)) == 0
    assert send(database, receiver.url, NOW + timedelta(minutes=2)) == 1
    assert len(receiver.got) == 1


def test_a_receiver_that_is_not_there_costs_nothing_and_its_address_stays_secret(
    database: Database, receiver: Receiver
) -> None:
    judged(database, 0, ("kjj", BROKEN))
    assert send(database, "http://127.0.0.1:9/secret-path", NOW) == 0
    with database.reading() as session:
        from storage.alerts import failing_since

        count, reason = failing_since(session)
    assert count == 1
    assert reason is not None
    assert "secret-path" not in reason


def test_news_of_last_week_is_not_told(database: Database, receiver: Receiver) -> None:
    judged(database, 0, ("kjj", BROKEN))
    late = NOW + timedelta(days=thresholds().alerts.give_up_days, hours=1)
    assert send(database, receiver.url, late) == 0


def test_a_check_that_fails_is_told_and_told_again_when_it_passes(database: Database) -> None:
    def told(level: Level) -> list[str]:
        with database.unit_of_work() as session:
            checks = [Check("disk", level, "3 GB are free", "make room")]
            return [one.kind for one in tell_of_checks(session, checks, NOW)]

    levels = [Level.OK, Level.WARN, Level.FAIL, Level.FAIL, Level.WARN, Level.OK]
    assert [told(level) for level in levels] == [[], [], ["broken"], [], ["healed"], []]
