"""Keeping it running: up, serve."""

from functools import partial
from typing import Annotated

import typer

from flows.commands.completion import publishers
from flows.commands.console import Json, err, names_of, out, print_json, state
from flows.commands.keys import standing_keys


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
    as_json: Json = False,
) -> None:
    """Run everything on this machine: Prefect server and UI, schedules, web page."""
    from flows.service import Addresses, Ports
    from flows.service import up as run
    from storage.database import Database

    settings = state(context).settings
    Database.open(settings.database_url, create=True).close()
    if not (settings.contact or settings.replica):
        err.print(
            "SUQIAN_CONTACT is not set: every crawl will fail, since the real sites are asked only by "
            "somebody they can write to. Set it to an e-mail address or a page about you, and start again.",
            soft_wrap=True,
        )
    err.print("starting (the first start makes Prefect's database) …")

    def ready(addresses: Addresses) -> None:
        if as_json:
            print_json({"prefect": addresses.prefect, "web": addresses.web})
            return
        out.print(f"Prefect UI  {addresses.prefect}", highlight=False)
        out.print(f"web page    {addresses.web}", highlight=False)
        out.print("Ctrl-C ends it; the schedules go on at the next start.")

    raise typer.Exit(run(settings, Ports(port, web_port, host), ready))


ANSWER_SECONDS = 10.0
"""What one question may cost the database over HTTP."""


def serve(
    context: typer.Context,
    host: Annotated[
        str,
        typer.Option(help="Address to listen on; on any but this machine's a key is asked for."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8080,
    require_key: Annotated[
        bool, typer.Option("--require-key", help="Ask for a key on this machine, too.")
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            help="A name under which it is asked without keys, beside localhost and addresses; "
            "* for any, where a proxy asks who comes.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Serve the web page, feeds and the JSON API, read-only."""
    from crawler.urls import canonical_key
    from flows.health.service import doctor
    from flows.health.workers import Watch
    from flows.service import is_loopback, require_free_port
    from storage import Corpus
    from storage.web import create_app
    from storage.web.serving import run

    settings = state(context).settings
    keys = standing_keys(settings) if require_key or not is_loopback(host) else None
    require_free_port(port, "--port")
    names = names_of(settings)
    with Corpus.open(settings=settings, seconds=ANSWER_SECONDS, names=names) as corpus:
        if as_json:
            print_json({"web": f"http://{host}:{port}"})
        else:
            err.print(f"http://{host}:{port}  (Ctrl-C ends it)", highlight=False)
        checks = partial(doctor, settings, watch=Watch(settings))
        app = create_app(
            corpus,
            canonical_key,
            checks,
            keys=keys,
            names=allow_host or (),
            publishers={one: name for one, name in publishers().items() if name},
        )
        run(app, host, port)
