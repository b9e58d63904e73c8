"""The replica's publishers and their columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.demo.texts import load_data

_COMMON: dict[str, Any] = {
    "charset": "utf-8",
    "counter": False,
    "tail": False,
    "container": "zoomcon",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One list of a site."""

    id: str
    name: str
    path: str
    list: str
    """Name of its first list page, without the suffix."""
    template: str
    forms: tuple[str, ...]
    """What it publishes: keys of data/news.yaml, notices.yaml and policy.yaml."""
    share: int
    kind: str = "listing"
    start: str = ""
    """Where a walk of it begins; empty: its first list page."""
    declared: Mapping[str, Any] = field(default_factory=dict)
    """What else the catalogue says of it."""
    within: int = 0
    """It publishes in the last so many days only; 0: all the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One publisher; data/sites.yaml explains the fields."""

    id: str
    name: str
    short: str
    level: str
    host: str
    charset: str
    validators: str
    counter: bool
    tail: bool
    container: str
    origins: tuple[str, ...]
    prefix: str = "宿政发"
    place: str | None = None
    """The place that its texts are about, if it is always the same."""
    disallow: tuple[str, ...] = ()
    """Paths that its robots.txt keeps to itself."""
    columns: Mapping[str, Column]

    @property
    def bare_host(self) -> str:
        """Its host without ``www.``, under which it answers as well."""
        return self.host.removeprefix("www.")

    @property
    def label(self) -> str:
        """The charset as its pages declare it: the older and smaller of the family."""
        return "gb2312" if self.charset == "gbk" else self.charset


def load_sites(publishers: int = 0) -> dict[str, Site]:
    """The publishers by id: those with a file entry, and townships up to the number asked for."""
    sites = {name: _site(name, entry) for name, entry in load_data("sites").items()}
    wanted = max(0, publishers - len(sites))
    for name, entry in list(_townships())[:wanted]:
        sites[name] = _site(name, entry)
    return sites


def load_kinds() -> dict[str, Site]:
    """The publishers whose lists are no pages of a content management system, by id."""
    return {name: _site(name, entry) for name, entry in load_data("kinds").items()}


def _site(name: str, entry: Mapping[str, Any]) -> Site:
    columns = {
        column_id: Column(id=column_id, **(column | {"forms": tuple(column["forms"])}))
        for column_id, column in entry["columns"].items()
    }
    lists: dict[str, Any] = {key: tuple(entry.get(key, ())) for key in ("origins", "disallow")}
    fields = _COMMON | dict(entry) | lists
    return Site(id=name, **(fields | {"columns": columns}))


def _townships() -> Iterator[tuple[str, Mapping[str, Any]]]:
    data = load_data("townships")
    names = [name for group in data["names"] for name in group]
    for number, name in enumerate(names, start=1):
        named = {
            "name": f"{name}（仿真）",
            "short": name,
            "host": f"town{number:02}.suqian.localhost",
            "origins": [name],
            "charset": "gbk" if number % 5 == 0 else "utf-8",
        }
        yield f"demo_town{number:02}", data["site"] | named
