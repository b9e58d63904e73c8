"""The search index is made one piece again where that is worth it, a little at a time."""

import pytest

from storage import Corpus, index_pieces
from storage.database import Database
from storage.index_pieces import Pieces, make_one, pieces_of
from tests.storage.in_step import in_step
from tests.storage.samples import Sample, store


@pytest.fixture
def in_pieces(database: Database) -> Database:
    for batch in range(3):
        with database.unit_of_work() as session:
            some = [f"{batch}{number}" for number in range(8)]
            store(session, *(Sample(key=f"a.cn/{n}", body=f"第{n}号公告" * 300) for n in some))
    return database


def test_the_pieces_of_an_index_become_one(
    in_pieces: Database, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    monkeypatch.setattr(index_pieces, "_PAGES", 1)
    if backend == "postgresql":
        assert make_one(in_pieces, rest=rests.append) == 0
        return
    with in_pieces.reading() as session:
        before = pieces_of(session)
    assert len(before.sizes) > 3
    assert before.due
    assert make_one(in_pieces, seconds=0, rest=rests.append) == 0
    assert make_one(in_pieces, rest=rests.append) == len(rests) + 1 > 2
    with in_pieces.reading() as session:
        after = pieces_of(session)
        assert in_step(session)
    assert len(after.sizes) == 1
    assert sum(after.sizes) < sum(before.sizes)
    assert Corpus(in_pieces).search("第17号").total == 1
    assert make_one(in_pieces, rest=rests.append) == 0


@pytest.mark.parametrize(
    ("sizes", "due"),
    [((), False), ((90,), False), ((90, 5, 5), False), ((60, 30), True), ((9,) * 8, True)],
)
def test_it_is_written_anew_where_a_fifth_has_come_to_it(sizes: tuple[int, ...], due: bool) -> None:
    assert Pieces(sizes).due is due


def test_both_formats_of_the_list_are_read() -> None:
    first = bytes([0, 0, 0, 7, 2, 3, 0x82, 0x03, 0, 1, 9, 1, 0x81, 0x00, 0, 2, 4, 1, 5, 5, 6, 6])
    second = bytes([0, 0, 0, 7, 0xFF, 0, 0, 1, 1, 1, 9, 0, 1, 9, 1, 30, 0, 0, 0, 0, 5])
    assert list(index_pieces._sizes(first)) == [128, 5, 1]
    assert list(index_pieces._sizes(second)) == [30]
    assert list(index_pieces._numbers(bytes([0x81] * 8 + [0xFF, 3]))) == [
        int("0000001" * 8 + "11111111", 2),
        3,
    ]


def test_an_empty_index_has_no_pieces(database: Database, backend: str) -> None:
    if backend == "postgresql":
        pytest.skip("PostgreSQL sees to its index by itself")
    with database.reading() as session:
        assert pieces_of(session) == Pieces(())
