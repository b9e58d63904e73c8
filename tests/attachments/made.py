"""Files to read, each made here: by the library that writes its kind, or byte by byte."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO

import docx
import openpyxl
import pptx
import xlwt

from crawler.demo.files import _numbered

TITLE = "宿迁市2024年高新技术企业名单"
LINE = "现将骆马湖沿线企业名单予以公示，请认真核对。"
ROW = ("泗洪县", "洋河酒厂")
AS_ROW = "| 泗洪县 | 洋河酒厂 |"
LAST = "公示期为五个工作日。"
FREESECT, ENDOFCHAIN, FATSECT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SECTOR = 512


def as_docx() -> bytes:
    document = docx.Document()
    document.core_properties.title = TITLE
    document.add_paragraph(TITLE)
    document.add_paragraph(LINE)
    table = document.add_table(rows=1, cols=2)
    for cell, said in zip(table.rows[0].cells, ROW, strict=True):
        cell.text = said
    document.add_paragraph(LAST)
    return saved(document)


def as_xlsx() -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "名单"
    for row in ((TITLE,), (LINE,), ROW, (LAST,)):
        sheet.append(row)
    return saved(workbook)


def as_xls() -> bytes:
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("名单")
    for number, row in enumerate(((TITLE,), (LINE,), ROW, (LAST,))):
        for column, said in enumerate(row):
            sheet.write(number, column, said)
    return saved(workbook)


def as_pptx() -> bytes:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    assert slide.shapes.title is not None
    slide.shapes.title.text = TITLE
    slide.shapes.add_textbox(0, 0, 9000000, 900000).text_frame.text = LINE
    table = slide.shapes.add_table(1, 2, 0, 0, 9000000, 900000).table
    for cell, said in zip(table.rows[0].cells, ROW, strict=True):
        cell.text = said
    slide.shapes.add_textbox(0, 0, 9000000, 900000).text_frame.text = LAST
    return saved(presentation)


def saved(document: object) -> bytes:
    file = BytesIO()
    document.save(file)  # type: ignore[attr-defined]
    return file.getvalue()


def as_rtf() -> bytes:
    def quoted(said: str) -> str:
        return "".join(rf"\'{byte:02x}" for byte in said.encode("gbk"))

    row = rf"\trowd\cellx3000\cellx6000 {quoted(ROW[0])}\cell {quoted(ROW[1])}\cell\row"
    text = rf"{quoted(TITLE)}\par {quoted(LINE)}\par {row} \pard {quoted(LAST)}\par"
    return (
        r"{\rtf1\ansi\ansicpg936\deff0{\fonttbl{\f0\fnil\fcharset134 SimSun;}}\f0 " + text + "}"
    ).encode("ascii")


def as_csv() -> bytes:
    return f"{TITLE},\r\n{LINE},\r\n{','.join(ROW)}\r\n{LAST},\r\n".encode("gb18030")


def as_html() -> bytes:
    row = "".join(f"<td>{cell}</td>" for cell in ROW)
    return (
        f"<html><head><meta charset=utf-8></head><body><h1>{TITLE}</h1><p>{LINE}</p>"
        f"<table><tr>{row}</tr></table><p>{LAST}</p></body></html>"
    ).encode()


def as_txt() -> bytes:
    return "\n".join((TITLE, LINE, AS_ROW, LAST)).encode("gb18030")


def as_zip(files: Mapping[str, bytes], charset: str = "gbk") -> bytes:
    """A zip as Chinese systems make it: names in GBK without a word about it."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    if charset == "utf-8":
        return packed.getvalue()
    content = packed.getvalue()
    for name in files:
        utf8, gbk = name.encode(), name.encode("gbk")
        # Names of another length would move everything: the rest is made up for with spaces.
        content = content.replace(utf8, gbk.ljust(len(utf8)))
    return _without_utf8_flag(content)


def _without_utf8_flag(content: bytes) -> bytes:
    raw = bytearray(content)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = raw.find(magic)
        while start >= 0:
            raw[start + at + 1] &= ~0x08
            start = raw.find(magic, start + 1)
    return bytes(raw)


