"""The catalogue's folders: read file by file, and checked as a whole. A problem is a line `file:line: …`."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import ValidationError

from crawler.errors import CatalogueError
from crawler.layouts import ArticleLayout, ListTemplate
from crawler.publishers import Column, Source, Templates
from crawler.yamlfile import YamlFile, problems_of, read_yaml

_ID = re.compile(r"[a-z][a-z0-9_]*")
_ONLY_FOR = {
    "match": ("sitemap",),
    "api": ("api", "search"),
    "issues": ("epaper",),
    "keywords": ("search",),
}
_DATE_PARTS = ("year", "month", "day")


@dataclass(frozen=True)
class Layer:
    """One folder, as far as it could be read."""

    sources: Mapping[str, tuple[YamlFile, Source]]
    switched_off: Mapping[str, YamlFile]
    templates: Templates
    templates_file: YamlFile | None
    problems: list[str]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a folder. Raises CatalogueError where there is none."""
        if not folder.is_dir():
            raise CatalogueError(
                f"{folder}:1: is no folder; set SUQIAN_CATALOGUE (or SUQIAN_REPLICA) to one that holds "
                "sources/*.yaml"
            )
        inner = folder / "sources"
        paths = sorted((inner if inner.is_dir() else folder).glob("*.yaml"))
        sources: dict[str, tuple[YamlFile, Source]] = {}
        switched_off: dict[str, YamlFile] = {}
        problems: list[str] = []
        for path in paths:
            if path.name == "templates.yaml":
                continue
            try:
                file = read_yaml(path)
                if file.content == {"enabled": False}:
                    switched_off[path.stem] = file
                else:
                    sources[path.stem] = (file, _source(file))
            except CatalogueError as error:
                problems.append(str(error))
        templates, templates_file, wrong = _templates(folder / "templates.yaml")
        return cls(sources, switched_off, templates, templates_file, problems + wrong)


def _source(file: YamlFile) -> Source:
    if not _ID.fullmatch(file.path.stem):
        raise CatalogueError(
            file.problem((), "the file's name is the id: lower case letters, digits and _")
        )
    try:
        return Source.model_validate(file.content | {"id": file.path.stem})
    except ValidationError as error:
        raise CatalogueError("\n".join(problems_of(file, error, Source))) from error


def _templates(path: Path) -> tuple[Templates, YamlFile | None, list[str]]:
    if not path.exists():
        return Templates(), None, []
    try:
        file = read_yaml(path)
        return Templates.model_validate(file.content), file, []
    except ValidationError as error:
        return Templates(), None, problems_of(file, error, Templates)
    except CatalogueError as error:
        return Templates(), None, [str(error)]


def check(
    file: YamlFile,
    source: Source,
    lists: Mapping[str, ListTemplate],
    articles: Mapping[str, ArticleLayout],
) -> Iterator[str]:
    """What only the whole catalogue can tell about a file."""
    for column_id, column in source.columns.items():
        at = ("columns", column_id)
        if not _ID.fullmatch(column_id):
            yield file.problem(at, f"column id {column_id!r}: lower case letters, digits and _")
        host = (urlsplit(column.start).hostname or "").lower()
        if host not in source.hosts:
            yield file.problem(
                (*at, "start"), f"start is on {host!r}, which is not among the hosts"
            )
        yield from (file.problem(at, lack) for lack in _lacking(column, lists))
        if column.article is not None and column.article not in articles:
            known = ", ".join(sorted(articles))
            yield file.problem(
                (*at, "article"), f"unknown layout {column.article!r}; there are {known}"
            )
        yield from _unknown_templates(file, column_id, column, lists)
        yield from _disordered_layouts(file, column_id, column)


def _lacking(column: Column, lists: Iterable[str]) -> Iterator[str]:
    """What a column of its kind needs and does not have."""
    known = ", ".join(sorted(lists))
    if column.kind in {"listing", "browser"} and column.template is None:
        yield f"a {column.kind} needs a template: {known}"
    if column.kind == "api" and column.api is None:
        yield "an api needs `api`: how it is asked, and where the items are in its answer"
    if column.kind == "search" and not column.keywords:
        yield "a search needs `keywords`: what it looks for"
    if column.kind == "search" and column.template is None and column.api is None:
        yield f"a search needs `api` or a template: {known}"
    if column.api is not None and column.api.markup is not None and column.template is None:
        yield f"an api whose items are HTML needs a template: {known}"
    for key, kinds in _ONLY_FOR.items():
        if getattr(column, key) and column.kind not in kinds:
            yield f"`{key}` is only for the kind {' or '.join(kinds)}"
    if column.kind == "epaper" and column.since is None:
        yield "an epaper needs `since`: the day of its first issue"
    if column.kind == "epaper" and not all(f"{{{part}}}" in column.start for part in _DATE_PARTS):
        yield "the start of an epaper has {year}, {month} and {day} in it"


def _disordered_layouts(file: YamlFile, column_id: str, column: Column) -> Iterator[str]:
    """Layouts whose times cannot be told apart, or which say nothing."""
    before: date | None = None
    for number, layout in enumerate(column.layouts):
        at = ("columns", column_id, "layouts", number)
        if layout.template is None and layout.body is None:
            yield file.problem(at, "a layout needs what was different: template, body or both")
        if before is not None and layout.until <= before:
            wrong = "ends on the same day as" if layout.until == before else "ends before"
            yield file.problem(
                (*at, "until"),
                f"layout until {layout.until} {wrong} the one above it ({before}); the oldest stands first",
            )
        before = max(before or layout.until, layout.until)


def _unknown_templates(
    file: YamlFile, column_id: str, column: Column, lists: Mapping[str, Any]
) -> Iterator[str]:
    at: tuple[str | int, ...] = ("columns", column_id)
    named: list[tuple[tuple[str | int, ...], str | None]] = [((*at, "template"), column.template)]
    named += [
        ((*at, "layouts", n, "template"), one.template) for n, one in enumerate(column.layouts)
    ]
    for place, name in named:
        if name is not None and name not in lists:
            yield file.problem(
                place, f"unknown template {name!r}; there are {', '.join(sorted(lists))}"
            )


def unknown_layouts(layers: Iterable[Layer], articles: Mapping[str, Any]) -> Iterator[str]:
    """Templates of lists whose articles have a layout that is in no folder."""
    for layer in layers:
        for name, template in layer.templates.lists.items():
            if layer.templates_file and template.article not in articles:
                place = ("lists", name, "article")
                yield layer.templates_file.problem(
                    place, f"unknown article layout {template.article!r}"
                )
