"""A newspaper: a folder a day, a file a page, the articles of a page beside its picture."""

import re
from datetime import date
from itertools import groupby

from crawler.demo.kinds.listed import Asked, Listed
from crawler.demo.posts import Post

_PAGE = re.compile(r"/(\d{4}-\d\d)/(\d\d)/node_(\d+)\.htm$")


def epaper(listed: Listed, asked: Asked) -> str | None:
    """One page of one day; None for a day without an issue."""
    match = _PAGE.search(asked.path)
    if match is None or not asked.path.startswith(f"{listed.column.path}/"):
        return None
    day = date.fromisoformat(f"{match[1]}-{match[2]}")
    posts = sorted(
        (post for post in listed.posts if folder_day(post) == day), key=lambda post: node(post.path)
    )
    pages = {number: list(some) for number, some in groupby(posts, lambda post: node(post.path))}
    numbers = sorted({1, *pages}) if pages else []
    if int(match[3]) not in numbers:
        return None
    return listed.render("node.html", day=day, numbers=numbers, posts=pages.get(int(match[3]), []))


def node(path: str) -> int:
    """Which page of its day an article is on."""
    return 1 + sum(path.encode()) % 3


def folder_day(post: Post) -> date:
    """The day in an article's address: whatever happens to it, its issue stays."""
    year, month, day = re.findall(r"\d+", post.path)[:3]
    return date(int(year), int(month), int(day))
