"""A list that a script puts together from data that it asks for."""

import json

from crawler.demo.kinds.listed import Asked, Listed


def scripted(listed: Listed, asked: Asked) -> str | None:
    """The empty page, or its data."""
    if asked.path == f"{listed.column.path}/{listed.column.list}.shtml":
        return listed.render("scripted.html")
    if asked.path == f"{listed.column.path}/data.json":
        rows = [
            {"u": post.path, "t": post.title, "d": post.day.isoformat()} for post in listed.posts
        ]
        return json.dumps({"rows": rows})
    return None
