"""Tables of cases on a terminal, one way for every suite."""

import sys
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a title, numbers as they are given."""
    table = Table(*columns, title=title, box=SIMPLE_HEAD, title_justify="left")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    # Wide enough for a log: nobody wants a row to break where there is no terminal.
    width = None if sys.stdout.isatty() else 160
    Console(file=sys.stdout, width=width, markup=False, highlight=False).print(table)
