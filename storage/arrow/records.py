"""Records as Arrow tables: what a search has found, what was counted."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pyarrow as pa

from storage.arrow.schema import ARTICLE
from storage.records import CITY_TIME, Article, Counts

_TIMES = ("published_at", "first_seen", "withdrawn_at")


def article_table(articles: Iterable[Article]) -> pa.Table:
    """Articles as a table of `ARTICLE`."""
    return pa.Table.from_pylist([_row(one) for one in articles], schema=ARTICLE)


def _row(article: Article) -> dict[str, Any]:
    row = article.as_dict()
    written = article.published_at
    precision = written and ("day" if len(written) == len("2026-07-31") else "time")
    origins = [{"field": name, "origin": value} for name, value in article.provenance.items()]
    times = {name: _time(row[name]) for name in _TIMES}
    return row | times | {"published_precision": precision, "provenance": origins}


def _time(written: str | None) -> datetime | None:
    at = datetime.fromisoformat(written) if written else None
    return at.replace(tzinfo=CITY_TIME) if at and at.tzinfo is None else at


def count_table(counts: Counts) -> pa.Table:
    """Counts as a table: a column for each thing that is counted by, and ``count``."""
    schema = pa.schema([*((name, pa.string()) for name in counts.by), ("count", pa.int64())])
    return pa.Table.from_pylist(list(counts.rows()), schema=schema)
