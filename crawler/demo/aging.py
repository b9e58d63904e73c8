"""Time passes in the replica: each operation is a line of a journal, so that a restart forgets nothing."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from hashlib import md5
from pathlib import Path
from random import Random
from typing import TypeVar
from urllib.parse import urlsplit

from crawler.demo.posts import Post, repeat, write_post
from crawler.demo.sites import Column, Site
from crawler.demo.world import Failure, Renamed, World
from crawler.errors import StopRun

_Value = TypeVar("_Value")

FAULTS = frozenset(["challenge", "timeout", "reset", "shell"])
"""How a host can fail, besides with a status."""
LIST_FAULTS = ("404", "repeat", "foreign")
"""How a page of a list can."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that happens.

    ``publish`` (site, column, count, day), ``edit`` and ``edit-silently`` (path; how ``reword``:
    inside of the text), ``noise`` (path: a counter, the date of today), ``reprint`` (path, and the
    site and column that repeat it; how: another headline), ``withdraw`` (path; how: a status,
    ``front`` or ``soft``), ``unlist`` (path), ``move`` (path; how ``gone``: the old address answers 404,
    not with a redirect), ``rename`` (site, its host; how as for ``move``), ``break-list`` (site, column, count: of the page;
    how ``404``, ``repeat`` or ``foreign``), ``redesign`` and ``silence`` (site),
    ``fail`` (site, how, path below which), ``restore`` (path: not withdrawn nor unlisted any more;
    site: all well again), ``heal`` (site: fails no more).
    """

    op: str
    site: str = ""
    """Id of a site; where it is left out, ``publish`` spreads over all that are not silent."""
    column: str = ""
    path: str = ""
    """A post's path or address, or with a site and column its place among them: ``#1`` the newest."""
    count: int = 1
    how: str = ""
    """``500`` or another status, ``challenge``, ``timeout``, ``reset``, or ``shell``: an empty page."""
    day: str = ""
    """For ``publish``: the day that the new posts bear; else the day after the newest post's."""


def apply(world: World, operations: Iterable[Operation]) -> World:
    """The world after the operations. Raises StopRun for one that makes no sense."""
    for operation in operations:
        world = _known(_OPERATIONS, operation.op, "operation")(world, operation)
    return world


def read_journal(path: Path) -> list[Operation]:
    """The operations so far."""
    if not path.exists():
        return []
    lines = path.read_text("utf-8").splitlines()
    try:
        return [Operation(**json.loads(line)) for line in lines if line.strip()]
    except (TypeError, ValueError) as error:
        raise StopRun(f"{path} is no journal of a replica: {error}; remove it") from error


def write_journal(path: Path, operation: Operation) -> None:
    """Add an operation."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(operation), ensure_ascii=False) + "\n")


# --- finding what an operation is about ---


def _known(options: Mapping[str, _Value], name: str, what: str) -> _Value:
    if name not in options:
        raise StopRun(f"unknown {what} {name!r}; there are {', '.join(sorted(options))}")
    return options[name]


def _site(world: World, operation: Operation) -> Site:
    return _known(world.sites, operation.site, "site")


def _columns(world: World, operation: Operation) -> list[tuple[Site, Column]]:
    """Where an operation may publish."""
    sites = [_site(world, operation)] if operation.site else list(world.sites.values())
    columns = [
        (site, column)
        for site in sites
        if site.id not in world.silent
        for column in site.columns.values()
        if operation.column in {"", column.id}
    ]
    if operation.column and operation.site and not columns and operation.site not in world.silent:
        _known(sites[0].columns, operation.column, "column")
    return columns


def _post(world: World, operation: Operation) -> Post:
    """The post that an operation names."""
    if operation.path.startswith("#"):
        column = _known(_site(world, operation).columns, operation.column, "column")
        posts = [p for p in world.listed(operation.site, column.id) if world.is_article(p)]
        nth = operation.path[1:]
        newest = sorted(posts, key=lambda post: (post.at, post.path), reverse=True)
        found = newest[int(nth) - 1 : int(nth)] if nth.isdigit() and int(nth) else []
    else:
        parts = urlsplit(operation.path)
        hosts = {parts.hostname or "", f"www.{parts.hostname}"}
        sites = {
            site.id for site in world.sites.values() if not parts.hostname or site.host in hosts
        }
        found = [
            post
            for post in world.posts
            if post.path == parts.path and post.site in sites and operation.site in {"", post.site}
        ]
    if not found:
        raise StopRun(f"no post at {operation.path!r}")
    return found[0]


# --- what happens ---


def _publish(world: World, operation: Operation) -> World:
    columns = _columns(world, operation)
    if not columns:
        return world  # all of them are silent: nothing is what they publish
    day = date.fromisoformat(operation.day) if operation.day else world.newest() + timedelta(days=1)
    # Numbered by how much there is already: the same after a restart from the journal.
    first = 1_000_000 + len(world.posts)
    posts = []
    for number in range(first, first + operation.count):
        random = Random(f"{world.seed}/{number}")
        site, column = random.choice(columns)
        posts.append(write_post(site, column, number, day, random))
    return replace(world, posts=(*world.posts, *posts))


def _changing(change: Callable[[Post, str], Post]) -> Callable[[World, Operation], World]:
    def run(world: World, operation: Operation) -> World:
        post = _post(world, operation)
        return world.with_post(post, change(post, operation.how))

    return run


def _reprint(world: World, operation: Operation) -> World:
    """The newest post of a column repeats another's text."""
    path = replace(operation, site="", column="")
    post, site = _post(world, path), _site(world, operation)
    column = _known(site.columns, operation.column, "column")
    number = 2_000_000 + len(world.posts)
    copy = write_post(site, column, number, post.day, Random(f"{world.seed}/{number}"))
    repeated = repeat(copy, post, operation.how or post.title, cut=False)
    return replace(world, posts=(*world.posts, repeated))


