"""What was broken on purpose is found, and put right where the archive allows.

`python -m tests.faults.corruptions` plants each one by itself.
"""

import pytest

from flows.app import App
from flows.forgetting import find_remains, forget
from flows.verify.run import verify
from tests.faults.planted import CORRUPTIONS, corpus_of

REPAIRED = [one for one in CORRUPTIONS if one.repaired]
NAMED = [one for one in CORRUPTIONS if not one.repaired]


def test_every_corruption_that_can_be_undone_is(stored: App) -> None:
    assert verify(stored).found == []
    before = corpus_of(stored)
    for corruption in REPAIRED:
        corruption.plant(stored)
    report = verify(stored, repair=True)
    assert {one.kind for one in report.found} >= {one.kind for one in REPAIRED}
    assert report.left == []
    assert corpus_of(stored) == before
    assert verify(stored).found == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_every_corruption_that_cannot_be_undone_says_what_to_do(stored: App) -> None:
    before = corpus_of(stored)
    for corruption in NAMED:
        corruption.plant(stored)
    report = verify(stored, repair=True)
    assert {one.kind for one in report.left} == {one.kind for one in NAMED}
    assert all(one.advice for one in report.left)
    assert corpus_of(stored) == before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_forgotten_is_no_corruption(stored: App) -> None:
    address = str(corpus_of(stored)[0]["url"])
    forget(stored, find_remains(stored, address), "because")
    assert verify(stored).found == []
