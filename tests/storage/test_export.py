"""Export: every article, in three formats, whole or not at all, and on from where it was killed."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from storage.corpus import Corpus, Filters
from storage.database import Database
from storage.errors import BadQuestion, Refused, StorageError
from storage.export import export
from storage.export.spool import Spool
from storage.export.text import CSV_COLUMNS
from tests.storage.samples import Sample, store

WATER = ("topic", "t/水", "水")
SAMPLES = [
    Sample(key="a", title="甲", published_at=datetime(2026, 7, 31, 15, tzinfo=UTC), tags=(WATER,)),
    Sample(key="b", title="乙", source="other", story="a"),
    Sample(
        key="c", title='=HYPERLINK("http://x")', body='行一\n行二\u2028行三,“”"', published_at=None
    ),
    Sample(key="d", title="＋丁", published_at=datetime(2026, 7, 31, 16, tzinfo=UTC)),
]
TITLES = [one.title for one in SAMPLES]


@pytest.fixture
def corpus(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Corpus]:
    """A part has two articles, so that there are several, and is read in two steps."""
    monkeypatch.setattr("storage.export.text._PART", 2)
    monkeypatch.setattr("storage.export.parquet._GROUP", 2)
    monkeypatch.setattr("storage.export.parquet._BATCH", 1)
    with database.unit_of_work() as session:
        store(session, *SAMPLES)
    with Corpus.open(database.url) as opened:
        yield opened


def asked_of_duckdb(question: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(question).fetchall()


def left_over(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if one.name.startswith("."))


# --- the formats --------------------------------------------------------------------------------


def test_json_lines_hold_every_article_whole_reprints_included(
    corpus: Corpus, tmp_path: Path
) -> None:
    path, heard = tmp_path / "语料.jsonl", []
    done = export(corpus.articles(), path, on_part=lambda *now: heard.append(now))
    assert (done.articles, done.resumed, heard) == (4, 0, [(0, 4), (2, 4), (4, 4)])
    lines = [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]
    assert lines == [json.loads(json.dumps(one.as_dict())) for one in corpus.articles()]
    assert left_over(tmp_path) == []


def test_parquet_holds_what_the_articles_are_as_a_table(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    assert export(corpus.articles(), path).articles == 4
    assert pq.read_table(path).equals(corpus.articles().to_arrow())
    assert left_over(tmp_path) == []


def test_parquet_opens_in_duckdb_polars_and_pandas(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    export(corpus.articles(), path)
    asked = (
        f"SELECT title, tags[1].evidence[1].rule FROM '{path}' WHERE list_contains(topics, '水')"
    )
    assert asked_of_duckdb(asked) == [("甲", "t/水")]
    assert pl.read_parquet(path)["title"].to_list() == TITLES
    assert pd.read_parquet(path)["title"].tolist() == TITLES


def test_months_are_folders_that_every_reader_understands(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    assert export(corpus.articles(), path, by_month=True).articles == 4
    folders = [
        "month=2026-07",
        "month=2026-08",
        "month=2026-11",
        "month=__HIVE_DEFAULT_PARTITION__",
    ]
    assert sorted(one.name for one in path.iterdir()) == folders
    assert [one.name for one in path.glob("*/*")] == ["part-0.parquet"] * 4
    asked = f"SELECT title FROM read_parquet('{path}/*/*.parquet') WHERE month = '2026-07'"
    assert asked_of_duckdb(asked) == [("甲",)]
    frame = pl.read_parquet(path)
    assert sorted(frame["title"].to_list()) == sorted(TITLES)
    assert pd.read_parquet(path, filters=[("month", "==", "2026-08")])["title"].tolist() == ["＋丁"]
    assert export(corpus.articles(Filters(topic="水")), path, by_month=True).articles == 1
    assert [one.name for one in path.iterdir()] == ["month=2026-07"]
    assert left_over(tmp_path) == []


def test_csv_is_what_excel_reads_and_no_cell_is_a_formula(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    assert export(corpus.articles(), path).articles == 4
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfid,url,title,")
    assert b"\r\n" in raw
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["title"] for row in rows] == ["甲", "乙", '\'=HYPERLINK("http://x")', "'＋丁"]
    assert rows[2]["body"] == SAMPLES[2].body
    assert list(rows[0]) == list(CSV_COLUMNS)
    assert (rows[0]["topics"], rows[0]["needs_ocr"]) == ("水", "false")
    assert asked_of_duckdb(f"SELECT count(*) FROM read_csv('{path}')") == [(4,)]
    assert pl.read_csv(path)["title"].to_list() == [row["title"] for row in rows]
    assert pd.read_csv(path)["title"].tolist() == [row["title"] for row in rows]


# --- which articles -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
def test_filters_queries_and_stories_narrow_an_export(
    corpus: Corpus, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    assert export(corpus.articles(Filters(source="other")), path).articles == 1
    assert export(corpus.articles(canonical=True), path).articles == 3
    assert export(corpus.articles(query="行二"), path).articles == 1
    assert export(corpus.articles(query="天下无此文"), path).articles == 0
    assert path.exists()


# --- when something dies ------------------------------------------------------------------------


class Killed(StorageError):
    """Stands for a kill between two parts."""


class Killer:
    def __init__(self, parts: int) -> None:
        self.left = parts

    def __call__(self, done: int, total: int) -> None:
        if self.left == 0:
            raise Killed
        self.left -= 1


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet", "months.parquet"])
@pytest.mark.parametrize("parts", [0, 1])
def test_a_killed_export_leaves_the_old_file_and_is_gone_on_with(
    corpus: Corpus, database: Database, tmp_path: Path, name: str, parts: int
) -> None:
    months = name == "months.parquet"
    path, whole = tmp_path / name, tmp_path / f"whole-{name}"
    export(corpus.articles(), whole, by_month=months)
    with pytest.raises(Killed):
        export(corpus.articles(), path, by_month=months, on_part=Killer(parts))
    assert not path.exists()
    with database.unit_of_work() as session:
        store(session, Sample(key="later", body="后来", published_at=None))
    again = export(corpus.articles(), path, by_month=months)
    assert again.articles == 4
    assert (again.resumed > 0) == (parts == 1)
    assert content(path) == content(whole)
    assert left_over(tmp_path) == []


def content(path: Path) -> object:
    if path.suffix == ".parquet":
        return sorted(pq.read_table(path).to_pylist(), key=lambda row: str(row["id"]))
    return path.read_bytes()


def test_another_export_begins_anew(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with pytest.raises(Killed):
        export(corpus.articles(), path, on_part=Killer(1))
    done = export(corpus.articles(canonical=True), path)
    assert (done.articles, done.resumed) == (3, 0)


def test_parts_of_an_earlier_version_are_not_gone_on_with(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.parquet"
    with monkeypatch.context() as earlier:
        earlier.setattr("storage.export.spool._LAYOUT", 1)
        with pytest.raises(Killed):
            export(corpus.articles(), path, on_part=Killer(1))
    assert export(corpus.articles(), path).resumed == 0


def test_a_process_that_is_killed_is_gone_on_with(corpus: Corpus, url: str, tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    program = f"""
import os, signal
from pathlib import Path
import storage.export.parquet as parquet
from storage import Corpus
from storage.export import export
parquet._GROUP = 1
def die(done, total):
    if done == 3:
        os.kill(os.getpid(), signal.SIGKILL)
