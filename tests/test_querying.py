"""docs/querying.md is a notebook: each of its blocks runs, in its order, on a corpus."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from storage.database import Database
from storage.models import Base
from tests.storage.fresh import fresh
from tests.storage.samples import Sample, store

DOCS = Path(__file__).parent.parent / "docs"
FLOOD = ("topic", "shuili", "水利")
SAMPLES = (
    Sample(key="suqian.gov.cn/1", title="关于防汛工作的通知", tags=(FLOOD,)),
    Sample(key="sq1996.com/2", source="sq1996", story="suqian.gov.cn/1", tags=(FLOOD,)),
    Sample(key="suqian.gov.cn/3", title="防汛演练", published_at=None),
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    url = fresh(tmp_path / "suqian.db")
    database = Database.open(url)
    with database.unit_of_work() as session:
        store(session, *SAMPLES)
    database.close()
    monkeypatch.setenv("SUQIAN_DATABASE_URL", url)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_block_runs(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (DOCS / "querying.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    names["corpus"].close()
    said = capsys.readouterr().out
    assert "关于防汛工作的通知" in said
    assert "['水利']" not in said
    assert "('水利',) meta:ArticleTitle" in said
    assert "1 added" in said
    assert "2026-11 sq1996 1" in said
    assert pq.read_table(home / "corpus.parquet").num_rows == len(SAMPLES)


def test_datasette_is_told_of_tables_that_there_are() -> None:
    known = json.loads((DOCS / "datasette.json").read_text("utf-8"))["databases"]["suqian"][
        "tables"
    ]
    views = {"article_view", "tag_view", "story_view", "source_day", "alembic_version"}
    assert set(known) <= views | set(Base.metadata.tables)
    shown = {name for name in Base.metadata.tables if not known.get(name, {}).get("hidden")}
    assert shown == {"article", "story", "tag", "revision", "withdrawal", "move", "change"}
