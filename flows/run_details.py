"""The part of a run's report that numbers do not tell: what is new, what could not be read, what is unusual."""

from collections.abc import Mapping
from dataclasses import dataclass

from flows.app import App
from flows.report import RunReport, SourceReport
from storage import run_details
from storage.models import Outcome
from storage.run_details import Told, Usual

_RUNS = 20
_LISTED = 50


@dataclass(frozen=True, slots=True)
class Details:
    """What a run brought and could not read; each list is cut, the numbers are whole."""

    news: tuple[Told, ...]
    new_stories: int
    changed: tuple[Told, ...]
    changes: int
    parked: tuple[tuple[str, str], ...]
    parked_in_all: int
    usual: Mapping[str, Usual]


def details_of(app: App, report: RunReport) -> Details:
    """Look up what a report tells beyond its numbers."""
    with app.database.reading() as session:
        run = report.run_id
        news, new_stories = run_details.told(session, run, [Outcome.NEW], _LISTED)
        changed, changes = run_details.told(session, run, [Outcome.CHANGED], _LISTED)
        parked, parked_in_all = run_details.parked(session, run, _LISTED)
        names = [source.source for source in report.sources]
        usual = run_details.usual(session, run, names, _RUNS)
    return Details(
        tuple(news), new_stories, tuple(changed), changes, tuple(parked), parked_in_all, usual
    )


def sections(report: RunReport, details: Details, web: str | None) -> list[str]:
    """The details as sections of Markdown."""
    parts = [
        _list("New stories", [_told(one, web) for one in details.news], details.new_stories),
        _list("Changed", [_told(one, web) for one in details.changed], details.changes),
        _list(
            "Parked",
            [f"{url}: `{reason}`" for url, reason in details.parked],
            details.parked_in_all,
        ),
        _slowest(report),
        _compared(report, details.usual),
    ]
    return [part for part in parts if part]


def _list(name: str, lines: list[str], whole: int) -> str:
    if not lines:
        return ""
    more = [f"and {whole - len(lines):,} more"] if whole > len(lines) else []
    return f"**{name}: {whole:,}**\n\n" + "\n".join(f"- {line}" for line in [*lines, *more])


def _told(one: Told, web: str | None) -> str:
    title = one.title.replace("[", "(").replace("]", ")")
    return f"{one.source}: " + (f"[{title}]({web}/articles/{one.id})" if web else title)


def _slowest(report: RunReport) -> str:
    asked = [source for source in report.sources if source.requests]
    slow = sorted(asked, key=_pace, reverse=True)[:5]
    lines = [
        f"- {one.source}: {_pace(one):.2f} s a request, {one.requests:,} requests" for one in slow
    ]
    return "**Slowest hosts**\n\n" + "\n".join(lines) if lines else ""


def _pace(source: SourceReport) -> float:
    """Seconds a request, the politeness included."""
    return source.seconds / source.requests


def _compared(report: RunReport, usual: Mapping[str, Usual]) -> str:
    """Each source beside the medians of its latest runs."""
    lines = [
        _row(source, usual[source.source]) for source in report.sources if source.source in usual
    ]
    if not lines:
        return ""
    heads = (
        "| source | discovered | usual | new | usual | parked | usual | seconds | usual | of runs |"
    )
    return "\n".join(["**Beside the usual** (medians)\n", heads, "|" + " --- |" * 10, *lines])


def _row(source: SourceReport, usual: Usual) -> str:
    cells = [source.source, f"{source.discovered:,}", f"{usual.discovered:,.0f}"]
    for outcome in (Outcome.NEW, Outcome.PARKED):
        cells += [f"{source.outcomes.get(outcome, 0):,}", f"{usual.outcomes[outcome]:,.0f}"]
    cells += [f"{source.seconds:.1f}", f"{usual.seconds:.1f}", str(usual.runs)]
    return "| " + " | ".join(cells) + " |"
