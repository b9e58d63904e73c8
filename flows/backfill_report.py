"""What a backfill came to: months × outcomes, what is missing and why, and where to read on."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from crawler.records import Moment, Precision
from flows.app import App
from flows.backfilling import Wish, days_of
from storage import backfills
from storage.backfills import Missing, MonthState, Progress, Span
from storage.models import Outcome

_LISTED = 100
"""How many missing pages a report names; the others are counted."""
_STORED = (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.DUPLICATE, Outcome.GONE)
_ABSENT = (Outcome.PARKED, Outcome.HELD, Outcome.DROPPED, Outcome.SKIPPED)


@dataclass(frozen=True, slots=True)
class MonthReport:
    """One month: how it stands, and what the ledger knows of the pages that lists date in it."""

    span: Span
    state: MonthState
    problems: tuple[str, ...]
    counts: Mapping[tuple[Outcome, str], int]

    def number(self, outcome: Outcome) -> int:
        """How many pages stand at an outcome, whatever the reason."""
        return sum(count for (of, _), count in self.counts.items() if of is outcome)

    @property
    def stored(self) -> int:
        """How many articles of the month the corpus holds."""
        return sum(self.number(outcome) for outcome in _STORED)

    def as_dict(self) -> dict[str, Any]:
        """A month as JSON values."""
        return {
            "month": f"{self.span.month:%Y-%m}",
            "state": str(self.state),
            "stored": self.stored,
            "outcomes": {str(o): n for o in Outcome if (n := self.number(o))},
            "problems": list(self.problems),
        }


@dataclass(frozen=True, slots=True)
class BackfillReport:
    """A whole backfill, the newest month first."""

    wish: Wish
    months: tuple[MonthReport, ...]
    missing: tuple[Missing, ...]

    @property
    def open(self) -> int:
        """How many months are not done."""
        return sum(one.state is not MonthState.DONE for one in self.months)

    def summary(self) -> str:
        """One sentence for a person."""
        stored = sum(one.stored for one in self.months)
        done = len(self.months) - self.open
        left = "" if not self.open else "; run it again to go on with the others"
        return f"{self.wish.source}: {done} of {len(self.months)} months done, {stored:,} articles{left}."

    def as_dict(self) -> dict[str, Any]:
        """The JSON object that ``--json`` prints."""
        return {
            "source": self.wish.source,
            "columns": list(self.wish.columns),
            "open": self.open,
            "months": [one.as_dict() for one in self.months],
            "missing": [
                {"url": one.url, "outcome": str(one.outcome), "reason": one.reason}
                for one in self.missing
            ],
        }


def report_on(app: App, wish: Wish, progress: Progress) -> BackfillReport:
    """What is known of the months of a backfill."""
    spans = backfills.months(progress.since, progress.until)[::-1]
    with app.database.reading() as session:
        reports = tuple(
            MonthReport(
                span,
                progress.states[span.month],
                progress.problems[span.month],
                backfills.outcomes(session, wish.source, wish.columns, days_of(span)),
            )
            for span in spans
        )
        whole = days_of(Span(progress.since, progress.until))
        lacking = backfills.missing(session, wish.source, wish.columns, whole, _LISTED)
    return BackfillReport(wish, reports, tuple(lacking))


def markdown(report: BackfillReport, web: str | None) -> str:
    """The report as a Prefect artifact shows it; `web` is the address of the web page."""
    shown = [o for o in Outcome if any(one.number(o) for one in report.months)]
    heads = ["month", "state", "stored", *map(str, shown)]
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    for one in report.months:
        cells = [_month(report, one, web), str(one.state), f"{one.stored:,}"]
        cells += [
            f"{one.number(outcome) or '':,}" if one.number(outcome) else "" for outcome in shown
        ]
        lines.append("| " + " | ".join(cells) + " |")
    parts = ["\n".join(lines), *_problems(report), *_missing(report)]
    return "\n\n".join(parts)


def _month(report: BackfillReport, one: MonthReport, web: str | None) -> str:
    name = f"{one.span.month:%Y-%m}"
    if web is None or not one.stored:
        return name
    asked = {"source": report.wish.source, "from": one.span.since, "to": one.span.until}
    return f"[{name}]({web}/?{urlencode(asked)})"


def _problems(report: BackfillReport) -> list[str]:
    said = [f"- {one.span.month:%Y-%m}: {line}" for one in report.months for line in one.problems]
    return ["**Months that are not done**\n\n" + "\n".join(said)] if said else []


def _missing(report: BackfillReport) -> list[str]:
    if not report.missing:
        return [] if report.open else ["Nothing that the lists show is missing."]
    reasons: Counter[str] = Counter()
    for one in report.months:
        for (outcome, reason), count in one.counts.items():
            if outcome in _ABSENT:
                reasons[f"{outcome}:{reason}" if reason else str(outcome)] += count
    why = [f"- `{reason}`: {count:,}" for reason, count in reasons.most_common()]
    pages = [
        f"- [{_plain(one.title or one.url)}]({one.url}): {_why(one)}" for one in report.missing
    ]
    more = reasons.total() - len(pages)
    pages += [f"- and {more:,} more"] if more > 0 else []
    return ["**Not in the corpus, and why**\n\n" + "\n".join(why), "\n".join(pages)]


def _why(page: Missing) -> str:
    said = f"{page.outcome}:{page.reason}" if page.reason else str(page.outcome)
    at = Moment(page.next_try_at, Precision.MINUTE) if page.next_try_at else None
    again = f", tried again from {at}" if at else ""
    return f"`{said}`{again}"


def _plain(text: str) -> str:
    """A title without what would end a link's text."""
    return text.replace("[", "(").replace("]", ")").replace("\n", " ")
