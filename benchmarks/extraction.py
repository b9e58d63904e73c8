"""How well and how fast pages are read, beside others, in one run on the same pages.

    uv run python -m benchmarks.extraction [EVAL_FOLDER] [--rounds N] [--no-peers] [--worst N]

The folder holds ``pages/``, ``gold.jsonl`` and ``score.py``; by default the one beside the checkout.
Bare trafilatura and ours take turns in this process; the peers run from PyPI, each in an environment
of its own. Speed is of one core's time (the processor's, not the wall's), against bare trafilatura;
from decoded text for the peers, from bytes for the others.
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import trafilatura
from lxml.etree import _Element as Element
from rich.console import Console
from rich.table import Table
from trafilatura.meta import reset_caches

from crawler.blocks import han_length, inner_text, parse
from crawler.catalogue import ArticleLayout
from crawler.decode import decode
from crawler.explain import selector_of
from crawler.extract import Reading, extract
from crawler.records import Article, Page

DEFAULT = Path(__file__).parents[2] / "shared" / "eval"
PEERS = Path(__file__).with_name("peers")
PEER_PACKAGES = {"read_gne.py": ["gne"], "read_newspaper.py": ["newspaper4k[zh]"]}
Record = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Contender:
    """A reader, what it made of the pages, and how long that took."""

    name: str
    records: Sequence[Record]
    seconds: float


def page_of(body: bytes) -> Page:
    """A saved page, without an address that could tell anything."""
    return Page(url="file:x", key="x", source="", body=body, fetched_at=datetime.now(UTC))


def ours(body: bytes, layout: ArticleLayout | None = None) -> Record:
    """Decode to record, with every field."""
    found = extract(page_of(body), layout)
    if not isinstance(found, Article):
        return {}
    published = str(found.published) if found.published else None
    return {
        "body": found.body,
        "title": found.title,
        "published_at": published,
        "origin": found.origin,
    }


def bare(body: bytes) -> Record:
    """trafilatura on the whole page, with its metadata."""
    found: Any = trafilatura.bare_extraction(decode(body).text, with_metadata=True)
    if found is None:
        return {}
    return {
        "body": found.text,
        "title": found.title,
        "published_at": found.date,
        "origin": found.sitename,
    }


def declared(body: bytes) -> ArticleLayout:
    """A layout that names the container of a page, as a catalogue would."""
    container = Reading(page_of(body), None).document.body
    if container is None:
        return ArticleLayout()
    css = selector_of(container)
    # Scripts and menus are still in this tree: the container is the one that says the same.
    root, said = parse(decode(body).text), han_length(inner_text(container))
    alike = [one for one in root.iter(str(container.tag)) if selector_of(one) == css]
    same = min(alike, key=lambda one: abs(han_length(inner_text(one)) - said))
    return ArticleLayout(bodies=(_path(same),))


def _path(element: Element) -> str:
    """A selector that finds one element of a page and no other."""
    parent = element.getparent()
    if parent is None:
        return str(element.tag)
    return f"{_path(parent)} > {element.tag}:nth-child({parent.index(element) + 1})"


def main() -> None:
    """Print the table."""
    options = _options()
    rows = (options.folder / "gold.jsonl").read_text("utf-8").splitlines()
    gold = [json.loads(row) for row in rows]
    pages = [(options.folder / row["file"]).read_bytes() for row in gold]
    contenders = _in_turns(pages, options.rounds)
    if not options.no_peers:
        contenders[1:1] = [_peer(script, pages, options.rounds) for script in PEER_PACKAGES]
    score = _scorer(options.folder)
    _print(score, gold, contenders)
    bodies = [one.get("body") for one in contenders[-2].records]
    worst = sorted(
        (score.f1(row["body"], body), row["file"]) for row, body in zip(gold, bodies, strict=True)
    )
    for value, file in worst[: options.worst]:
        print(f"{value:.3f} {file}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--worst", type=int, default=3, help="pages of ours to name")
    return parser.parse_args()


def _in_turns(pages: list[bytes], rounds: int) -> list[Contender]:
    """Bare trafilatura and ours, both ways: each round of all of them sees the same machine."""
    layouts = [declared(page) for page in pages]
    readers: dict[str, Callable[[], list[Record]]] = {
        f"trafilatura {version('trafilatura')}": lambda: [bare(page) for page in pages],
        "suqian": lambda: [ours(page) for page in pages],
        "suqian, declared container": lambda: [
            ours(page, layout) for page, layout in zip(pages, layouts, strict=True)
        ],
    }
    times: dict[str, list[float]] = {name: [] for name in readers}
    records: dict[str, list[Record]] = {}
    for _ in range(rounds):
        for name, reader in readers.items():
            reset_caches()  # nobody reads a page twice: what the last round left counts for nothing
            start = time.process_time()
            records[name] = reader()
            times[name].append(time.process_time() - start)
    return [Contender(name, records[name], statistics.median(times[name])) for name in readers]


def _peer(script: str, pages: list[bytes], rounds: int) -> Contender:
    packages = PEER_PACKAGES[script]
    command = ["uv", "run", "--quiet", "--isolated", "--no-project"]
    command += [part for package in packages for part in ("--with", package)]
    task = json.dumps({"pages": [decode(page).text for page in pages], "rounds": rounds})
    done = subprocess.run(
        [*command, "python", str(PEERS / script)],
        input=task,
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    name = packages[0].partition("[")[0]
    return Contender(f"{name} {answer['version']}", answer["records"], answer["seconds"])


def _scorer(folder: Path) -> Any:
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{folder} has no score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _print(score: Any, gold: list[dict[str, Any]], contenders: Sequence[Contender]) -> None:
    table = Table("", "body F1", "worst", "title", "date", "origin", "ms a page", "speed")
    for one in contenders:
        ms = 1000 * one.seconds / len(gold)
        speed = f"{contenders[0].seconds / one.seconds:.1f}×"
        table.add_row(one.name, *_figures(score, gold, one.records), f"{ms:.1f}", speed)
    Console().print(table)


def _figures(score: Any, gold: list[dict[str, Any]], found: Sequence[Record]) -> list[str]:
    pairs = list(zip(gold, found, strict=True))
    bodies = [score.f1(row["body"], one.get("body")) for row, one in pairs]
    shares = [
        statistics.mean(
            same(score, row[name], one.get(name)) for row, one in pairs if row.get(name)
        )
        for name, same in (("title", _equal), ("published_at", _same_day), ("origin", _equal))
    ]
    values = [statistics.mean(bodies), min(bodies), *shares]
    return [f"{value:.4f}" if value is values[0] else f"{value:.3f}" for value in values]


def _equal(score: Any, expected: str, found: str | None) -> bool:
    return bool(score.fold(expected) == score.fold(found))


def _same_day(_: Any, expected: str, found: str | None) -> bool:
    return expected[:10] == (found or "")[:10]


if __name__ == "__main__":
    main()
