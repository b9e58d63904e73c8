"""Lists that an interface gives: JSON rows, JSON with HTML in it, and a search."""

import json
from urllib.parse import parse_qsl

from crawler.demo.kinds.listed import Asked, Listed
from crawler.demo.posts import Post

PER_PAGE = 10


def api(listed: Listed, asked: Asked) -> str | None:
    """A column's list as its interface gives it: by a GET as rows, by a POST as HTML."""
    if asked.path != f"{listed.column.path}/{listed.column.list}":
        return None
    if listed.column.list == "unit":
        sent = dict(parse_qsl(asked.body.decode()))
        number = int(sent.get("pageNo", "0"))
        html = listed.render("unit.html", posts=_page(listed.posts, number))
        return json.dumps({"success": True, "data": {"html": html, "count": len(listed.posts)}})
    number = int(asked.query.get("pageIndex", "0"))
    rows = [_row(post) for post in _page(listed.posts, number)]
    # The interface of a widespread system for tenders has its JSON as a text inside of another.
    inner = {"Table": rows, "RowCount": str(len(listed.posts))}
    return json.dumps({"custom": json.dumps(inner, ensure_ascii=False), "controls": []})


def search(listed: Listed, asked: Asked) -> str | None:
    """A site's search: the posts that have the word in their title, the newest first."""
    if asked.path != f"{listed.column.path}/{listed.column.list}":
        return None
    word = asked.query.get("q", "")
    number = int(asked.query.get("p", "1"))
    hits = [post for post in listed.posts if word and word in post.title]
    more = number * PER_PAGE < len(hits)
    return listed.render(
        "search.html",
        posts=_page(hits, number),
        word=word,
        following=number + 1 if more else None,
    )


def _page(posts: list[Post], number: int) -> list[Post]:
    return posts[(number - 1) * PER_PAGE : number * PER_PAGE] if number > 0 else []


def _row(post: Post) -> dict[str, str]:
    return {"title": f"<span>{post.title}</span>", "href": post.path, "postdate": f"({post.day})"}
