"""Tables as every command prints them: one look, and nothing cut, however narrow the terminal."""

from collections.abc import Collection, Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table


def table(
    *names: str,
    whole: Collection[str] = (),
    numbers: Collection[str] = (),
    title: str | None = None,
    caption: str | None = None,
) -> Table:
    """An empty table with these headings.

    What is too long for its column goes on in the next line; but never in a column that is named in
    `whole`. `numbers` stand at the right.
    """
    made = Table(
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        title=title,
        title_justify="left",
        caption=caption,
        caption_justify="left",
    )
    for name in names:
        made.add_column(
            name,
            justify="right" if name in numbers else "left",
            no_wrap=name in whole or name in numbers,
            overflow="fold",
        )
    return made


def facts() -> Table:
    """An empty table without headings: what something is called, what it is, where that is from."""
    made = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    return made


def listed(counts: Iterable[tuple[int, str]]) -> str:
    """Counts in one line: 3 dropped, 57 duplicate."""
    return ", ".join(f"{count:,} {what}" for count, what in counts)
