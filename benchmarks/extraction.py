"""How well and how fast pages are read, beside others, in one run on the same pages.

    uv run python -m benchmarks.extraction [EVAL_FOLDER] [--rounds N] [--no-peers] [--worst N]

The folder holds ``pages/``, ``gold.jsonl`` and ``score.py``; by default ``shared/eval`` beside the checkout
or above it.
Bare trafilatura and ours take turns in this process; the peers run from PyPI, each in an environment
of its own. Speed is of one core's time (the processor's, not the wall's), against bare trafilatura;
from decoded text for the peers, from bytes for the others.
"""

import argparse
import importlib.util
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import trafilatura
from lxml.etree import _Element as Element
from rich.console import Console
from rich.table import Table
from trafilatura.meta import reset_caches

from benchmarks.measuring import Scale, in_turns, peer
from benchmarks.results import Figure, Findings, Goal, ratios
from benchmarks.samples import Sample, sample, saved
from crawler.blocks import han_length, inner_text, parse
from crawler.catalogue import ArticleLayout
from crawler.decode import decode
from crawler.explain import selector_of
from crawler.extract import Reading, extract
from crawler.records import Article, Page

PEER_PACKAGES = {"read_gne.py": ["gne"], "read_newspaper.py": ["newspaper4k[zh]"]}
Record = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Contender:
    """A reader, what it made of the pages, and how long that took each round."""

    name: str
    version: str
    records: Sequence[Record]
    rounds: Sequence[float]

    @property
    def seconds(self) -> float:
        """The middle of its rounds."""
        return statistics.median(self.rounds)


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
    found = saved(options.folder) if options.folder else sample()
    if found.folder is None:
        raise SystemExit("no evaluation pages are here: name their folder")
    gold, pages = found.gold, found.pages
    contenders = _in_turns(pages, options.rounds)
    if not options.no_peers:
        contenders[1:1] = [_peer(script, pages, options.rounds) for script in PEER_PACKAGES]
    score = _scorer(found.folder)
    _print(score, gold, contenders)
    bodies = [one.get("body") for one in contenders[-2].records]
    worst = sorted(
        (score.f1(row["body"], body), row["file"]) for row, body in zip(gold, bodies, strict=True)
    )
    for value, file in worst[: options.worst]:
        print(f"{value:.3f} {file}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--worst", type=int, default=3, help="pages of ours to name")
    return parser.parse_args()


_BARE, _OURS, _DECLARED, _PARSE = "trafilatura", "suqian", "suqian, declared container", "lxml"


def _in_turns(pages: list[bytes], rounds: int) -> list[Contender]:
    """Bare trafilatura and ours, both ways: each round of all of them sees the same machine."""
    layouts = [declared(page) for page in pages]
    readers: dict[str, Callable[[], list[Record]]] = {
        _BARE: lambda: [bare(page) for page in pages],
        _OURS: lambda: [ours(page) for page in pages],
        _DECLARED: lambda: [
            ours(page, layout) for page, layout in zip(pages, layouts, strict=True)
        ],
    }
    records: dict[str, list[Record]] = {}

    def turn(name: str) -> None:
        reset_caches()  # nobody reads a page twice: what the last round left counts for nothing
        records[name] = readers[name]()

    spent = in_turns({name: partial(turn, name) for name in readers}, rounds)
    versions = {name: version(name.partition(",")[0]) for name in readers}
    return [
        Contender(name, versions[name], records[name], [one.cpu for one in spent[name]])
        for name in readers
    ]


def _peer(script: str, pages: list[bytes], rounds: int) -> Contender:
    packages = PEER_PACKAGES[script]
    answer = peer(
        script, packages, {"pages": [decode(page).text for page in pages], "rounds": rounds}
    )
    name = packages[0].partition("[")[0]
    return Contender(name, answer["version"], answer["records"], answer["seconds"])


def row(scale: Scale) -> Findings:
    """Ours both ways beside bare trafilatura and two peers, and lxml's parse of the same bytes."""
    found = sample()
    rounds = scale.of(7, 2)
    bare_one, general, with_container = _in_turns(found.pages, rounds)
    peers = [_peer(script, found.pages, min(rounds, 3)) for script in PEER_PACKAGES]
    floor = in_turns({_PARSE: lambda: [parse(decode(page).text) for page in found.pages]}, rounds)
    parsing = [one.cpu for one in floor[_PARSE]]
    figures = [
        ratios("general path: speed of trafilatura", bare_one.rounds, general.rounds, Goal(8)),
        ratios("declared container: the same", bare_one.rounds, with_container.rounds, Goal(12)),
        *(
            Figure(f"general path: speed of {one.name}", (one.seconds / general.seconds,))
            for one in peers
        ),
        *_milliseconds([bare_one, general, with_container, *peers], len(found.pages)),
        Figure(
            "decoding and lxml's parse",
            tuple(1000 * s / len(found.pages) for s in parsing),
            "ms a page",
        ),
        ratios("decoding and parse: speed of trafilatura", bare_one.rounds, parsing),
        *_quality(found, [bare_one, general, with_container]),
    ]
    versions = {one.name: one.version for one in (bare_one, *peers)} | {"lxml": version("lxml")}
    return Findings(tuple(figures), versions=versions, notes=(found.note + _NOTE,))


_NOTE = (
    " Processor time of one core. trafilatura's caches are emptied before each round. No reader that "
    "builds lxml's tree of the whole page can be quicker than its parse."
)


def _milliseconds(contenders: Sequence[Contender], pages: int) -> list[Figure]:
    return [
        Figure(one.name, tuple(1000 * seconds / pages for seconds in one.rounds), "ms a page")
        for one in contenders
    ]


def _quality(found: Sample, contenders: Sequence[Contender]) -> list[Figure]:
    """The body's mean F1, where it is known what the pages say."""
    if found.folder is None:
        return []
    score = _scorer(found.folder)
    return [
        Figure(
            f"{one.name}: F1 of the body",
            (
                statistics.mean(
                    score.f1(known["body"], said.get("body"))
                    for known, said in zip(found.gold, one.records, strict=True)
                ),
            ),
            "",
        )
        for one in contenders
    ]


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
        table.add_row(
            f"{one.name} {one.version}", *_figures(score, gold, one.records), f"{ms:.1f}", speed
        )
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
