"""Keys of texts: stored once, looked up a bounded number each, forgotten whole."""

import pytest

from storage import fingerprints
from storage.database import Database


def test_texts_are_found_by_any_key_they_share(database: Database) -> None:
    with database.unit_of_work() as session:
        fingerprints.add(session, {1: {10, -20}, 2: {-20, 30}, 3: set()})
        assert fingerprints.sharing(session, {10, -20, 40}, 9) == {10: [1], -20: [1, 2]}


def test_the_widest_keys_are_kept_whole(database: Database) -> None:
    ends = {-(2**31), 2**31 - 1}
    with database.unit_of_work() as session:
        fingerprints.add(session, {7: ends})
        assert fingerprints.sharing(session, ends, 9).keys() == ends


def test_no_more_of_a_key_is_read_than_asked_for(database: Database) -> None:
    with database.unit_of_work() as session:
        fingerprints.add(session, {pk: {5} for pk in range(100)})
        assert len(fingerprints.sharing(session, {5}, 33)[5]) == 33


@pytest.mark.parametrize("count", [0, 1, 12_000])
def test_any_number_of_keys_can_be_asked_for_and_forgotten(database: Database, count: int) -> None:
    keys = set(range(count))
    with database.unit_of_work() as session:
        fingerprints.add(session, {1: keys, 2: {-1}})
        assert fingerprints.sharing(session, keys, 9).keys() == keys
        fingerprints.remove(session, {1: keys})
        assert fingerprints.sharing(session, {*keys, -1}, 9) == {-1: [2]}


def test_keys_left_behind_are_in_nobodys_way(database: Database) -> None:
    with database.unit_of_work() as session:
        fingerprints.add(session, {1: {10}})
        fingerprints.add(session, {1: {10, 11}})
        assert fingerprints.sharing(session, {10, 11}, 9) == {10: [1], 11: [1]}
