"""A hostile web, crawled by a real child: each case ends as defined, and harms nobody else."""

import pytest

from tests.faults.hostile.run import crawl
from tests.faults.hostile.suite import GROUPS

pytestmark = pytest.mark.usefixtures("cold_child")


@pytest.mark.parametrize("group", GROUPS)
def test_every_hostile_answer_has_the_outcome_that_it_is_defined_to_have(group: str) -> None:
    assert crawl([case for case in GROUPS[group] if not case.heavy]).short == []


def test_no_two_cases_share_a_name_and_there_are_enough_of_them() -> None:
    names = [case.name for cases in GROUPS.values() for case in cases]
    assert len(set(names)) == len(names)
    assert len(names) >= 60
