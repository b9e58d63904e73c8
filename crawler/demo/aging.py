"""Time passes in the replica: each operation is a line in a journal, so that a restart forgets nothing."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

from crawler.demo.world import Post, World, write_post
from crawler.errors import StopRun


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that happens.

    ``publish`` (site, column, count), ``edit`` and ``edit-silently`` (path), ``withdraw`` and
    ``restore`` (path), ``redesign`` (site), ``fail`` (site, how), ``heal`` (site).
    """

    op: str
    site: str = ""
    column: str = ""
    path: str = ""
    count: int = 1
    how: str = ""
    day: str = ""
    """For ``publish``: the day that the new posts bear."""


def apply(world: World, operations: Iterable[Operation]) -> World:
    """The world after the operations. Raises StopRun for one that makes no sense."""
    for operation in operations:
        if operation.op not in _OPERATIONS:
            raise StopRun(
                f"unknown operation {operation.op!r}; there are {', '.join(sorted(_OPERATIONS))}"
            )
        world = _OPERATIONS[operation.op](world, operation)
    return world


def read_journal(path: Path) -> list[Operation]:
    """The operations so far."""
    if not path.exists():
        return []
    return [
        Operation(**json.loads(line))
        for line in path.read_text("utf-8").splitlines()
        if line.strip()
    ]


def write_journal(path: Path, operation: Operation) -> None:
    """Add an operation."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(operation), ensure_ascii=False) + "\n")


def _publish(world: World, operation: Operation) -> World:
    site = world.sites[operation.site]
    column = site.columns[operation.column or next(iter(site.columns))]
    newest = max(post.day for post in world.posts)
    day = date.fromisoformat(operation.day) if operation.day else newest + timedelta(days=1)
    # Numbered by how much there is already: the same after a restart from the journal.
    first = 30_000 + len(world.posts)
    posts = [
        write_post(site, column, number, day, Random(f"{world.seed}/{number}"))
        for number in range(first, first + operation.count)
    ]
    return replace(world, posts=(*world.posts, *posts))


def _changed(change: Callable[[Post], Post]) -> Callable[[World, Operation], World]:
    def run(world: World, operation: Operation) -> World:
        found = [
            p for p in world.posts if p.path == operation.path and operation.site in {"", p.site}
        ]
        if not found:
            raise StopRun(f"no post at {operation.path!r}")
        return world.with_post(found[0], change(found[0]))

    return run


def _edit(post: Post) -> Post:
    """An edit that the list shows too."""
    silent = _edit_silently(post)
    return replace(silent, title=f"{post.title}（更正）")


def _edit_silently(post: Post) -> Post:
    addition = f"（本文于发布后作第{post.version}次修改，以修改后的内容为准。）"
    return replace(post, paragraphs=(*post.paragraphs, addition), version=post.version + 1)


def _redesign(world: World, operation: Operation) -> World:
    return replace(world, redesigned=world.redesigned | {world.sites[operation.site].host})


def _fail(world: World, operation: Operation) -> World:
    host = world.sites[operation.site].host
    return replace(world, failing={**world.failing, host: operation.how})


def _heal(world: World, operation: Operation) -> World:
    host = world.sites[operation.site].host
    return replace(world, failing={h: how for h, how in world.failing.items() if h != host})


_OPERATIONS: dict[str, Callable[[World, Operation], World]] = {
    "publish": _publish,
    "edit": _changed(_edit),
    "edit-silently": _changed(_edit_silently),
    "withdraw": _changed(lambda post: replace(post, gone=True)),
    "restore": _changed(lambda post: replace(post, gone=False)),
    "redesign": _redesign,
    "fail": _fail,
    "heal": _heal,
}