def as_ofd() -> bytes:
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    texts = "".join(
        f'<ofd:TextObject ID="{number}" Boundary="{left} {top} 100 5"><ofd:TextCode X="0" Y="4">'
        f"{said}</ofd:TextCode></ofd:TextObject>"
        for number, (left, top, said) in enumerate(
            ((20, 20, TITLE[:6]), (60, 20, TITLE[6:]), (20, 40, LINE), (20, 60, LAST))
        )
    )
    page = f"<ofd:Page {space}><ofd:Content><ofd:Layer>{texts}</ofd:Layer></ofd:Content></ofd:Page>"
    document = (
        f'<ofd:Document {space}><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>'
        "</ofd:Pages></ofd:Document>"
    )
    root = (
        f"<ofd:OFD {space}><ofd:DocBody><ofd:DocInfo><ofd:Title>{TITLE}</ofd:Title></ofd:DocInfo>"
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    )
    names = {
        "OFD.xml": root,
        "Doc_0/Document.xml": document,
        "Doc_0/Pages/Page_0/Content.xml": page,
    }
    return as_zip({name: text.encode() for name, text in names.items()}, "utf-8")


# --- PDF ------------------------------------------------------------------------------------------


def pdf(pages: Sequence[bytes], resources: bytes, objects: Sequence[bytes] = ()) -> bytes:
    """A PDF of these page contents. `objects` are numbered from 10 on."""
    numbers = range(10 + len(objects), 10 + len(objects) + 2 * len(pages), 2)
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    filling = [b"null"] * 7
    made = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)),
    ]
    made += [*filling, *objects]
    for number, content in zip(numbers, pages, strict=True):
        made.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<<%s>>>>"
            % (number + 1, resources)
        )
        made.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    return _numbered(made)


_FONT = (
    b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[11 0 R]>>",
    (
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/FontDescriptor 12 0 R"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>>>"
    ),
    (
        b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]"
        b"/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>"
    ),
)


def page_of(*lines: str) -> bytes:
    """A page's content: a line of text each."""
    shown = b"".join(b"<%s> Tj T* " % line.encode("utf-16-be").hex().encode() for line in lines)
    return b"BT /F1 11 Tf 18 TL 72 780 Td %sET" % shown


def as_pdf(*pages: Sequence[str]) -> bytes:
    contents = [page_of(*lines) for lines in pages or ((TITLE, LINE, LAST),)]
    return pdf(contents, b"/Font<</F1 10 0 R>>", _FONT)


def scanned_pdf(pages: int = 1) -> bytes:
    """Pages that are pictures."""
    pixels = zlib.compress(b"\x80" * 64)
    picture = (
        b"<</Type/XObject/Subtype/Image/Width 8/Height 8/ColorSpace/DeviceGray/BitsPerComponent 8"
        b"/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(pixels), pixels)
    )
    return pdf([b"q 595 0 0 842 0 0 cm /I1 Do Q"] * pages, b"/XObject<</I1 10 0 R>>", [picture])


def mute_pdf() -> bytes:
    """Text in a font that does not say which characters its glyphs are."""
    widths = (
        b"<</Type/Font/Subtype/Type0/BaseFont/Own/Encoding/Identity-H/DescendantFonts[11 0 R]>>"
    )
    font = (
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Own/FontDescriptor 12 0 R/CIDToGIDMap/Identity"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>"
    )
    return pdf([page_of("骆马湖")], b"/Font<</F1 10 0 R>>", (widths, font, _FONT[2]))


def locked_pdf() -> bytes:
    """A PDF that wants a password."""
    lock = b"/Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -44/O<%s>/U<%s>>>/ID[<00><00>]" % (
        b"ab" * 32,
        b"cd" * 32,
    )
    return as_pdf().replace(b"/Root 1 0 R", b"/Root 1 0 R" + lock)


# --- the old office formats -----------------------------------------------------------------------


