"""How well and how fast pages are read, beside bare trafilatura, in one run on the same pages.

    uv run python -m benchmarks.extraction [EVAL_FOLDER]

The folder holds ``pages/``, ``gold.jsonl`` and ``score.py``; by default the one beside the checkout.
"""

import importlib.util
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trafilatura

from crawler.decode import decode
from crawler.extract import extract
from crawler.records import Article, Page

ROUNDS = 5
DEFAULT = Path(__file__).parents[2] / "shared" / "eval"
Reader = Callable[[bytes], dict[str, str | None]]


def ours(body: bytes) -> dict[str, str | None]:
    """Decode to record, the general path, with every field."""
    page = Page(url="file:x", key="x", source="", body=body, fetched_at=datetime.now(UTC))
    found = extract(page)
    if not isinstance(found, Article):
        return {}
    published = str(found.published) if found.published else None
    return {
        "body": found.body,
        "title": found.title,
        "published_at": published,
        "origin": found.origin,
    }


def bare(body: bytes) -> dict[str, str | None]:
    """trafilatura on the whole page, with its metadata."""
    found: Any = trafilatura.bare_extraction(decode(body), with_metadata=True)
    if found is None:
        return {}
    return {
        "body": found.text,
        "title": found.title,
        "published_at": found.date,
        "origin": found.sitename,
    }


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    score = _scorer(folder)
    gold = [json.loads(line) for line in (folder / "gold.jsonl").read_text("utf-8").splitlines()]
    pages = [(folder / row["file"]).read_bytes() for row in gold]
    times = {reader: _seconds(reader, pages) for reader in (bare, ours)}
    print(f"{'':<12}{'body F1':>9}{'title':>8}{'date':>8}{'origin':>8}{'pages/s':>9}")
    for name, reader in (("trafilatura", bare), ("suqian", ours)):
        figures = _figures(score, gold, [reader(page) for page in pages])
        speed = times[bare] / times[reader]
        print(
            f"{name:<12}{figures[0]:>9.4f}{figures[1]:>8.3f}{figures[2]:>8.3f}{figures[3]:>8.3f}{speed:>8.1f}×"
        )


def _scorer(folder: Path) -> Any:
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{folder} has no score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _seconds(reader: Reader, pages: list[bytes]) -> float:
    """The median time for all pages; the rounds of both readers see the same machine."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for page in pages:
            reader(page)
        rounds.append(time.perf_counter() - start)
    return statistics.median(rounds)


def _figures(
    score: Any, gold: list[dict[str, Any]], found: list[dict[str, str | None]]
) -> list[float]:
    def share(name: str, same: Callable[[str, str | None], bool]) -> float:
        pairs = [
            (row[name], one.get(name))
            for row, one in zip(gold, found, strict=True)
            if row.get(name)
        ]
        return statistics.mean(same(expected, value) for expected, value in pairs)

    def equal(expected: str, value: str | None) -> bool:
        return bool(score.fold(expected) == score.fold(value))

    return [
        statistics.mean(
            score.f1(row["body"], one.get("body")) for row, one in zip(gold, found, strict=True)
        ),
        share("title", equal),
        share("published_at", lambda expected, value: expected[:10] == (value or "")[:10]),
        share("origin", equal),
    ]


if __name__ == "__main__":
    main()