export(Corpus.open({url!r}).articles(), Path({str(path)!r}), on_part=die)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    done = export(corpus.articles(), path)
    assert (done.articles, done.resumed) == (4, 3)
    assert pq.read_table(path)["title"].to_pylist() == TITLES


class Ended(BaseException):
    """The process ends here."""


def killed_at_rename(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let the process end where it would rename a file or folder for that time."""
    real, left = Path.replace, iter(range(number))

    def renamed(self: Path, target: Path) -> Path:
        if next(left, None) is None:
            raise Ended
        return real(self, target)

    monkeypatch.setattr(Path, "replace", renamed)


def test_a_kill_at_any_rename_costs_no_article_of_a_month(
    database: Database, corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.export.parquet._MONTH_FILE", 1)
    with database.unit_of_work() as session:
        same_month = [replace(SAMPLES[3], key=key, title=key) for key in ("e", "f")]
        store(session, *same_month)
    whole = len(SAMPLES) + len(same_month)
    for number in range(100):
        path = tmp_path / f"{number}.parquet"
        try:
            with monkeypatch.context() as patch:
                killed_at_rename(patch, number)
                export(corpus.articles(), path, by_month=True)
        except Ended:
            assert export(corpus.articles(), path, by_month=True).articles == whole
            counted = f"SELECT count(*), count(DISTINCT id) FROM '{path}/*/*.parquet'"
            assert asked_of_duckdb(counted) == [(whole, whole)], number
        else:
            break
    assert number > 2 * whole


def test_two_exports_of_one_file_do_not_meet(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    request = corpus.articles().description | {"by_month": False}
    with Spool.open(path, request), pytest.raises(Refused, match="another export is writing"):
        export(corpus.articles(), path)


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["no/such/folder.jsonl", "no/folder.parquet"])
def test_a_place_that_cannot_be_written_is_refused(
    corpus: Corpus, tmp_path: Path, name: str
) -> None:
    with pytest.raises(Refused, match="choose another place"):
        export(corpus.articles(), tmp_path / name)


def test_a_folder_of_somebody_else_is_left_alone(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    path.mkdir()
    (path / "letters.txt").write_text("mine")
    for by_month in (True, False):
        with pytest.raises(Refused, match="is a folder"):
            export(corpus.articles(), path, by_month=by_month)
    assert (path / "letters.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["out.xlsx", "out", "out.csv.gz"])
def test_a_name_of_no_format_is_refused(corpus: Corpus, tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused, match=r"\.parquet, \.jsonl, \.csv"):
        export(corpus.articles(), tmp_path / name)


def test_only_parquet_has_months(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="only Parquet"):
        export(corpus.articles(), tmp_path / "out.csv", by_month=True)


def test_a_bad_question_leaves_nothing(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(BadQuestion):
        export(corpus.articles(query='"' * 500), tmp_path / "out.csv")


def test_parquet_without_its_library_names_the_extra(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(Refused, match=r"pip install 'suqian\[arrow\]'"):
        export(corpus.articles(), tmp_path / "out.parquet")
    assert export(corpus.articles(), tmp_path / "out.csv").articles == 4