def _edit(post: Post, how: str) -> Post:
    """An edit that the list shows too."""
    return replace(_edit_silently(post, how), title=f"{post.title}（更正）")


def _edit_silently(post: Post, how: str) -> Post:
    if how == "reword":
        first, *rest = post.paragraphs
        reworded = first.replace("，", f"，经第{post.version}次核实，", 1)
        return replace(post, paragraphs=(reworded, *rest), version=post.version + 1)
    addition = f"（本文于发布后作第{post.version}次修改，以修改后的内容为准。）"
    clean = None if post.clean is None else (*post.clean, addition)
    paragraphs = (*post.paragraphs, addition)
    return replace(post, paragraphs=paragraphs, clean=clean, version=post.version + 1)


def _withdraw(post: Post, how: str) -> Post:
    if how not in {"", "front", "soft"} and not (how.isdigit() and 400 <= int(how) <= 599):
        raise StopRun(f"cannot withdraw by {how!r}; by a status like 404, front or soft")
    return replace(post, gone=True, gone_how=how or "404")


def _move(world: World, operation: Operation) -> World:
    """A post gets another address; the old one redirects to it."""
    post = _post(world, operation)
    folder, _, name = post.path.rpartition("/")
    # News sites number their articles, the others name them by 32 hexadecimal digits.
    stem = md5(f"{post.path}/{post.version}".encode(), usedforsecurity=False).hexdigest()
    path = f"{folder}/{stem if len(name) > 32 else int(stem[:10], 16)}.shtml"
    moved = {old: path if new == post.path else new for old, new in world.moved.items()}
    after = world.with_post(post, replace(post, path=path, version=post.version + 1))
    left = {post.address: path} if _redirects(operation) else {}
    return replace(after, moved={**moved, **left})


def _redirects(operation: Operation) -> bool:
    if operation.how not in {"", "gone"}:
        raise StopRun(f"cannot {operation.op} by {operation.how!r}; leave it out, or say gone")
    return operation.how != "gone"


def _rename(world: World, operation: Operation) -> World:
    """A site gets another host; the old one redirects there, or knows nothing any more."""
    site = _site(world, operation)
    first, _, rest = site.bare_host.partition(".")
    after = replace(site, host=f"{first}-new.{rest}")
    left = dict.fromkeys([site.host, site.bare_host], Renamed(site.id, _redirects(operation)))
    return replace(world, sites={**world.sites, site.id: after}, renamed={**world.renamed, **left})


def _restore(world: World, operation: Operation) -> World:
    """Make a post or a site what it was."""
    if operation.path:
        back = _changing(lambda post, _: replace(post, gone=False, unlisted=False))
        return back(world, operation)
    site = _site(world, operation).id
    silent, redesigned = world.silent - {site}, world.redesigned - {site}
    return replace(_heal(world, operation), silent=silent, redesigned=redesigned)


def _break_list(world: World, operation: Operation) -> World:
    """A later page of a list is not what its pager promises."""
    site = _site(world, operation)
    column = _known(site.columns, operation.column, "column")
    how = _known({how: how for how in LIST_FAULTS}, operation.how, "fault of a list")
    return replace(world, pages={**world.pages, (site.id, column.id, operation.count): how})


def _redesign(world: World, operation: Operation) -> World:
    return replace(world, redesigned=world.redesigned | {_site(world, operation).id})


def _silence(world: World, operation: Operation) -> World:
    return replace(world, silent=world.silent | {_site(world, operation).id})


def _fail(world: World, operation: Operation) -> World:
    site, how = _site(world, operation).id, operation.how
    if how not in FAULTS and not (how.isdigit() and 400 <= int(how) <= 599):
        raise StopRun(
            f"cannot fail by {how!r}; by a status like 500, or {', '.join(sorted(FAULTS))}"
        )
    return replace(world, failing={**world.failing, site: Failure(how, operation.path or "/")})


def _heal(world: World, operation: Operation) -> World:
    healed = _site(world, operation).id
    failing = {site: how for site, how in world.failing.items() if site != healed}
    return replace(world, failing=failing)


_OPERATIONS: dict[str, Callable[[World, Operation], World]] = {
    "publish": _publish,
    "edit": _changing(_edit),
    "edit-silently": _changing(_edit_silently),
    "noise": _changing(lambda post, _: replace(post, noise=post.noise + 1)),
    "reprint": _reprint,
    "withdraw": _changing(_withdraw),
    "unlist": _changing(lambda post, _: replace(post, unlisted=True)),
    "move": _move,
    "rename": _rename,
    "break-list": _break_list,
    "restore": _restore,
    "redesign": _redesign,
    "silence": _silence,
    "fail": _fail,
    "heal": _heal,
}
OPERATIONS = tuple(_OPERATIONS)
