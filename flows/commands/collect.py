"""Filling the corpus: ingest, import, extract."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.rule import Rule

from crawler.errors import Park
from flows.commands.completion import sources
from flows.commands.console import NOTHING_RAN, SOME_FAILED, Json, err, out, print_json, state
from flows.commands.tables import table
from flows.request import Group, Request

if TYPE_CHECKING:
    from crawler.catalogue import ArticleLayout, Catalogue
    from crawler.progress import Progress as Crawled
    from crawler.records import Article, Page
    from flows.app import App
    from flows.checking import Recheck
    from flows.report import RunReport
    from flows.work import Hooks

NoPrefect = Annotated[
    bool,
    typer.Option(
        "--no-prefect",
        help="Start quicker, without Prefect: the run is in `suqian runs`, not in Prefect's UI.",
    ),
]
_DAY = ["%Y-%m-%d"]
_MOST_RULE = 100
"""Columns of a line that only parts: where no terminal says how wide it is, others have a thousand."""
_Asked = TypeVar("_Asked")


def ingest(
    context: typer.Context,
    source: Annotated[
        list[str] | None,
        typer.Option(help="Id of a publisher; may be given again.", autocompletion=sources),
    ] = None,
    group: Annotated[Group | None, typer.Option(help="A group of publishers.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="First day wanted.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_DAY, help="Last day wanted.")] = None,
    days_back: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="In the place of --since: walk the lists of so many days page by page, for what was "
            "put in late.",
        ),
    ] = None,
    recheck: Annotated[
        bool, typer.Option("--recheck", help="Ask again for stored pages too.")
    ] = False,
    due_only: Annotated[
        bool,
        typer.Option("--due-only", help="Only lists that are due, by how often they have news."),
    ] = False,
    no_prefect: NoPrefect = False,
    as_json: Json = False,
) -> None:
    """Crawl the publishers' sites now and load what is new."""
    if since and days_back:
        raise typer.BadParameter("give --since or --days-back")
    from crawler.records import city_day
    from flows.app import open_app
    from flows.run import ingest as without_prefect

    today = city_day(datetime.now(UTC))
    request = Request(
        sources=tuple(source or ()),
        group=group,
        since=since and since.date(),
        until=until and until.date(),
        recheck=recheck,
        due_only=due_only,
    ).looking_back(days_back, today)
    with open_app(state(context).settings) as app:
        request.check(today)
        for one in request.sources:
            app.catalogue.source(one)
        with_prefect = partial(run_flow, days_back=days_back)
        run = partial(_run_here, without_prefect) if no_prefect else with_prefect
        report = _even_if_it_died(partial(run, app, request))
    finish(report, as_json=as_json)


def _even_if_it_died(run: Callable[[], "RunReport"]) -> "RunReport":
    """The report of a run, also where its crawl died: what was fetched by then is loaded."""
    from flows.run import CrawlDied

    try:
        return run()
    except CrawlDied as error:
        return error.report


def run_flow(app: "App", request: Request, days_back: int | None = None) -> "RunReport":
    """Run the Prefect flow in this process, with a progress bar."""
    with in_prefect(app):
        from flows.ingest import ingest as flow
    with reporting(app):
        return _report_of(
            flow,
            sources=list(request.sources) or None,
            group=request.group,
            since=request.since,
            until=request.until,
            recheck=request.recheck,
            days_back=days_back,
            due_only=request.due_only,
        )


def _report_of(flow: Callable[..., Any], **parameters: object) -> "RunReport":
    """What a flow says that is called here: one that is not needed raises `Busy` in the place of a state."""
    from flows.report import RunReport

    report = flow(**parameters)
    assert isinstance(report, RunReport)  # noqa: S101
    return report


