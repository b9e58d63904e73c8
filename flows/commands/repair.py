"""Undoing damage by itself: text in, text out."""

import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crawler.errors import Park
from flows.commands.console import print_json

if TYPE_CHECKING:
    from crawler.repair import Repaired


def repair(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Plain text; standard input without it, or as -."),
    ] = None,
    report: Annotated[
        bool,
        typer.Option(
            "--report", "--json", help="Print JSON: the text, and what was repaired in it."
        ),
    ] = False,
    encoding: Annotated[str, typer.Option(help="What the text is encoded in.")] = "utf-8",
) -> None:
    """Undo the damage that a mirror has done to a Chinese text; leave any other as it is."""
    from crawler.repair import repair as undo

    name, raw = _input(file)
    done = undo(_decoded(raw, encoding, name))
    if report:
        print_json(_report(done))
    else:
        # As bytes: line ends stay what they were.
        typer.echo(done.text.encode(), nl=False)


def _input(file: Path | None) -> tuple[str, bytes]:
    if file is None or str(file) == "-":
        return "standard input", sys.stdin.buffer.read()
    try:
        return str(file), file.read_bytes()
    except OSError as error:
        raise Park(f"{file}: {error.strerror or error}") from error


def _decoded(raw: bytes, encoding: str, name: str) -> str:
    try:
        return raw.decode("utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding)
    except LookupError as error:
        raise typer.BadParameter(f"{encoding!r} is no encoding", param_hint="--encoding") from error
    except UnicodeDecodeError as error:
        other = "gb18030" if encoding != "gb18030" else "utf-8"
        raise Park(
            f"{name}: byte {error.start} is no {encoding}; "
            f"if this is text in another encoding, name it: --encoding {other}"
        ) from error


def _report(done: "Repaired") -> dict[str, Any]:
    counts = Counter(one.kind for one in done.repairs if one.undone)
    return {
        "text": done.text,
        "changed": done.changed,
        "counts": counts,
        "left": sum(not one.undone for one in done.repairs),
        "repairs": [asdict(one) for one in done.repairs],
    }
