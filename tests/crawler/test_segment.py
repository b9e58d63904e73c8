import io
import shutil
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha512
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker
from warcio.warcwriter import WARCWriter

from crawler import warc
from crawler.errors import Park
from crawler.plan import Archived
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
    read_page,
    rebuild_index,
    recover,
    warc_path,
)
from crawler.segment.inspection import inspect, payload_digest

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LISTED = Listed("http://a.cn/list.shtml", "标题")


def exchange(
    url: str, body: bytes = b"<html>x</html>", status: int = 200, **headers: str
) -> Exchange:
    pairs = [("Content-Type", "text/html"), *((k.replace("_", "-"), v) for k, v in headers.items())]
    return Exchange(url, "GET", [("Host", "a.cn")], status, "OK", pairs, body, AT)


def article(key: str, **changes: object) -> Note:
    values = {
        "role": Role.ARTICLE,
        "source": "s",
        "url": f"http://{key}",
        "key": key,
        "status": 200,
    }
    return Note(**(values | changes))  # type: ignore[arg-type]


def write(folder: Path) -> str:
    decided = {"a.cn/1": "fetch", "a.cn/2": "known", "a.cn/3": "fetch", "b.cn/4": "offsite"}
    items = tuple(
        Item(url=f"http://{key}", key=key, listed=LISTED, decision=decision)
        for key, decision in decided.items()
    )
    with SegmentWriter(folder, "seg") as writer:
        handle = writer.answer(exchange("http://a.cn/list.shtml"))
        writer.note(
            Note(role=Role.LIST, source="s", url="http://a.cn/list.shtml", status=200, items=items),
            handle,
        )
        writer.answer(exchange("http://a.cn/1", b"one"), article("a.cn/1", listed=LISTED))
        writer.answer(
            exchange("http://a.cn/1_2", b"two"),
            article("", role=Role.CONTINUATION, parent="a.cn/1", url="http://a.cn/1_2"),
        )
        writer.note(article("a.cn/3", role=Role.FAILED, status=None, reason="timeout"))
    return "seg"


def load(folder: Path) -> Segment:
    with index_path(folder, "seg").open("rb") as index:
        return Segment.load("seg", warc_path(folder, "seg").open("rb"), index)


def read(folder: Path) -> dict[str, Page | Unfetched]:
    segment = load(folder)
    with segment.warc:
        return {entry.key: entry for entry in segment.entries()}


def test_every_discovered_address_is_read_back_once_with_what_became_of_it(tmp_path: Path) -> None:
    write(tmp_path)
    entries = read(tmp_path)
    first = entries["a.cn/1"]
    assert isinstance(first, Page)
    assert first.body == b"one"
    assert [page.body for page in first.continuations] == [b"two"]
    assert first.listed == LISTED
    assert first.fetched_at == AT
    assert {
        key: (e.reason, e.skipped) for key, e in entries.items() if isinstance(e, Unfetched)
    } == {
        "a.cn/2": ("known", True),
        "a.cn/3": ("timeout", False),
        "b.cn/4": ("offsite", True),
    }


def test_the_warc_is_valid_and_its_records_keep_the_bytes_as_they_came(tmp_path: Path) -> None:
    import gzip

    packed = gzip.compress("正文".encode())
    with SegmentWriter(tmp_path, "seg") as writer:
        writer.answer(exchange("http://a.cn/1", packed, Content_Encoding="gzip"), article("a.cn/1"))
    page = read(tmp_path)["a.cn/1"]
    assert isinstance(page, Page)
    assert page.body.decode() == "正文"
    assert check(tmp_path) == 0


def test_the_index_can_be_made_again_from_the_warc_alone(tmp_path: Path) -> None:
    write(tmp_path)
    before = index_path(tmp_path, "seg").read_text("utf-8")
    index_path(tmp_path, "seg").unlink()
    rebuild_index(tmp_path, "seg")
    assert index_path(tmp_path, "seg").read_text("utf-8") == before


def test_a_segment_cut_anywhere_is_whole_again_up_to_the_cut(tmp_path: Path) -> None:
    write(tmp_path)
    whole = warc_path(tmp_path, "seg").read_bytes()
    complete = load(tmp_path)
    complete.warc.close()
    seen = set()
    for cut in range(0, len(whole), 97):
        folder = tmp_path / str(cut)
        shutil.copytree(tmp_path, folder, ignore=shutil.ignore_patterns("[0-9]*"))
        warc_path(folder, "seg").write_bytes(whole[:cut])
        recover(folder, "seg")
        segment = load(folder)
        with segment.warc:
            assert segment.notes == complete.notes[: len(segment.notes)]
            list(segment.entries())
        seen.add(len(segment.notes))
    assert seen == set(range(len(complete.notes) + 1)) - {len(complete.notes)}


