"""One file into text, whatever kind it is. Runs in the worker: see `worker.py`."""

from importlib import import_module

from crawler.attachments.kinds import kind_of
from crawler.attachments.package import Package
from crawler.attachments.text import Full, Limits, Ocr, Result, Text, Unreadable

# Imported when the first file of a kind comes: each brings a library with it.
_FLAT = {
    "pdf": ("pdf", "read_pdf"),
    "ole": ("ole", "read_ole"),
    "rtf": ("plain", "read_rtf"),
    "html": ("plain", "read_html"),
    "csv": ("plain", "read_csv"),
    "txt": ("plain", "read_txt"),
}


def read_file(
    body: bytes, name: str, media: str, limits: Limits | None = None, ocr: Ocr | None = None
) -> Result:
    """Read a file. Never fails: what cannot be read says why in its status."""
    text = Text(limits or Limits(), ocr)
    try:
        read_into(text, body, name, media)
    except (Full, Unreadable) as error:
        text.lost.append(str(error))
    return text.result()


def read_into(text: Text, body: bytes, name: str, media: str = "") -> None:
    """Read a file, or one in a package. Raises Unreadable, or Full where the limit is met."""
    if not body:
        raise Unreadable("empty")
    kind = kind_of(body, name, media)
    if kind == "picture":
        text.add_picture(lambda: body)
    elif kind == "zip":
        _read_package(text, body)
    elif kind in _FLAT:
        _call(*_FLAT[kind], body, text)
    else:
        raise Unreadable(f"a kind that is not read ({kind})")


def _call(module: str, function: str, file: bytes | Package, text: Text) -> None:
    """Call a reader; a failure of its library's own is the file's, which it was not made for."""
    reader = getattr(import_module(f"crawler.attachments.{module}"), function)
    try:
        reader(file, text)
    except (Unreadable, Full, MemoryError):
        raise
    except Exception as error:
        raise Unreadable(f"damaged ({type(error).__name__})") from error


def _read_package(text: Text, body: bytes) -> None:
    package = Package(body, text.limits)
    names = package.names
    if "word/document.xml" in names:
        _call("office", "read_docx", package, text)
    elif "ppt/presentation.xml" in names:
        _call("office", "read_pptx", package, text)
    elif names & {"xl/workbook.xml", "xl/workbook.bin"}:
        _call("sheets", "read_sheets", body, text)
    elif "OFD.xml" in names:
        _call("ofd", "read_ofd", package, text)
    else:
        _read_members(text, package)


def _read_members(text: Text, package: Package) -> None:
    """The files of an archive, each under its name."""
    if text.depth >= text.limits.depth:
        raise Unreadable(f"archives in archives, more than {text.limits.depth} deep")
    text.depth += 1
    for name, info in package.files():
        title = text.title
        text.add(name)
        heading = len(text.lines)
        with text.part(name):
            read_into(text, package.read(info), name)
        if len(text.lines) == heading:
            text.lines.pop()
        text.title = title
    text.depth -= 1
