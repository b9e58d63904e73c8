"""Real pages against their gold records: as they are, and with the hints taken out that they give."""

import importlib.util
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from lxml import etree
from lxml.etree import _Element as Element

from crawler.blocks import parse
from crawler.decode import decode
from crawler.extract import extract
from crawler.records import Article, Page

EVAL = Path(__file__).parents[3] / "shared" / "eval"
pytestmark = pytest.mark.skipif(
    not EVAL.exists(), reason="the evaluation pages are not beside this checkout"
)


def as_it_is(_: Element) -> None:
    """Nothing is taken out."""


def without_meta(root: Element) -> None:
    for tag in list(root.iter("meta")):
        parent = tag.getparent()
        if parent is not None and not tag.get("charset") and not tag.get("http-equiv"):
            parent.remove(tag)


def without_names(root: Element) -> None:
    for element in root.iter():
        for name in ("class", "id"):
            if name in element.attrib:
                del element.attrib[name]


def without_scripts(root: Element) -> None:
    etree.strip_elements(root, "script", with_tail=False)


def paragraphs_as_divs(root: Element) -> None:
    for element in root.iter("p"):
        element.tag = "div"


def paragraphs_as_line_breaks(root: Element) -> None:
    for element in list(root.iter("p")):
        parent = element.getparent()
        if parent is not None:
            line_break = etree.Element("br")
            line_break.tail, element.tail = element.tail, None
            parent.insert(parent.index(element) + 1, line_break)
    etree.strip_tags(root, "p")


def headings_as_divs(root: Element) -> None:
    for element in root.iter("h1", "h2", "h3"):
        element.tag = "div"


@dataclass(frozen=True, slots=True)
class Scores:
    """Over all pages: mean and least body F1, and the shares that are right."""

    body: float
    worst: float
    title: float
    day: float
    origin: float


@pytest.mark.parametrize(
    ("change", "floor"),
    [
        (as_it_is, Scores(0.99, 0.9, 0.98, 1.0, 0.98)),
        (without_meta, Scores(0.99, 0.9, 0.98, 1.0, 0.98)),
        (without_scripts, Scores(0.99, 0.9, 0.98, 0.96, 0.95)),
        (without_names, Scores(0.99, 0.9, 0.98, 1.0, 0.95)),
        (paragraphs_as_divs, Scores(0.99, 0.9, 0.98, 1.0, 0.98)),
        (paragraphs_as_line_breaks, Scores(0.98, 0.85, 0.98, 1.0, 0.98)),
        (headings_as_divs, Scores(0.99, 0.9, 0.95, 1.0, 0.98)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_real_pages_are_read_well_whatever_hints_they_lack(
    change: Callable[[Element], None], floor: Scores
) -> None:
    found = scores(change)
    assert found.body >= floor.body
    assert found.worst >= floor.worst
    assert found.title >= floor.title
    assert found.day >= floor.day
    assert found.origin >= floor.origin


def scores(change: Callable[[Element], None]) -> Scores:
    score = scorer()
    pairs = list(read(change))
    bodies = [score.f1(gold["body"], found.get("body")) for gold, found in pairs]
    return Scores(
        body=mean(bodies),
        worst=min(bodies),
        title=mean(
            score.fold(gold["title"]) == score.fold(found.get("title")) for gold, found in pairs
        ),
        day=mean(
            gold["published_at"][:10] == found.get("day")
            for gold, found in pairs
            if gold["published_at"]
        ),
        origin=mean(
            score.fold(gold["origin"]) == score.fold(found.get("origin"))
            for gold, found in pairs
            if gold["origin"]
        ),
    )


def read(change: Callable[[Element], None]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each gold record and what extraction makes of its changed page."""
    for line in (EVAL / "gold.jsonl").read_text("utf-8").splitlines():
        gold = json.loads(line)
        root = parse(decode((EVAL / gold["file"]).read_bytes(), "text/html").text)
        change(root)
        page = Page(
            url=gold["url"] or "file:x",
            key="k",
            source="s",
            body=etree.tostring(root, encoding="utf-8", method="html"),
            content_type="text/html; charset=utf-8",
            fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        found = extract(page)
        yield gold, fields(found) if isinstance(found, Article) else {}


def fields(article: Article) -> dict[str, Any]:
    day = article.published.day.isoformat() if article.published else None
    return {"title": article.title, "body": article.body, "origin": article.origin, "day": day}


def scorer() -> Any:
    spec = importlib.util.spec_from_file_location("score", EVAL / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
