"""The hand-labelled sample: texts of three kinds, each with the tags that a reader gives it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import yaml

from crawler.demo import texts

LABELS = Path(__file__).parent / "labels"
PAGES = Path(__file__).parents[2] / "shared" / "eval" / "gold.jsonl"
KINDS: Mapping[str, str] = {
    "topic": "topics",
    "place": "places",
    "organisation": "organisations",
    "person": "people",
}
_DAY = date(2025, 7, 1)


@dataclass(frozen=True)
class Example:
    """A text and its labels."""

    key: str
    title: str
    body: str
    day: date
    gold: Mapping[str, frozenset[str]]
    """Kind → labels that must be found."""
    maybe: Mapping[str, frozenset[str]]
    """Kind → labels that a reader would take or leave: neither right nor wrong."""
    held_out: bool
    """Whether nothing may be tuned on it."""


@dataclass(frozen=True)
class Sample:
    """All examples, and the keys of those whose text is not there or not what was labelled."""

    examples: list[Example] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def load_sample(parents: Mapping[str, str], pages: Path = PAGES) -> Sample:
    """The whole sample; `parents` maps a topic's label to the wider one's, which it implies."""
    sample = Sample()
    for name, found in (
        ("pages", _pages(pages)),
        ("replica", _replica()),
        ("passages", _passages()),
    ):
        for number, entry in enumerate(_labels(name)):
            key = entry.get("key", f"{name}-{number}")
            text = found.get(str(key))
            if text is None or _changed(entry, text):
                sample.missing.append(key)
            else:
                sample.examples.append(_example(key, text, entry, parents, held_out=number % 2 > 0))
    return sample


def _labels(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load((LABELS / f"{name}.yaml").read_text("utf-8"))
    return entries


def _changed(entry: dict[str, Any], text: tuple[str, str, date]) -> bool:
    digest = sha256(f"{text[0]}\n{text[1]}".encode()).hexdigest()[:12]
    return bool(entry.get("digest", digest) != digest)


def _example(
    key: str,
    text: tuple[str, str, date],
    entry: dict[str, Any],
    parents: Mapping[str, str],
    *,
    held_out: bool,
) -> Example:
    gold = {kind: frozenset(entry[name]) for kind, name in KINDS.items()}
    maybe = {kind: frozenset(entry.get(f"maybe_{name}", ())) for kind, name in KINDS.items()}
    gold["topic"] |= {parents[label] for label in gold["topic"] if label in parents}
    maybe["topic"] |= {parents[label] for label in maybe["topic"] if label in parents}
    return Example(key, *text, gold, maybe, held_out)


def _pages(path: Path) -> dict[str, tuple[str, str, date]]:
    """The saved pages, which are not part of the project."""
    if not path.exists():
        return {}
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return {Path(row["file"]).name: (row["title"], row["body"], _DAY) for row in rows}


def _replica() -> dict[str, tuple[str, str, date]]:
    return {entry["key"]: _written(entry["key"]) for entry in _labels("replica")}


def _written(key: str) -> tuple[str, str, date]:
    """The text whose form and seed a key names."""
    day = date(2024, 1, 15) + timedelta(days=Random(f"{key}day").randrange(900))
    text = texts.write(key.rpartition("-")[0], day, Random(key))
    return text.title, "\n".join(text.paragraphs), day


def _passages() -> dict[str, tuple[str, str, date]]:
    entries = enumerate(_labels("passages"))
    return {f"passages-{number}": (one["title"], one["body"], _DAY) for number, one in entries}


def wider_topics(topics: Mapping[str, Any]) -> dict[str, str]:
    """A topic's label → the label of the wider one."""
    return dict(_wider(topics))


def _wider(topics: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for topic in topics.values():
        if topic.parent:
            yield topic.label, topics[topic.parent].label
