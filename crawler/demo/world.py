"""What there is to find: sites, columns and posts, the same for the same seed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, cached_property
from hashlib import md5
from importlib.resources import files
from random import Random
from typing import Any

import yaml

from crawler.demo.damage import damage

FIRST_DAY = date(2023, 7, 1)
LAST_DAY = date(2026, 6, 30)
_NEWS_KINDS = frozenset({"news"})


@dataclass(frozen=True, slots=True)
class Column:
    """One list of a site."""

    id: str
    name: str
    path: str
    list: str
    template: str
    kinds: tuple[str, ...]
    share: int


@dataclass(frozen=True, slots=True)
class Site:
    """One publisher."""

    id: str
    name: str
    level: str
    host: str
    charset: str
    validators: str
    """``honest``, ``lying`` (they never change) or ``none``."""
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Post:
    """One entry of a list and the page behind it."""

    site: str
    column: str
    path: str
    day: date
    title: str
    paragraphs: tuple[str, ...]
    origin: str
    kind: str
    document_number: str | None = None
    pages: int = 1
    attachment: str | None = None
    pinned: bool = False
    placeholder: bool = False
    damaged: bool = False
    original: str | None = None
    """For a reprint: the path of what it reprints."""
    gone: bool = False
    version: int = 1
    link: str | None = None
    """An address that the list gives in the place of the post's own."""

    @property
    def body(self) -> str:
        """What a reader sees, a line a paragraph."""
        return "\n".join(self.paragraphs)


@cache
def load_data(name: str) -> Any:
    """One of the data files beside this module."""
    return yaml.safe_load((files("crawler.demo") / "data" / name).read_text("utf-8"))


def load_sites() -> dict[str, Site]:
    """The publishers of the replica."""
    sites = {}
    for site_id, entry in load_data("sites.yaml").items():
        columns = {
            name: Column(id=name, **(column | {"kinds": tuple(column["kinds"])}))
            for name, column in entry["columns"].items()
        }
        sites[site_id] = Site(id=site_id, **(entry | {"columns": columns}))
    return sites


@dataclass(frozen=True)
class Writer:
    """Writes invented texts that read like the real thing."""

    data: Mapping[str, Any] = field(default_factory=lambda: load_data("texts.yaml"))

    def write(self, kind: str, day: date, random: Random) -> tuple[str, tuple[str, ...]]:
        """A title and its paragraphs."""
        words = self._words(day, random)
        entry = self.data[kind]
        paragraphs = [paragraph.format(**words) for paragraph in entry["paragraphs"]]
        if kind in _NEWS_KINDS:
            first, *others = paragraphs
            paragraphs = [first, *random.sample(others, random.randint(3, len(others)))]
        return random.choice(entry["titles"]).format(**words), tuple(paragraphs)

    def _words(self, day: date, random: Random) -> dict[str, str]:
        words = self.data["words"]
        chosen = {name: random.choice(options) for name, options in words.items()}
        for name in ("place", "person", "road", "crossing"):
            others = [option for option in words[name] if option != chosen[name]]
            chosen[f"{name}2"] = random.choice(others)
        later = day + timedelta(days=random.randint(20, 90))
        numbers = {"n1": 200, "n2": 90, "n3": 30, "n4": 9, "n5": 60, "n6": 9}
        chosen |= {name: str(random.randint(2, most)) for name, most in numbers.items()}
        return chosen | {
            "n7": f"{random.randint(0, 9999):04}",
            "year": str(day.year),
            "year3": str(day.year + 2),
            "month": str(day.month),
            "day": str(day.day),
            "day2": str(min(day.day + 5, 28)),
            "month2": str(later.month),
            "date_text": f"{day.month}月{day.day}日",
        }


@dataclass(frozen=True)
class World:
    """All sites and posts at one moment. Aging makes another world of it."""

    seed: int
    sites: Mapping[str, Site]
    posts: tuple[Post, ...]
    redesigned: frozenset[str] = frozenset()
    failing: Mapping[str, str] = field(default_factory=dict)
    """Host → how it fails: ``500``, ``503``, ``404``, ``challenge``, ``reset``."""

    @classmethod
    def build(cls, seed: int = 1996, articles: int = 720) -> "World":
        """A world with at least that many articles over three years."""
        sites = load_sites()
        posts = list(_original_posts(seed, sites, articles))
        posts += _reprints(seed, sites, posts)
        return cls(seed, sites, (*posts, *_oddities(sites, posts)))

    @cached_property
    def _by_address(self) -> dict[tuple[str, str], Post]:
        return {(self.sites[post.site].host, post.path): post for post in self.posts}

    def post_at(self, host: str, path: str) -> Post | None:
        """The post at an address, if there is one."""
        return self._by_address.get((host, path))

    def listed(self, site: str, column: str) -> list[Post]:
        """The posts of a column as its list shows them: pinned ones first, then the newest."""
        posts = [p for p in self.posts if (p.site, p.column) == (site, column) and not p.gone]
        return sorted(posts, key=lambda post: (post.pinned, post.day, post.path), reverse=True)

    def truth(self) -> list[Post]:
        """Every article that a perfect crawl finds."""
        return [p for p in self.posts if not (p.gone or p.placeholder or p.link)]

    def with_post(self, old: Post, new: Post) -> "World":
        """The same world with one post changed."""
        return replace(self, posts=tuple(new if post is old else post for post in self.posts))


