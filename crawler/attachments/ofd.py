"""OFD (GB/T 33190): the format of fixed pages that Chinese offices issue."""

from collections.abc import Iterator
from posixpath import dirname, join, normpath

from lxml import etree
from lxml.etree import _Element as Element

from crawler.attachments.package import Package
from crawler.attachments.pdf import paragraphs
from crawler.attachments.text import Text

_SAME_LINE = 0.5
"""Share of a line's height by which two texts of one line may be apart."""


def read_ofd(package: Package, text: Text) -> None:
    """Every page's text, in the order in which the file draws it."""
    root = package.xml("OFD.xml")
    text.title = next((node.text for node in root.iter("{*}Title")), None)
    for document in root.iter("{*}DocRoot"):
        name = (document.text or "").strip().lstrip("/")
        for page in package.xml(name).iter("{*}Page"):
            _read_page(package, _beside(name, page.get("BaseLoc") or ""), text)


def _beside(name: str, location: str) -> str:
    """An address as a file in a package gives it: from the root, or from its own folder."""
    return normpath(location if location.startswith("/") else join(dirname(name), location)).lstrip(
        "/"
    )


def _read_page(package: Package, name: str, text: Text) -> None:
    with text.part(name):
        root = package.xml(name)
        lines = list(_lines(root))
        for paragraph in paragraphs(lines):
            text.add(paragraph)
        if not lines and next(root.iter("{*}ImageObject"), None) is not None:
            text.pictures += 1


def _lines(root: Element) -> Iterator[str]:
    """Texts that stand at one height are a line."""
    parts: list[str] = []
    height = None
    for node in root.iter("{*}TextObject"):
        said = "".join(
            code.text or "" for code in node if etree.QName(code).localname == "TextCode"
        )
        top, size = _box(node)
        if height is not None and abs(top - height) > _SAME_LINE * size:
            yield "".join(parts)
            parts = []
        parts.append(said)
        height = top
    yield from filter(None, ["".join(parts)])


def _box(node: Element) -> tuple[float, float]:
    """The top and the height of an object, in millimetres."""
    try:
        numbers = [float(number) for number in (node.get("Boundary") or "").split()]
    except ValueError:
        numbers = []
    return (numbers[1], numbers[3]) if len(numbers) == 4 else (0.0, 1.0)
