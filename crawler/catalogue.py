"""The catalogue: who publishes where. One YAML file a publisher; the file's name is its id."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, ValidationError, model_validator

from crawler.cron import longest_gap
from crawler.errors import CatalogueError, StopRun
from crawler.floors import Floors
from crawler.kinds.options import Issues, ListApi
from crawler.layouts import ArticleLayout, ListTemplate, Pattern, Selector, Strict
from crawler.quiet import SPAN
from crawler.yamlfile import YamlFile, problems_of, read_yaml

__all__ = [
    "ArticleLayout",
    "Catalogue",
    "Column",
    "DatedLayout",
    "Level",
    "ListTemplate",
    "Source",
    "shipped_folder",
]

_ID = re.compile(r"[a-z][a-z0-9_]*")
_CRON_FIELD = r"(?:\*|\d+(?:-\d+)?)(?:/\d+)?(?:,(?:\d+(?:-\d+)?)(?:/\d+)?)*"
_CRON = rf"^{_CRON_FIELD}(?: {_CRON_FIELD}){{4}}$"


class Level(StrEnum):
    """What kind of publisher a source is."""

    PROVINCE = "province"
    CITY = "city"
    BUREAU = "bureau"
    COUNTY = "county"
    ZONE = "zone"
    NEWS = "news"
    PAPER = "paper"


# Between two articles of the same moment the one from the higher rank is taken for the original:
# a body issues a text, a news site passes it on.
_AUTHORITY = {
    Level.CITY: 60,
    Level.BUREAU: 50,
    Level.COUNTY: 40,
    Level.ZONE: 35,
    Level.PROVINCE: 30,
    Level.PAPER: 20,
    Level.NEWS: 10,
}
_ONLY_FOR = {
    "match": ("sitemap",),
    "api": ("api", "search"),
    "issues": ("epaper",),
    "keywords": ("search",),
}
_DATE_PARTS = ("year", "month", "day")
_DAY = timedelta(days=1)
_GROUP = {Level.NEWS: "news", Level.PAPER: "papers"}


class Politeness(Strict):
    """How a host wants to be asked; what is absent stays with the run's own limits."""

    delay: float | None = Field(default=None, ge=0, le=600)
    concurrency: int | None = Field(default=None, ge=1, le=16)
    quiet: tuple[Annotated[str, Field(pattern=SPAN)], ...] = ()
    """Hours of the city in which it is left alone."""
    megabytes: float | None = Field(default=None, gt=0)
    """How much it may serve in a day."""


class Cadence(Strict):
    """The normal rhythm of a column."""

    cron: str | None = Field(default=None, pattern=_CRON)
    silence: str | None = Field(default=None, pattern=r"^\d+d$")
    """The longest silence that is normal, in days: ``60d``."""
    learn: bool = True
    """False: `silence` is the expected interval, whatever the past says."""

    @model_validator(mode="after")
    def _something_to_go_by(self) -> Self:
        if not self.learn and self.silence is None:
            raise ValueError("learn: false needs a silence")
        return self


class DatedLayout(Strict):
    """How a column looked up to a day, for pages archived before a redesign."""

    until: date
    template: str | None = None
    body: Selector | None = None


class Column(Strict):
    """One list of articles."""

    name: str = Field(min_length=1)
    kind: Literal["listing", "feed", "sitemap", "epaper", "api", "search", "browser", "manual"] = (
        "listing"
    )
    """How its list is asked for and read (`crawler.kinds`); ``manual``: known, but not walked yet."""
    start: str = Field(pattern=r"^https?://[^/\s]+/\S*$")
    template: str | None = None
    match: Pattern | None = None
    """What the addresses of articles have in them, where a list has others as well."""
    article: str | None = None
    """The layout of its articles; None: the template's."""
    api: ListApi | None = None
    issues: Issues | None = None
    keywords: tuple[str, ...] = ()
    """What a search looks for."""
    body: Selector | None = None
    noise: tuple[Selector, ...] = ()
    cadence: Cadence = Cadence()
    floors: Floors = Floors()
    since: date | None = None
    verified: date | None = None
    claimed: date | None = None
    basis: Literal["seen", "pattern"] = "seen"
    """What the address rests on: somebody has seen it, or it only follows the CMS's pattern."""
    note: str | None = None
    layouts: tuple[DatedLayout, ...] = ()

    @property
    def walked(self) -> bool:
        """Whether a spider walks it."""
        return self.kind != "manual"

    @property
    def expected(self) -> bool:
        """Whether every run asks for it. An address that nobody has seen is asked for only by who
        names its source."""
        return self.walked and (self.basis == "seen" or self.verified is not None)


