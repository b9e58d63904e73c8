"""Kinds that are text already: plain, CSV, RTF, HTML."""

import csv

from striprtf.striprtf import rtf_to_text

from crawler.attachments.text import Text, Unreadable
from crawler.blocks import blocks_in, drop_unread, parse
from crawler.body import as_text
from crawler.decode import decode
from crawler.errors import Park

_DIALECTS = ",;\t|"
_SAMPLE = 20_000


def read_txt(body: bytes, text: Text) -> None:
    """A plain text, line by line."""
    for line in _decoded(body).splitlines():
        text.add(line)


def read_csv(body: bytes, text: Text) -> None:
    """A table as text, whatever separates its cells."""
    decoded = _decoded(body)
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(decoded[:_SAMPLE], _DIALECTS)
    except csv.Error:
        dialect = csv.excel
    try:
        for row in csv.reader(decoded.splitlines(), dialect):
            text.add_row(row)
    except csv.Error as error:
        raise Unreadable(f"a damaged table ({error})") from error


def read_rtf(body: bytes, text: Text) -> None:
    """Rich text; its table rows come as cells with a stroke behind each."""
    plain: str = rtf_to_text(body.decode("latin-1"), errors="ignore")  # type: ignore[no-untyped-call]
    for line in plain.splitlines():
        if line.endswith("|") and line.count("|") > 1:
            text.add_row(line[:-1].split("|"))
        else:
            text.add(line)


def read_html(body: bytes, text: Text) -> None:
    """A page that hangs on an article: many a ".doc" and ".xls" is one."""
    root = parse(_decoded(body, "text/html"))
    text.title = root.findtext(".//title")
    drop_unread(root)
    inside = root.find("body")
    for line in as_text(blocks_in(root if inside is None else inside)).splitlines():
        text.add(line)


def _decoded(body: bytes, media: str = "") -> str:
    try:
        return decode(body, media).text
    except Park as error:
        raise Unreadable(str(error)) from error
