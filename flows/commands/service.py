"""Keeping it running: up, serve, db."""

from typing import Annotated

import typer

from flows.commands.console import err, out, state
from storage.database import Database, State

db = typer.Typer(no_args_is_help=True, help="The database's schema.")


def up(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port of the Prefect server and UI.")
    ] = 4200,
    web_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the web page.")] = 8080,
    host: Annotated[
        str,
        typer.Option(help="Address of the Prefect server; others than 127.0.0.1 need a password."),
    ] = "127.0.0.1",
) -> None:
    """Run everything on this machine: Prefect server and UI, schedules, web page."""
    from flows.service import Addresses, Ports
    from flows.service import up as run

    settings = state(context).settings
    Database.open(settings.database_url, create=True).close()
    err.print("starting (the first start makes Prefect's database) …")

    def ready(addresses: Addresses) -> None:
        out.print(f"Prefect UI  {addresses.prefect}", highlight=False)
        out.print(f"web page    {addresses.web}", highlight=False)
        out.print("Ctrl-C ends it; the schedules go on at the next start.")

    raise typer.Exit(run(settings, Ports(port, web_port, host), ready))


def serve(
    context: typer.Context,
    host: Annotated[
        str, typer.Option(help="Address to listen on; this machine only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8080,
) -> None:
    """Serve the web page and the JSON API, read-only."""
    import uvicorn

    from crawler.urls import canonical_key
    from flows.service import require_free_port, require_loopback
    from storage import Corpus
    from storage.web import create_app

    require_loopback(host)
    require_free_port(port, "--port")
    with Corpus.open(settings=state(context).settings) as corpus:
        err.print(f"http://{host}:{port}  (Ctrl-C ends it)", highlight=False)
        uvicorn.run(
            create_app(corpus, canonical_key),
            host=host,
            port=port,
            log_level="warning",
            server_header=False,
        )


@db.command()
def current(context: typer.Context) -> None:
    """Show how the database stands to this version."""
    settings = state(context).settings
    out.print(str(Database.look(settings.database_url)))


@db.command()
def upgrade(context: typer.Context) -> None:
    """Bring the database to this version."""
    settings = state(context).settings
    was = Database.look(settings.database_url)
    if was in {State.EMPTY, State.OLDER}:
        Database.bring_up(settings.database_url)
    else:
        Database.open(settings.database_url).close()
    out.print(f"{was} → {Database.look(settings.database_url)}", highlight=False)
