"""`suqian`: the command line. Imports little, so that asking the corpus starts at once."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from crawler.errors import CrawlerError
from flows.commands import (
    ask,
    backfill,
    care,
    collect,
    database,
    export,
    keys,
    past,
    search,
    service,
    sources,
    taxonomy,
)
from flows.commands import backup as backup_command
from flows.commands import demo as demo_command
from flows.commands import repair as repair_command
from flows.commands import reprocess as reprocess_command
from flows.commands import verify as verify_command
from flows.commands.collect import NOTHING_RAN
from flows.commands.console import State, err
from storage.errors import StorageError

app = typer.Typer(
    name="suqian",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="What the city of Suqian publishes, as one clean, queryable corpus.",
)


@app.callback()
def options(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="Folder of all data, in the place of SUQIAN_HOME.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens.")] = False,
) -> None:
    """Take the options that go before every command."""
    context.obj = State(home)
    if context.invoked_subcommand not in _ASKING:
        _log_to_stderr(logging.INFO if verbose else logging.ERROR)


_ASKING = {"search", "show", "history", "why", "status", "config"}
"""They log nothing, and to load what logs takes a third of their time."""


def _log_to_stderr(level: int) -> None:
    import structlog

    # trafilatura warns of every page without a body; the outcome says that better.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


app.command()(demo_command.demo)
app.command()(collect.ingest)
app.command()(backfill.backfill)
app.command()(collect.recheck)
app.command("import")(collect.import_)
app.command()(collect.extract)
app.command()(repair_command.repair)
app.command()(reprocess_command.reprocess)
app.command()(search.search)
app.command()(ask.show)
app.command()(past.history)
app.command()(past.forget)
app.command()(ask.why)
app.command()(ask.status)
app.command()(export.export)
app.command()(ask.config)
app.command()(care.health)
app.command()(care.doctor)
app.command()(verify_command.verify)
app.command()(backup_command.backup)
app.command()(backup_command.restore)
app.command()(service.up)
app.command()(service.serve)
app.add_typer(database.app, name="db")
app.add_typer(keys.app, name="keys")
app.add_typer(care.runs, name="runs")
app.add_typer(care.parked, name="parked")
app.add_typer(sources.app, name="sources")
app.add_typer(taxonomy.app, name="taxonomy")


def main() -> None:
    """Run a command; an error of ours is one line and exit code 2."""
    try:
        app()
    except (CrawlerError, StorageError) as error:
        for line in str(error).splitlines():
            err.print(f"suqian: {line}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(NOTHING_RAN)
    except KeyboardInterrupt:
        err.print("suqian: stopped; what was done is kept")
        sys.exit(130)


if __name__ == "__main__":
    main()
