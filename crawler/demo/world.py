"""The replica's world at one moment: its sites, what they show, and what a perfect crawl finds."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Self

from crawler.demo import founding
from crawler.demo.posts import Post
from crawler.demo.sites import Site, load_sites
from crawler.records import Moment
from crawler.urls import canonical_key

__all__ = ["FIRST_DAY", "LAST_DAY", "Expected", "Failure", "Post", "World"]

FIRST_DAY = founding.FIRST_DAY
LAST_DAY = founding.LAST_DAY


@dataclass(frozen=True, slots=True)
class Failure:
    """How a host fails: a status, or ``challenge``, ``timeout``, ``reset``, ``shell``."""

    how: str
    below: str = "/"
    """Only what is below this path."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """What a host answers whose site has another by now."""

    site: str
    redirects: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One article as a perfect crawl stores it."""

    source: str
    column: str
    url: str
    key: str
    title: str
    published: Moment
    body: str
    """Undamaged, with the document's number where it stands above the text, without the line that
    names its files; empty for an article that is only a file or a picture."""
    origin: str
    document_number: str | None
    attachments: tuple[str, ...]
    """Their names in the text."""
    kind: str
    form: str
    damaged: bool
    original: str | None
    """Key of what it repeats."""
    cut: bool
    pages: int


@dataclass(frozen=True)
class World:
    """All sites and posts at one moment. Aging makes another world of it."""

    seed: int
    sites: Mapping[str, Site]
    posts: tuple[Post, ...]
    redesigned: frozenset[str] = frozenset()
    """Sites that look otherwise than their catalogue entry says."""
    silent: frozenset[str] = frozenset()
    """Sites that publish nothing more."""
    failing: Mapping[str, Failure] = field(default_factory=dict)
    """By site."""
    moved: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Site and old path → the path that it redirects to."""
    pages: Mapping[tuple[str, str, int], str] = field(default_factory=dict)
    """Site, column and number of a list page that is not what it should be: ``404``, ``repeat`` (it shows
    what the first one shows) or ``foreign`` (what the list of another publisher shows)."""
    renamed: Mapping[str, Renamed] = field(default_factory=dict)
    """By host that a site had before."""

    @classmethod
    def build(cls, seed: int = 1996, articles: int = 720, publishers: int = 0) -> Self:
        """A world with about that many articles over three years, the same for the same numbers.

        Beyond the publishers that have an entry of their own there can be small ones, up to 59.
        """
        sites = load_sites(publishers)
        posts = founding.found(seed, sites, articles)
        moved = {
            (post.site, post.link): post.link.removeprefix("/moved")
            for post in posts
            if post.link and post.link.startswith("/moved/")
        }
        return cls(seed, sites, tuple(posts), moved=moved)

    @cached_property
    def _by_address(self) -> dict[tuple[str, str], Post]:
        return {(self.sites[post.site].host, post.path): post for post in self.posts}

    @cached_property
    def _by_column(self) -> dict[tuple[str, str], list[Post]]:
        columns = defaultdict(list)
        for post in self.posts:
            if not (post.gone or post.unlisted):
                columns[post.site, post.column].append(post)
        for posts in columns.values():
            posts.sort(key=lambda post: (post.pinned, post.at, post.path), reverse=True)
        return columns

    def post_at(self, host: str, path: str) -> Post | None:
        """The post at an address, if there is one."""
        return self._by_address.get((host, path))

    def listed(self, site: str, column: str) -> list[Post]:
        """The posts of a column as its list shows them: pinned ones first, then the newest."""
        return self._by_column.get((site, column), [])

    def newest(self) -> date:
        """The day of the newest post."""
        return max(post.day for post in self.posts)

    def with_post(self, old: Post, new: Post) -> Self:
        """The same world with one post changed."""
        return replace(self, posts=tuple(new if post is old else post for post in self.posts))

    def is_article(self, post: Post) -> bool:
        """Whether a crawl that keeps to robots.txt can find an article there."""
        elsewhere = post.gone or post.placeholder or post.link is not None
        return not elsewhere and not post.path.startswith(self.sites[post.site].disallow)

    def truth(self) -> list[Post]:
        """Every article that a perfect crawl finds."""
        return [post for post in self.posts if self.is_article(post)]

    def expected(self, port: int) -> list[Expected]:
        """The same as records, for a replica that is served at a port."""
        return [self._expected(post, port) for post in self.truth()]

    def _expected(self, post: Post, port: int) -> Expected:
        url = self.url(post.address, port)
        number = [post.document_number] if post.document_number else []
        return Expected(
            source=post.site,
            column=post.column,
            url=url,
            key=canonical_key(url),
            title=post.title,
            published=Moment.local(post.day, post.at.time()),
            body="\n".join([*number, *(post.clean or post.paragraphs)]),
            origin=post.origin,
            document_number=post.document_number,
            attachments=tuple(post.file_names()),
            kind=post.kind,
            form=post.form,
            damaged=post.damaged,
            original=canonical_key(self.url(post.original, port)) if post.original else None,
            cut=post.cut,
            pages=post.pages,
        )

    def url(self, address: tuple[str, str], port: int) -> str:
        """Where a post can be fetched."""
        site, path = address
        return f"http://{self.sites[site].host}:{port}{path}"
