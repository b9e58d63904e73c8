"""The change feed: numbers without gaps, in the order in which they become visible."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from storage.changes import record_changes
from storage.database import Database
from storage.models import Change

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)


def numbers(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(select(Change.seq).order_by(Change.seq)))


def test_changes_are_numbered_from_one_in_their_order(database: Database) -> None:
    with database.unit_of_work() as session:
        record_changes(session, [("a", "added"), ("b", "added")], NOW)
        record_changes(session, [], NOW)
        record_changes(session, [("a", "revised")], NOW)
    with database.reading() as session:
        rows = session.execute(select(Change.seq, Change.article_id, Change.kind))
        assert list(map(tuple, rows)) == [
            (1, "a", "added"),
            (2, "b", "added"),
            (3, "a", "revised"),
        ]


def test_a_number_that_is_rolled_back_is_given_out_again(database: Database) -> None:
    with pytest.raises(KeyError):
        _record_and_fail(database)
    with database.unit_of_work() as session:
        record_changes(session, [("b", "added")], NOW)
    assert numbers(database) == [1]


def _record_and_fail(database: Database) -> None:
    with database.unit_of_work() as session:
        record_changes(session, [("a", "added"), ("c", "added")], NOW)
        raise KeyError


def test_a_reader_never_sees_a_number_before_a_lower_one(database: Database) -> None:
    """Several writers at once, every third failing; a follower polls all the while."""
    barrier, writing = threading.Barrier(4), threading.Event()

    def write(writer: int) -> None:
        barrier.wait()
        for turn in range(9):
            if turn % 3 == 2:
                with pytest.raises(KeyError):
                    _record_and_fail(database)
                continue
            with database.unit_of_work() as session:
                record_changes(session, [(f"{writer}", "added")] * 2, NOW)

    def follow() -> list[list[int]]:
        barrier.wait()
        seen = []
        while not writing.is_set():
            seen.append(numbers(database))
        return seen

    with ThreadPoolExecutor(4) as pool:
        follower = pool.submit(follow)
        writers = [pool.submit(write, number) for number in range(3)]
        for done in writers:
            done.result()
        writing.set()
        for seen in follower.result():
            assert seen == list(range(1, len(seen) + 1))
    assert numbers(database) == list(range(1, 3 * 6 * 2 + 1))