class Source(Strict):
    """One publisher."""

    id: str = Field(default="", exclude=True)
    name: str = Field(min_length=1)
    short: str | None = None
    level: Level
    hosts: tuple[str, ...] = Field(min_length=1)
    moved: Mapping[str, date] = Field(default_factory=dict)
    """Hosts that it has left, each with the day from which it stands on the first of `hosts`."""
    enabled: bool = True
    politeness: Politeness = Politeness()
    noise: tuple[Selector, ...] = ()
    floors: Floors = Floors()
    columns: Mapping[str, Column] = Field(min_length=1)

    def floors_of(self, column: str | None) -> Floors:
        """A column's floors, over the source's."""
        known = self.columns.get(column or "")
        return known.floors.over(self.floors) if known else self.floors

    @property
    def authority(self) -> int:
        """Rank among publishers: higher issues, lower passes on."""
        return _AUTHORITY[self.level]

    @property
    def group(self) -> str:
        """Which schedule it belongs to: ``government``, ``news`` or ``papers``."""
        return _GROUP.get(self.level, "government")


class _Templates(Strict):
    lists: Mapping[str, ListTemplate] = Field(default_factory=dict)
    articles: Mapping[str, ArticleLayout] = Field(default_factory=dict)


@dataclass(frozen=True)
class Catalogue:
    """Every publisher, and the templates that they share."""

    sources: Mapping[str, Source]
    lists: Mapping[str, ListTemplate]
    articles: Mapping[str, ArticleLayout]

    @classmethod
    def load(cls, *folders: Path, shipped: bool = True) -> Self:
        """Read catalogue folders, later ones laid over earlier ones, file by file.

        A folder holds ``sources/*.yaml`` (or the files themselves) and may hold ``templates.yaml``.
        Raises CatalogueError whose message has a line ``file:line: …`` for every problem.
        """
        layers = [
            _Layer.read(folder) for folder in ((shipped_folder(),) if shipped else ()) + folders
        ]
        problems = [problem for layer in layers for problem in layer.problems]
        lists = {name: one for layer in layers for name, one in layer.templates.lists.items()}
        articles = {name: one for layer in layers for name, one in layer.templates.articles.items()}
        sources: dict[str, Source] = {}
        for layer in layers:
            for source_id, (file, source) in layer.sources.items():
                problems += _check(file, source, lists, articles)
                sources[source_id] = source
            for source_id, file in layer.switched_off.items():
                if source_id not in sources:
                    problems.append(
                        file.problem((), f"switches off {source_id!r}, which no other folder has")
                    )
                else:
                    sources[source_id] = sources[source_id].model_copy(update={"enabled": False})
        problems += _unknown_layouts(layers, articles)
        if problems:
            raise CatalogueError("\n".join(problems))
        return cls(sources, lists, articles)

    def source(self, source_id: str) -> Source:
        """The publisher with this id. Raises StopRun that names similar ones."""
        if source_id in self.sources:
            return self.sources[source_id]
        close = get_close_matches(source_id, self.sources, n=3)
        hint = f"did you mean {', '.join(close)}?" if close else "`suqian sources list` shows all"
        raise StopRun(f"unknown source {source_id!r}; {hint}")

    @cached_property
    def _by_host(self) -> dict[str, Source]:
        left = {host: source for source in self.sources.values() for host in source.moved}
        return left | {host: source for source in self.sources.values() for host in source.hosts}

    def source_of(self, url: str) -> Source | None:
        """The publisher whose host an address is on."""
        host = (urlsplit(url).hostname or "").lower()
        return self._by_host.get(host) or self._by_host.get(host.removeprefix("www."))

    def present_address(self, url: str) -> str:
        """Where an address is now whose host was renamed; any other as it is."""
        source, host = self.source_of(url), (urlsplit(url).hostname or "").lower()
        left = source is not None and host not in source.hosts and host in source.moved
        return _on_host(url, source.hosts[0]) if source is not None and left else url

    def former_addresses(self, url: str) -> list[str]:
        """Where an address was on the hosts that its publisher has left."""
        source = self.source_of(url)
        return [_on_host(url, host) for host in source.moved] if source is not None else []

    def longest_wait(self, source_id: str, column_id: str) -> timedelta:
        """How long a column may go without being asked, at the most: as its `cron` declares, else a
        day."""
        source = self.sources.get(source_id)
        column = source.columns.get(column_id) if source else None
        return longest_gap(column.cadence.cron) if column and column.cadence.cron else _DAY

    def column_of(self, url: str) -> tuple[str, str] | None:
        """The ids of publisher and column that an address lies in: the innermost of their folders."""
        source = self.source_of(url)
        if source is None:
            return None
        path = urlsplit(url).path
        folders = {name: _folder(column) for name, column in source.columns.items()}
        inside = [name for name, folder in folders.items() if folder and path.startswith(folder)]
        column = max(inside, key=lambda name: len(folders[name]), default=None)
        return (source.id, column) if column else None

    def needs_browser(self, source_id: str, column_id: str | None) -> bool:
        """Whether a column's pages are to be had by a browser only."""
        source = self.sources.get(source_id)
        column = source.columns.get(column_id) if source and column_id else None
        return column is not None and column.kind == "browser"

    def list_template(self, source_id: str, column_id: str, at: date) -> ListTemplate:
        """How a column's list looks on a day."""
        column = self.source(source_id).columns[column_id]
        dated = _layout_at(column, at)
        name = (dated.template if dated else None) or column.template
        return self.lists[name or ""]

    def layout(self, source_id: str, column_id: str | None, at: date) -> ArticleLayout | None:
        """How a column's articles look on a day; None for what the catalogue does not know."""
        source = self.sources.get(source_id)
        column = source.columns.get(column_id) if source and column_id else None
        if source is None or column is None:
            return None
        dated = _layout_at(column, at)
        template = self.lists.get((dated.template if dated else None) or column.template or "")
        named = column.article or (template.article if template else "generic")
        shared = self.articles.get(named, ArticleLayout())
        body = (dated.body if dated else None) or column.body
        return shared.model_copy(
            update={
                "bodies": ((body,) if body else ()) + shared.bodies,
                "noise": shared.noise + source.noise + column.noise,
            }
        )


