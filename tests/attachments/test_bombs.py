"""Files that mean harm, and files that are broken, cost themselves and nothing else."""

import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.attachments.read import read_file
from crawler.attachments.reader import FileReader
from crawler.attachments.text import Limits
from tests.attachments import made
from tests.attachments.made import KINDS, LINE

SMALL = Limits(unpacked=4 * 2**20, members=20)


@pytest.fixture(scope="module")
def reader() -> Iterator[FileReader]:
    with FileReader(ocr=False) as opened:
        yield opened


def packed(name: str, *parts: bytes) -> bytes:
    body = BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, part in enumerate(parts):
            archive.writestr(f"{number}{name}", part)
    return body.getvalue()


def test_a_zip_that_unpacks_to_too_much_is_not_unpacked() -> None:
    assert "a bomb?" in read_file(packed(".txt", bytes(8 * 2**20)), "x.zip", "", SMALL).status
    noise = packed(".txt", *[bytes(2**20 - 1)] * 5)
    assert "unpacks to 4 MB, more than 4" in read_file(noise, "x.zip", "", SMALL).status
    assert "holds 30 files" in read_file(packed(".txt", *[b"x"] * 30), "x.zip", "", SMALL).status


def test_archives_in_archives_end_at_a_depth() -> None:
    body = LINE.encode()
    for _ in range(4):
        body = packed(".zip" if body[:2] == b"PK" else ".txt", body)
    assert "deep" in read_file(body, "x.zip", "").status
    twice = packed(".zip", packed(".txt", LINE.encode()))
    assert LINE in read_file(twice, "x.zip", "").text


def test_a_package_that_holds_itself_ends() -> None:
    assert "deep" in read_file(packed(".zip", packed(".zip", packed(".zip", b"x"))), "x", "").status


def test_entities_are_not_expanded_and_nothing_is_looked_up() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    bomb += '<!ENTITY file SYSTEM "file:///etc/passwd">]>'
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    text = f"<w:t>前</w:t></w:r><w:r><w:t>&i;&file;</w:t></w:r><w:r><w:t>{LINE}</w:t>"
    xml = f"{bomb}<w:document {space}><w:body><w:p><w:r>{text}</w:r></w:p></w:body></w:document>"
    body = made.as_zip({"word/document.xml": xml.encode()}, "utf-8")
    result = read_file(body, "x.docx", "")
    assert result.text in {f"前{LINE}", ""}
    assert "root:" not in result.text


def test_a_sheet_that_says_it_is_huge_is_read_as_what_it_is(reader: FileReader) -> None:
    body = BytesIO(made.as_xlsx())
    with zipfile.ZipFile(body) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert b'ref="A1:B4"' in parts[sheet]
    parts[sheet] = parts[sheet].replace(b'ref="A1:B4"', b'ref="A1:XFD1048576"')
    assert LINE in reader.read(made.as_zip(parts, "utf-8"), "x.xlsx").text


def test_a_file_that_kills_its_reader_is_the_only_one_that_suffers(reader: FileReader) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet["A1"], sheet["XFD1048576"] = 1, 2  # a table of 17 thousand million cells
    assert reader.read(made.as_pdf(), "x.pdf").status == "read"
    assert reader.read(made.saved(workbook), "x.xlsx").status.startswith("unreadable: its reader")
    assert reader.read(made.as_pdf(), "x.pdf").status == "read"


def test_memory_is_bounded() -> None:
    body = packed(".txt", b"".join(b"%d\n" % number for number in range(6_000_000)))
    with FileReader(Limits(memory=160 * 2**20, characters=10**9), ocr=False) as small:
        status = small.read(body, "x.zip").status
        assert status == "unreadable: takes too much memory"
        assert small.read(made.as_pdf(), "x.pdf").status == "read"


def test_time_is_bounded() -> None:
    with FileReader(Limits(seconds=0.01), ocr=False) as hasty:
        assert hasty.read(made.as_pdf(), "x.pdf").status == "unreadable: takes longer than 0.01 s"


def test_text_is_bounded_and_what_there_is_is_kept() -> None:
    result = read_file(LINE.encode() + b"\n" + b"x" * 100, "x.txt", "", Limits(characters=50))
    assert (result.text, result.status) == (LINE, "read in part: longer than 50 characters")
    with FileReader(Limits(bytes=2**20), ocr=False) as small:
        assert "more than 1" in small.read(bytes(2 * 2**20), "x.txt").status


@pytest.mark.parametrize(
    "action",
    [
        "socket.create_connection(('127.0.0.1', int(sys.argv[1])))",
        "socket.getaddrinfo('localhost', 80)",
        "subprocess.run(['true'])",
        "os.write(os.open(sys.argv[2], os.O_CREAT | os.O_WRONLY), b'x')",
    ],
)
def test_a_reader_has_no_network_and_writes_nothing(action: str, tmp_path: Path) -> None:
    script = f"import os, socket, subprocess, sys; from crawler.attachments.worker import _confine; _confine(2**30); {action}"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", script, port, str(tmp_path / "x")],
            capture_output=True,
            check=False,
        )
    assert done.returncode == 1
    assert b"PermissionError" in done.stderr or b"File too large" in done.stderr


@cache
def made_once(kind: str) -> bytes:
    """Some formats hold the time at which they were made, and pack to more or fewer bytes by it."""
    return KINDS[kind]()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_a_file_cut_off_or_flipped_anywhere_is_read_or_says_why(
    reader: FileReader, kind: str, data: st.DataObject
) -> None:
    body = bytearray(made_once(kind))
    body = body[: data.draw(st.integers(0, len(body)))]
    for at in data.draw(st.lists(st.integers(0, max(0, len(body) - 1)), max_size=4)):
        if body:
            body[at] ^= data.draw(st.integers(1, 255))
    status = reader.read(bytes(body), f"x.{kind}").status
    assert status.startswith(("read", "needs_ocr", "unreadable: "))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        [
            b"",
            b"%PDF-1.4\n",
            b"PK\x03\x04",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"{\\rtf1",
            b"<html>",
        ]
    ),
    st.binary(max_size=2000),
    st.text(max_size=20),
)
def test_any_bytes_with_any_name_are_read_or_say_why(head: bytes, body: bytes, name: str) -> None:
    result = read_file(head + body, name, name)
    assert result.status.startswith(("read", "needs_ocr", "unreadable: "))