def _run_here(
    run: "Callable[[App, _Asked, Hooks], RunReport]", app: "App", request: _Asked
) -> "RunReport":
    """Run what a flow runs, with a progress bar and without the flow. A stop by systemd or `kill` ends it
    in order, as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with progress_hooks() as hooks:
            return run(app, request, hooks)
    finally:
        signal.signal(signal.SIGTERM, before)


def recheck(
    context: typer.Context,
    source: Annotated[
        list[str] | None,
        typer.Option(help="Id of a publisher; may be given again.", autocompletion=sources),
    ] = None,
    group: Annotated[Group | None, typer.Option(help="A group of publishers.")] = None,
    per_host: Annotated[
        int | None, typer.Option(min=1, help="Pages of one host, at the most.")
    ] = None,
    within_days: Annotated[
        int | None, typer.Option(min=1, help="Only what was first seen in the last days.")
    ] = None,
    no_prefect: NoPrefect = False,
    as_json: Json = False,
) -> None:
    """Ask again for stored articles that are due: edits, withdrawals, returns."""
    from flows.app import open_app
    from flows.checking import PER_HOST, Recheck
    from flows.checking import recheck as without_prefect

    request = Recheck(tuple(source or ()), group, per_host or PER_HOST, within_days)
    with open_app(state(context).settings) as app:
        for one in request.sources:
            app.catalogue.source(one)
        run = partial(_run_here, without_prefect) if no_prefect else _run_recheck
        report = _even_if_it_died(partial(run, app, request))
    finish(report, as_json=as_json)


def _run_recheck(app: "App", request: "Recheck") -> "RunReport":
    with in_prefect(app):
        from flows.recheck import recheck as flow
    with reporting(app):
        return _report_of(
            flow,
            sources=list(request.sources) or None,
            group=request.group,
            per_host=request.per_host,
            within_days=request.within_days,
        )


@contextmanager
def in_prefect(app: "App") -> Iterator[None]:
    """Prefect set up for this process; its flows are imported inside of the block."""
    from flows import prefect_home

    with err.status("starting Prefect (the first start makes its database)"):
        prefect_home.prepare(app.settings)
        yield


@contextmanager
def reporting(app: "App") -> Iterator[None]:
    """Flows that are called in this block use the open system and a progress bar."""
    from flows.under_prefect import given

    with progress_hooks() as hooks, given(app, hooks):
        yield


@contextmanager
def progress_hooks() -> "Iterator[Hooks]":
    """A run's progress as a bar on the terminal."""
    from flows.work import Hooks

    columns = (
        TextColumn("{task.description:<8}"),
        BarColumn(),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as progress:
        begun: list[TaskID] = []

        def stage(name: str) -> None:
            for task in begun:
                progress.update(task, total=1, completed=1)
            begun.append(progress.add_task(name, total=None, said=""))

        def moved(done: int, whole: int, said: str) -> None:
            if not begun:
                stage("load")
            progress.update(begun[-1], total=whole, completed=done, said=said)

        def crawled(now: "Crawled") -> None:
            got, lists = sum(now.fetched.values()), sum(now.lists.values())
            said = f"{got:,} pages, {lists:,} list pages of {len({*now.lists, *now.fetched})} sites"
            moved(got + lists, got + lists + now.waiting, said)

        def loaded(done: int, whole: int) -> None:
            moved(done, whole, f"{done:,} of {whole:,} addresses")

        yield Hooks(stage=stage, crawled=crawled, loaded=loaded)


def finish(report: "RunReport", *, as_json: bool) -> None:
    """Print a report; exit with 1 where something went wrong, with 2 where nothing else came of it."""
    from flows.report import ReportTable

    if as_json:
        print_json(report.as_dict())
    else:
        out.print(ReportTable(report))
        out.print(report.summary(), highlight=False)
        for problem in report.problems:
            err.print(f"problem: {problem}", markup=False, highlight=False)
    if report.problems:
        worked = any(source.discovered or source.list_pages for source in report.sources)
        raise typer.Exit(SOME_FAILED if worked else NOTHING_RAN)


def import_(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH…", help="Pages, documents, folders, WARCs.")
    ],
    as_json: Json = False,
) -> None:
    """Take pages and documents that you have already: files, folders and WARCs."""
    from flows.app import open_app
    from flows.importing import import_paths

    with open_app(state(context).settings) as app, progress_hooks() as hooks:
        report = import_paths(app, paths, hooks)
    finish(report, as_json=as_json)


