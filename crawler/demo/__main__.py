"""The replica by itself: ``python -m crawler.demo`` serves it, ``… age OP`` lets things happen in it."""

import signal
from pathlib import Path
from typing import Annotated

import typer

from crawler.demo.aging import OPERATIONS, Operation, apply, read_journal, write_journal
from crawler.demo.kinds.world import kinds_world
from crawler.demo.server import serve
from crawler.demo.world import World
from crawler.errors import StopRun

app = typer.Typer(help=__doc__, add_completion=False)
Journal = Annotated[Path, typer.Option(help="Where what happens is remembered.")]


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="0 for any that is free.")] = 8321,
    journal: Annotated[Path | None, typer.Option(help="What has happened so far.")] = None,
    kinds: Annotated[
        bool,
        typer.Option(
            "--kinds", help="Feeds, sitemaps, papers, … in the place of the city's sites."
        ),
    ] = False,
) -> None:
    """Serve the replica until Ctrl-C."""
    if context.invoked_subcommand is not None:
        return
    # Blocked before any thread starts, so that the signal waits for whoever waits for it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    with serve(kinds_world() if kinds else None, port=port, journal=journal) as replica:
        for site in replica.world.sites.values():
            typer.echo(f"http://{site.host}:{replica.port}/  {site.name}")
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


@app.command(help=f"Let something happen: {', '.join(OPERATIONS)}. A running replica shows it.")
def age(  # noqa: PLR0913, PLR0917 - a command's parameters are its options
    op: str,
    journal: Journal,
    site: str = "",
    column: str = "",
    path: str = "",
    count: int = 1,
    how: str = "",
    day: str = "",
) -> None:
    """Check that the operation makes sense, then write it down."""
    operation = Operation(op, site, column, path, count, how, day)
    apply(World.build(), [*read_journal(journal), operation])
    write_journal(journal, operation)


if __name__ == "__main__":
    try:
        app()
    except StopRun as error:
        raise SystemExit(str(error)) from None
