"""Prefect's automations: what is made of the list."""

from itertools import count

from prefect.events.schemas.automations import EventTrigger, Posture

from flows.health.automations import _expression, _plain, wanted_automations


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
