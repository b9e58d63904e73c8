"""Coverage: how much each source published on each day of a year, and where there is silence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from storage.corpus import Corpus
from storage.records import CITY_TIME, Filters
from storage.web.pages.calendar import LEVELS, Known, Year, month_starts, year_of
from storage.web.pages.view import View

PER_PAGE = 20
"""Strips a page: a year of one takes up to 6 kB."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The years of some sources, and which years there are."""

    year: int
    years: tuple[int, ...]
    sources: tuple[Year, ...]


def router(corpus: Corpus, view: View) -> APIRouter:
    """The routes of coverage."""
    routes = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

    @routes.get("/coverage")
    def coverage(
        request: Request,
        year: Annotated[int | None, Query(ge=1000, le=9999)] = None,
        page: Annotated[int, Query(ge=1, le=1000)] = 1,
    ) -> HTMLResponse:
        found = covered(corpus, year)
        start = (page - 1) * PER_PAGE
        return view.page(
            request,
            "coverage.html",
            coverage=found,
            shown=found.sources[start : start + PER_PAGE],
            levels=LEVELS,
            month_starts=month_starts(found.year),
            page=page,
            pages=-(-len(found.sources) // PER_PAGE),
        )

    return routes


def covered(corpus: Corpus, year: int | None, source: str | None = None) -> Coverage:
    """The coverage of a year, of the newest one where none is asked for; of one source or all."""
    by_source, years = corpus.keep(("days", source), lambda: _days(corpus, source))
    shown = year or next(iter(years), datetime.now(CITY_TIME).year)
    known = _known(corpus, by_source)
    return Coverage(
        shown, years, tuple(year_of(name, shown, known[name]) for name in sorted(by_source))
    )


def _days(corpus: Corpus, source: str | None) -> tuple[dict[str, dict[date, int]], tuple[int, ...]]:
    """How many articles each source published on each day, and which years there are."""
    by_source: dict[str, dict[date, int]] = {}
    for one in corpus.counts(["source", "day"], Filters(source=source)):
        name, day = one.key
        if name is not None:
            days = by_source.setdefault(name, {})
            if day is not None:
                days[date.fromisoformat(day)] = one.count
    years = {day.year for days in by_source.values() for day in days}
    return by_source, tuple(sorted(years, reverse=True))


def _known(corpus: Corpus, by_source: Mapping[str, Mapping[date, int]]) -> dict[str, Known]:
    """The counts with what is normal for each source. The last day is the one on which it was
    checked last; a source that was never checked (an import) is silent after nothing."""
    health = {one.source: one for one in corpus.health()}
    found = {}
    for source, days in by_source.items():
        one = health.get(source)
        checked = _day(one.checked_at) if one else None
        last = max([*days, *([checked] if checked else [])], default=date.min)
        found[source] = Known(days, one.expected_hours if one else None, last)
    return found


def _day(at: datetime | str | None) -> date | None:
    if at is None:
        return None
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(CITY_TIME).date()
