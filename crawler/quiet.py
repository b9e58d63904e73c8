"""Hours in which hosts are left alone, as the city's clocks show them."""

import re
from collections.abc import Iterable
from datetime import datetime, time

from crawler.errors import StopRun
from crawler.records import CITY_TIME

SPAN = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"
"""``08:00-18:00``; one that ends before it begins goes over midnight."""


def quiet_until(spans: Iterable[str], at: datetime) -> time | None:
    """When the quiet hours end that a moment lies in; None for one that lies in none."""
    clock = at.astimezone(CITY_TIME).time()
    ends = [end for start, end in map(_parsed, spans) if _lies_in(clock, start, end)]
    return max(ends, default=None)


def spans_of(text: str | None) -> tuple[str, ...]:
    """The spans in a setting, ``08:00-12:00,14:00-18:00``. Raises StopRun for what is none."""
    spans = tuple(part.strip() for part in (text or "").split(",") if part.strip())
    for span in spans:
        if not re.fullmatch(SPAN, span):
            raise StopRun(f"SUQIAN_QUIET_HOURS: {span!r} is no span of hours such as 08:00-18:00")
    return spans


def _parsed(span: str) -> tuple[time, time]:
    start, _, end = span.partition("-")
    return time.fromisoformat(start), time.fromisoformat(end)


def _lies_in(clock: time, start: time, end: time) -> bool:
    return start <= clock < end if start < end else clock >= start or clock < end
