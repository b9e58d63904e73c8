"""`suqian demo`: the whole line on a replica of the city's sites, in a home of its own."""

import json
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from platformdirs import user_data_path

from crawler.errors import StopRun
from flows.commands.collect import finish, run_flow
from flows.commands.console import Json, err, out, state
from flows.request import Request
from storage.errors import Refused

if TYPE_CHECKING:
    from crawler.demo.server import Replica
    from flows.app import App

WEB_PORT = 8080


def demo(
    context: typer.Context,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the demo's data here.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget what an earlier demo stored.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Crawl a replica of the city's sites on this machine, from the list page to the answer."""
    from crawler.demo.world import FIRST_DAY

    if (given := state(context).home) and not keep:
        raise StopRun(f"a demo has a home of its own; to choose it: suqian demo --keep {given}")
    home = (keep or user_data_path("suqian-demo", appauthor=False)).expanduser().absolute()
    if fresh:
        _forget(home)
    _require_ours(home)
    with _replica(home) as replica:
        err.print(
            f"replica: {len(replica.world.sites)} sites on 127.0.0.1:{replica.port}; nobody else is there, "
            "so requests go without delay (real hosts: one at a time, 2 s apart)",
            highlight=False,
        )
        with _open(home, replica) as app:
            report = run_flow(app, Request(since=FIRST_DAY))
    try:
        finish(report, as_json=as_json)
    finally:
        if not as_json:
            _print_next(home)


def _forget(home: Path) -> None:
    """Remove a demo's home, and nothing that is not one."""
    if home.exists():
        if not _note(home).exists():
            raise StopRun(f"{home} is not a demo's home; remove it by hand if it is to go")
        shutil.rmtree(home)


def _require_ours(home: Path) -> None:
    """The replica's pages are not to be mixed into a corpus of the real sites."""
    from storage.settings import CORPUS_FILE

    if (home / CORPUS_FILE).exists() and not _note(home).exists():
        raise StopRun(f"{home} holds a corpus that is no demo's; choose another: --keep DIR")


@contextmanager
def _replica(home: Path) -> "Iterator[Replica]":
    """The replica at the port that this home saw it at before, so that its addresses stay."""
    from crawler.demo.server import serve

    note = _note(home)
    try:
        home.mkdir(parents=True, exist_ok=True)
        port = json.loads(note.read_text("utf-8"))["port"] if note.exists() else 0
    except OSError as error:
        raise StopRun(
            f"{home} cannot be written: {error.strerror}; choose another: --keep DIR"
        ) from error
    with serve(port=port, journal=home / "replica.jsonl") as replica:
        note.write_text(json.dumps({"port": replica.port}), "utf-8")
        yield replica


def _note(home: Path) -> Path:
    return home / "replica.json"


@contextmanager
def _open(home: Path, replica: "Replica") -> "Iterator[App]":
    """The system in the demo's home, whatever the environment says of another."""
    from crawler.demo.catalogue import write_catalogue
    from flows.app import for_replica, open_app
    from storage.settings import Settings

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        try:
            app = stack.enter_context(open_app(Settings.for_home(home)))
        except Refused as error:
            raise StopRun(f"{error}; or forget that demo: suqian demo --fresh") from error
        write_catalogue(folder, replica.port)
        yield for_replica(app, folder)


def _print_next(home: Path) -> None:
    from storage.settings import launched_by_uv

    command = f"{'uv run ' if launched_by_uv() else ''}suqian --home {shlex.quote(str(home))}"
    out.print("\nTry next:", highlight=False)
    for example in ("search 新质生产力", "status", f"serve --port {WEB_PORT}"):
        out.print(f"  {command} {example}", highlight=False, soft_wrap=True, markup=False)
    out.print(f"  and with the last one running: http://127.0.0.1:{WEB_PORT}\n", highlight=False)
