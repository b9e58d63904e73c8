"""Sitemaps: an index with a sitemap a year, older ones compressed; or one of the newest, for news."""

import gzip
from itertools import groupby

from crawler.demo.kinds.feeds import updated
from crawler.demo.kinds.listed import Asked, Listed


def sitemap(listed: Listed, asked: Asked) -> str | bytes | None:
    """What a column's sitemap has at a path."""
    folder, _, name = asked.path.rpartition("/")
    if folder != listed.column.path:
        return None
    if listed.column.list == "news":
        return (
            listed.render("news.xml", posts=listed.posts, updated=updated)
            if name == "news.xml"
            else None
        )
    years = {year: list(posts) for year, posts in groupby(listed.posts, lambda post: post.at.year)}
    if name == "sitemap.xml":
        changed = {year: max(map(updated, posts)) for year, posts in years.items()}
        return listed.render("index.xml", changed=changed, newest=max(years, default=0))
    stem, _, suffix = name.removeprefix("sitemap-").partition(".")
    posts = years.get(int(stem)) if stem.isdigit() else None
    if posts is None:
        return None
    text = listed.render("sitemap.xml", posts=posts, updated=updated)
    return gzip.compress(text.encode(), mtime=0) if suffix == "xml.gz" else text
