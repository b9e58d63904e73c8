"""Saved pages and what they are to be read as: a column's contract with the code.

They lie beside the catalogue that has the column, ``pages/<source>/<column>/``: ``list.html.gz`` and
``article-1.html.gz`` … as the bytes came, and beside each a YAML file with its address, the day it
was saved and what it says.
"""

import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import yaml

from crawler.catalogue import Catalogue
from crawler.days import address_day
from crawler.errors import CatalogueError, Park
from crawler.extract import extract
from crawler.kinds.choice import reader_of
from crawler.kinds.reader import Answer, ListRequest, Window
from crawler.records import CITY_TIME, Article, Page, city_day
from crawler.urls import canonical_key
from crawler.yamlfile import read_yaml

_FIELDS = ("title", "published", "origin", "document_number", "body")
_SHOWN = 60
_ARTICLES = 3
Ask = Callable[[Sequence[str]], Mapping[str, Page | str]]


@dataclass(frozen=True, slots=True)
class Saved:
    """One saved page."""

    source: str
    column: str
    name: str
    """``list`` or ``article-1`` …"""
    page: Page
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """How the present code reads one saved page."""

    source: str
    column: str
    name: str
    differences: tuple[str, ...]


def check(catalogue: Catalogue, folder: Path, source: str) -> list[Result]:
    """Read every saved page of a source and compare."""
    return [
        Result(
            one.source,
            one.column,
            one.name,
            tuple(_differences(one.expected, read(catalogue, one))),
        )
        for one in saved_pages(folder, source)
    ]


def saved_pages(folder: Path, source: str) -> Iterator[Saved]:
    """The saved pages of a source beside one catalogue. Raises CatalogueError for a broken record."""
    for path in sorted((folder / "pages" / source).glob("*/*.html.gz")):
        record = read_yaml(path.with_name(path.name.removesuffix(".html.gz") + ".yaml"))
        content = record.content
        if not {"url", "saved", "expected"} <= content.keys():
            raise CatalogueError(record.problem((), "a record needs url, saved and expected"))
        page = Page(
            url=content["url"],
            key=canonical_key(content["url"]),
            source=source,
            column=path.parent.name,
            content_type=content.get("content_type", ""),
            body=gzip.decompress(path.read_bytes()),
            fetched_at=datetime.combine(content["saved"], time(12), CITY_TIME),
        )
        yield Saved(
            source, path.parent.name, path.name.partition(".")[0], page, content["expected"]
        )


def read(catalogue: Catalogue, saved: Saved) -> dict[str, Any]:
    """What the present code reads in a saved page, as it stands in a record."""
    if saved.name == "list":
        return read_list(catalogue, saved.source, saved.column, saved.page)
    layout = catalogue.layout(saved.source, saved.column, _day(saved.page))
    try:
        found = extract(saved.page, layout)
    except Park as error:
        return {"parked": str(error)}
    if not isinstance(found, Article):
        return {"dropped": found.reason}
    values = {name: getattr(found, name) for name in _FIELDS}
    return {name: str(value) for name, value in values.items() if value}


def read_list(catalogue: Catalogue, source: str, column: str, page: Page) -> dict[str, Any]:
    """What a list page shows by its column's rules: items, and where it goes on."""
    day = _day(page)
    reader = reader_of(catalogue, source, column, day)
    answer = Answer(page.url, page.content_type, page.body)
    issue = address_day(page.url)
    ask = ListRequest(url=page.url, day=issue.day if issue else None)
    shown = reader.read(answer, ask, Window(None, day, day))
    items = [
        {"url": item.url, "title": item.listed.title}
        | ({"published": str(item.listed.published)} if item.listed.published else {})
        for item in shown.items
    ]
    return {"items": items, "next": next((ask.url for ask in shown.onward), None)}


def save(
    folder: Path, catalogue: Catalogue, source: str, column: str, pages: Sequence[Page]
) -> list[Path]:
    """Save a list page and articles behind it, with what is read in them now; the files written."""
    into = folder / "pages" / source / column
    into.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for number, page in enumerate(pages):
        name = f"article-{number}" if number else "list"
        file = into / f"{name}.html.gz"
        file.write_bytes(gzip.compress(page.body, mtime=0))
        expected = read(catalogue, Saved(source, column, name, page, {}))
        record = {
            "url": page.url,
            "saved": _day(page),
            "content_type": page.content_type,
            "expected": expected,
        }
        text = yaml.safe_dump(record, allow_unicode=True, sort_keys=False, width=1000)
        (into / f"{name}.yaml").write_text(text, "utf-8")
        written += [file, into / f"{name}.yaml"]
    return written


def take(catalogue: Catalogue, folder: Path, source: str, ask: Ask) -> dict[str, str]:
    """Ask each column that can be walked for its list and three articles, and save them; by column
    what became of it."""
    said = {}
    for name, column in catalogue.source(source).columns.items():
        if not column.walked:
            continue
        answer = ask([column.start])[column.start]
        if isinstance(answer, str):
            said[name] = answer
            continue
        items = read_list(catalogue, source, name, answer)["items"]
        urls = [item["url"] for item in items if catalogue.source_of(item["url"]) is not None]
        articles = ask(urls[:_ARTICLES]).values() if urls else ()
        pages = [answer, *(one for one in articles if isinstance(one, Page))]
        save(folder, catalogue, source, name, pages)
        said[name] = f"{len(items)} items, {len(pages) - 1} articles saved"
    return said


def _day(page: Page) -> date:
    return city_day(page.fetched_at)


def _differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> Iterable[str]:
    for key in dict.fromkeys((*expected, *found)):
        before, now = expected.get(key), found.get(key)
        if before == now:
            continue
        if isinstance(before, list) and isinstance(now, list):
            yield from _of_items(before, now)
        else:
            yield f"{key}: expected {_short(before)}, read {_short(now)}"


def _of_items(before: Sequence[Any], now: Sequence[Any]) -> Iterator[str]:
    if len(before) != len(now):
        yield f"items: expected {len(before)}, read {len(now)}"
    for number, (one, other) in enumerate(zip(before, now, strict=False), start=1):
        if one != other:
            yield f"item {number}: expected {_short(one)}, read {_short(other)}"


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 3 * _SHOWN else f"{text[: 3 * _SHOWN]}…"
