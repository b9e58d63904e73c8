"""Looking after it: health, doctor, runs, parked."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from flows.commands.console import Json, err, out, print_json, state
from flows.commands.tables import listed, table
from storage.records import city_time, to_the_minute

if TYPE_CHECKING:
    from flows.app import App
    from flows.report import RunReport
    from storage.parked import Which

runs = typer.Typer(no_args_is_help=True, help="Runs, and batches that they hold for a person.")
parked = typer.Typer(no_args_is_help=True, help="Pages that could not be read or fetched.")
SourceOption = Annotated[str | None, typer.Option("--source", help="Only this source.")]
ReasonOption = Annotated[
    str | None, typer.Option("--reason", help="Only reasons that begin so: http-, timeout.")
]
UrlOption = Annotated[str | None, typer.Option("--url", help="Only addresses that hold this.")]
RunId = Annotated[str, typer.Argument(metavar="ID", help="A run's id, or its beginning.")]
_COLOURS = {"ok": "green", "late": "yellow", "warn": "yellow", "unknown": "dim", "empty": "dim"}


def health(
    context: typer.Context,
    explain: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="Only say by what this source is judged, how it is asked, and why.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge every source by its own rhythm, and tell of what broke or healed."""
    if explain:
        _explain(context, explain, as_json=as_json)
        return
    from flows.health.service import look_at_everything

    report = look_at_everything(state(context).settings, datetime.now(UTC))
    bad = [one for one in report.sources if _coloured(one.state).startswith("[red")]
    if as_json:
        print_json([one.as_dict() for one in report.sources])
    else:
        names = ("source", "state", "since", "expected within", "newest", "evidence")
        shown = table(*names, whole={"source", "state", "since"})
        for one in report.sources:
            hours = f"{one.expected_hours / 24:g} days" if one.expected_hours else ""
            newest, said = to_the_minute(one.last_new), escape("; ".join(one.evidence))
            shown.add_row(one.source, _coloured(one.state), one.since[:10], hours, newest, said)
        out.print(shown)
    raise typer.Exit(1 if bad else 0)


def _explain(context: typer.Context, source: str, *, as_json: bool) -> None:
    from flows.health.explaining import explain

    with _app(context) as app, app.database.reading() as session:
        found = explain(session, app.catalogue, source, app.limits, datetime.now(UTC))
    if as_json:
        print_json([asdict(one) for one in found])
        return
    shown = table("column", "what", "expected", "says", whole={"column"})
    for one in found:
        shown.add_row(*(escape(cell) for cell in (one.column, one.what, one.expected, one.says)))
    out.print(shown)


def _coloured(name: str) -> str:
    colour = _COLOURS.get(name, "red")
    return f"[{colour}]{name}[/]"


def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Look at everything that can be wrong with the system; exit code 1 when something is."""
    from flows.health.service import doctor as look
    from storage.checks import Level, worst

    checks = look(state(context).settings)
    if as_json:
        found = {"status": worst(checks), "checks": [check.as_dict() for check in checks]}
        print_json(found)
    else:
        shown = table("", "check", "found", "what to do", whole={"", "check"})
        for check in checks:
            row = (check.name, escape(check.found), escape(check.advice))
            shown.add_row(_coloured(check.level), *row)
        out.print(shown)
    raise typer.Exit(1 if worst(checks) is Level.FAIL else 0)


@contextmanager
def _app(context: typer.Context) -> Iterator["App"]:
    from flows.app import open_app

    with open_app(state(context).settings, create=False) as opened:
        yield opened


# --- runs -----------------------------------------------------------------------------------------


@runs.command("list")
def list_runs(
    context: typer.Context,
    held: Annotated[bool, typer.Option("--held", help="Only held batches that wait.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 20,
    as_json: Json = False,
) -> None:
    """List the latest runs and what came of them, or the batches that wait for a person."""
    from storage.runs import held_batches, latest_runs

    with _app(context) as app, app.database.reading() as session:
        rows = (
            held_batches(session) if held else [asdict(run) for run in latest_runs(session, limit)]
        )
    if as_json:
        print_json(rows)
        return
    names = ("run", "source", "held_at", "records", "evidence") if held else _RUN
    _print_rows(names, rows)


_RUN = ("id", "kind", "state", "started_at", "outcomes", "error")


def _print_rows(names: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    shown = table(*names, whole=_WHOLE, numbers={"records"})
    for row in rows:
        shown.add_row(*(escape(_cell(name, row[name])) for name in names))
    out.print(shown)


_WHOLE = {"id", "run", "source", "state", "started_at", "held_at"}
_SHORT = 8
"""Letters of a run's id: every command takes its beginning for it."""


