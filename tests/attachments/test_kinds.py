"""Each kind of file is read, in order, and what is no text is marked."""

import struct

import docx
import openpyxl
import pytest
from docx.oxml import parse_xml

from crawler.attachments.pdf import paragraphs
from crawler.attachments.read import read_file
from crawler.attachments.text import Limits
from tests.attachments import made
from tests.attachments.made import AS_ROW, KINDS, LAST, LINE, TABLELESS, TITLE


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_read_in_its_order(kind: str) -> None:
    result = read_file(KINDS[kind](), f"附件.{kind}", "")
    lines = [TITLE, LINE, AS_ROW, LAST]
    if kind in TABLELESS:
        lines.remove(AS_ROW)
    found = result.text.split("\n")
    assert result.status == "read"
    assert [line for line in found if line in lines] == lines
    assert len(found) <= len(lines) + 1


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"txt", "csv"}))
def test_a_wrong_name_does_not_matter(kind: str) -> None:
    body = KINDS[kind]()
    assert read_file(body, "附件.bin", "application/octet-stream") == read_file(body, "x.pdf", "")


def test_a_title_in_the_properties_is_kept() -> None:
    assert read_file(made.as_docx(), "x.docx", "").title == TITLE
    assert read_file(made.as_ofd(), "x.ofd", "").title == TITLE


@pytest.mark.parametrize("charset", ["gbk", "utf-8"])
def test_names_in_a_zip_are_as_they_were_meant(charset: str) -> None:
    files = {"名单/附件一.txt": LINE.encode(), "__MACOSX/x": b"\0", "空.txt": b""}
    result = read_file(made.as_zip(files, charset), "x.zip", "")
    names = [line.replace(" ", "") for line in result.text.split("\n")]
    assert names == ["名单/附件一.txt", LINE]
    assert result.status.startswith("read in part: 空.txt")


def test_pages_that_are_pictures_are_marked_and_the_others_read() -> None:
    assert (read_file(made.scanned_pdf(2), "x.pdf", "")).status == "needs_ocr"
    assert read_file(b"\x89PNG\r\n\x1a\n", "x.png", "").status == "needs_ocr"
    mixed = made.as_zip({"a.pdf": made.scanned_pdf(), "b.txt": LINE.encode()})
    result = read_file(mixed, "x.zip", "")
    assert (result.status, LINE in result.text) == ("needs_ocr", True)


def test_a_page_whose_font_names_no_characters_is_a_picture() -> None:
    result = read_file(made.mute_pdf(), "x.pdf", "")
    assert (result.status, result.text) == ("needs_ocr", "")


def test_pictures_go_to_what_reads_them_within_its_limit() -> None:
    pictures = made.as_zip({f"{n}.png": b"\x89PNG\r\n\x1a\n%d" % n for n in range(3)}, "utf-8")
    result = read_file(
        pictures, "x.zip", "", Limits(ocr_pages=2), ocr=lambda body: [str(body[-1:])]
    )
    assert result.text.split("\n") == ["0.png", "b'0'", "1.png", "b'1'"]
    assert result.status == "needs_ocr"


def test_wrapped_lines_are_joined_and_ended_ones_are_not() -> None:
    lines = [
        "宿迁市二〇二四年公示",
        "经研究，现将全市高新技术企业名单予以公示，请社会各",
        "界监督。",
        "一、公示时间为自公布之日起五个工作日内，以邮戳为准",
        "二、联系电话",
    ]
    assert paragraphs(lines) == [lines[0], lines[1] + lines[2], lines[3], lines[4]]


def test_word_reads_boxes_and_content_controls_and_no_deletions() -> None:
    document = docx.Document()
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

    def run(said: str, tag: str = "t") -> str:
        return f"<w:r><w:{tag}>{said}</w:{tag}></w:r>"

    for xml in (
        f"<w:p {space}><w:ins>{run('甲')}</w:ins><w:del>{run('乙', 'delText')}</w:del></w:p>",
        f"<w:sdt {space}><w:sdtContent><w:p>{run('丙')}</w:p></w:sdtContent></w:sdt>",
        (
            f"<w:p {space}><w:hyperlink>{run('丁')}</w:hyperlink><w:r><w:pict><w:txbxContent>"
            f"<w:p>{run('戊')}</w:p></w:txbxContent></w:pict></w:r></w:p>"
        ),
    ):
        document.element.body.append(parse_xml(xml))
    assert read_file(made.saved(document), "x.docx", "").text == "甲\n丙\n丁\n戊"


def test_sheets_show_values_as_they_are_read_and_hide_what_is_hidden() -> None:
    workbook = openpyxl.Workbook()
    first = workbook.active
    assert first is not None
    first.append([1.0, 0.1 + 0.2, True, "甲\n乙"])
    second = workbook.create_sheet("第二")
    second.append(["丙"])
    workbook.create_sheet("隐").append(["丁"])
    workbook["隐"].sheet_state = "hidden"
    text = read_file(made.saved(workbook), "x.xlsx", "").text
    assert text == "Sheet\n| 1 | 0.3 | TRUE | 甲 乙 |\n第二\n丙"


def test_a_word_document_keeps_empty_cells_and_the_paragraphs_of_one() -> None:
    body = made.as_doc().replace("泗洪县\x07".encode("utf-16-le"), "泗洪\r\x07".encode("utf-16-le"))
    assert "| 泗洪 | 洋河酒厂 |" in read_file(body, "x.doc", "").text
    empty = made.as_doc().replace(
        "泗洪县\x07".encode("utf-16-le"), "洪县\x07\x07".encode("utf-16-le")
    )
    assert "| 洪县 |  | 洋河酒厂 |" in read_file(empty, "x.doc", "").text


@pytest.mark.parametrize(
    ("body", "name", "said"),
    [
        (made.locked_pdf(), "x.pdf", "unreadable: encrypted"),
        (made.as_doc(encrypted=True), "x.doc", "unreadable: encrypted"),
        (made.ole({"EncryptedPackage": b"x"}), "x.docx", "unreadable: encrypted"),
        (b"", "x.pdf", "unreadable: empty"),
        (b"Rar!\x1a\x07\x01\x00", "x.rar", "unreadable: a kind that is not read (rar)"),
        (b"\x00\x01\x02", "x.dwg", "unreadable: a kind that is not read (unknown)"),
        (b"%PDF-1.4", "x.pdf", "unreadable: a damaged PDF"),
        (b"PK\x03\x04", "x.docx", "unreadable: a damaged package"),
        (struct.pack("<Q", 0xE11AB1A1E011CFD0), "x.doc", "unreadable: a damaged office file"),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, name: str, said: str) -> None:
    result = read_file(body, name, "")
    assert (result.text, result.status) == ("", said)
