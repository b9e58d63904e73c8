"""Topics, places, organisations and people: an index of each, and a page for one of them."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from storage.corpus import Corpus
from storage.records import Count
from storage.web.pages.asked import Asked
from storage.web.pages.plots import Bar
from storage.web.pages.view import View

PATHS = {"topic": "topics", "place": "places", "organisation": "organisations", "person": "people"}
"""Kinds of tags that have pages, and where these are."""
_NEWEST = 10
_PER_PAGE = 300
_MOST_BARS = 60
"""Months that fit a plot; with more of them each bar is a year."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A line of an index; `below` are those whose id lies in this one's."""

    value: str
    label: str
    count: int
    below: "tuple[Subject, ...]" = ()


def router(corpus: Corpus, view: View) -> APIRouter:
    """The routes of all kinds of subjects."""
    routes = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
    for kind, path in PATHS.items():
        _add(routes, corpus, view, kind, path)
    return routes


def _add(routes: APIRouter, corpus: Corpus, view: View, kind: str, path: str) -> None:
    @routes.get(f"/{path}", name=path)
    def index(request: Request, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> HTMLResponse:
        found = _index(corpus, kind, page)
        return view.page(request, "subjects.html", kind=kind, page=page, **found)

    @routes.get(f"/{path}/{{value:path}}", name=kind)
    def subject(request: Request, value: str) -> HTMLResponse:
        label = corpus.labels(kind, [value]).get(value)
        if label is None:
            return view.page(request, "missing.html", 404, which=value)
        return view.page(request, "subject.html", **_about(corpus, kind, value, label))


def _index(corpus: Corpus, kind: str, page: int) -> dict[str, Any]:
    """The subjects of a page of an index, the commonest first; places stand in each other."""
    counts = {one.key[0]: one.count for one in corpus.counts([kind]) if one.key[0]}
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    shown = ranked[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    labels = corpus.labels(kind, shown)
    listed = [Subject(value, labels.get(value, value), counts[value]) for value in shown]
    return {
        "total": len(ranked),
        "pages": -(-len(ranked) // _PER_PAGE),
        "subjects": _nested(listed) if kind == "place" else tuple(listed),
    }


def _nested(listed: Sequence[Subject], parent: str = "") -> tuple[Subject, ...]:
    """Places in the place that they lie in, or in the nearest one around it that is listed."""
    inner = [one for one in listed if one.value.startswith(parent)]
    outer = [
        one for one in inner if not any(one.value.startswith(f"{other.value}/") for other in inner)
    ]
    return tuple(
        Subject(one.value, one.label, one.count, _nested(listed, f"{one.value}/")) for one in outer
    )


def _about(corpus: Corpus, kind: str, value: str, label: str) -> dict[str, Any]:
    asked = Asked(**{kind: value})
    filters = asked.filters()
    others = [name for name in (*PATHS, "source") if name != kind]
    found = corpus.search("", filters, limit=_NEWEST, facets=others)
    return {
        "kind": kind,
        "value": value,
        "label": label,
        "found": found,
        "facets": {name: found.facets.get(name, ())[:8] for name in others},
        "asked": asked,
        "bars": bars(corpus.counts(["month"], filters), asked),
    }


def bars(counts: Sequence[Count], asked: Asked) -> list[Bar]:
    """Articles a month, each month between the first and the last of them; a year, where the
    months are too many. Each bar leads to its articles."""
    by_month = {one.key[0]: one.count for one in counts if one.key[0]}
    months = _months(min(by_month), max(by_month)) if by_month else []
    if len(months) <= _MOST_BARS:
        return [Bar(m, by_month.get(m, 0), _month_link(asked, m)) for m in months]
    by_year: dict[str, int] = {}
    for month in months:
        by_year[month[:4]] = by_year.get(month[:4], 0) + by_month.get(month, 0)
    return [Bar(year, count, asked.link(year=year)) for year, count in by_year.items()]


def _months(first: str, last: str) -> list[str]:
    start, end = (int(text[:4]) * 12 + int(text[5:]) - 1 for text in (first, last))
    return [f"{month // 12}-{month % 12 + 1:02}" for month in range(start, end + 1)]


def _month_link(asked: Asked, month: str) -> str:
    days = monthrange(int(month[:4]), int(month[5:]))[1]
    return asked.link(since=f"{month}-01", until=f"{month}-{days}", reprints="all")
