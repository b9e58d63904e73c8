"""What was found out as YAML, put into a catalogue's files without touching what else is in them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from crawler.catalogue import Catalogue, shipped_folder
from crawler.errors import StopRun
from crawler.layouts import ListTemplate

_HEAD = "# What `suqian sources add` found out; docs/sources.md explains the keys.\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A column to be written, and the publisher where there is none yet."""

    source: str
    publisher: Mapping[str, Any]
    """Name, level and hosts, for a new file."""
    column: str
    values: Mapping[str, Any]
    """The column's keys, with its template."""
    template: ListTemplate | None
    """A new template under the column's `template`; None where the catalogue has it."""


def write(
    folder: Path, catalogue: Catalogue, entry: Entry, since: date | None = None
) -> list[Path]:
    """Write an entry into a catalogue folder; the files written.

    With `since` the column is there already and has looked like this from that day on: what it was
    becomes its youngest earlier layout. Raises StopRun where the column is there without that, or
    not there with it.
    """
    _refuse(catalogue, entry, since)
    written = []
    if entry.template is not None:
        written.append(_write_template(folder, str(entry.values["template"]), entry.template))
    path = folder / "sources" / f"{entry.source}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_text("utf-8") if path.exists() else _shipped(entry.source)
    if text is None:
        content = {**entry.publisher, "columns": {entry.column: dict(entry.values)}}
        path.write_text(_HEAD + _dump(content), "utf-8")
    elif since is not None:
        path.write_text(_redesigned(text, entry, since), "utf-8")
    else:
        path.write_text(_put(text, ("columns",), {entry.column: dict(entry.values)}), "utf-8")
    return [*written, path]


def _refuse(catalogue: Catalogue, entry: Entry, since: date | None) -> None:
    known = catalogue.sources.get(entry.source)
    there = known is not None and entry.column in known.columns
    if there and since is None:
        raise StopRun(
            f"{entry.source} has a column {entry.column!r}; --since DAY says from when on it has looked like this, "
            "--column gives another id"
        )
    if since is not None and not there:
        raise StopRun(
            f"{entry.source} has no column {entry.column!r} that could have been redesigned"
        )


def _shipped(source: str) -> str | None:
    """The shipped file of a source: an operator's replaces it, and so begins as a copy."""
    path = shipped_folder() / "sources" / f"{source}.yaml"
    return path.read_text("utf-8") if path.exists() else None


def _write_template(folder: Path, name: str, template: ListTemplate) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "templates.yaml"
    values = template.model_dump(exclude_defaults=True)
    text = path.read_text("utf-8") if path.exists() else f"{_HEAD}lists:\n"
    known = (yaml.safe_load(text) or {}).get("lists") if path.exists() else None
    if path.exists() and not known:
        text = f"{text.rstrip()}\n\nlists:\n"
    if known:
        path.write_text(_put(text, ("lists",), {name: values}), "utf-8")
    else:
        path.write_text(text + _indented(_dump({name: values}), 2), "utf-8")
    return path


def _redesigned(text: str, entry: Entry, since: date) -> str:
    """A file's text with a column that looks otherwise from a day on."""
    old = yaml.safe_load(text)["columns"][entry.column]
    before = {"until": since - timedelta(days=1)} | {
        key: old[key] for key in ("template", "body") if old.get(key)
    }
    layouts = [one for one in old.get("layouts", ()) if one["until"] < before["until"]]
    kept = {key: value for key, value in old.items() if key not in {"template", "body", "layouts"}}
    looks = {key: entry.values[key] for key in ("start", "template", "body") if key in entry.values}
    new = {**kept, **looks, "layouts": [*layouts, before]}
    return _put(text, ("columns",), {entry.column: new}, replaced=entry.column)


def _put(
    text: str, at: Sequence[str], values: Mapping[str, Any], replaced: str | None = None
) -> str:
    """A YAML text with keys put at the end of one of its mappings, or in the place of one of them."""
    node: Any = yaml.compose(text)
    for name in at:
        node = next(value for key, value in node.value if key.value == name)
    if node.flow_style:
        raise StopRun(f"{'.'.join(at)} is written in braces: write it in lines to have it added to")
    keys = [(key, value) for key, value in node.value if replaced is None or key.value == replaced]
    lines = text.splitlines(keepends=True)
    key, value = keys[-1]
    end = _last_line(lines, key.start_mark.line, value.end_mark.line)
    begin = key.start_mark.line if replaced else end
    if lines[end - 1 : end] and not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    block = _indented(_dump(dict(values)), key.start_mark.column)
    return "".join([*lines[:begin], block, *lines[end:]])


def _last_line(lines: Sequence[str], begin: int, end: int) -> int:
    """Where a block ends: behind its last line that says something."""
    end = max(end, begin + 1)
    while end > begin + 1 and re.fullmatch(r"\s*(?:#.*)?\s*", lines[min(end, len(lines)) - 1]):
        end -= 1
    return end


def _dump(value: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(value), allow_unicode=True, sort_keys=False, width=1000)


def _indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in text.splitlines())
