"""The change feed: numbers without gaps, in the order in which they become visible."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from storage.changes import record_changes
from storage.corpus import Corpus
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


WRITER = """
import os, sys
from datetime import UTC, datetime
from storage.changes import record_changes
from storage.corpus import Corpus
from storage.database import Database

database = Database.open(sys.argv[1])
sys.stdin.readline()
for turn in range(12):
    with database.unit_of_work() as session:
        record_changes(session, [(sys.argv[2], "added"), (sys.argv[2], "revised")], datetime.now(UTC))
        if turn == int(sys.argv[3]):
            session.flush()
            os.kill(os.getpid(), 9)
"""


def test_processes_that_write_at_once_and_die_leave_no_gap(database: Database, url: str) -> None:
    """Three writers, one of which is killed in the middle of a transaction, and a reader that goes
    on from what it has seen last."""
    deaths = {"a": 99, "b": 99, "c": 5}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, url, name, str(death)], stdin=subprocess.PIPE, text=True
        )
        for name, death in deaths.items()
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.close()
    corpus, seen = Corpus(database), 0
    while True:
        running = any(writer.poll() is None for writer in writers)
        for change in corpus.changes(seen):
            assert change.seq == seen + 1
            seen = change.seq
        if not running:
            break
    assert [writer.returncode for writer in writers] == [0, 0, -9]
    assert seen == 2 * (12 + 12 + 5)
    assert numbers(database) == list(range(1, seen + 1))