def test_the_last_word_on_an_address_counts(tmp_path: Path) -> None:
    with SegmentWriter(tmp_path, "seg") as writer:
        writer.answer(exchange("http://a.cn/1", b"busy", 503), article("a.cn/1", status=503))
        writer.answer(exchange("http://a.cn/1", b"good"), article("a.cn/1"))
    page = read(tmp_path)["a.cn/1"]
    assert isinstance(page, Page)
    assert page.body == b"good"


def test_the_summary_counts_what_each_source_cost(tmp_path: Path) -> None:
    write(tmp_path)
    segment = load(tmp_path)
    with segment.warc:
        cost = segment.summary().sources["s"]
    assert (cost.discovered, cost.requests, cost.list_pages) == (4, 3, 1)


def check(folder: Path) -> int:
    """What `warcio check` says of a segment: 0 where it is valid."""
    options = type("Options", (), {"inputs": [str(warc_path(folder, "seg"))], "verbose": False})()
    checker = Checker(options)
    checker.process_all()
    exit_value: int = checker.exit_value
    return exit_value


def test_an_answer_as_it_was_is_a_revisit_record_and_is_read_back(tmp_path: Path) -> None:
    with SegmentWriter(tmp_path, "seg") as writer:
        again = exchange("http://a.cn/1", b"", 304, ETag='"e"')
        writer.answer(again, article("a.cn/1", status=304))
    with warc_path(tmp_path, "seg").open("rb") as warc:
        kinds = [record.rec_type for record in ArchiveIterator(warc)]
    assert kinds == ["warcinfo", "revisit", "request", "metadata"]
    assert check(tmp_path) == 0
    with (
        warc_path(tmp_path, "seg").open("rb") as warc,
        index_path(tmp_path, "seg").open("rb") as index,
    ):
        found = inspect(warc)
        assert found.is_indexed_by(index)
    assert len(found.answers) == 1
    index_path(tmp_path, "seg").unlink()
    rebuild_index(tmp_path, "seg")
    page = read(tmp_path)["a.cn/1"]
    assert isinstance(page, Page)
    assert (page.status, page.body, page.etag) == (304, b"", '"e"')


def listed_again(folder: Path) -> Note:
    """A list whose bytes another segment has, with its note."""
    url, digest = "http://a.cn/list.shtml", warc.digest(b"<ul></ul>")
    there = Archived(digest, AT - timedelta(hours=1), "20260102T020405Z-a@512")
    note = Note(
        role=Role.LIST, source="s", url=url, status=200, digest=digest, same_as=there.warc, shown=3
    )
    with SegmentWriter(folder, "seg") as writer:
        again = exchange(url, b"<ul></ul>", Content_Encoding="gzip", ETag='"e"')
        writer.answer(replace(again, same_as=there), note)
    return note


def test_an_answer_whose_bytes_are_there_is_a_revisit_record_that_says_where(
    tmp_path: Path,
) -> None:
    note = listed_again(tmp_path)
    with warc_path(tmp_path, "seg").open("rb") as file:
        found = {record.rec_type: record.rec_headers for record in ArchiveIterator(file)}
    said = dict(found["revisit"].headers)
    assert said["WARC-Profile"].endswith("/identical-payload-digest")
    assert said["WARC-Payload-Digest"] == note.digest
    assert said["WARC-Target-URI"] == said["WARC-Refers-To-Target-URI"] == note.url
    assert said["WARC-Refers-To-Date"] == "2026-01-02T02:04:05.000000Z"
    assert said["WARC-Refers-To-Filename"] == "20260102T020405Z-a.warc.gz"
    assert said["WARC-Refers-To-File-Offset"] == "512"
    assert check(tmp_path) == 0


def test_a_list_whose_bytes_are_elsewhere_is_indexed_and_inspected_like_any(tmp_path: Path) -> None:
    note = listed_again(tmp_path)
    for folder in (tmp_path, tmp_path):
        with (
            warc_path(folder, "seg").open("rb") as file,
            index_path(folder, "seg").open("rb") as index,
        ):
            found = inspect(file)
            assert found.is_indexed_by(index)
        rebuild_index(folder, "seg")
    [said] = found.notes
    assert replace(said, offset=None) == note
    segment = load(tmp_path)
    with segment.warc:
        assert said.offset is not None
        page = read_page(segment.warc, said.offset)
        assert payload_digest(segment.warc, said.offset) is None
    assert (page.status, page.body, page.etag) == (200, b"", '"e"')


def test_the_digest_of_an_answer_is_read_at_its_place(tmp_path: Path) -> None:
    write(tmp_path)
    segment = load(tmp_path)
    with segment.warc:
        [one] = [note for note in segment.notes if note.key == "a.cn/1"]
        assert one.offset is not None
        assert payload_digest(segment.warc, one.offset) == warc.digest(b"one")
        assert payload_digest(segment.warc, one.offset + 1) is None


