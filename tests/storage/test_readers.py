"""One writer and many readers at once: no reader fails, and each sees whole batches only."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from storage import Corpus
from storage.database import Database
from tests.storage.samples import Sample, store

READERS = 8
BATCHES = 6
BATCH = 5


def test_many_read_while_one_writes(database: Database) -> None:
    barrier, written = threading.Barrier(READERS + 1), threading.Event()

    def read() -> list[int]:
        with Corpus.open(database.url) as corpus:
            barrier.wait()
            seen = []
            while not written.is_set():
                seen.append(corpus.count())
                assert len(corpus.changes()) >= seen[-1]
            return [*seen, corpus.count()]

    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read) for _ in range(READERS)]
        barrier.wait()
        try:
            for batch in range(BATCHES):
                with database.unit_of_work() as session:
                    store(session, *(Sample(key=f"a.cn/{batch}-{n}") for n in range(BATCH)))
        finally:
            written.set()
        for reader in readers:
            seen = reader.result()
            assert all(count % BATCH == 0 for count in seen)
            assert all(earlier <= later for earlier, later in pairwise(seen))
            assert seen[-1] == BATCHES * BATCH


def test_a_reader_in_the_middle_of_a_walk_is_in_nobodys_way(database: Database) -> None:
    with database.unit_of_work() as session:
        store(session, Sample(key="a.cn/1"), Sample(key="a.cn/2"))
    with Corpus.open(database.url) as corpus:
        walk = iter(corpus.articles())
        first = next(walk)
        with database.unit_of_work() as session:
            store(session, Sample(key="a.cn/3"))
        if database.engine.dialect.name == "sqlite":
            with database.autocommit() as connection:
                busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
                assert busy == 0
        urls = [first.url, *(one.url for one in walk)]
    assert urls[:2] == ["https://www.a.cn/1", "https://www.a.cn/2"]
