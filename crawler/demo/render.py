"""The replica's answers: host and path in; status, headers and bytes out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import format_datetime
from functools import cached_property
from hashlib import sha256
from itertools import groupby

from jinja2 import Environment, PackageLoader

from crawler.demo.files import MEDIA, attachment, picture
from crawler.demo.foreign import ForeignSite, foreign_looks
from crawler.demo.kinds.listed import Asked, Listed
from crawler.demo.kinds.lists import list_of_kind
from crawler.demo.posts import Post
from crawler.demo.sites import Column, Site
from crawler.demo.texts import cells
from crawler.demo.world import Failure, World

PER_PAGE = 16
VISITS = "@VISITS@"
"""Stands in a rendered page for the counter, which differs at every request."""
_CHALLENGE = (
    '<html><head><meta charset="utf-8"></head><body><script>document.cookie="HWWAFSESID=replica;path=/";'
    "location.reload();</script></body></html>"
)
_MISSING = "<html><head><title>404</title></head><body>您访问的页面不存在</body></html>"
_SHELL = '<html><head><meta charset="utf-8"><title>信息公开</title></head><body><div class="list"></div></body></html>'
_LONG_AGO = "Mon, 01 Jan 2024 00:00:00 GMT"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes over the wire. `fault` is ``reset`` or ``timeout`` where nothing does."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    validators: str = "none"
    """``honest`` or ``lying``, where its headers let it be asked for conditionally."""
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class _Item:
    href: str
    title: str
    day: str


@dataclass(frozen=True)
class Renderer:
    """Renders a world as it is served at one port; each page once."""

    world: World
    port: int
    _pages: dict[tuple[str, str], Answer] = field(default_factory=dict)

    @cached_property
    def _templates(self) -> Environment:
        environment = Environment(
            loader=PackageLoader("crawler.demo"), autoescape=True, trim_blocks=True
        )
        environment.filters["runs"] = runs
        return environment

    @cached_property
    def _sites(self) -> dict[str, Site]:
        """Each site by its host, with and without ``www.``."""
        sites = self.world.sites.values()
        return {host: site for site in sites for host in (site.host, site.bare_host)}

    def answer(self, host: str, target: str, visits: int = 0, body: bytes = b"") -> Answer:
        """What a host says to a request; `visits` is what its counter shows."""
        site = self._sites.get(host)
        if site is None:
            return self._renamed(host, target) or self._foreign(host, target)
        path = target.partition("?")[0]
        failure = self.world.failing.get(site.id)
        # Who is asked not to come is told so even by a host that fails otherwise.
        if failure and path != "/robots.txt" and path.startswith(failure.below):
            return _failed(failure)
        if shown := self._list_of_kind(site, target, body):
            return _counted(shown, visits)
        if (site.id, path) not in self._pages:
            self._pages[site.id, path] = self._render(site, path)
        return _counted(self._pages[site.id, path], visits)

    def _renamed(self, host: str, path: str) -> Answer | None:
        """What a host says that its site has left."""
        left = self.world.renamed.get(host)
        if left is None:
            return None
        if not left.redirects:
            return Answer(404, _MISSING.encode(), {"Content-Type": "text/html; charset=utf-8"})
        return Answer(301, headers={"Location": self.world.url((left.site, path), self.port)})

    def _foreign(self, host: str, path: str) -> Answer:
        """What a site says that no template of the catalogue describes."""
        look = foreign_looks().get(host)
        if look is None:
            return Answer(404, b"no such host in the replica")
        if path == "/robots.txt":
            return Answer(
                body=b"User-agent: *\nDisallow:\n", headers={"Content-Type": "text/plain"}
            )
        page = ForeignSite(look, self.port).answer(path)
        headers = {"Content-Type": "text/html; charset=utf-8"}
        return (
            Answer(404, _MISSING.encode(), headers)
            if page is None
            else Answer(body=page.encode(), headers=headers)
        )

    def _render(self, site: Site, path: str) -> Answer:
        if path == "/robots.txt":
            return _robots(site)
        if moved := self.world.moved.get((site.id, path)):
            return Answer(301, headers={"Location": moved})
        found = self._home(site, path) or self._list(site, path)
        return (
            found
            or self._article(site, path)
            or self._file(site, path)
            or Answer(404, _MISSING.encode(), {"Content-Type": "text/html; charset=utf-8"})
        )

    def _html(
        self, site: Site, template: str, post: Post | None = None, **values: object
    ) -> Answer:
        redesigned = site.id in self.world.redesigned
        text = self._templates.get_template(template).render(
            site=site, post=post, visits=VISITS, redesigned=redesigned, **values
        )
        body = text.encode("gb18030" if site.charset == "gbk" else site.charset)
        headers = {"Content-Type": f"text/html; charset={site.label}"} | _modified(site, post)
        return Answer(body=body, headers=headers, validators=site.validators)

    # --- lists ---

    def _home(self, site: Site, path: str) -> Answer | None:
        if path not in {"/", "/index.shtml"}:
            return None
        latest = [
            (column, self.world.listed(site.id, column.id)[:8]) for column in site.columns.values()
        ]
        shown = [(column, list(self._items(site, posts))) for column, posts in latest]
        return self._html(site, "home.html", shown=shown)

    def _list_of_kind(self, site: Site, target: str, body: bytes) -> Answer | None:
        for column in site.columns.values():
            if column.kind == "listing":
                continue
            posts = self.world.listed(site.id, column.id)
            shown = list_of_kind(Listed(site, column, posts, self.port), Asked.of(target, body))
            if shown is not None:
                headers = {"Content-Type": shown[1]} | _modified(site, None)
                return Answer(body=shown[0], headers=headers, validators=site.validators)
        return None

    def _list(self, site: Site, path: str) -> Answer | None:
        folder, _, name = path.rpartition("/")
        column = next((c for c in site.columns.values() if c.path == folder), None)
        number = _page_number(column, name) if column else None
        if column is None or number is None:
            return None
        posts = self.world.listed(site.id, column.id)
        pages = max(1, -(-len(posts) // PER_PAGE))
        fault = self.world.pages.get((site.id, column.id, number))
        if number > pages or fault == "404":
            return None
        at = 1 if fault == "repeat" else number
        shown = posts[(at - 1) * PER_PAGE : at * PER_PAGE]
        if fault == "foreign":
            shown = self._others(site)
        return self._html(
            site,
            "list.html",
            column=column,
            items=list(self._items(site, shown)),
            page=number,
            pages=pages,
            total=len(posts),
        )

    def _others(self, site: Site) -> list[Post]:
        """What another publisher's list shows, as links to there."""
        other = next(one for one in self.world.sites.values() if one.id != site.id)
        listed = self.world.listed(other.id, next(iter(other.columns)))
        own = [post for post in listed if not post.link][:PER_PAGE]
        return [replace(post, link=f"@{other.id}{post.path}") for post in own]

    def _items(self, site: Site, posts: list[Post]) -> Iterator[_Item]:
        for post in posts:
            title, day = post.title, post.day.isoformat()
            # By what the post is, not where it stands: a new one on top changes no other's link.
            variant = sum(post.path.encode())
            yield _Item(self._href(site, post, variant), title, day)
            if variant % 9 == 4 and not post.link:
                # The same article again, by its other address, as careless editors link it.
                yield _Item(f"http://{site.bare_host}:{self.port}{post.path}", title, day)

    def _href(self, site: Site, post: Post, variant: int) -> str:
        if post.link and post.link.startswith("@"):
            owner, _, path = post.link[1:].partition("/")
            return self.world.url((owner, f"/{path}"), self.port)
        if post.link:
            return post.link
        if variant % 5 == 0:
            return f"https://{site.host}:{self.port}{post.path}"
        return post.path if variant % 2 else f"http://{site.host}:{self.port}{post.path}"

    # --- articles ---

    def _article(self, site: Site, path: str) -> Answer | None:
        post, page = self._post(site, path)
        if post is None or post.link:
            return None
        if post.gone:
            return _gone(post)
        column = site.columns[post.column]
        return self._html(
            site,
            "kinds/paper.html" if column.kind == "epaper" else "article.html",
            post,
            column=column,
            page=page,
            paragraphs=post.parts()[page - 1],
            files=[
                (f"{post.folder}/files/{post.stem}.{suffix}", name)
                for suffix, name in zip(post.attachments, post.file_names(), strict=True)
            ],
            index_number=f"0143200{len(site.id)}/{post.day.year}-{sum(post.path.encode()) % 100000:05}",
            related=self._related(post),
        )

    def _post(self, site: Site, path: str) -> tuple[Post | None, int]:
        """The post that a path is a page of, and which."""
        if post := self.world.post_at(site.host, path):
            return post, 1
        stem, _, number = path.removesuffix(".shtml").rpartition("_")
        post = self.world.post_at(site.host, f"{stem}.shtml")
        if post is None or not number.isdigit() or not 2 <= int(number) <= post.pages:
            return None, 0
        return post, int(number)

    def _related(self, post: Post) -> list[Post]:
        posts = self.world.listed(post.site, post.column)[:8]
        return [other for other in posts if other is not post and not other.link][:4]

    def _file(self, site: Site, path: str) -> Answer | None:
        folder, _, name = path.rpartition("/")
        folder, _, kind = folder.rpartition("/")
        post = self.world.post_at(site.host, f"{folder}.shtml")
        if post is None or post.gone:
            return None
        if kind == "images" and name == "1.png" and post.picture:
            return Answer(body=picture(), headers={"Content-Type": "image/png"})
        stem, _, suffix = name.partition(".")
        if kind != "files" or stem != post.stem or suffix not in post.attachments:
            return None
        return Answer(body=attachment(post, suffix), headers={"Content-Type": MEDIA[suffix]})


