"""What every command shares: the options before it, and how it speaks to a person or a machine."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console

from crawler.errors import CatalogueError

if TYPE_CHECKING:
    from flows.names import Known
    from storage import Corpus
    from storage.settings import Settings

SOME_FAILED = 1
NOTHING_RAN = 2
"""What a command ends with."""

_NO_TERMINAL = (1000, 24)
"""Columns and lines where results go into a file or another program: a row stays in one piece."""
# Results go to standard output, everything said on the way to standard error.
out = Console(width=get_terminal_size(_NO_TERMINAL).columns)
err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]
Unmasked = Annotated[
    bool, typer.Option("--unmasked", help="Show numbers of ID cards, bank cards and telephones.")
]


@dataclass(frozen=True)
class State:
    """The options given before the command."""

    home: Path | None

    @cached_property
    def settings(self) -> "Settings":
        """The settings of this call."""
        from storage.settings import Settings

        return Settings.load(**self.given)

    @property
    def given(self) -> dict[str, Any]:
        """What the command line itself sets."""
        return {"home": self.home} if self.home else {}


def state(context: typer.Context) -> State:
    """The options that were given before the command."""
    found = context.find_object(State)
    assert found is not None  # noqa: S101 - the app's callback has set it
    return found


@contextmanager
def corpus(context: typer.Context, *, unmasked: bool = False) -> Iterator["Corpus"]:
    """The corpus that this call is about, open for reading."""
    from storage import Corpus

    settings = state(context).settings
    with Corpus.open(settings=settings, unmasked=unmasked, names=names_of(settings)) as opened:
        yield opened


def names_of(settings: "Settings") -> "Callable[[str], Mapping[str, str]]":
    """What may be asked for by name; imported and read, once, when a name is in no article."""

    @cache
    def known() -> "Known":
        from flows.names import Known

        return Known(settings)

    def read(kind: str) -> "Mapping[str, str]":
        return known()(kind)

    return read


@contextmanager
def paged() -> Iterator[None]:
    """What is printed inside goes through the reader's pager, on a terminal only; what fits on the
    screen is printed as it is."""
    if not (out.is_terminal and sys.stdin.isatty()):
        yield
        return
    from storage.settings import set_environment

    # Colours, no waiting where one screen is enough, and the screen left as it is.
    set_environment({"LESS": "-RFX"})
    with out.pager(styles=out.color_system is not None):
        yield


def print_json(value: Any) -> None:
    """One JSON value on standard output, as it is: no wrapping, no colour."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def fail_with_problems(error: CatalogueError, *, as_json: bool) -> NoReturn:
    """Show every ``file:line: …`` of a check that failed, and end with 1."""
    problems = str(error).splitlines()
    if as_json:
        print_json({"problems": problems})
    for problem in problems:
        err.print(problem, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1) from error
