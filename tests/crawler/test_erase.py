"""What is erased is nowhere in a segment; everything else is where it was."""

import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.erase import _members, _trimmed, erase_from_index, erase_from_warc
from crawler.records import Listed, Page
from crawler.segment import (
    Exchange,
    Item,
    Note,
    Role,
    Segment,
    SegmentWriter,
    Unfetched,
    index_path,
    read_foreign_warc,
    rebuild_index,
    warc_path,
)
from crawler.segment.index import notes_in
from crawler.urls import canonical_key

AT = datetime(2026, 6, 1, tzinfo=UTC)
HOST = "http://kjj.suqian.gov.cn"
SECRET = "张三的身份证号码是三二一三"


def exchange(path: str, body: str, status: int = 200) -> Exchange:
    headers = [("Content-Type", "text/html; charset=utf-8")]
    url = path if path.startswith("file:") else f"{HOST}{path}"
    return Exchange(url, "GET", [("Accept", "*/*")], status, "OK", headers, body.encode(), AT)


def note(path: str, role: Role = Role.ARTICLE, **changes: object) -> Note:
    url = path if path.startswith("file:") else f"{HOST}{path}"
    key = "" if role in {Role.LIST, Role.CONTINUATION} else canonical_key(url)
    values = {"role": role, "source": "kjj", "url": url, "key": key, "status": 200, "at": AT}
    return Note(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A list that names two articles; the first in three pages, asked for twice, once by file."""
    items = tuple(
        Item(
            url=f"{HOST}/{n}.html",
            key=f"kjj.suqian.gov.cn/{n}.html",
            listed=Listed(HOST),
            decision="fetch",
        )
        for n in (1, 2)
    )
    with SegmentWriter(tmp_path, "seg") as writer:
        writer.answer(exchange("/list.html", "<li>"), note("/list.html", Role.LIST, items=items))
        first = writer.answer(exchange("/1.html", f"<p>{SECRET}</p>"))
        writer.answer(exchange("/2.html", "<p>另一篇</p>"), note("/2.html"))
        parent = canonical_key(f"{HOST}/1.html")
        later = note("/1_2.html", Role.CONTINUATION, parent=parent)
        writer.answer(exchange("/1_2.html", f"<p>{SECRET}，续</p>"), later)
        writer.note(note("/1.html"), first)
        writer.answer(exchange("/1.html", f"<p>{SECRET}</p>"))  # a crawl that died: no note
        writer.answer(exchange("/1.html", "", 304), note("/1.html", status=304))
        writer.answer(exchange("file:ab12", SECRET), note("file:ab12"))
        writer.answer(exchange("/3.html", "<p>第三篇</p>"), note("/3.html"))
    return tmp_path


def erase(folder: Path, *keys: str) -> int:
    doomed = frozenset(keys)
    warc, index = warc_path(folder, "seg"), index_path(folder, "seg")
    with warc.open("rb") as file:
        count = erase_from_warc(file, folder / "new.warc.gz", doomed)
    if count:
        with index.open("rb") as file:
            erase_from_index(file, folder / "new.index", doomed)
        assert (folder / "new.warc.gz").stat().st_size == warc.stat().st_size
        (folder / "new.warc.gz").replace(warc)
        (folder / "new.index").replace(index)
    return count


def entries(folder: Path) -> list[Page | Unfetched]:
    with warc_path(folder, "seg").open("rb") as warc, index_path(folder, "seg").open("rb") as index:
        return list(Segment.load("seg", warc, index).entries())


def notes(folder: Path) -> list[Note]:
    with warc_path(folder, "seg").open("rb") as warc:
        return list(notes_in(warc))


def unpacked(path: Path) -> bytes:
    data, found = path.read_bytes(), b""
    while data:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        found += unpacker.decompress(data)
        data = unpacker.unused_data
    return found


def test_an_erased_page_is_nowhere_and_the_others_are_where_they_were(folder: Path) -> None:
    before = {entry.key: entry for entry in entries(folder) if isinstance(entry, Page)}
    assert SECRET.encode() in unpacked(warc_path(folder, "seg"))
    # Two answers and the one without a note, their requests and notes; the later page's; a 304's;
    # the list's.
    assert erase(folder, "kjj.suqian.gov.cn/1.html", "file:ab12") == 3 + 2 + 3 + 3 + 2 + 3
    assert SECRET.encode() not in unpacked(warc_path(folder, "seg"))
    for path in ("1_2.html", "/1.html"):
        assert path not in unpacked(warc_path(folder, "seg")).decode()
        assert path not in index_path(folder, "seg").read_text("utf-8")
    after = {entry.key: entry for entry in entries(folder) if isinstance(entry, Page)}
    assert set(after) == {"kjj.suqian.gov.cn/2.html", "kjj.suqian.gov.cn/3.html"}
    assert all(after[key] == before[key] for key in after)


def test_what_is_left_is_a_segment_that_can_be_indexed_and_read(folder: Path) -> None:
    erase(folder, "kjj.suqian.gov.cn/1.html", "file:ab12")
    index = index_path(folder, "seg").read_bytes()
    rebuild_index(folder, "seg")
    assert index_path(folder, "seg").read_bytes() == index
    with warc_path(folder, "seg").open("rb") as file:
        assert [page.url.rpartition("/")[2] for page in read_foreign_warc(file)] == [
            "2.html",
            "3.html",
        ]


def test_erasing_again_finds_nothing_to_erase(folder: Path) -> None:
    erase(folder, "kjj.suqian.gov.cn/2.html")
    before = warc_path(folder, "seg").read_bytes()
    assert erase(folder, "kjj.suqian.gov.cn/2.html") == 0
    assert warc_path(folder, "seg").read_bytes() == before


def test_the_list_that_shows_it_goes_and_the_note_on_it_keeps_the_other_item(folder: Path) -> None:
    erase(folder, "kjj.suqian.gov.cn/1.html")
    (of_list,) = [one for one in notes(folder) if one.role is Role.LIST]
    assert [item.key for item in of_list.items] == ["kjj.suqian.gov.cn/2.html"]
    erase(folder, "kjj.suqian.gov.cn/2.html")
    (of_list,) = [one for one in notes(folder) if one.role is Role.LIST]
    assert of_list.items == ()


def test_a_note_that_does_not_fit_into_its_place_any_more_goes_whole(folder: Path) -> None:
    with warc_path(folder, "seg").open("rb") as file:
        (listed,) = [one for one in _members(file) if one.note.get("role") == "list"]
    doomed = frozenset({"kjj.suqian.gov.cn/1.html"})
    shorter = replace(listed, raw=listed.raw[:250])
    assert len(_trimmed(shorter, doomed)) == 250
    assert b"items" not in zlib.decompress(_trimmed(shorter, doomed), zlib.MAX_WBITS | 16)
