"""Feeds: the newest posts, and archived ones where the column goes on."""

from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime

from crawler.demo.founding import LAST_DAY
from crawler.demo.kinds.listed import Asked, Listed
from crawler.demo.posts import Post
from crawler.records import CITY_TIME

PER_PAGE = 20


def feed(listed: Listed, asked: Asked) -> str | None:
    """A column's feed: RSS 2.0, RSS 1.0 or Atom, as its list's name says."""
    if asked.path != f"{listed.column.path}/{listed.column.list}.xml":
        return None
    number = int(asked.query.get("page", "1"))
    paged = listed.column.list == "atom"
    first = (number - 1) * PER_PAGE if paged else 0
    shown = listed.posts[first : first + PER_PAGE]
    more = paged and first + PER_PAGE < len(listed.posts)
    return listed.render(
        f"{listed.column.list}.xml",
        posts=shown,
        address=f"{listed.home}{listed.column.path}/{listed.column.list}.xml",
        following=number + 1 if more else None,
        rfc822=rfc822,
        updated=updated,
    )


def rfc822(post: Post) -> str:
    """When a post was published, as RSS writes it."""
    return format_datetime(post.at)


def updated(post: Post) -> str:
    """When a post was changed last, as Atom and sitemaps write it."""
    late = datetime.combine(LAST_DAY, time(9), CITY_TIME) + timedelta(days=post.version)
    return (post.at if post.version == 1 else late).astimezone(UTC).isoformat()
