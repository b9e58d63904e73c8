"""A plain text as an article: its first line is its title when it is short enough to be one."""

import re

from crawler.decode import decode
from crawler.records import Article, Dropped, Page
from crawler.tidy import CONTROL

_TITLE = 60


def read_text(page: Page) -> Article | Dropped:
    """Read a text file. Raises Park where it cannot be decoded."""
    decoded = decode(page.body, page.content_type)
    text = CONTROL.sub("", decoded.text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return Dropped(page.url, page.key, "empty")
    title, body, where = title_of(lines)
    return Article(
        url=page.url,
        key=page.key,
        source=page.source,
        column=page.column,
        title=title,
        body=body,
        provenance={"title": where, "body": "text"}
        | ({"charset": decoded.said} if decoded.said else {}),
        fetched_at=page.fetched_at,
        warc=page.warc,
    )


def title_of(lines: list[str]) -> tuple[str, str, str]:
    """(title, body, where the title is from) of a text in lines."""
    first, rest = lines[0], lines[1:]
    if rest and len(first) <= _TITLE and not first.endswith(("。", "！", "？", ".")):
        return first, "\n".join(rest), "text:first line"
    return _first_sentence(first), "\n".join(lines), "text:first sentence"


def _first_sentence(text: str) -> str:
    sentence = re.split(r"(?<=[。！？])", text, maxsplit=1)[0].rstrip("。")
    return sentence if len(sentence) <= _TITLE else sentence[:_TITLE] + "…"
