"""A column and its posts, as its lists are made from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qsl, urlsplit

from jinja2 import Environment, PackageLoader

from crawler.demo.posts import Post
from crawler.demo.sites import Column, Site


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to a site."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of(cls, target: str, body: bytes = b"") -> "Asked":
        """From a request's target."""
        parts = urlsplit(target)
        return cls(parts.path, dict(parse_qsl(parts.query)), body)


@dataclass(frozen=True, slots=True)
class Listed:
    """A column with what it shows, the newest first."""

    site: Site
    column: Column
    posts: list[Post]
    port: int

    @property
    def home(self) -> str:
        """The site's front page."""
        return f"http://{self.site.host}:{self.port}"

    def url(self, post: Post) -> str:
        """Where a post is."""
        return f"{self.home}{post.path}"

    def render(self, template: str, **values: object) -> str:
        """A template with this column in it."""
        return _templates().get_template(template).render(listed=self, **values)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("crawler.demo", "templates/kinds"), autoescape=True, trim_blocks=True
    )
