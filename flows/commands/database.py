"""The database from the command line: its version, its state, and copies of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from flows.commands.console import Json, err, out, print_json, state
from flows.commands.tables import table

if TYPE_CHECKING:
    from storage.transfer import OnRows

app = typer.Typer(no_args_is_help=True, help="The database: its version, its state, copies of it.")
NOT_WHOLE = 1
_SHOWN = 5


@app.command()
def current(context: typer.Context, as_json: Json = False) -> None:
    """Show how the database stands to this version."""
    from storage import migrations
    from storage.database import Database
    from storage.settings import masked

    url = state(context).settings.database_url
    found = Database.look(url)
    if as_json:
        print_json({"database": masked(url), "state": found, "version": migrations.HEAD})
    else:
        out.print(f"{found} (this program: version {migrations.HEAD})", highlight=False)


@app.command()
def upgrade(context: typer.Context, as_json: Json = False) -> None:
    """Bring the database to this version."""
    from storage.database import Database, State
    from storage.settings import masked

    url = state(context).settings.database_url
    was = Database.look(url)
    if was in {State.EMPTY, State.OLDER}:
        Database.bring_up(url)
    else:
        Database.open(url).close()
    now = Database.look(url)
    if as_json:
        print_json({"database": masked(url), "was": was, "state": now})
    else:
        out.print(f"{was} → {now}", highlight=False)


@app.command()
def check(context: typer.Context, as_json: Json = False) -> None:
    """Look whether the database is whole, by itself: reads all of it. Exit code 1 where it is not.

    `suqian verify` looks at the archive, too, and repairs.
    """
    from storage.database import Database
    from storage.verify import CHECKS

    database = Database.open(state(context).settings.database_url)
    try:
        with err.status("reading the database"), database.standing() as session:
            found = {name: list(look(session)) for name, look in CHECKS.items()}
    finally:
        database.close()
    if as_json:
        print_json({name: [asdict(one) for one in some] for name, some in found.items()})
    else:
        shown = table("", "check", "found", whole={"", "check"})
        for name, some in found.items():
            said = "\n".join(one.said for one in some[:_SHOWN])
            more = f"\nand {len(some) - _SHOWN:,} more" if len(some) > _SHOWN else ""
            shown.add_row("✗" if some else "✓", name, f"{escape(said)}{more}")
        out.print(shown)
    if any(found.values()):
        raise typer.Exit(NOT_WHOLE)


@app.command()
def copy(
    source: Annotated[str, typer.Argument(metavar="SRC", help="Address of the database to copy.")],
    target: Annotated[str, typer.Argument(metavar="DST", help="Address of an empty database.")],
    as_json: Json = False,
) -> None:
    """Copy a corpus into another database, SQLite or PostgreSQL, and verify it.

    Addresses are as in SUQIAN_DATABASE_URL. When it is killed, the same command goes on where it was.
    """
    from storage.settings import masked
    from storage.transfer import copy as run

    with _progress() as on_rows:
        found = run(source, target, on_rows)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    shown = table("table", "rows", "digest", whole={"table"}, numbers={"rows"})
    for one in found:
        shown.add_row(one.table, f"{one.rows:,}", one.digest)
    out.print(shown)
    out.print(f"{masked(target)} holds the same as {masked(source)}", highlight=False, markup=False)


@contextmanager
def _progress() -> Iterator["OnRows"]:
    columns = (TextColumn("{task.description:<20}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def on_rows(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        yield on_rows
