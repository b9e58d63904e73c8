"""One Parquet file of several: every reader reads in it what it reads in them."""

from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storage.export.footer import join

SCHEMA = pa.schema(
    [
        ("number", pa.int64()),
        ("few", pa.string()),
        ("text", pa.string()),
        ("is", pa.bool_()),
        ("lists", pa.list_(pa.struct([("a", pa.int64()), ("b", pa.list_(pa.float64()))]))),
    ]
)


def table(first: int, rows: int) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "number": one,
                "few": f"值{one % 3}",
                "text": None if one % 5 == 0 else "文" * (one % 40),
                "is": one % 2 == 0,
                "lists": [{"a": one, "b": [0.5]}] * (one % 3),
            }
            for one in range(first, first + rows)
        ],
        SCHEMA,
    )


def written(folder: Path, *sizes: tuple[int, int]) -> list[Path]:
    """Files of so many rows, in row groups of so many."""
    first, paths = 0, []
    for rows, group in sizes:
        path = folder / f"{first}-{rows}.part"
        pq.write_table(table(first, rows), path, row_group_size=group, use_dictionary=["few"])
        first += rows
        paths.append(path)
    return paths


@pytest.mark.parametrize("sizes", [[(7, 7)], [(20, 3), (1, 1), (40, 2)], [(9, 1)] * 20])
def test_the_file_holds_the_rows_of_its_parts_for_every_reader(
    tmp_path: Path, sizes: list[tuple[int, int]]
) -> None:
    path = tmp_path / "whole.parquet"
    join(path, written(tmp_path, *sizes))
    rows = sum(one for one, _ in sizes)
    expected = table(0, rows)
    assert pq.read_table(path).equals(expected)
    assert pl.read_parquet(path).to_arrow().column("number").to_pylist() == list(range(rows))
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT number, text, lists FROM '{path}'").fetchall()
        some = connection.execute(f"SELECT count(*) FROM '{path}' WHERE number >= 5").fetchone()
    assert found == [(one["number"], one["text"], one["lists"]) for one in expected.to_pylist()]
    assert some == (rows - 5,)


def test_what_the_parts_say_of_their_columns_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "whole.parquet"
    parts = written(tmp_path, (20, 20), (30, 30))
    join(path, parts)
    whole = pq.read_metadata(path)
    assert (whole.num_rows, whole.num_row_groups) == (50, 2)
    assert whole.metadata == pq.read_metadata(parts[0]).metadata
    for number, part in enumerate(map(pq.read_metadata, parts)):
        for column in range(whole.num_columns):
            ours, theirs = whole.row_group(number).column(column), part.row_group(0).column(column)
            assert ours.statistics == theirs.statistics
            assert ours.encodings == theirs.encodings


def test_parts_without_rows_add_none(tmp_path: Path) -> None:
    path = tmp_path / "whole.parquet"
    join(path, written(tmp_path, (0, 1), (3, 3), (0, 1)))
    assert pq.read_table(path).equals(table(0, 3))
