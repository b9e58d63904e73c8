"""Sites of other software, which no template of the catalogue describes: how their lists look.

They stand beside the replica's world, not in its catalogue: each is a host of its own with one
column, made after what the commoner systems of Chinese publishers put out.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from types import SimpleNamespace
from urllib.parse import urljoin

from jinja2 import Environment, PackageLoader

from crawler.demo.posts import Post
from crawler.demo.texts import load_data
from crawler.demo.world import World

PER_PAGE = 20
_TOTAL = 50
FOREIGN = ".foreign.localhost"
"""Ends the hosts of these sites."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as a list shows it."""

    href: str
    title: str
    day: str
    shown: str
    lead: str


@dataclass(frozen=True, kw_only=True)
class Look:
    """How one site looks; data/foreign.yaml explains the fields."""

    host: str
    form: str
    frame: str = "bootstrap"
    pager: str = "links"
    address: str = "hash"
    days: str = "iso"
    sidebar: str = "topics"
    second: bool = False
    base: bool = False
    titled: bool = True
    short: int = 0
    """Characters up to which a title is shown; 0: whole."""
    folder: str = "/xwzx/bmdt/"
    first: str = "index.html"
    column: str = "部门动态"
    publisher: str = "宿迁市某局（仿真）"
    next_word: str = "下一页"
    total: int = _TOTAL
    seed: int = 0
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> SimpleNamespace:
        """The classes of its parts, by role."""
        known = dict.fromkeys(("outer", "list", "item", "title", "date"), "")
        return SimpleNamespace(**(known | dict(self.names)))

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Folder and name of the columns in its menu."""
        return [tuple(one) for one in load_data("foreign")["columns"]]

    @property
    def friends(self) -> list[str]:
        """What it links to at its foot."""
        return list(load_data("foreign")["friends"])

    @property
    def topics(self) -> list[str]:
        """Its special subjects."""
        return list(load_data("foreign")["topics"])

    def cut(self, title: str) -> str:
        """A title as far as it is shown."""
        return f"{title[: self.short]}..." if self.short and len(title) > self.short else title

    def near(self, page: int, pages: int) -> range:
        """The numbers that its pager shows."""
        return range(max(1, page - 4), min(pages, page + 5) + 1)

    def page_href(self, number: int, pages: int) -> str:
        """Where its pager leads for a page."""
        stem, _, suffix = self.first.partition(".")
        if number == 1:
            return f"{self.folder}{self.first}"
        if self.pager == "query":
            return f"{self.folder}{self.first}?page={number}"
        if self.pager == "down":
            return f"{self.folder}{stem}/{pages - number + 1}.{suffix}"
        later = number - 1 if self.pager == "trs" else number
        return f"{self.folder}{stem}_{later}.{suffix}"


@dataclass(frozen=True, slots=True)
class Truth:
    """What is to be found on a list page."""

    items: tuple[tuple[str, str, str | None], ...]
    """Address, title, day."""
    following: str | None
    """The address of the next page; None: there is none, or it cannot be told from the page."""


@dataclass(frozen=True)
class ForeignSite:
    """One site: its list pages, its articles, and what is to be found on them."""

    look: Look
    port: int | None = None
    page_size: int = PER_PAGE

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://{self.look.host}" + (f":{self.port}" if self.port else "")

    @property
    def start(self) -> str:
        """Its first list page."""
        return f"{self.origin}{self.look.folder}{self.look.first}"

    @property
    def posts(self) -> Sequence[Post]:
        """What it publishes, the newest first."""
        return _posts(self.look.seed)[: self.look.total]

    @property
    def pages(self) -> int:
        """How many list pages it has."""
        return -(-len(self.posts) // self.page_size)

    def list_page(self, number: int = 1) -> str:
        """A list page as markup."""
        look = self.look
        onward = look.page_href(number + 1, self.pages) if number < self.pages else None
        return (
            _templates()
            .get_template("foreign/page.html")
            .render(
                look=look,
                host=self.origin.removeprefix("http://"),
                items=self._shown(number),
                others=self._others(),
                page=number,
                pages=self.pages,
                next=onward,
            )
        )

    def truth(self, number: int = 1) -> Truth:
        """What is to be found on a list page."""
        look = self.look
        undated = look.form == "undated" and look.address not in {"trs", "jcms", "dated"}
        items = tuple(
            (
                urljoin(self.start, self.href(post, index)),
                post.title,
                None if undated else self._day(index).isoformat(),
            )
            for index, post in self._slice(number)
        )
        told = number < self.pages and look.pager not in {"none", "script"}
        onward = look.page_href(number + 1, self.pages) if told else None
        return Truth(items, urljoin(self.start, onward) if onward else None)

    def answer(self, path: str) -> str | None:
        """What is at a path (with its query), as markup; None where nothing is."""
        number = self.number_of(path)
        return self.list_page(number) if number else self.article(path)

    def article(self, path: str) -> str | None:
        """The article at a path, as markup."""
        for index, post in enumerate(self.posts):
            if self.href(post, index) == path:
                return (
                    _templates()
                    .get_template("foreign/article.html")
                    .render(
                        look=self.look,
                        post=post,
                        day=self._day(index).isoformat(),
                        others=self._others(),
                    )
                )
        return None

    def number_of(self, path: str) -> int | None:
        """Which list page is at a path (with its query)."""
        wanted = [f"{self.look.folder}"]
        for number in range(1, self.pages + 1):
            if path in {*wanted, self.look.page_href(number, self.pages)}:
                return number
            wanted = []
        return None

    def _slice(self, number: int) -> list[tuple[int, Post]]:
        whole = list(enumerate(self.posts))
        return whole[(number - 1) * self.page_size : number * self.page_size]

    def _shown(self, number: int) -> list[Shown]:
        return [
            Shown(
                self.href(post, index),
                post.title,
                self._day(index).isoformat(),
                self._written(index),
                _lead(post),
            )
            for index, post in self._slice(number)
        ]

    def _others(self) -> list[Shown]:
        """What stands beside the list: more than the list has, from other columns, in any order."""
        posts = list(enumerate(_posts(self.look.seed)))[self.look.total :][: self.page_size + 8]
        random.Random(self.look.seed).shuffle(posts)
        moved = replace(self.look, folder="/zwgk/zxgk/")
        other = replace(self, look=moved)
        return [
            Shown(
                other.href(post, index),
                post.title,
                self._day(index % 37).isoformat(),
                self._written(index % 37),
                _lead(post),
            )
            for index, post in posts
        ]

    def _day(self, index: int) -> date:
        return date(2026, 11, 20) - timedelta(days=index * (2 + self.look.seed % 5) + index // 3)

    def _written(self, index: int) -> str:
        day = self._day(index)
        forms = {
            "iso": day.isoformat(),
            "brackets": f"[{day.isoformat()}]",
            "chinese": f"{day.year}年{day.month}月{day.day}日",
            "dots": day.strftime("%Y.%m.%d"),
            "slashes": f"{day.year}/{day.month}/{day.day}",
            "clock": f"{day.isoformat()} 09:{index % 60:02}",
            "short": day.strftime("%m-%d"),
            "english": day.strftime("%b %d, %Y"),
        }
        return forms[self.look.days]

    def href(self, post: Post, index: int) -> str:
        """Where a post is found: the index is its place in the list."""
        day, folder, stem = self._day(index), self.look.folder, post.stem
        number = 10000 + 37 * index + self.look.seed
        forms = {
            "hash": f"{folder}{day:%Y%m}/{stem}.shtml",
            "trs": f"{folder}{day:%Y%m}/t{day:%Y%m%d}_{number}.html",
            "jcms": f"/art/{day.year}/{day.month}/{day.day}/art_345_{number}.html",
            "dated": f"{folder}{day:%Y/%m-%d}/{number}.html",
            "webplus": f"/info/1023/{number}.htm",
            "query": f"/show.aspx?id={number}",
        }
        return forms[self.look.address]


def _lead(post: Post) -> str:
    return (post.paragraphs[0] if post.paragraphs else post.title)[:60] + "……"


@cache
def _posts(seed: int) -> tuple[Post, ...]:
    """Posts with distinct titles of some length, in an order of their own for each site."""
    posts = {
        post.title: post
        for post in World.build(articles=360).truth()
        if len(post.title) >= 8 and len(post.paragraphs) > 2
    }
    chosen = list(posts.values())
    random.Random(seed).shuffle(chosen)
    return tuple(chosen)


@cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("crawler.demo"), autoescape=True, trim_blocks=True)


@cache
def foreign_looks() -> Mapping[str, Look]:
    """The sites with an entry of their own, by host."""
    entries = load_data("foreign")["looks"]
    return {
        f"{name}{FOREIGN}": Look(host=f"{name}{FOREIGN}", **entry)
        for name, entry in entries.items()
    }


def random_look(seed: int) -> Look:
    """A look put together by chance: another for each number, the same for the same."""
    chance = random.Random(f"look {seed}")
    choices = load_data("foreign")["choices"]
    picked = {name: chance.choice(values) for name, values in choices["fields"].items()}
    names = {name: chance.choice(values) for name, values in choices["names"].items()}
    stem, suffix = chance.choice(choices["first"])
    return Look(
        host=f"r{seed}{FOREIGN}",
        seed=seed,
        names=names,
        first=f"{stem}.{suffix}",
        second=chance.random() < 0.25,
        base=chance.random() < 0.1,
        titled=(titled := chance.random() < 0.7),
        short=chance.choice([0, 0, 18]) if titled else 0,
        **picked,
    )