def _gone(post: Post) -> Answer:
    """What is served in the place of a withdrawn post."""
    if post.gone_how == "front":
        return Answer(302, headers={"Location": "/"})
    status = 200 if post.gone_how == "soft" else int(post.gone_how)
    return Answer(status, _MISSING.encode(), {"Content-Type": "text/html; charset=utf-8"})


def runs(paragraphs: tuple[str, ...]) -> list[tuple[bool, list[list[str]]]]:
    """Paragraphs in runs of table rows (True) and of text, each split into its cells."""
    grouped = groupby(paragraphs, key=lambda paragraph: paragraph.startswith("| "))
    return [(table, [cells(row) for row in rows]) for table, rows in grouped]


def _page_number(column: Column, name: str) -> int | None:
    """Which page of a column's list a file name asks for."""
    stem, _, suffix = name.partition(".")
    if suffix != "shtml" or not stem.startswith(column.list):
        return None
    rest = stem.removeprefix(column.list)
    if not rest:
        return 1
    number = rest.removeprefix("_")
    return int(number) if number.isdigit() and int(number) > 1 else None


def _robots(site: Site) -> Answer:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in site.disallow or ("",))]
    return Answer(body="\n".join(lines).encode(), headers={"Content-Type": "text/plain"})


def _modified(site: Site, post: Post | None) -> dict[str, str]:
    """When a page was changed, true or not."""
    if site.validators == "lying":
        return {"Last-Modified": _LONG_AGO}
    return {"Last-Modified": _stamp(post)} if site.validators == "honest" and post else {}


def _counted(answer: Answer, visits: int) -> Answer:
    """The answer with its counter, and with an entity tag of what it is then: where a page counts
    its visits, even an honest server has another tag for each of them."""
    body = answer.body.replace(VISITS.encode(), str(visits).encode())
    if answer.validators != "honest":
        return replace(answer, body=body)
    tag = f'"{sha256(body).hexdigest()[:16]}"'
    return replace(answer, body=body, headers={**answer.headers, "ETag": tag})


def _stamp(post: Post) -> str:
    changed = post.at.astimezone(UTC).replace(second=post.version % 60)
    return format_datetime(changed, usegmt=True)


def _failed(failure: Failure) -> Answer:
    html = {"Content-Type": "text/html; charset=utf-8"}
    if failure.how == "challenge":
        cookie = {"Set-Cookie": "HWWAFSESID=replica; path=/"}
        return Answer(body=_CHALLENGE.encode(), headers=html | cookie)
    if failure.how == "shell":
        return Answer(body=_SHELL.encode(), headers=html)
    if not failure.how.isdigit():
        return Answer(0, fault=failure.how)
    busy = {"Retry-After": "0"} if failure.how in {"429", "503"} else {}
    return Answer(int(failure.how), b"failing, as told", busy)
