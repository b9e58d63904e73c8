"""PDF: the one module that knows pdfium."""

import re
from collections.abc import Sequence
from typing import Any

import pypdfium2
from pypdfium2 import raw

from crawler.attachments.text import Text, Unreadable

_SCALE = 200 / 72
"""200 dots an inch: what text recognition is trained on."""
_WIDE = 0.85
"""Share of a page's width, in characters, from which a line was wrapped rather than ended."""
_ENDS = ("。", "！", "？", "；", "：", ".", ":", ";")
_SAMPLE = 500
_TOLERATED = 0.3
"""Share of a page's characters whose font may not say which they are."""
_ITEM = re.compile(
    r"^(?:[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．]|第[一二三四五六七八九十百\d]+[条章节])"
)


def read_pdf(body: bytes, text: Text) -> None:
    """Every page's text, in the order in which the file draws it. A page without text that can be
    told from a picture is one for text recognition."""
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code == raw.FPDF_ERR_PASSWORD
        raise Unreadable("encrypted" if locked else "a damaged PDF") from error
    with document:
        text.title = document.get_metadata_dict().get("Title")
        for number in range(min(len(document), text.limits.pages)):
            with text.part(f"page {number + 1}"):
                _read_page(document, number, text)
        if len(document) > text.limits.pages:
            text.lost.append(f"{len(document):,} pages, of which {text.limits.pages:,} were read")


def _read_page(document: Any, number: int, text: Text) -> None:
    try:
        page = document[number]
        shown = page.get_textpage()
        said = shown.get_text_bounded()
    except pypdfium2.PdfiumError as error:
        raise Unreadable("damaged") from error
    lines = [line.strip() for line in said.replace("\r", "\n").split("\n") if line.strip()]
    if lines and _is_known(shown):
        for paragraph in paragraphs(lines):
            text.add(paragraph)
    elif lines or _has_picture(page):
        text.add_picture(lambda: page.render(scale=_SCALE).to_numpy())


def _is_known(shown: Any) -> bool:
    """Whether the fonts say which characters their glyphs are; else the text is noise."""
    count = min(shown.count_chars(), _SAMPLE)
    unknown = sum(raw.FPDFText_HasUnicodeMapError(shown.raw, at) == 1 for at in range(count))
    return bool(unknown <= _TOLERATED * count)


def _has_picture(page: Any) -> bool:
    return next(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3), None) is not None


def paragraphs(lines: Sequence[str]) -> list[str]:
    """The lines of a page joined where they were only wrapped: those as wide as the page, that end
    in no full stop, before one that begins no item of a list."""
    widest = max(map(_width, lines), default=0)
    found: list[str] = []
    joins = False
    for line in lines:
        if joins and not _ITEM.match(line):
            found[-1] += _gap(found[-1][-1], line[0]) + line
        else:
            found.append(line)
        joins = _width(line) >= _WIDE * widest and not line.endswith(_ENDS)
    return found


def _gap(before: str, after: str) -> str:
    """What stood between two characters where a line was wrapped: a number may be torn apart, a
    word is not."""
    torn = before.isdigit() and after.isdigit()
    return " " if before.isascii() and after.isascii() and not torn else ""


def _width(line: str) -> float:
    """How wide a line is set: a full-width character is as wide as two others."""
    return sum(0.5 if char.isascii() else 1.0 for char in line)
