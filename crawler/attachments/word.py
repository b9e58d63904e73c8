"""The binary Word format, as Word 97 to 2003 and WPS write it: text by its piece table.

[MS-DOC]: 2.4.1 "Retrieving Text", 2.8.35 PlcPcd, 2.9.38 Clx, 2.9.177 Pcd, 2.9.23 PapxFkp.
"""

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.attachments.text import Text, Unreadable

_MAGIC = 0xA5EC
_ENCRYPTED = 0x0100
_SECOND_TABLE = 0x0200
_CCP_TEXT = 0x4C
"""Where the File Information Block has the length of the main text, in characters."""
_CLX = 0x01A2
_PAPX = 0x0102
_COMPRESSED = 0x40000000
_IN_TABLE = struct.pack("<HB", 0x2416, 1)
"""sprmPFInTable: the paragraph stands in a cell."""
_ROW_END = struct.pack("<HB", 0x2417, 1)
"""sprmPFTtp: this mark ends a row, not a cell."""
_PAGE = 512
_CELL, _PARAGRAPH = "\x07", "\r"
# A field is its code, a separator and what it came to: the last is what is read.
_FIELD_CODE = re.compile("\x13[^\x13\x14\x15]*\x14?([^\x13\x14\x15]*)\x15")
_SPECIAL = {"\x0b": "\n", "\x0c": "\r", "\x0e": "\r", "\x1e": "-", "\x1f": None, "\xa0": " "}
_TRANSLATED = str.maketrans(_SPECIAL)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of text that lies together in the file."""

    text: str
    offset: int
    """Of its first character, in bytes."""
    width: int
    """Bytes a character."""


def is_encrypted(stream: bytes) -> bool:
    """Whether the document wants a password."""
    return len(stream) > 12 and bool(struct.unpack_from("<H", stream, 10)[0] & _ENCRYPTED)


def table_name(stream: bytes) -> str:
    """Which stream holds the tables that the document's own stream refers to."""
    if len(stream) < _CLX + 8 or struct.unpack_from("<H", stream)[0] != _MAGIC:
        raise Unreadable("a Word document older than Word 97, or a damaged one")
    return "1Table" if struct.unpack_from("<H", stream, 10)[0] & _SECOND_TABLE else "0Table"


def read_word(stream: bytes, table: bytes, text: Text) -> None:
    """The main text of a document: paragraphs and table rows, in order."""
    try:
        pieces = list(_pieces(stream, table))
        properties = _Properties(stream, table)
    except (struct.error, IndexError, ValueError) as error:
        raise Unreadable("a damaged Word document") from error
    left = struct.unpack_from("<i", stream, _CCP_TEXT)[0]
    cells: list[str] = []
    cell: list[str] = []
    for paragraph, mark, about in _paragraphs(pieces, left, properties):
        clean = _shown(paragraph)
        if mark == _CELL and _ends_row(about, clean, cells):
            text.add_row(cells)
            cells = []
        elif mark == _CELL:
            cells.append(" ".join([*cell, clean]))
            cell = []
        elif about and _IN_TABLE in about:
            cell.append(clean)
        else:
            for line in clean.split(_PARAGRAPH):
                text.add(line)
    text.add_row([*cells, *cell])


def _ends_row(about: bytes | None, clean: str, cells: list[str]) -> bool:
    """Whether a mark ends a row; where no properties say so, one with nothing before it does."""
    return _ROW_END in about if about is not None else bool(cells) and not clean


def _pieces(stream: bytes, table: bytes) -> Iterator[_Piece]:
    """The pieces of the text, in the order of the document."""
    plc = _piece_table(stream, table)
    count = (len(plc) - 4) // 12
    starts = struct.unpack_from(f"<{count + 1}i", plc)
    for number in range(count):
        (where,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * number + 2)
        length = starts[number + 1] - starts[number]
        if length < 0:
            raise ValueError("a piece that ends before it begins")
        if where & _COMPRESSED:
            offset = (where & ~_COMPRESSED) // 2
            raw = stream[offset : offset + length]
            yield _Piece(raw.decode("cp1252", errors="replace"), offset, 1)
        else:
            raw = stream[where : where + 2 * length]
            yield _Piece(raw.decode("utf-16-le", errors="replace"), where, 2)


def _piece_table(stream: bytes, table: bytes) -> bytes:
    offset, size = struct.unpack_from("<II", stream, _CLX)
    clx = table[offset : offset + size]
    at = 0
    while clx[at] == 1:  # formatting that comes before the table of pieces
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if clx[at] != 2:
        raise ValueError("no table of pieces")
    (length,) = struct.unpack_from("<I", clx, at + 1)
    return clx[at + 5 : at + 5 + length]


def _paragraphs(
    pieces: list[_Piece], left: int, properties: "_Properties"
) -> Iterator[tuple[str, str, bytes | None]]:
    """(text, the mark that ends it, the properties of its paragraph)."""
    parts: list[str] = []
    for piece in pieces:
        characters = piece.text[: max(left, 0)]
        left -= len(piece.text)
        start = 0
        for match in re.finditer("[\x07\r]", characters):
            parts.append(characters[start : match.start()])
            start = match.end()
            about = properties.at(piece.offset + match.start() * piece.width)
            yield "".join(parts), match.group(), about
            parts = []
        parts.append(characters[start:])
    yield "".join(parts), _PARAGRAPH, None


def _shown(paragraph: str) -> str:
    """A paragraph without the codes of its fields and the places of its pictures."""
    before = None
    while before != paragraph:
        before, paragraph = paragraph, _FIELD_CODE.sub(r"\1", paragraph)
    return paragraph.translate(_TRANSLATED)


class _Properties:
    """What the file says of its paragraphs, in pages of 512 bytes."""

    def __init__(self, stream: bytes, table: bytes) -> None:
        offset, size = struct.unpack_from("<II", stream, _PAPX)
        plc = table[offset : offset + size]
        count = max(0, (len(plc) - 4) // 8)
        self._stream = stream
        self._starts = struct.unpack_from(f"<{count + 1}I", plc) if count else ()
        self._pages = struct.unpack_from(f"<{count}I", plc, 4 * (count + 1)) if count else ()

    def at(self, offset: int) -> bytes | None:
        """The properties of the paragraph whose mark lies at an offset of the document's stream;
        None where the file does not say."""
        number = bisect_right(self._starts, offset) - 1
        if not 0 <= number < len(self._pages):
            return None
        start = (self._pages[number] & 0x3FFFFF) * _PAGE
        page = self._stream[start : start + _PAGE]
        return _properties(page, offset) if len(page) == _PAGE else None


def _properties(page: bytes, offset: int) -> bytes:
    """The properties that a page gives the paragraph at an offset."""
    runs = page[-1]
    if 4 * (runs + 1) + 13 * runs >= _PAGE:
        return b""
    starts = struct.unpack_from(f"<{runs + 1}I", page)
    number = bisect_right(starts, offset) - 1
    if not 0 <= number < runs:
        return b""
    at = 2 * page[4 * (runs + 1) + 13 * number]
    if not 0 < at < _PAGE - 2:
        return b""
    size = 2 * page[at] - 1 if page[at] else 2 * page[at + 1]
    begin = at + (1 if page[at] else 2)
    return page[begin + 2 : begin + size]