def _cell(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return listed((count, kind) for kind, count in value.items())
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if name in {"id", "run"}:
        return str(value)[:_SHORT]
    return to_the_minute(value) if name.endswith("_at") else str(value or "")


@runs.command("show")
def show_run(context: typer.Context, run_id: RunId, as_json: Json = False) -> None:
    """Show a run, and what it holds and why."""
    from storage.runs import run_with_holds

    with _app(context) as app, app.database.reading() as session:
        found = run_with_holds(session, run_id)
    if found is None:
        err.print(f"no run, or several, begin with {run_id!r}", markup=False)
        raise typer.Exit(1)
    if as_json:
        print_json(found)
        return
    _print_rows(_RUN, [found])
    if found["held"]:
        _print_rows(("source", "state", "records", "evidence", "note"), found["held"])


@runs.command()
def release(
    context: typer.Context, run_id: RunId, source: SourceOption = None, as_json: Json = False
) -> None:
    """Load what a run holds, from the archive: somebody has looked, and it is good."""
    from flows.retrying import release as load

    with _app(context) as app:
        _print_report(load(app, run_id, source), as_json=as_json)


@runs.command()
def discard(
    context: typer.Context,
    run_id: RunId,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays with each page.")],
    source: SourceOption = None,
    as_json: Json = False,
) -> None:
    """Leave what a run holds in the archive only; its pages are asked for again."""
    from flows.retrying import discard as leave

    with _app(context) as app:
        count = leave(app, run_id, reason, source)
    if as_json:
        print_json({"records": count})
        return
    out.print(f"{count} records stay archived and are not loaded", highlight=False)


def _print_report(report: "RunReport", *, as_json: bool) -> None:
    from flows.report import ReportTable

    if as_json:
        print_json(report.as_dict())
        return
    out.print(ReportTable(report))
    out.print(report.summary(), highlight=False)


# --- parked ---------------------------------------------------------------------------------------


def _which(source: str | None, reason: str | None, url: str | None) -> "Which":
    from storage.parked import Which

    return Which(source, reason, url)


@parked.command("list")
def list_parked(
    context: typer.Context,
    source: SourceOption = None,
    reason: ReasonOption = None,
    url: UrlOption = None,
    as_json: Json = False,
) -> None:
    """List what is parked, and when it is tried again."""
    from storage.parked import find

    with _app(context) as app, app.database.reading() as session:
        pages = find(session, _which(source, reason, url))
    if as_json:
        print_json([page.as_dict() for page in pages])
        return
    shown = table("source", "reason", "tries", "next", "address", whole={"source", "next"})
    for page in pages:
        again = to_the_minute(city_time(page.next_try_at))
        row = (escape(page.reason or ""), str(page.attempts), again, escape(page.url))
        shown.add_row(page.source, *row)
    out.print(shown)


@parked.command("show")
def show_parked(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Its address.")],
    as_json: Json = False,
) -> None:
    """Show all that is known of a parked page: `suqian why` for one that waits."""
    from storage.corpus import Corpus

    with _app(context) as app:
        found = Corpus(app.database).why(url)
    if found is None or found.outcome != "parked":
        err.print(f"{url} is not parked; `suqian why` tells what is known of it", markup=False)
        raise typer.Exit(1)
    if as_json:
        print_json(asdict(found))
        return
    for name, value in asdict(found).items():
        shown = [str(one) for one in value] if isinstance(value, tuple) else [str(value)]
        for line in shown:
            out.print(f"{name}: {line}", markup=False, highlight=False)


@parked.command()
def retry(
    context: typer.Context,
    source: SourceOption = None,
    reason: ReasonOption = None,
    url: UrlOption = None,
    as_json: Json = False,
) -> None:
    """Read again from the archive what was fetched; ask again for what was not."""
    from flows.retrying import retry as again

    with _app(context) as app:
        reports = again(app, _which(source, reason, url))
    if as_json:
        print_json([report.as_dict() for report in reports])
        return
    for report in reports:
        _print_report(report, as_json=False)


@parked.command()
def drop(
    context: typer.Context,
    because: Annotated[str, typer.Option("--because", help="Why; it stays with each page.")],
    source: SourceOption = None,
    reason: ReasonOption = None,
    url: UrlOption = None,
    as_json: Json = False,
) -> None:
    """Give parked pages up: they are not tried again."""
    from flows.retrying import drop as give_up

    with _app(context) as app:
        report = give_up(app, _which(source, reason, url), because)
    if as_json:
        print_json(report.as_dict())
        return
    out.print(f"{report.discovered} pages are given up", highlight=False)
