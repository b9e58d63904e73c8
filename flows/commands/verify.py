"""Whether everything that is stored agrees."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from flows.commands.console import Json, err, out, print_json, state
from flows.commands.tables import table

if TYPE_CHECKING:
    from flows.verify.run import OnCheck, Report

FINDINGS = 1
_MOST = 50


def verify(
    context: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Put right what the archive and the tables allow.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look whether archive, index, ledger, articles, search and change feed agree: reads all of them.

    Exit code 0: they do, or do now; 1: something is left that is not as it must be.
    """
    from flows.app import open_app
    from flows.verify.run import as_dict
    from flows.verify.run import verify as run

    with open_app(state(context).settings, create=False) as app, checking() as on_check:
        report = run(app, repair=repair, on_check=on_check)
    if as_json:
        print_json(as_dict(report))
    else:
        _print(report, repair=repair)
    raise typer.Exit(0 if report.clean else FINDINGS)


@contextmanager
def checking() -> Iterator["OnCheck"]:
    """A progress bar of checks."""
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def on_check(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        yield on_check


def _print(report: "Report", *, repair: bool) -> None:
    shown = table("", "check", "findings", numbers={"findings"})
    for name, count in report.checks.items():
        shown.add_row("✗" if count else "✓", name, f"{count:,}" if count else "")
    out.print(shown)
    if repair and report.found:
        out.print(f"{len(report.repaired):,} of {len(report.found):,} findings repaired")
    for one in report.left[:_MOST]:
        advice = one.advice or ("could not be repaired" if repair else "suqian verify --repair")
        out.print(f"{escape(one.said)} → {escape(advice)}", highlight=False, soft_wrap=True)
    if len(report.left) > _MOST:
        out.print(f"and {len(report.left) - _MOST:,} more (--json has all)")
