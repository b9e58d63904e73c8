"""Row groups that were written apart are those of one file."""

import random
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storage.arrow.schema import ARTICLE
from storage.export.row_groups import join, write_groups


def table(seed: int, rows: int, length: int) -> pa.Table:
    """Articles whose bodies no codec makes smaller."""
    chance = random.Random(seed)
    bodies = [chance.randbytes(length).hex() for _ in range(rows)]
    values = {"body": bodies, "topics": [["水"] * (n % 3) for n in range(rows)]}
    more = {name: [None] * rows for name in ARTICLE.names if name not in values}
    return pa.Table.from_pydict(values | more, schema=ARTICLE)


@pytest.mark.parametrize("lengths", [(10, 20, 30), (3000, 10, 3000, 2000)])
def test_parts_joined_are_one_file_to_every_reader(
    tmp_path: Path, lengths: tuple[int, ...]
) -> None:
    tables = [table(length, 400, length) for length in lengths]
    parts, place = [], 0
    for number, one in enumerate(tables):
        parts.append(tmp_path / str(number))
        assert write_groups([one], parts[-1], place) == 400
        place += parts[-1].stat().st_size
    whole = tmp_path / "whole.parquet"
    join(parts, whole)
    expected = pa.concat_tables(tables)
    assert pq.read_table(whole).equals(expected)
    assert pq.ParquetFile(whole).num_row_groups == len(tables)
    bodies = expected["body"].to_pylist()
    assert pl.read_parquet(whole)["body"].to_list() == bodies
    with duckdb.connect() as asked:
        found = asked.execute(f"SELECT body, len(topics) FROM '{whole}'").fetchall()
    assert found == [(body, n % 400 % 3) for n, body in enumerate(bodies)]


def test_a_part_far_behind_takes_no_more_room(tmp_path: Path) -> None:
    near, far, place = tmp_path / "near", tmp_path / "far", 3 * 2**30 + 7
    one = table(1, 10, 100)
    write_groups([one], near)
    write_groups([one], far, place)
    assert far.stat().st_size == pytest.approx(near.stat().st_size, abs=500)
    said = [pq.read_metadata(file).row_group(0) for file in (near, far)]
    starts = [[group.column(n).data_page_offset for n in range(5)] for group in said]
    # The first file has the four bytes with which every one begins.
    assert starts[1] == [start + place - 4 for start in starts[0]]


def test_no_row_groups_are_a_file_too(tmp_path: Path) -> None:
    assert write_groups([], tmp_path / "none") == 0
    assert pq.read_table(tmp_path / "none").equals(ARTICLE.empty_table())
