"""How fast the corpus is exported, and in how much memory.

    uv run python -m benchmarks.export [--articles 10000 100000] [--backend sqlite|postgresql]

Articles of real length (a Chinese notice has some 1,400 characters, fifty of them digits, and its HTML
beside it) with a dozen tags and their evidence are stored; every tenth prints an office's telephone, every
hundredth a mobile number that is to be masked. Then each format is written by a process of its own, which
tells its time, the processor's time that it used (for a busy machine), both without its start, and the
most memory that it had. The ratio is to walking the same articles as records.
"""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert

from benchmarks.stored import databases
from storage.database import Database
from storage.models import Article, Page, Run, Story, Tag

_CHARACTERS = 1400
_TAGS = 12
_NOW = datetime(2024, 1, 1, tzinfo=UTC)
_WORDS = "宿迁市人民政府关于做好防汛抗旱科技创新农业农村工作的通知各县区委办局现将有关事项如下请认真贯彻执行"
_FIGURES = ("2024年3月12日", "第12号", "35.6%", "1200万元", "2026年", "3000余亩")
_KINDS = ("topic", "place", "organisation", "person", "type", "document")

_FORMATS = ("records", "out.parquet", "months.parquet", "out.csv", "out.jsonl")

_WORK = """
import json, sys, time
from pathlib import Path
import pyarrow
from benchmarks.measuring import own_peak
from storage import Corpus
from storage.export import export
# Where pandas is installed, pyarrow loads it with the first list that it gets.
pyarrow.array([1])
started, before = time.perf_counter(), time.process_time()
with Corpus.open(sys.argv[1]) as corpus:
    if sys.argv[2] == "records":
        count = sum(1 for _ in corpus.articles())
    else:
        path = Path(sys.argv[2])
        count = export(corpus.articles(), path, by_month=path.stem == "months").articles
seconds, own = time.perf_counter() - started, time.process_time() - before
peak = int(own_peak())
print(json.dumps({"articles": count, "seconds": seconds, "own": own, "megabytes": peak}))
"""


def main() -> None:
    """Print a table: rate, memory, ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--only", nargs="+", default=list(_FORMATS), choices=_FORMATS)
    parser.add_argument("--backend", choices=("sqlite", "postgresql"), default="sqlite")
    arguments = parser.parse_args()
    with databases(arguments.backend) as create, TemporaryDirectory() as folder:
        for count in arguments.articles:
            url = create(f"export_{count}")
            _fill(url, count)
            _measure(url, Path(folder), count, arguments.only)


def _measure(url: str, folder: Path, count: int, formats: list[str]) -> None:
    base = 0.0
    for name in formats:
        target = name if name == "records" else str(folder / f"{count}" / name)
        (folder / f"{count}").mkdir(exist_ok=True)
        command = [sys.executable, "-c", _WORK, url, target]
        told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        rate = told["articles"] / told["seconds"]
        base = base or rate
        size = _size(Path(target)) / 1e6
        print(
            f"{told['articles']:>8,} articles  {name:<15} {rate:>9,.0f}/s  {rate / base:5.1f}x  "
            f"{told['articles'] / told['own']:>9,.0f} a second of its own time  "
            f"{told['megabytes']:>5} MB at most  {size:>7,.0f} MB written"
        )


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path] if path.exists() else []
    return sum(file.stat().st_size for file in files if file.is_file())


def _fill(url: str, count: int) -> None:
    database = Database.open(url, create=True)
    run = {"id": "r", "kind": "k", "parameters": {}, "state": "completed", "started_at": _NOW}
    with database.unit_of_work() as session:
        session.execute(insert(Run), [run])
    rng = random.Random(1)
    for first in range(0, count, 1000):
        rows = [_rows(rng, number) for number in range(first, min(first + 1000, count))]
        with database.unit_of_work() as session:
            for table in (Page, Story, Article):
                session.execute(insert(table), [row[table] for row in rows])
            session.execute(insert(Tag), [tag for row in rows for tag in row[Tag]])
    database.close()


def _rows(rng: random.Random, number: int) -> dict[type, Any]:
    key, at = f"suqian.gov.cn/cnsq/{number}.shtml", _NOW + timedelta(minutes=20 * number)
    body = "\n".join(_paragraph(rng) for _ in range(_CHARACTERS // 100)) + _telephone(number)
    url, pk = f"https://www.{key}", number + 1
    page = {"id": pk, "key": key, "url": url, "source": "suqian-gov", "discovered_at": at}
    article = {
        "pk": pk,
        "id": f"{number:016x}",
        "page_id": pk,
        "key": key,
        "url": url,
        "source": f"s{number % 40}",
        "column": "tzgg",
        "title": body[:24],
        "body": body,
        "body_html": "".join(f"<p>{line}</p>" for line in body.split("\n")),
        "published_at": at,
        "published_precision": "minute",
        "origin": "市政府办公室",
        "keywords": [],
        "provenance": {"title": "meta:ArticleTitle", "body": "container"},
        "lang": "zh-Hans",
        "story_id": f"{number:016x}",
        "authority": 1,
        "text_digest": f"{number:064x}",
        "digest": f"{number:064x}",
        "first_seen": at,
        "revised_at": at,
        "warc": f"20240101T000000Z-0a@{number}",
    }
    return {
        Page: page | {"outcome": "new", "outcome_at": at, "run_id": "r"},
        Story: {"id": f"{number:016x}", "canonical_id": f"{number:016x}"},
        Article: article,
        Tag: list(_tags(rng, pk, body)),
    }


def _paragraph(rng: random.Random) -> str:
    """A hundred characters, some of them a figure."""
    figure = rng.choice(_FIGURES)
    text = "".join(rng.choices(_WORDS, k=100 - len(figure)))
    at = rng.randrange(len(text))
    return f"{text[:at]}{figure}{text[at:]}"


def _telephone(number: int) -> str:
    if number % 100 == 0:
        return f"\n联系人王某，电话138{number % 10**8:08}。"
    return f"\n联系电话：0527-8{number % 10**7:07}。" if number % 10 == 0 else ""


def _tags(rng: random.Random, pk: int, body: str) -> Iterator[dict[str, Any]]:
    for number in range(_TAGS):
        kind = _KINDS[number % len(_KINDS)]
        start = rng.randrange(len(body) - 9)
        seen = {"field": "body", "start": start, "end": start + 4, "text": body[start : start + 4]}
        named = {
            "kind": kind,
            "value": f"{kind}/{number}-{pk % 50}",
            "label": body[start : start + 4],
        }
        more = {"score": rng.random(), "evidence": [seen | {"rule": kind}] * 2, "taxonomy": "t1"}
        yield {"article_pk": pk} | named | more


if __name__ == "__main__":
    main()
