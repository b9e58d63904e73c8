"""`suqian keys`: who may ask over HTTP from other machines."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from crawler.errors import StopRun
from flows.commands.console import Json, err, out, print_json, state
from flows.commands.tables import table

if TYPE_CHECKING:
    from storage.settings import Settings
    from storage.web.access import Key, Keys

app = typer.Typer(no_args_is_help=True, help="Keys for the web service, where others can reach it.")


def keys_of(settings: "Settings") -> "Keys":
    """The keys of a home."""
    from storage.web.access import Keys

    return Keys(settings.keys_file)


def standing_keys(settings: "Settings") -> "Keys":
    """The keys of a home that has one. Raises StopRun where nobody could get in."""
    keys = keys_of(settings)
    if not keys.standing():
        raise StopRun("a key is asked for there, and there is none; make one: suqian keys add NAME")
    return keys


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose it is.")],
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="How long it counts; without it, for ever.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key. It is shown once."""
    secret = keys_of(state(context).settings).add(name, timedelta(days=days) if days else None)
    if as_json:
        print_json({"name": name, "key": secret})
        return
    out.print(secret, markup=False, highlight=False, soft_wrap=True)
    err.print("Keep it: it is not shown again. Programs send it as Authorization: Bearer KEY.")


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """Show every key, but not its secret."""
    found = keys_of(state(context).settings).all()
    if as_json:
        print_json({"keys": [_as_json(key) for key in found]})
        return
    shown = table("id", "name", "made", "last used", "expires", "revoked", whole={"id"})
    for key in found:
        times = (key.created_at, key.last_used_at, key.expires_at, key.revoked_at)
        shown.add_row(key.id, escape(key.name), *(_day(at) for at in times))
    out.print(shown)


@app.command()
def revoke(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Its name or id.")],
    as_json: Json = False,
) -> None:
    """Have a key open nothing any more; browsers that are signed in with it are signed out."""
    if not keys_of(state(context).settings).revoke(name):
        err.print(f"no key {name!r}; `suqian keys list` shows them", markup=False)
        raise typer.Exit(1)
    if as_json:
        print_json({"revoked": name})
        return
    out.print(f"revoked: {name}", markup=False, highlight=False)


def _as_json(key: "Key") -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(key).items()
    }


def _day(at: datetime | None) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M") if at else ""