def _on_host(url: str, host: str) -> str:
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{host}{port}"))


def _folder(column: Column) -> str:
    """The path of a column's folder; empty where the column is its whole host."""
    folder = urlsplit(column.start).path.partition("{")[0].rpartition("/")[0]
    return f"{folder}/" if folder else ""


def _layout_at(column: Column, at: date) -> DatedLayout | None:
    past = [layout for layout in column.layouts if at <= layout.until]
    return min(past, key=lambda layout: layout.until, default=None)


def shipped_folder() -> Path:
    """The catalogue that comes with the program."""
    return Path(str(files("crawler")))


@dataclass(frozen=True)
class _Layer:
    """One folder, as far as it could be read."""

    sources: Mapping[str, tuple[YamlFile, Source]]
    switched_off: Mapping[str, YamlFile]
    templates: _Templates
    templates_file: YamlFile | None
    problems: list[str]

    @classmethod
    def read(cls, folder: Path) -> Self:
        if not folder.is_dir():
            raise CatalogueError(
                f"{folder}:1: is no folder; set SUQIAN_CATALOGUE to one that holds sources/*.yaml"
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


def _templates(path: Path) -> tuple[_Templates, YamlFile | None, list[str]]:
    if not path.exists():
        return _Templates(), None, []
    try:
        file = read_yaml(path)
        return _Templates.model_validate(file.content), file, []
    except ValidationError as error:
        return _Templates(), None, problems_of(file, error, _Templates)
    except CatalogueError as error:
        return _Templates(), None, [str(error)]


def _check(
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


def _unknown_layouts(layers: Iterable[_Layer], articles: Mapping[str, Any]) -> Iterator[str]:
    for layer in layers:
        for name, template in layer.templates.lists.items():
            if layer.templates_file and template.article not in articles:
                place = ("lists", name, "article")
                yield layer.templates_file.problem(
                    place, f"unknown article layout {template.article!r}"
                )