def extract(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Saved pages.")],
    url: Annotated[str | None, typer.Option(help="The address of the page, for one file.")] = None,
    saved: Annotated[
        datetime | None,
        typer.Option(
            formats=_DAY, help="The day the pages were saved: their layout is of that day."
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes to work with.")] = 1,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the candidates of each field and the choice.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print what pages say, without storing anything."""
    if url is not None and len(files) > 1:
        raise typer.BadParameter("--url goes with one file")
    from crawler.records import CITY_TIME
    from flows.app import catalogue_folders

    folders = catalogue_folders(state(context).settings)
    day = saved.replace(tzinfo=CITY_TIME) if saved else None
    work = partial(read_file, url=url, folders=folders, saved=day, explained=explain)
    failed = False
    for record in _mapped(work, files, jobs):
        failed = failed or record["outcome"].startswith("failed")
        if as_json:
            typer.echo(json.dumps(record, ensure_ascii=False))
        else:
            _print_record(record)
    if failed:
        raise typer.Exit(SOME_FAILED)


def _mapped(
    work: "partial[dict[str, Any]]", files: list[Path], jobs: int
) -> Iterator[dict[str, Any]]:
    if jobs == 1:
        yield from map(work, files)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(work, files, chunksize=4)


def read_file(
    file: Path,
    url: str | None,
    folders: tuple[Path, ...],
    saved: datetime | None = None,
    *,
    explained: bool = False,
) -> dict[str, Any]:
    """What one file says, as JSON values; `outcome` tells what it is. `saved`: when it was, if known."""
    from crawler.attachments.document import read_document
    from crawler.attachments.kinds import is_document
    from crawler.attachments.reader import FileReader
    from crawler.extract import extract as extract_page
    from crawler.records import Article
    from flows.importing import MAX_BYTES, Described, page_of
    from flows.steps.extracted import layout_of

    empty: dict[str, Any] = dict.fromkeys(("title", "body", "published_at", "origin", "author"))
    failed = {"file": str(file), **empty, "provenance": {}}
    try:
        if file.stat().st_size > MAX_BYTES:
            return failed | {"outcome": f"failed: larger than {MAX_BYTES >> 20} MB"}
        page = page_of(file, Described(url), saved or datetime.now(UTC))
        if is_document(page.body, page.content_type):
            with FileReader() as files:
                found = read_document(page, files)
        else:
            _, layout = layout_of(_catalogue(folders), page)
            found = extract_page(page, layout)
            failed |= {"explanation": _explanation(page, layout)} if explained else {}
    except OSError as error:
        return failed | {"outcome": f"failed: {error.strerror or error}"}
    except Park as error:
        return failed | {"outcome": f"parked:{error}"}
    if isinstance(found, Article):
        return failed | {"outcome": "article"} | _record(found)
    return failed | {"outcome": f"dropped:{found.reason}"}


def _explanation(page: "Page", layout: "ArticleLayout | None") -> dict[str, Any]:
    from crawler.explain import explain

    return explain(page, layout).as_dict() if page.content_type != "text/plain" else {}


@lru_cache(maxsize=1)
def _catalogue(folders: tuple[Path, ...]) -> "Catalogue":
    from crawler.catalogue import Catalogue

    return Catalogue.load(*folders, shipped=False)


def _record(article: "Article") -> dict[str, Any]:
    plain = asdict(article)
    for name in (
        "key",
        "warc",
        "fetched_at",
        "source",
        "column",
        "published",
        "updated",
        "canonical",
    ):
        del plain[name]
    times = {
        "published_at": str(article.published) if article.published else None,
        "updated_at": str(article.updated) if article.updated else None,
    }
    return plain | times


def _print_record(record: dict[str, Any]) -> None:
    out.print(Rule(escape(record["file"]), align="left"), width=min(out.width, _MOST_RULE))
    if record.get("explanation"):
        _print_explanation(record)
        return
    for name, value in record.items():
        if value and name not in {"file", "body", "provenance"}:
            came_from = record["provenance"].get(name.removesuffix("_at"), "")
            out.print(
                f"[dim]{name:<16}[/] {escape(str(value))}  [dim]{escape(came_from)}[/]",
                highlight=False,
            )
    if record["body"]:
        out.print(escape(record["body"]), highlight=False)


def _print_explanation(record: dict[str, Any]) -> None:
    """A table of the elements that may hold the article, and one of each field's candidates."""
    explanation = record["explanation"]
    out.print(f"outcome {escape(record['outcome'])}, body by {escape(explanation['located'])}")
    numbers = {"weight", "Han"}
    containers = table("", "element", "weight", "Han", numbers=numbers, title="body")
    for one in explanation["containers"]:
        containers.add_row(
            _mark(one), escape(one["selector"]), f"{one['weight']:.0f}", str(one["han"])
        )
    out.print(containers)
    fields = table("field", "", "value", "from", whole={"field"}, title="fields")
    for choice in explanation["choices"]:
        fields.add_row(choice["field"], "", f"[dim]{escape(choice['why'])}[/]", "")
        for one in choice["candidates"]:
            fields.add_row("", _mark(one), escape(_in_short(one["value"])), escape(one["where"]))
    out.print(fields)


def _in_short(value: str, most: int = 60) -> str:
    line = " ".join(value.split())
    return line if len(line) <= most else f"{line[:most]}…"


def _mark(one: dict[str, Any]) -> str:
    return "✓" if one["chosen"] else ""
