"""Pages that lie about what they are written in."""

import codecs
from random import Random

from tests.faults.hostile.case import Case, article_html, says
from tests.faults.server import Answer


def _as(name: str, charset: str, declared: str, meta: str = "") -> Answer:
    said = f'<meta charset="{meta}">' if meta else ""
    body = article_html(name, head=said).encode(charset, "replace")
    return says(body, "200 OK", f"Content-Type: text/html; charset={declared}")


def _mixed() -> bytes:
    page = article_html("charset-changes")
    return page[: len(page) // 2].encode("gb18030") + page[len(page) // 2 :].encode()


def _damaged(name: str, every: int) -> bytes:
    body = bytearray(article_html(name).encode())
    for at in range(len(body) // 3, len(body) - 60, every):
        body[at] ^= 0x55
    return bytes(body)


_NOISE = b"<html><body>" + Random(3).randbytes(20_000).replace(b"<", b"-") + b"</body></html>"

CASES = (
    Case("charset-lies-utf-8", "new", _as("charset-lies-utf-8", "gb18030", "utf-8", "utf-8")),
    Case("charset-lies-gbk", "new", _as("charset-lies-gbk", "utf-8", "gbk", "gb2312")),
    Case("charset-lies-latin", "new", _as("charset-lies-latin", "gb18030", "iso-8859-1")),
    Case("charset-unknown", "new", _as("charset-unknown", "gb18030", "x-suqian", "klingon")),
    Case("charset-of-1-mb", "new", says(article_html("charset-of-1-mb", head=f'<meta charset="{"u" * 2**20}">'))),
    Case("charset-utf-16-unmarked", "new", _as("charset-utf-16-unmarked", "utf-16-le", "utf-8")),
    Case("charset-utf-16-marked", "new", says(codecs.BOM_UTF16_BE + article_html("charset-utf-16-marked").encode("utf-16-be"))),
    Case("charset-utf-7", "new", _as("charset-utf-7", "utf-7", "utf-7", "utf-7")),
    Case("charset-a-codec", "new", _as("charset-a-codec", "utf-8", "rot13", "bz2")),
    Case("charset-changes", "new", says(_mixed(), "200 OK", "Content-Type: text/html; charset=gb2312")),
    Case("charset-damaged-a-little", "new", says(_damaged("charset-damaged-a-little", 5_000))),
    Case("charset-damaged-much", "parked:cannot be decoded as any of utf-8, gb18030, big5hkscs", says(_damaged("charset-damaged-much", 23))),
    Case("noise-for-a-page", "parked:has NUL bytes: no text", says(_NOISE)),
)  # fmt: skip
