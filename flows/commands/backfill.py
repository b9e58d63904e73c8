"""`suqian backfill`."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.collect import in_prefect, reporting
from flows.commands.console import SOME_FAILED, Json, err, out, print_json, state
from flows.commands.tables import table
from flows.request import Order

if TYPE_CHECKING:
    from flows.app import App
    from flows.backfill_report import BackfillReport
    from flows.backfilling import Wish

_DAY = ["%Y-%m-%d"]


def backfill(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Id of a publisher.")],
    since: Annotated[
        datetime, typer.Option(formats=_DAY, metavar="YYYY-MM-DD", help="First day wanted.")
    ],
    until: Annotated[
        datetime | None,
        typer.Option(formats=_DAY, metavar="YYYY-MM-DD", help="Last day wanted; else today."),
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="Id of a column; may be given again.")
    ] = None,
    recrawl: Annotated[
        bool, typer.Option("--recrawl", help="Fetch what is stored as well, to find silent edits.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Fetch nothing: show what would be worked on.")
    ] = False,
    oldest_first: Annotated[
        bool, typer.Option("--oldest-first", help="Work from the oldest month on.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Crawl one source's past, month by month; one that was stopped goes on where it stopped."""
    from crawler.records import CITY_TIME
    from flows.app import open_app
    from flows.backfilling import Wish

    wish = Wish(
        source=source,
        since=since.date(),
        until=until.date() if until else None,
        columns=tuple(column or ()),
        recrawl=recrawl,
        order=Order.OLDEST_FIRST if oldest_first else Order.NEWEST_FIRST,
    )
    with open_app(state(context).settings) as app:
        wish.check(app, datetime.now(CITY_TIME).date())
        report = _planned(app, wish) if dry_run else _run(app, wish)
    _print(report, as_json=as_json)
    if report.open and not dry_run:
        raise typer.Exit(SOME_FAILED)


def _planned(app: "App", wish: "Wish") -> "BackfillReport":
    from flows.backfill_report import report_on
    from flows.backfilling import planned
    from flows.work import utc_now

    return report_on(app, wish, planned(app, wish, utc_now))


def _run(app: "App", wish: "Wish") -> "BackfillReport":
    with in_prefect(app):
        from flows.backfill import run_here
    with reporting(app):
        return run_here(wish)


def _print(report: "BackfillReport", *, as_json: bool) -> None:
    if as_json:
        print_json(report.as_dict())
        return
    from storage.models import Outcome

    shown = [outcome for outcome in Outcome if any(one.number(outcome) for one in report.months)]
    numbers = ("stored", *map(str, shown))
    made = table("month", "state", *numbers, whole={"month"}, numbers=numbers)
    for one in report.months:
        counts = [one.stored, *(one.number(outcome) for outcome in shown)]
        made.add_row(
            _name(one.span.month), str(one.state), *(f"{n:,}" if n else "" for n in counts)
        )
    out.print(made)
    out.print(report.summary(), highlight=False)
    for one in report.months:
        for problem in one.problems:
            err.print(f"{_name(one.span.month)}: {problem}", markup=False, highlight=False)


def _name(month: date) -> str:
    return f"{month:%Y-%m}"
