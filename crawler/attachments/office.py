"""Word and PowerPoint packages: paragraphs and tables in the order of the document.

ECMA-376. Both write text alike: paragraphs ``p`` of runs with texts ``t``, tables ``tbl`` of rows
``tr`` and cells ``tc``, under namespaces of their own.
"""

from collections.abc import Iterator
from posixpath import join, normpath

from lxml import etree
from lxml.etree import _Element as Element

from crawler.attachments.package import Package
from crawler.attachments.text import Text

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT_WORD = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATED = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_BOXES = {"txbxContent"}
# What is drawn for readers that do not know the new way repeats what the new way says.
_UNREAD = {"Fallback", "del", "moveFrom"}
_PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".gif")


def read_docx(package: Package, text: Text) -> None:
    """A Word document's body, without headers, footers and notes."""
    text.title = _title(package)
    root = package.xml("word/document.xml")
    for block in _blocks(root):
        _add(block, text)
    if not text.lines:
        _add_pictures(package, "word/media/", text)


def read_pptx(package: Package, text: Text) -> None:
    """A presentation's slides, in the order in which they are shown."""
    text.title = _title(package)
    for name in _slides(package):
        before = len(text.lines)
        root = package.xml(name)
        for block in _blocks(root):
            _add(block, text)
        if len(text.lines) == before and any(_local(node) == "pic" for node in root.iter()):
            text.pictures += 1


def _title(package: Package) -> str | None:
    if "docProps/core.xml" not in package.names:
        return None
    return package.xml("docProps/core.xml").findtext(_TITLE)


def _slides(package: Package) -> Iterator[str]:
    relations = package.xml("ppt/_rels/presentation.xml.rels")
    targets = {one.get("Id"): one.get("Target") or "" for one in relations}
    for node in package.xml("ppt/presentation.xml").iter():
        if _local(node) == "sldId":
            target = targets.get(node.get(_RELATED) or node.get(_STRICT_RELATED))
            if target:
                yield normpath(join("ppt", target)).lstrip("/")


def _local(node: Element) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _blocks(node: Element) -> Iterator[Element]:
    """The paragraphs and tables below a node that are in no other, in order."""
    for child in node:
        name = _local(child)
        if name in {"p", "tbl"}:
            yield child
        elif name not in _UNREAD:
            yield from _blocks(child)


def _add(block: Element, text: Text) -> None:
    if _local(block) == "p":
        text.add(_own_text(block))
        for box in _boxes(block):
            for inner in _blocks(box):
                _add(inner, text)
        return
    for row in _children(block, "tr"):
        text.add_row([_cell(cell) for cell in _children(row, "tc")])


def _children(node: Element, name: str) -> Iterator[Element]:
    """The rows of a table or the cells of a row: also such as stand in a content control."""
    for child in node:
        found = _local(child)
        if found == name:
            yield child
        elif found in {"sdt", "sdtContent", "ins", "customXml"}:
            yield from _children(child, name)


def _cell(cell: Element) -> str:
    parts = []
    for block in _blocks(cell):
        if _local(block) == "p":
            parts.append(_own_text(block))
        else:
            parts += [
                _cell(inner) for row in _children(block, "tr") for inner in _children(row, "tc")
            ]
    return " ".join(part for part in parts if part)


def _own_text(node: Element) -> str:
    """The text of a paragraph's runs, without the text boxes that hang on it."""
    parts: list[str] = []
    for child in node:
        name = _local(child)
        if name == "t":
            parts.append(child.text or "")
        elif name == "tab":
            parts.append(" ")
        elif name in {"br", "cr"}:
            parts.append("\n")
        elif name not in _UNREAD | _BOXES | {"pPr", "rPr"}:
            parts.append(_own_text(child))
    return "".join(parts)


def _boxes(node: Element) -> Iterator[Element]:
    for child in node:
        name = _local(child)
        if name in _BOXES:
            yield child
        elif name not in _UNREAD:
            yield from _boxes(child)


def _add_pictures(package: Package, folder: str, text: Text) -> None:
    for name in sorted(package.names):
        if name.startswith(folder) and name.lower().endswith(_PICTURES):
            text.add_picture(lambda name=name: package.read(name))  # type: ignore[misc]
