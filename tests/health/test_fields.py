"""Fields that are suddenly empty, told from those that were always now and then."""

from random import Random

import pytest

from flows.health.fields import Filled, find_copies, find_rot
from flows.health.thresholds import thresholds

RULES = thresholds().fields


def filled(missing: list[bool], field: str = "title") -> list[Filled]:
    none = dict.fromkeys(("title", "date", "body", "layout"), False)
    return [Filled(**none | {field: one}) for one in missing]


@pytest.mark.parametrize("field", ["title", "date", "body", "layout"])
def test_a_field_that_was_always_there_is_missed_soon(field: str) -> None:
    (rot,) = find_rot(filled([True] * 3 + [False] * 100, field), RULES)
    assert (rot.field, rot.missing, rot.of) == (field, 3, 3)


def test_one_empty_field_is_an_accident() -> None:
    assert find_rot(filled([True] + [False] * 100), RULES) == []


def test_what_was_never_filled_is_not_missed() -> None:
    assert find_rot(filled([True] * 100), RULES) == []


def test_what_is_empty_now_and_then_goes_on_to_be() -> None:
    random = Random(3)
    missing = [random.random() < 0.2 for _ in range(1000)]
    alarms = [find_rot(filled(missing[n : n + 200]), RULES) for n in range(800)]
    assert sum(map(bool, alarms)) == 0


def test_a_flood_of_copies_is_told_from_a_source_that_reprints_much() -> None:
    half = [n % 2 == 0 for n in range(100)]
    assert find_copies(half, RULES) == []
    assert find_copies([True] * 40 + half, RULES)


def test_without_a_past_nothing_is_unusual() -> None:
    assert find_rot(filled([True] * 5), RULES) == []
    assert find_copies([True] * 12, RULES) == []
