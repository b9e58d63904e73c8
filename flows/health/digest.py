"""A week in one page: what came in against the usual, what broke and healed, what waits."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from crawler.records import city_day
from flows.app import App
from storage import parked
from storage.health import healths, state_changes
from storage.holds import open_holds
from storage.observations import PublicationDay, publication_days
from storage.parked import Parked
from storage.records import CITY_TIME, HealthChange, SourceHealth

_WEEKS = 12
"""Weeks before, whose median is the usual."""
_MOST = 10


def digest_markdown(app: App, now: datetime, days: int = 7) -> str:
    """The digest of the last days, as Markdown."""
    with app.database.reading() as session:
        since = now - timedelta(days=days * (_WEEKS + 1))
        published = publication_days(session, since)
        states = healths(session)
        changes = state_changes(session, since=now - timedelta(days=days))
        holds = [
            (h.source, h.run_id[:8], h.records, "; ".join(h.evidence)) for h in open_holds(session)
        ]
        waiting = parked.find(session, parked.Which())
    parts = [
        f"# {days} days up to {now.astimezone(CITY_TIME):%Y-%m-%d}",
        _table(("source", "new", "usual", "state"), _counts(published, states, now, days)),
        "## Broke and healed",
        _list(_turns(changes)),
        "## Held",
        _table(("source", "run", "records", "why"), holds) if holds else "Nothing.",
        "## Parked",
        _list(_parked(waiting)),
    ]
    return "\n\n".join(parts)


def _counts(
    published: Sequence[PublicationDay], states: Sequence[SourceHealth], now: datetime, days: int
) -> Iterator[tuple[object, ...]]:
    """Each source's articles of the span by the day that they bear, and the median of such spans
    before it."""
    spans: dict[str, Counter[int]] = {one.source: Counter() for one in states}
    today = city_day(now)
    for one in published:
        spans.setdefault(one.source, Counter())[(today - one.day).days // days] += one.articles
    stands = {one.source: one.state for one in states}
    for source, counts in sorted(spans.items()):
        before = sorted(counts[span] for span in range(1, _WEEKS + 1))
        yield source, counts[0], before[len(before) // 2], stands.get(source, "unknown")


def _turns(changes: Iterable[HealthChange]) -> Iterator[str]:
    for one in changes:
        said = f": {one.evidence[0]}" if one.evidence else ""
        yield f"{one.at[:16].replace('T', ' ')} **{one.source}** {one.before or 'new'} → {one.state}{said}"


def _parked(waiting: Sequence[Parked]) -> Iterator[str]:
    counts = Counter((page.source, page.reason or "") for page in waiting)
    for (source, reason), count in counts.most_common(_MOST):
        yield f"{count} of {source}: {reason}"
    if len(counts) > _MOST:
        yield f"{len(counts) - _MOST} more reasons; `suqian parked list` shows all"


def _table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(names)} |", "|" + " --- |" * len(names)]
    return "\n".join([*lines, *(f"| {' | '.join(map(_cell, row))} |" for row in rows)])


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or "Nothing."
