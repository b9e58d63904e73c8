"""What kind a file is: by how its bytes begin, then by its name, then by what its server said."""

import re
from urllib.parse import unquote, urlsplit

_HTML = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?<(?:!doctype\s+html|html|head|meta|body|table)\b",
    re.IGNORECASE,
)
_MAGIC = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "ole",
    b"{\\rtf": "rtf",
    b"Rar!\x1a\x07": "rar",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x1f\x8b": "gzip",
    b"\x89PNG\r\n": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF8": "picture",
    b"BM": "picture",
    b"II*\x00": "picture",
    b"MM\x00*": "picture",
}
_NAMES = {
    ".pdf": "pdf",
    ".docx": "zip",
    ".xlsx": "zip",
    ".pptx": "zip",
    ".ofd": "zip",
    ".zip": "zip",
    ".doc": "ole",
    ".wps": "ole",
    ".xls": "ole",
    ".et": "ole",
    ".ppt": "ole",
    ".dps": "ole",
    ".rtf": "rtf",
    ".rar": "rar",
    ".7z": "7z",
    ".csv": "csv",
    ".txt": "txt",
    ".html": "html",
    ".htm": "html",
    ".shtml": "html",
}
_MEDIA = {
    "application/pdf": "pdf",
    "application/msword": "ole",
    "application/vnd.ms-excel": "ole",
    "application/vnd.ms-powerpoint": "ole",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "zip",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "zip",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "zip",
    "application/zip": "zip",
    "application/ofd": "zip",
    "application/rtf": "rtf",
    "text/rtf": "rtf",
    "text/csv": "csv",
    "text/plain": "txt",
    "text/html": "html",
    "application/xhtml+xml": "html",
}
_WITHIN = 1024
_TEXTS = {"html", "txt", "picture", "gzip", "unknown"}
MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".doc": "application/msword",
    ".wps": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".et": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
    ".dps": "application/vnd.ms-powerpoint",
    ".rtf": "application/rtf",
    ".csv": "text/csv",
    ".ofd": "application/ofd",
    ".zip": "application/zip",
}
"""Suffix → media type of the documents that are read."""


def kind_of(body: bytes, name: str = "", media: str = "") -> str:
    """A file's kind: the name of its container (``zip``, ``ole``) where that has to be opened to
    tell more; ``unknown`` for none of those that are read. An ending in the wrong case, or of
    another kind than the bytes, is common and does not matter."""
    if b"%PDF-" in body[:_WITHIN]:
        return "pdf"
    if _HTML.match(body[:_WITHIN]):
        return "html"
    for magic, kind in _MAGIC.items():
        if body.startswith(magic):
            return kind
    named = _NAMES.get(_suffix(name)) or _MEDIA.get(media.partition(";")[0].strip().lower())
    return named or "unknown"


def is_document(body: bytes, media: str) -> bool:
    """Whether an answer is a document rather than a page or a plain text. Its name does not count:
    a server that has no such file likes to say so in a page."""
    return kind_of(body, media=media) not in _TEXTS


def file_name(url: str, name: str = "") -> str:
    """What a file is called: by its link, else by its address, where one has the ending of a kind."""
    try:
        last = unquote(urlsplit(url).path.rpartition("/")[2])
    except ValueError:
        last = ""
    return next((one for one in (name, last) if _suffix(one) in _NAMES), name or last)


def _suffix(name: str) -> str:
    dot = name.rfind(".")
    return name[dot:].strip().lower() if dot >= 0 else ""