def write_post(site: Site, column: Column, number: int, day: date, random: Random) -> Post:
    """A new post of a column."""
    writer = Writer()
    kind = random.choice(column.kinds)
    title, paragraphs = writer.write(kind, day, random)
    digest = md5(f"{site.id}/{column.id}/{number}".encode(), usedforsecurity=False).hexdigest()
    news = column.template == "news"
    path = (
        f"{column.path}/{day:%Y/%m%d}/{digest[:8]}.shtml"
        if news
        else f"{column.path}/{day:%Y%m}/{digest}.shtml"
    )
    policy = kind == "policy"
    return Post(
        site=site.id,
        column=column.id,
        path=path,
        day=day,
        title=title,
        paragraphs=paragraphs,
        origin=site.name.removesuffix("（仿真）"),
        kind=kind,
        document_number=f"{_PREFIX.get(site.id, '宿政发')}〔{day.year}〕{number % 90 + 1}号"
        if policy
        else None,
        pages=2 if policy and number % 4 == 0 else 1,
        attachment=random.choice(["docx", "xlsx", "pdf"])
        if kind in {"vacancy", "notice"}
        else None,
    )


_PREFIX = {
    "demo_city": "宿政发",
    "demo_kjj": "宿科发",
    "demo_shuyang": "沭政规",
    "demo_sihong": "洪政规",
}


def _original_posts(seed: int, sites: Mapping[str, Site], articles: int) -> Iterator[Post]:
    days = (LAST_DAY - FIRST_DAY).days
    for site in sites.values():
        for column in site.columns.values():
            for number in range(max(2, articles * column.share // 100)):
                random = Random(f"{seed}/{site.id}/{column.id}/{number}")
                day = FIRST_DAY + timedelta(days=random.randint(0, days))
                yield write_post(site, column, number, day, random)


def _reprints(seed: int, sites: Mapping[str, Site], originals: list[Post]) -> Iterator[Post]:
    """Every ninth news text on other sites too: whole under another headline, or cut."""
    homes = [
        (site, column)
        for site in sites.values()
        for column in site.columns.values()
        if "news" in column.kinds
    ]
    news = [post for post in originals if post.kind == "news"]
    for number, post in enumerate(news[::9]):
        random = Random(f"{seed}/reprint/{number}")
        others = [(site, column) for site, column in homes if site.id != post.site]
        site, column = random.choice(others)
        day = min(post.day + timedelta(days=random.randint(0, 2)), LAST_DAY)
        copy = write_post(site, column, 10_000 + number, day, random)
        cut = number % 3 == 2
        yield replace(
            copy,
            title=post.title if number % 2 else f"转载丨{post.title}",
            paragraphs=post.paragraphs[:-1] if cut else post.paragraphs,
            origin=post.origin,
            kind="news",
            attachment=None,
            original=post.path,
        )


def _oddities(sites: Mapping[str, Site], posts: list[Post]) -> Iterator[Post]:
    """What every real site has: a placeholder, dead and foreign links, a damaged text, files alone."""
    city, news = sites["demo_city"], sites["demo_news"]
    column = city.columns["sygsgg"]

    def odd(number: int, site: Site = city, where: Column = column, **changes: Any) -> Post:
        day = LAST_DAY - timedelta(days=3 * number)
        return replace(
            write_post(site, where, 20_000 + number, day, Random(number)),
            attachment=None,
            **changes,
        )

    yield odd(1, title="2026年上半年未制发行政规范性文件", paragraphs=(), placeholder=True)
    yield odd(2, link="https://mp.weixin.qq.com/s/replica-of-a-foreign-link")
    yield odd(3, link="/cnsq/sygsgg/202605/" + "0" * 32 + ".shtml")
    yield odd(4, link="/internal/draft.shtml")
    yield replace(
        odd(5, title="宿迁市2025年度科技创新券兑付名单"), paragraphs=(), attachment="xlsx"
    )
    yield replace(odd(6), day=FIRST_DAY, pinned=True)
    yield replace(odd(7), pages=3)
    source = next(post for post in posts if post.kind == "news")
    text = damage(source.body, Random(7))
    yield odd(
        8,
        news,
        news.columns["sqyw"],
        title=source.title,
        paragraphs=tuple(text.split("\n")),
        damaged=True,
    )
    moved = next(post for post in posts if post.site == "demo_city" and post.column == "sygsgg")
    yield odd(9, link=f"/moved{moved.path}")
