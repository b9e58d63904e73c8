"""YAML files that people edit: read strictly, with the line of everything, so that errors can name it."""

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from crawler.errors import CatalogueError

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_Path = tuple[int | str, ...]
# The parser in C is some fifteen times as fast; PyYAML has it wherever it was built with libyaml.
_Loader: type[yaml.SafeLoader | yaml.CSafeLoader] = (
    yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
)


@dataclass(frozen=True)
class YamlFile:
    """The content of a file and where each part of it stands."""

    path: Path
    content: Any
    lines: dict[_Path, int]

    def line(self, place: Sequence[int | str]) -> int:
        """The line of a key or item; of the nearest thing around it when it is not there."""
        at = tuple(place)
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at, 1)

    def problem(self, place: Sequence[int | str], what: str) -> str:
        """``file:line: what``."""
        return f"{self.path}:{self.line(place)}: {what}"


def read_yaml(path: Path) -> YamlFile:
    """Read a file whose top is a mapping. Raises CatalogueError with file and line."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise CatalogueError(f"{path}:1: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CatalogueError(
            f"{path}:1: is not UTF-8 (byte {error.start}); save it as UTF-8"
        ) from error
    try:
        content, lines, twice = _parsed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise CatalogueError(
            f"{path}:{line}: is no YAML: {error.problem or error.context}"
        ) from error
    except yaml.YAMLError as error:
        raise CatalogueError(f"{path}:1: is no YAML: {error}") from error
    except ValueError as error:
        raise CatalogueError(f"{path}:{_wrong_date(text)}: is no YAML: {error}") from error
    if not isinstance(content, dict):
        raise CatalogueError(f"{path}:1: is empty or no mapping; see docs/sources.md")
    if twice:
        raise CatalogueError(
            "\n".join(
                f"{path}:{line}: the key {'.'.join(map(str, at))} stands twice"
                for at, line in twice
            )
        )
    return YamlFile(path, content, lines)


def _parsed(text: str) -> tuple[Any, dict[_Path, int], list[tuple[_Path, int]]]:
    """The content of a text, the line of everything in it, and the keys that stand twice."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, {}, []
        # Before the content is made, which puts what is merged (`<<`) into the nodes.
        lines, twice = dict(_lines(node, ())), list(_repeated(node, ()))
        return loader.construct_document(node), lines, twice
    finally:
        loader.dispose()


def read_items(path: Path) -> list[Any]:
    """Read a file of the program itself whose top is a list."""
    return list(yaml.load(path.read_text("utf-8"), Loader=_Loader))  # noqa: S506 - a safe loader


def _wrong_date(text: str) -> int:
    """The line of the first value that looks like a date and is none, such as 2025-02-30."""
    for token in yaml.scan(text, Loader=_Loader):
        if isinstance(token, yaml.ScalarToken) and _DAY.match(token.value):
            try:
                date.fromisoformat(token.value[:10])
            except ValueError:
                line: int = token.start_mark.line
                return line + 1
    return 1


def _lines(node: yaml.Node, at: _Path) -> Iterator[tuple[_Path, int]]:
    yield at, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*at, _name(key))
            yield from _lines(value, inner)
            yield inner, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _lines(value, (*at, number))


def _repeated(node: yaml.Node, at: _Path) -> Iterator[tuple[_Path, int]]:
    """Keys that stand twice in one mapping: YAML would silently take the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[Hashable] = set()
        for key, value in node.value:
            name = _name(key)
            if name in seen:
                yield (*at, name), key.start_mark.line + 1
            seen.add(name)
            yield from _repeated(value, (*at, name))
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _repeated(value, (*at, number))


def _name(key: yaml.Node) -> str:
    return str(key.value)


def problems_of(
    file: YamlFile, error: ValidationError, model: type[BaseModel], inside: tuple[str, ...] = ()
) -> list[str]:
    """A Pydantic error as lines that name file, line, what is wrong and what was meant.

    `inside` is where in the file the model's part stands.
    """
    known = _keys(model)
    found = []
    for one in error.errors():
        place = [*inside, *(part for part in one["loc"] if part != "[key]")]
        where = ".".join(map(str, place))
        if one["type"] == "extra_forbidden":
            close = get_close_matches(str(place[-1]), known, n=1)
            hint = (
                f"; did you mean {close[0]!r}?"
                if close
                else f"; known keys: {', '.join(sorted(known))}"
            )
            what = f"unknown key {where!r}{hint}"
        elif one["type"] == "missing":
            what = f"the key {where!r} is missing"
        else:
            what = f"{where}: {one['msg'].removeprefix('Value error, ')}"
        found.append(file.problem(place, what))
    return found


def _keys(model: type[BaseModel]) -> set[str]:
    """Every key that a model, or one inside it, knows."""
    keys: set[str] = set()
    seen: set[type[BaseModel]] = set()
    todo = [model]
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        for name, field in current.model_fields.items():
            keys.add(field.alias or name)
            todo.extend(_models_in(field.annotation))
    return keys


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)
