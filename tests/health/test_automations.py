"""Prefect's automations on a real server: made from the list, once, and they send."""

import json
import subprocess
import sys
from itertools import count
from typing import Any

import pytest
from prefect.events.schemas.automations import EventTrigger, Posture

from flows.health.automations import _expression, _plain, wanted_automations
from storage.settings import environment_with
from tests.flows.test_service import home, service, start
from tests.health.test_alerts import Receiver, receiver

__all__ = ["home", "receiver", "service", "start"]

PROGRAM = """
import asyncio, json, os, sys, time
from dataclasses import replace
from flows.health.alerts import News
from flows.health.automations import apply_automations, emit, wanted_automations
from prefect import flow

webhook, wanted = sys.argv[1], [replace(one, enabled=True) for one in wanted_automations()]
made = asyncio.run(apply_automations(webhook, wanted))
again = asyncio.run(apply_automations(webhook, wanted))

@flow(name="doomed", retries=0)
def doomed():
    raise ValueError('it says "no"')

time.sleep(float(os.environ["SETTLE"]))
emit(News("source:kjj", "broken", 'kjj is "silent"'))
try:
    doomed()
except ValueError:
    pass
print(json.dumps({"made": made, "again": again}))
"""


def test_a_text_becomes_one_expression_that_quotes_what_stands_in_it() -> None:
    assert _expression("run {{ a.b }} of {{ c }}") == '"run " ~ (a.b) ~ " of " ~ (c)'


def test_the_list_names_what_it_waits_for() -> None:
    wanted = {one.name: one for one in wanted_automations()}
    assert "prefect.flow-run.Crashed" in wanted["suqian-run-failed"].expect
    assert not wanted["suqian-source-health"].enabled


def test_events_in_another_order_are_the_same_automation() -> None:
    one, other = _in_two_orders()
    first, second = _trigger(one), _trigger(other)
    assert list(first.expect) != list(second.expect)
    assert _plain(first) == _plain(second)
    assert _plain(first) != _plain(_trigger(one | {"more"}))


def _in_two_orders() -> tuple[set[str], set[str]]:
    """Two equal sets that are walked in different orders, as equal hashes make them."""
    for number in count():
        names = [f"prefect.flow-run.{number}-{name}" for name in ("Failed", "Crashed", "TimedOut")]
        backwards = names[::-1]
        one, other = set(names), set(backwards)
        if list(one) != list(other):
            return one, other
    raise AssertionError


def _trigger(expect: set[str]) -> EventTrigger:
    # The order of a set outlives its validation only where it is taken as it is.
    return EventTrigger.model_construct(expect=expect, posture=Posture.Reactive)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_they_are_made_once_and_send_what_happens_to_the_webhook(
    service: Any, receiver: Receiver
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, receiver.url],
        env=environment_with({"PREFECT_API_URL": f"{service.prefect}/api", "SETTLE": "3"}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    names = [one.name for one in wanted_automations()]
    assert found == {"made": names, "again": []}
    texts = received(receiver, 2)
    assert 'suqian: kjj is "silent"' in texts
    assert any("doomed" in text and 'it says "no"' in text for text in texts)


def received(receiver: Receiver, count: int) -> list[str]:
    """What arrived, waited for: the server reacts in its own time."""
    import time

    deadline = time.monotonic() + 90
    while len(receiver.got) < count and time.monotonic() < deadline:
        time.sleep(0.2)
    return [str(one["text"]) for one in receiver.got]
