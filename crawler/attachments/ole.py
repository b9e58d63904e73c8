"""The binary office formats: a file system in a file, each kind with a stream of its own."""

import struct
from collections.abc import Iterator
from io import BytesIO

import olefile

from crawler.attachments import sheets, word
from crawler.attachments.text import Text, Unreadable

_LIST_TEXT, _BYTE_TEXT = 0x0FA0, 0x0FA8
# Layouts and notes for the hand-out say nothing of the talk: MainMaster, Handout, Notes.
_UNREAD = {0x03F8, 0x0FC9, 0x03F0}
_CONTAINER = 0xF
_LOCKED = 0xF3D1C4DF
"""The token of [MS-PPT] 2.3.2 CurrentUserAtom that marks an encrypted presentation."""
_DEPTH = 30


def read_ole(body: bytes, text: Text) -> None:
    """A Word, Excel or PowerPoint file of the old kind, or WPS's, which are the same."""
    try:
        with olefile.OleFileIO(BytesIO(body)) as file:
            streams = {"/".join(path) for path in file.listdir()}
            _read(file, streams, body, text)
    except (OSError, IndexError, struct.error, RecursionError) as error:
        raise Unreadable("a damaged office file") from error


def _read(file: "olefile.OleFileIO[str]", streams: set[str], body: bytes, text: Text) -> None:
    if "EncryptedPackage" in streams:
        raise Unreadable("encrypted")
    if "WordDocument" in streams:
        stream = file.openstream("WordDocument").read()
        name = word.table_name(stream)
        if word.is_encrypted(stream):
            raise Unreadable("encrypted")
        if name not in streams:
            raise Unreadable("a damaged Word document")
        word.read_word(stream, file.openstream(name).read(), text)
    elif {"Workbook", "Book", "WORKBOOK", "BOOK"} & streams:
        sheets.read_sheets(body, text)
    elif "PowerPoint Document" in streams:
        if "Current User" in streams and _is_locked(file.openstream("Current User").read()):
            raise Unreadable("encrypted")
        _read_slides(file.openstream("PowerPoint Document").read(), text)
    else:
        raise Unreadable("an office file of a kind that is not read")


def _is_locked(stream: bytes) -> bool:
    return len(stream) >= 16 and struct.unpack_from("<I", stream, 12)[0] == _LOCKED


def _read_slides(stream: bytes, text: Text) -> None:
    """The texts of a presentation, [MS-PPT] 2.9.42 and 2.9.43, each once: a file that was saved
    often holds old states of its slides."""
    seen = set()
    for said in _texts(stream, 0):
        if said not in seen:
            seen.add(said)
            for line in said.replace("\x0b", "\r").split("\r"):
                text.add(line)


def _texts(stream: bytes, depth: int) -> Iterator[str]:
    at = 0
    while at + 8 <= len(stream):
        version, kind, size = struct.unpack_from("<HHI", stream, at)
        content = stream[at + 8 : at + 8 + size]
        at += 8 + size
        if kind == _LIST_TEXT:
            yield content.decode("utf-16-le", errors="replace")
        elif kind == _BYTE_TEXT:
            yield content.decode("latin-1")
        elif version & 0xF == _CONTAINER and kind not in _UNREAD and depth < _DEPTH:
            yield from _texts(content, depth + 1)