def revisited(original: str, url: str, digest: str) -> bytes:
    output = io.BytesIO()
    writer = WARCWriter(output, gzip=True)
    writer.write_record(writer.create_revisit_record(url, digest, original, AT.isoformat()))
    return output.getvalue()


def test_a_revisit_in_a_foreign_warc_is_the_answer_that_it_refers_to() -> None:
    warc = foreign(("http://a.cn/1", "text/html", b"one"))
    digest = next(ArchiveIterator(io.BytesIO(warc))).rec_headers.get_header("WARC-Payload-Digest")
    warc += revisited("http://a.cn/1", "http://b.cn/1", digest)
    pages = [(page.url, page.body) for page in read_foreign_warc(io.BytesIO(warc))]
    assert pages == [("http://a.cn/1", b"one"), ("http://b.cn/1", b"one")]


def test_a_revisit_of_what_is_elsewhere_is_said_after_all_else_was_read() -> None:
    warc = revisited("http://a.cn/1", "http://b.cn/1", "sha1:ABC")
    pages = read_foreign_warc(io.BytesIO(warc + foreign(("http://a.cn/2", "text/html", b"two"))))
    assert next(pages).url == "http://a.cn/2"
    with pytest.raises(Park, match="1 revisit records refer to answers that are in another file"):
        next(pages)


def foreign(*records: tuple[str, str, bytes]) -> bytes:
    from warcio.statusandheaders import StatusAndHeaders

    output = io.BytesIO()
    writer = WARCWriter(output, gzip=True)
    for url, media, body in records:
        headers = StatusAndHeaders("200 OK", [("Content-Type", media)], protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), http_headers=headers
            )
        )
    return output.getvalue()


def test_a_foreign_warc_gives_its_pages_and_nothing_else() -> None:
    warc = foreign(
        ("http://a.cn/1", "text/html", b"one"), ("http://a.cn/p.png", "image/png", b"png")
    )
    assert [(page.url, page.body) for page in read_foreign_warc(io.BytesIO(warc))] == [
        ("http://a.cn/1", b"one")
    ]


def test_a_broken_warc_gives_what_is_good_and_then_says_where_it_breaks() -> None:
    # Compresses badly, so that the cut falls into the text.
    noise = b"".join(sha512(bytes([number])).digest() for number in range(40))
    warc = foreign(
        ("http://a.cn/1", "text/html", b"one" * 50), ("http://a.cn/2", "text/html", noise)
    )
    pages = read_foreign_warc(io.BytesIO(warc[:-200]))
    assert next(pages).url == "http://a.cn/1"
    with pytest.raises(Park, match="breaks off behind byte"):
        next(pages)


def test_a_foreign_warc_cut_anywhere_gives_what_stands_before_the_cut() -> None:
    bodies = [sha512(bytes([number])).digest() * 3 for number in range(4)]
    warc = foreign(*((f"http://a.cn/{n}", "text/html", body) for n, body in enumerate(bodies)))
    most = 0
    for cut in range(0, len(warc), 11):
        found: list[bytes] = []
        with suppress(Park):
            found.extend(page.body for page in read_foreign_warc(io.BytesIO(warc[:cut])))
        assert found == bodies[: len(found)]
        assert len(found) >= most
        most = len(found)
    assert most >= len(bodies) - 1


@pytest.mark.parametrize(
    "content", [b"no warc at all", b"\x1f\x8b broken gzip", b"WARC/1.0\r\n\r\n"]
)
def test_what_is_no_warc_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(Park):
        list(read_foreign_warc(io.BytesIO(content)))


def attached(url: str, **changes: object) -> Note:
    return article("", **{"role": Role.ATTACHMENT, "url": url, "parent": "a.cn/1"} | changes)


def test_an_attachment_is_no_discovery_and_is_found_by_its_address(tmp_path: Path) -> None:
    one, two, three, four = (f"http://a.cn/{number}.pdf" for number in range(1, 5))
    with SegmentWriter(tmp_path, "seg") as writer:
        writer.answer(exchange("http://a.cn/1", b"one"), article("a.cn/1"))
        writer.answer(exchange(one, b"%PDF"), attached(one))
        writer.note(attached(one, parent="a.cn/2", status=None))
        writer.note(attached(two, status=None, reason="offsite"))
        writer.answer(exchange(three, status=404), attached(three, status=404))
        writer.answer(exchange(four, status=304), attached(four, status=304))
    segment = load(tmp_path)
    with segment.warc:
        assert [entry.key for entry in segment.entries()] == ["a.cn/1"]
        found = segment.attachment("https://www.a.cn/1.pdf")
        assert isinstance(found, Page)
        assert (found.body, found.source) == (b"%PDF", "s")
        others = [segment.attachment(url) for url in (two, three, four, "http://a.cn/5.pdf")]
    assert others == ["offsite", "http-404", None, None]
    assert segment.attached_to == {"a.cn/1", "a.cn/2"}
    assert segment.summary().sources["s"].discovered == 1
