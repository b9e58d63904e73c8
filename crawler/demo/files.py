"""Small office documents that say what their post says, made with the standard library."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from html import escape

from crawler.demo.posts import Post
from crawler.demo.texts import cells

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_FORMAT = "application/vnd.openxmlformats-officedocument"
_EPOCH = (2026, 1, 1, 0, 0, 0)

MEDIA = {
    "pdf": "application/pdf",
    "docx": f"{_FORMAT}.wordprocessingml.document",
    "xlsx": f"{_FORMAT}.spreadsheetml.sheet",
}


def attachment(post: Post, suffix: str) -> bytes:
    """The file with that suffix that goes with a post."""
    return _MAKERS[suffix](_lines(post))


def picture() -> bytes:
    """A grey PNG of one pixel."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(b"\0\x80")), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def _lines(post: Post) -> list[str]:
    return [post.title, *(post.paragraphs or ("本名单由审核系统生成，以纸质文件为准。",))]


# --- office packages ---


def _docx(lines: list[str]) -> bytes:
    text = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)
    main = f"{MEDIA['docx']}.main+xml"
    document = f'<w:document xmlns:w="{_WORD}"><w:body>{text}</w:body></w:document>'
    return _package({"word/document.xml": (main, document)})


def _xlsx(lines: list[str]) -> bytes:
    workbook = (
        f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="名单" sheetId="1" r:id="r1"/></sheets></workbook>'
    )
    rows = "".join(_row(number, cells(line)) for number, line in enumerate(lines, start=1))
    sheet = f'<worksheet xmlns="{_SHEET}"><sheetData>{rows}</sheetData></worksheet>'
    parts = {
        "xl/workbook.xml": (f"{MEDIA['xlsx']}.main+xml", workbook),
        "xl/worksheets/sheet1.xml": (f"{_FORMAT}.spreadsheetml.worksheet+xml", sheet),
    }
    related = {"xl/_rels/workbook.xml.rels": _relation("worksheet", "worksheets/sheet1.xml")}
    return _package(parts, related)


def _row(number: int, cells: list[str]) -> str:
    inner = "".join(
        f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
        for at, cell in enumerate(cells)
    )
    return f'<row r="{number}">{inner}</row>'


def _relation(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/{kind}" Target="{target}"/></Relationships>'
    )


def _package(
    parts: Mapping[str, tuple[str, str]], related: Mapping[str, str] | None = None
) -> bytes:
    """Zip the parts (name → content type and text); the first is what the package is about."""
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{media}"/>'
        for name, (media, _) in parts.items()
    )
    types = (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{overrides}</Types>"
    )
    contents = {
        "[Content_Types].xml": types,
        "_rels/.rels": _relation("officeDocument", next(iter(parts))),
        **(related or {}),
        **{name: text for name, (_, text) in parts.items()},
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in contents.items():
            # A date of its own, so that the same post is the same bytes.
            archive.writestr(
                zipfile.ZipInfo(name, _EPOCH), f'<?xml version="1.0" encoding="UTF-8"?>{text}'
            )
    return packed.getvalue()


# --- pdf ---


def _pdf(lines: list[str]) -> bytes:
    """One page of text in a font that every reader brings along (Adobe-GB1, UCS-2)."""
    shown = b"".join(
        b"<%s> Tj T* " % line[start : start + 36].encode("utf-16-be").hex().encode()
        for line in lines
        for start in range(0, len(line), 36)
    )
    stream = b"BT /F1 11 Tf 18 TL 72 780 Td %sET" % shown
    font = (
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/FontDescriptor 7 0 R"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>>>"
    )
    measures = (
        b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]"
        b"/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>"
    )
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
    whole = b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page,
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        whole,
        font,
        measures,
    ]
    return _numbered(objects)


def _numbered(objects: list[bytes]) -> bytes:
    """A PDF file of these objects, the first being its catalogue."""
    content = b"%PDF-1.4\n"
    table = b"0000000000 65535 f \n"
    for number, body in enumerate(objects, start=1):
        table += b"%010d 00000 n \n" % len(content)
        content += b"%d 0 obj%s endobj\n" % (number, body)
    size = len(objects) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(content))
    return content + b"xref\n0 %d\n" % size + table + trailer


_MAKERS: dict[str, Callable[[list[str]], bytes]] = {"docx": _docx, "xlsx": _xlsx, "pdf": _pdf}