def as_doc(encrypted: bool = False) -> bytes:
    """A Word 97 document of two pieces: one of two bytes a character, one of one."""
    before = f"{TITLE}\r{LINE}\r\x13HYPERLINK x\x14\x15{ROW[0]}\x07{ROW[1]}\x07\x07{LAST}\r"
    after = "Contact: 0527-84368000\r"
    text, small = before.encode("utf-16-le"), after.encode("cp1252")
    start = 2048
    row_end = start + 2 * (before.index("\x07\x07") + 1)
    papx = _papx_page(
        [
            (start, start + 2 * before.index(ROW[0]), b""),
            (start + 2 * before.index(ROW[0]), row_end, struct.pack("<HB", 0x2416, 1)),
            (row_end, row_end + 2, struct.pack("<HBHB", 0x2416, 1, 0x2417, 1)),
            (row_end + 2, start + len(text) + len(small), b""),
        ]
    )
    body = bytearray(start) + text + small
    body = body.ljust(4096, b"\0") + papx
    pieces = struct.pack("<3i", 0, len(before), len(before) + len(after))
    pieces += struct.pack("<HIH", 0, start, 0)
    pieces += struct.pack("<HIH", 0, 0x40000000 | 2 * (start + len(text)), 0)
    clx = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    plc = struct.pack("<2I", start, start + len(text) + len(small)) + struct.pack("<I", 4096 // 512)
    table = clx + plc
    struct.pack_into("<HH", body, 0, 0xA5EC, 0x00C1)
    struct.pack_into("<H", body, 10, 0x0200 | (0x0100 if encrypted else 0))
    struct.pack_into("<i", body, 0x4C, len(before) + len(after))
    struct.pack_into("<II", body, 0x01A2, 0, len(clx))
    struct.pack_into("<II", body, 0x0102, len(clx), len(plc))
    return ole({"WordDocument": bytes(body), "1Table": table})


def _papx_page(runs: Sequence[tuple[int, int, bytes]]) -> bytes:
    page = bytearray(512)
    starts = [start for start, _, _ in runs] + [runs[-1][1]]
    struct.pack_into(f"<{len(starts)}I", page, 0, *starts)
    end = 510
    for number, (_, _, properties) in enumerate(runs):
        content = b"\0\0" + properties
        content = b"\0" + bytes([(len(content) + 1) // 2]) + content
        end = (end - len(content)) & ~1
        page[end : end + len(content)] = content
        page[4 * len(starts) + 13 * number] = end // 2
    page[-1] = len(runs)
    return bytes(page)


def as_ppt() -> bytes:
    def record(kind: int, content: bytes, version: int = 0) -> bytes:
        return struct.pack("<HHI", version, kind, len(content)) + content

    def texts(*said: str) -> bytes:
        return b"".join(record(0x0FA0, one.encode("utf-16-le")) for one in said)

    master = record(0x03F8, texts("单击此处编辑母版标题样式"), 0xF)
    slide = record(0x03EE, record(0xF00D, texts(TITLE, f"{LINE}\r{LAST}"), 0xF), 0xF)
    return ole({"PowerPoint Document": master + slide + record(0x0FA8, b"plain")})


def ole(streams: Mapping[str, bytes]) -> bytes:
    """A compound file, [MS-CFB], of streams in sectors of 512 bytes."""
    # Streams below 4096 bytes would lie in a stream of their own kind.
    padded = {name: body.ljust(4096, b"\0") for name, body in streams.items()}
    fat: list[int] = [FATSECT, ENDOFCHAIN]
    data = b""
    entries = [_entry("Root Entry", 5, 1, ENDOFCHAIN, 0)]
    for number, (name, body) in enumerate(padded.items(), start=1):
        sectors = -(-len(body) // SECTOR)
        start = len(fat)
        fat += [*range(start + 1, start + sectors), ENDOFCHAIN]
        data += body.ljust(sectors * SECTOR, b"\0")
        right = number + 1 if number < len(padded) else FREESECT
        entries.append(_entry(name, 2, FREESECT, start, len(body), right))
    directory = b"".join(entries).ljust(SECTOR, b"\0")
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(SECTOR, b"\xff")
    assert len(directory) == len(table) == SECTOR
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, ENDOFCHAIN, 0, ENDOFCHAIN, 0
    )
    head += struct.pack("<I", 0)
    return head.ljust(SECTOR, b"\xff") + table + directory + data


def _entry(name: str, kind: int, child: int, start: int, size: int, right: int = FREESECT) -> bytes:
    raw = (name + "\0").encode("utf-16-le")
    entry = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1)
    entry += struct.pack("<III", FREESECT, right, child) + bytes(16 + 4 + 16)
    return entry + struct.pack("<IQ", start, size)


KINDS: dict[str, Callable[[], bytes]] = {
    "pdf": as_pdf,
    "docx": as_docx,
    "xlsx": as_xlsx,
    "pptx": as_pptx,
    "doc": as_doc,
    "wps": as_doc,
    "xls": as_xls,
    "et": as_xls,
    "ppt": as_ppt,
    "rtf": as_rtf,
    "csv": as_csv,
    "txt": as_txt,
    "ofd": as_ofd,
    "html": as_html,
    "zip": lambda: as_zip({"附件名单.docx": as_docx()}),
}
"""Every kind that is read, by its suffix."""
TABLELESS = {"pdf", "ppt", "ofd"}
"""Kinds whose tables come as lines."""
