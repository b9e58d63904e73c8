"""Reading stored articles again."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from flows.commands.console import Json, err, out, print_json, state
from flows.request import Stage

if TYPE_CHECKING:
    from flows.steps.retag import Difference, Report

_MOST_ROWS = 30


def reprocess(
    context: typer.Context,
    stage: Annotated[Stage, typer.Option(help="What to do again.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Do a stage again for what is stored, after the taxonomy has changed."""
    from flows.app import open_app
    from flows.reprocessing import as_dict
    from flows.reprocessing import reprocess as run
    from flows.steps.retag import count

    with open_app(state(context).settings) as app, Progress(console=err, transient=True) as bar:
        task = bar.add_task(stage, total=count(app.database))
        report = run(
            app, stage, dry_run=dry_run, on_batch=lambda done: bar.update(task, completed=done)
        )
    if as_json:
        print_json(as_dict(report))
    else:
        _print(report)


def _print(report: "Report") -> None:
    from flows.reprocessing import summary

    if report.changed:
        out.print(_counts(report))
        for sample in report.samples:
            _print_sample(sample)
    out.print(summary(report), highlight=False)


def _counts(report: "Report") -> Table:
    table = Table("kind", "tag", "gained", "lost")
    tags = {*report.gained, *report.lost}
    heaviest = sorted(tags, key=lambda tag: (-report.gained[tag] - report.lost[tag], tag))
    for kind, label in heaviest[:_MOST_ROWS]:
        gained, lost = report.gained[kind, label], report.lost[kind, label]
        table.add_row(kind, escape(label), str(gained or ""), str(lost or ""))
    if len(heaviest) > _MOST_ROWS:
        table.add_row("…", f"{len(heaviest) - _MOST_ROWS:,} more", "", "")
    return table


def _print_sample(sample: "Difference") -> None:
    out.print(f"[dim]{sample.article_id}[/] {escape(sample.title)}", highlight=False)
    for sign, tags in (("+", sample.gained), ("-", sample.lost), ("~", sample.altered)):
        if tags:
            said = ", ".join(f"{kind}:{label}" for kind, _, label in tags)
            out.print(f"  {sign} {escape(said)}", highlight=False)
