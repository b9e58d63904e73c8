"""Doing a stage again for what is stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from flows.commands.console import Json, err, out, print_json, state
from flows.commands.tables import table
from flows.request import Selection, Stage

if TYPE_CHECKING:
    from flows import rereading
    from flows.app import App
    from flows.steps.retag import Difference, Report
    from flows.work import Hooks

_MOST_ROWS = 30
_MOST_LINES = 6
_DAY = ["%Y-%m-%d"]


def reprocess(
    context: typer.Context,
    stage: Annotated[Stage, typer.Argument(help="What to do again.")],
    source: Annotated[
        list[str] | None, typer.Option(help="extract: of this publisher; may be given again.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="extract: first day of publication.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="extract: last day of publication.")
    ] = None,
    article: Annotated[
        list[str] | None, typer.Option("--id", help="extract: one article; may be given again.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, help="extract: how many processes read pages.")
    ] = 1,
    dask: Annotated[
        str | None,
        typer.Option(
            help="extract: address of a Dask scheduler to read on; local: so many workers here."
        ),
    ] = None,
    restart: Annotated[
        bool,
        typer.Option("--restart", help="extract: not behind where an interrupted one came to."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Do a stage again for what is stored, after the taxonomy or the extractor has changed."""
    selection = Selection(
        sources=tuple(source or ()),
        since=since and since.date(),
        until=until and until.date(),
        ids=tuple(article or ()),
    )
    selection.check_for(stage)
    from flows.app import open_app

    with open_app(state(context).settings, create=False) as app:
        if stage is Stage.TAG:
            _tag(app, dry_run=dry_run, as_json=as_json)
        else:
            way = _Way(workers=workers, dask=dask, dry_run=dry_run, restart=restart)
            report = _extract(app, selection, way)
            _tell_reread(report, as_json=as_json)


# --- extract --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How to read again."""

    workers: int
    dask: str | None
    dry_run: bool
    restart: bool


def _extract(app: "App", selection: Selection, way: _Way) -> "rereading.Report":
    from flows.rereading import reread
    from flows.work import Hooks

    with Progress(console=err, transient=True) as bar:
        task = bar.add_task("extract", total=None)
        hooks = Hooks(loaded=lambda done, whole: bar.update(task, completed=done, total=whole))
        if way.workers == 1 and way.dask is None:
            return reread(app, selection, dry_run=way.dry_run, restart=way.restart, hooks=hooks)
        return _in_flow(app, selection, way, hooks)


def _in_flow(app: "App", selection: Selection, way: _Way, hooks: "Hooks") -> "rereading.Report":
    """The same in other processes: through the flow, and so Prefect's task runners."""
    from flows import prefect_home

    prefect_home.prepare(app.settings)
    from flows.reprocess import reprocess as flow
    from flows.rereading import Report
    from flows.under_prefect import given

    with given(app, hooks):
        report = flow(
            Stage.EXTRACT,
            way.dry_run,
            list(selection.sources),
            selection.since,
            selection.until,
            list(selection.ids),
            way.workers,
            way.dask,
            way.restart,
        )
    assert isinstance(report, Report)  # the stage says so  # noqa: S101
    return report


def _tell_reread(report: "rereading.Report", *, as_json: bool) -> None:
    from flows.rereading import as_dict, summary

    if as_json:
        print_json(as_dict(report))
        return
    for sample in report.samples:
        _print_reread(sample)
    for kept in report.lost_samples:
        out.print(f"[dim]{kept.id}[/] {escape(kept.title)}: {escape(kept.outcome)}; kept")
    out.print(summary(report), highlight=False)


def _print_reread(sample: "rereading.Sample") -> None:
    from flows.commands.past import marked
    from storage.diff import Mark, compare

    version = f" version {sample.version}" if sample.version else ""
    out.print(f"[dim]{sample.id}{version}[/] {escape(sample.title)}", highlight=False)
    for name, old, new in sample.fields:
        lines = [line for line in compare(old, new) if line.mark is not Mark.SAME]
        for line in lines[:_MOST_LINES]:
            out.print(Text(f"  {name}: ", "dim") + marked(line))
        if len(lines) > _MOST_LINES:
            out.print(Text(f"  {name}: and {len(lines) - _MOST_LINES} more lines", "dim"))


# --- tag ------------------------------------------------------------------------------------------


def _tag(app: "App", *, dry_run: bool, as_json: bool) -> None:
    from flows.reprocessing import as_dict, tag_again
    from flows.steps.retag import count

    with Progress(console=err, transient=True) as bar:
        task = bar.add_task("tag", total=count(app.database))
        report = tag_again(
            app, dry_run=dry_run, on_batch=lambda done: bar.update(task, completed=done)
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
    shown = table("kind", "tag", "gained", "lost", numbers={"gained", "lost"})
    tags = {*report.gained, *report.lost}
    heaviest = sorted(tags, key=lambda tag: (-report.gained[tag] - report.lost[tag], tag))
    for kind, label in heaviest[:_MOST_ROWS]:
        gained, lost = report.gained[kind, label], report.lost[kind, label]
        shown.add_row(kind, escape(label), str(gained or ""), str(lost or ""))
    if len(heaviest) > _MOST_ROWS:
        shown.add_row("…", f"{len(heaviest) - _MOST_ROWS:,} more", "", "")
    return shown


def _print_sample(sample: "Difference") -> None:
    out.print(f"[dim]{sample.article_id}[/] {escape(sample.title)}", highlight=False)
    for sign, tags in (("+", sample.gained), ("-", sample.lost), ("~", sample.altered)):
        if tags:
            said = ", ".join(f"{kind}:{label}" for kind, _, label in tags)
            out.print(f"  {sign} {escape(said)}", highlight=False)
