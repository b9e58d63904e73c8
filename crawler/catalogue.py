"""The catalogue: who publishes where. One YAML file a publisher; the file's name is its id."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from crawler.catalogue_files import Layer, check, unknown_layouts
from crawler.cron import longest_gap
from crawler.errors import CatalogueError, StopRun
from crawler.layouts import ArticleLayout, ListTemplate
from crawler.publishers import Column, DatedLayout, Level, Source

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

_DAY = timedelta(days=1)


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
            Layer.read(folder) for folder in ((shipped_folder(),) if shipped else ()) + folders
        ]
        problems = [problem for layer in layers for problem in layer.problems]
        lists = {name: one for layer in layers for name, one in layer.templates.lists.items()}
        articles = {name: one for layer in layers for name, one in layer.templates.articles.items()}
        sources: dict[str, Source] = {}
        for layer in layers:
            for source_id, (file, source) in layer.sources.items():
                problems += check(file, source, lists, articles)
                sources[source_id] = source
            for source_id, file in layer.switched_off.items():
                if source_id not in sources:
                    problems.append(
                        file.problem((), f"switches off {source_id!r}, which no other folder has")
                    )
                else:
                    sources[source_id] = sources[source_id].model_copy(update={"enabled": False})
        problems += unknown_layouts(layers, articles)
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
