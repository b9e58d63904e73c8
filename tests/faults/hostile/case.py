"""What a case is: a site with one hostile page, and what is to become of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random

from crawler.demo.texts import load_data
from tests.faults.server import DOMAIN, Answer, Asked, Wire

_PARAGRAPHS = 8


@cache
def _words() -> tuple[str, ...]:
    return tuple(text for text in _strings(load_data("news")) if len(text) > 20)


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in _strings(part)]


def text_of(name: str) -> list[str]:
    """The paragraphs of a case's article: its own, so that no two are one story."""
    random = Random(name)
    return ["".join(random.choices(_words(), k=4)) for _ in range(_PARAGRAPHS)]


def article_html(name: str, inside: str = "", head: str = "") -> str:
    """A decent article, with whatever is to stand in its body or head."""
    paragraphs = "".join(f"<p>{text}</p>" for text in text_of(name))
    return (
        f"<html><head><title>关于{name}的通知</title>{head}</head><body>"
        f'<h1 id="title">关于{name}的通知</h1>'
        f'<div class="article-content" id="zoomcon">{paragraphs}{inside}</div></body></html>'
    )


def list_html(hrefs: list[str], behind: str = "") -> str:
    """A decent list of links."""
    rows = "".join(
        f'<li><a href="{href}">通知{number}</a><span>2026-07-01</span></li>'
        for number, href in enumerate(hrefs)
    )
    return f'<html><body><ul class="list">{rows}</ul>{behind}</body></html>'


def good_article(wire: Wire, asked: Asked) -> None:
    """The case's own text."""
    name = asked.host.partition(".")[0]
    wire.page(article_html(name if asked.path == "/a/1.shtml" else f"{name} {asked.path}").encode())


def good_list(wire: Wire, asked: Asked) -> None:
    """One item."""
    wire.page(list_html(["/a/1.shtml"]).encode())


def good_robots(wire: Wire, asked: Asked) -> None:
    """Come in."""
    wire.page(b"User-agent: *\nDisallow: /private/\n", "200 OK", "Content-Type: text/plain")


@dataclass(frozen=True, slots=True)
class Case:
    """One site of the hostile web. What is not given is decent."""

    name: str
    expected: str
    """The outcome of its article, ``parked:timeout``; or ``problem:`` and what the run's report
    says of its list."""
    article: Answer = good_article
    listing: Answer = good_list
    robots: Answer = good_robots
    most: int = 12
    """How many requests it may cost."""
    heavy: bool = False
    """Whether reading it takes a second or more: left out where there is little time."""
    stalls: bool = False
    """Whether it ends only when patience does: such cases are crawled together, with less of it."""
    scheme: str = "http"
    wrong: Callable[[list[Asked]], str] = lambda _: ""
    """What was wrong with how it was asked, if anything was."""

    @property
    def id(self) -> str:
        """The source's id in the catalogue."""
        return self.name.replace("-", "_")

    @property
    def host(self) -> str:
        """Its name on the network."""
        return f"{self.name}.{DOMAIN}"

    def url(self, port: int, path: str = "/a/1.shtml") -> str:
        """An address on it."""
        return f"{self.scheme}://{self.host}:{port}{path}"

    def __call__(self, wire: Wire, asked: Asked) -> None:
        """Answer a request."""
        if asked.path == "/robots.txt":
            self.robots(wire, asked)
        elif asked.path.startswith("/list"):
            self.listing(wire, asked)
        else:
            self.article(wire, asked)


def sends(*parts: bytes) -> Answer:
    """An answer of these very bytes; then the connection ends."""
    return lambda wire, _: wire.send(*parts)


def says(body: bytes | str, status: str = "200 OK", *headers: str) -> Answer:
    """A well-formed answer with this body."""
    raw = body.encode() if isinstance(body, str) else body
    return lambda wire, _: wire.page(raw, status, *headers)


def redirects(target: str, status: str = "302 Found") -> Answer:
    """An answer that leads elsewhere; ``{port}`` is the server's."""
    return lambda wire, asked: wire.page(b"", status, f"Location: {target.format(port=asked.port)}")
