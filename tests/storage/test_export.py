"""Export: every article, whole lines, the file whole or not at all."""

import json
from pathlib import Path

import pytest

from storage.corpus import Corpus, Filters
from storage.database import Database
from storage.errors import Refused, StorageError
from storage.export import export_jsonl
from tests.storage.samples import Sample, store

SAMPLES = [
    Sample(key="a", title="甲"),
    Sample(key="b", title="乙", source="other", story="a"),
    Sample(key="c", body="行一\n行二\u2028行三"),
]


@pytest.fixture
def corpus(database: Database) -> Corpus:
    with database.unit_of_work() as session:
        store(session, *SAMPLES)
    return Corpus(database)


def test_every_article_is_one_line_reprints_included(corpus: Corpus, tmp_path: Path) -> None:
    seen: list[None] = []
    path = tmp_path / "语料.jsonl"
    assert export_jsonl(corpus, path, on_article=lambda: seen.append(None)) == 3
    lines = [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]
    assert lines == [json.loads(json.dumps(one.as_dict())) for one in corpus.articles()]
    assert len(seen) == 3
    assert list(tmp_path.glob("*.part")) == list(tmp_path.glob(".*.part")) == []


def test_filters_narrow_an_export(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    assert export_jsonl(corpus, path, Filters(source="other")) == 1
    assert json.loads(path.read_text("utf-8"))["title"] == "乙"


def test_an_export_that_fails_leaves_the_old_file(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("old")

    def fail() -> None:
        raise StorageError("half-way")

    with pytest.raises(StorageError, match="half-way"):
        export_jsonl(corpus, path, on_article=fail)
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".part"] == []


@pytest.mark.parametrize("name", ["no/such/folder.jsonl", "."])
def test_a_place_that_cannot_be_written_is_refused(
    corpus: Corpus, tmp_path: Path, name: str
) -> None:
    with pytest.raises(Refused, match="choose another place"):
        export_jsonl(corpus, tmp_path / name)
