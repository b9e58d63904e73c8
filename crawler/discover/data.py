"""Lists whose items a script of the page holds as data."""

import re
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from parsel import Selector

from crawler.days import first_day, stamped_day
from crawler.discover.links import weight_of
from crawler.layouts import ItemData, ListTemplate
from crawler.lists import script_data

_FEWEST = 3
_DEEPEST = 5
_ADDRESS = re.compile(
    r"^(?:https?://|/|\.{1,2}/)\S+$|^[\w\-/]+\.\w*html?(?:\?\S*)?$|^\w+\.(?:jsp|aspx?|php)\?\S+$"
)


def data_templates(page: Selector) -> Iterator[ListTemplate]:
    """Templates for the arrays of a page's scripts that hold addresses and titles."""
    for value in script_data(page):
        for path, rows in _arrays(value, ()):
            data = _columns(".".join(path), rows)
            if data is not None:
                yield ListTemplate(data=data, dated=data.date is not None)


def _arrays(
    value: Any, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], list[dict[str, Any]]]]:
    if isinstance(value, list):
        rows = [row for row in value if isinstance(row, dict)]
        if len(rows) >= _FEWEST:
            yield path, rows
    elif isinstance(value, Mapping) and len(path) < _DEEPEST:
        for key, inner in value.items():
            if "." not in key:
                yield from _arrays(inner, (*path, key))


def _columns(path: str, rows: list[dict[str, Any]]) -> ItemData | None:
    """Which of the rows' keys hold what."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    values = {key: [row.get(key) for row in rows] for key in keys}
    texts = {
        key: [str(one) for one in some if isinstance(one, str | int) and one]
        for key, some in values.items()
    }
    urls = [
        key
        for key in keys
        if _share(texts[key], len(rows), _ADDRESS.match) > 0.8
        and len(set(texts[key])) > 0.8 * len(rows)
    ]
    url = max(
        urls, key=lambda key: _share(texts[key], len(rows), re.compile(r"\d").search), default=None
    )
    titles = [key for key in keys if key not in urls and len(texts[key]) > 0.8 * len(rows)]
    title = max(titles, key=lambda key: _titular(texts[key]), default=None)
    if url is None or title is None or _titular(texts[title]) < 4:
        return None
    days = [
        key for key in keys if key not in {url, title} and _share(texts[key], len(rows), _day) > 0.6
    ]
    return ItemData(items=path, url=url, title=title, date=min(days, key=_publishes, default=None))


def _share(texts: list[str], of: int, holds: Any) -> float:
    return sum(bool(holds(text)) for text in texts) / of


def _day(text: str) -> object:
    return len(text) < 30 and (first_day(text) or stamped_day(text))


def _titular(texts: list[str]) -> float:
    """How far texts look like titles: some length, no prose, all different."""
    prose = sum("。" in text or len(text) > 100 for text in texts) / len(texts)
    distinct = len(set(texts)) / len(texts)
    return distinct * (1 - prose) * median(min(weight_of(text), 25) for text in texts)


def _publishes(key: str) -> int:
    """Sorts keys by how surely they name the day of publication."""
    named = key.lower()
    order = ("pub", "release", "show", "date", "time", "create")
    return next((number for number, word in enumerate(order) if word in named), len(order))
