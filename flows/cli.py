"""`suqian`: the command line. Imports little, so that asking the corpus starts at once."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from crawler.errors import CrawlerError
from flows.commands.console import NOTHING_RAN, State, err
from flows.commands.lazy import group_of
from storage.errors import StorageError

_COMMANDS = {
    "demo": "demo:demo",
    "ingest": "collect:ingest",
    "backfill": "backfill:backfill",
    "recheck": "collect:recheck",
    "import": "collect:import_",
    "extract": "collect:extract",
    "repair": "repair:repair",
    "reprocess": "reprocess:reprocess",
    "search": "search:search",
    "show": "ask:show",
    "history": "past:history",
    "forget": "past:forget",
    "why": "ask:why",
    "status": "ask:status",
    "export": "export:export",
    "config": "ask:config",
    "health": "care:health",
    "doctor": "care:doctor",
    "verify": "verify:verify",
    "backup": "backup:backup",
    "restore": "backup:restore",
    "up": "service:up",
    "serve": "service:serve",
    "db": "database:app",
    "keys": "keys:app",
    "runs": "care:runs",
    "parked": "care:parked",
    "sources": "sources:app",
    "taxonomy": "taxonomy:app",
}
"""Where each command stands in `flows.commands`, in the order in which help tells of them."""

app = typer.Typer(
    cls=group_of({name: f"flows.commands.{place}" for name, place in _COMMANDS.items()}),
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
