"""A segment: what one crawl brought home, as WARC records and an index over them.

``<name>.warc.gz`` is the truth: every answer as the bytes came (WARC 1.1, one gzip member a record)
and behind it a ``metadata`` record, the *note*: what was asked for and why, and for a list page each
item with the decision about it. ``<name>.index.jsonl`` holds the notes again with the offsets of
their answers; it can be made anew from the WARC at any time.
"""

import queue
import threading
import zlib
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import urlsplit, urlunsplit

from filelock import FileLock, Timeout
from pydantic import TypeAdapter
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders

from crawler import warc
from crawler.attachments.kinds import is_document
from crawler.errors import Park, StopRun, TryLater
from crawler.records import Listed, Page
from crawler.urls import file_key

NOTE_TYPE = "application/vnd.suqian.note+json"
_WAITING_RECORDS = 8
"""Few: what waits here when the process is killed is fetched again."""
_LAST_ANSWERS = 90.0
"""Seconds in which a crawl that was told to stop has its last answers: three times a request's limit."""
_READ_LIMIT = 64 * 2**20
"""Bytes that one record may unpack to; what claims more is a bomb."""


class Role(StrEnum):
    """What an answer was fetched as."""

    LIST = "list"
    ARTICLE = "article"
    CONTINUATION = "continuation"
    ATTACHMENT = "attachment"
    """A file that an article links to; no discovered address of its own."""
    OTHER = "other"
    """robots.txt, a redirect on the way."""
    FAILED = "failed"
    """No answer: the reason is in the note."""
    WALK = "walk"
    """No answer either: a column was walked to its end."""
    PROBLEM = "problem"
    """Nor here: something about a column that a person should know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a list page and what was decided: ``fetch``, or why not (``known`` …)."""

    url: str
    key: str
    listed: Listed
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the crawl has to say about one answer, or about the lack of one."""

    role: Role
    source: str
    column: str | None = None
    url: str
    key: str = ""
    listed: Listed | None = None
    parent: str | None = None
    """For a continuation or an attachment: the key of the article's first page."""
    reason: str | None = None
    items: tuple[Item, ...] = ()
    shown: int = 0
    """Of a list page: how many items it shows, those included that another list showed before."""
    back_to: date | None = None
    status: int | None = None
    size: int = 0
    at: datetime | None = None
    """When the answer came."""
    offset: int | None = None
    """Where the answer begins in the WARC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfetched:
    """A discovered address without an answer: not asked for (`skipped`), or none came."""

    url: str
    key: str
    source: str
    column: str | None
    listed: Listed | None
    reason: str
    skipped: bool


@dataclass(slots=True)
class SourceCost:
    """What one source took."""

    discovered: int = 0
    requests: int = 0
    list_pages: int = 0
    bytes: int = 0
    seconds: float = 0.0
    """From its first answer to its last."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A segment in numbers."""

    sources: Mapping[str, SourceCost]
    walks: Mapping[tuple[str, str], date | None]
    """(source, column) → the day back to which it was walked; None: to its very end."""
    problems: tuple[str, ...]
    records: int


_NOTES: TypeAdapter[Note] = TypeAdapter(Note)


def warc_path(folder: Path, name: str) -> Path:
    """The WARC of a segment."""
    return folder / f"{name}.warc.gz"


def index_path(folder: Path, name: str) -> Path:
    """The index of a segment."""
    return folder / f"{name}.index.jsonl"


# --- writing ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Handle:
    """A record on its way to the disk; where it is and its id are known once it is there."""

    offset: int | None = None
    record_id: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, as they went over the wire."""

    url: str
    method: str
    request_headers: list[tuple[str, str]]
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    at: datetime


class SegmentWriter:
    """Writes a segment from any thread; records are compressed and written in a thread of its own.

    Close it, or use it as a context manager: what is waiting is written first.
    """

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _writer_lock(folder, name)
        self._lock.acquire(blocking=False)
        self._warc = warc_path(folder, name).open("xb")
        self._index = index_path(folder, name).open("x", encoding="utf-8")
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue(_WAITING_RECORDS)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="segment-writer")
        self._thread.start()
        self._submit(lambda: self._write_info(name))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def answer(self, exchange: Exchange, note: Note | None = None) -> Handle:
        """Write an answer and, where it is known by now, its note."""
        handle = Handle()
        self._submit(lambda: self._write_exchange(exchange, handle))
        if note is not None:
            self.note(note, handle)
        return handle

    def note(self, note: Note, handle: Handle | None = None) -> None:
        """Write a note, about the answer behind the handle if there is one."""
        self._submit(lambda: self._write_note(note, handle))

    def close(self) -> None:
        """Write what is waiting and close the files. Raises StopRun when writing failed."""
        self._jobs.put(None)
        self._thread.join()
        self._warc.close()
        self._index.close()
        self._lock.release()
        self._raise()

    def _submit(self, job: Callable[[], None]) -> None:
        self._raise()
        self._jobs.put(job)

    def _raise(self) -> None:
        if self._error is not None:
            raise StopRun(
                f"the segment {self._warc.name} cannot be written: {self._error}"
            ) from self._error

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._error is None:
                try:
                    job()
                except BaseException as error:  # noqa: BLE001 - the thread's edge: raised in _raise
                    self._error = error

    def _write_info(self, name: str) -> None:
        fields = {
            "WARC-Record-ID": warc.new_id(),
            "WARC-Filename": f"{name}.warc.gz",
            "WARC-Date": warc.warc_date(datetime.now(UTC)),
            "Content-Type": "application/warc-fields",
        }
        self._write(
            warc.record("warcinfo", fields, b"software: suqian\r\nformat: WARC File Format 1.1\r\n")
        )

    def _write_exchange(self, exchange: Exchange, handle: Handle) -> None:
        handle.record_id = warc.new_id()
        fields = {
            "WARC-Record-ID": handle.record_id,
            "WARC-Target-URI": exchange.url,
            "WARC-Date": warc.warc_date(exchange.at),
        }
        if not exchange.url.startswith(("http://", "https://")):
            # A file that never came over HTTP: its bytes, and what they are.
            media = dict(exchange.headers).get("Content-Type", "application/octet-stream")
            handle.offset = self._write(
                warc.record(
                    "resource", fields | {"Content-Type": media}, exchange.body, exchange.body
                )
            )
            return
        handle.offset = self._write(_response(exchange, fields) + _request(exchange, fields))

    def _write_note(self, note: Note, handle: Handle | None) -> None:
        fields = {
            "WARC-Record-ID": warc.new_id(),
            "WARC-Target-URI": note.url,
            "WARC-Date": warc.warc_date(datetime.now(UTC)),
            "Content-Type": NOTE_TYPE,
        } | ({"WARC-Refers-To": handle.record_id} if handle else {})
        payload = _NOTES.dump_json(replace(note, offset=None), exclude_defaults=True)
        self._write(warc.record("metadata", fields, payload, payload))
        self._index.write(_index_line(note, handle.offset if handle else None))
        self._index.flush()

    def _write(self, members: bytes) -> int:
        """Append whole gzip members, so that a kill costs these at the most; return where."""
        offset = self._warc.tell()
        self._warc.write(members)
        self._warc.flush()
        return offset


def _response(exchange: Exchange, fields: Mapping[str, str]) -> bytes:
    head = warc.http_head(f"HTTP/1.1 {exchange.status} {exchange.reason}", exchange.headers)
    media = {"Content-Type": "application/http; msgtype=response"}
    return warc.record("response", {**fields, **media}, head + exchange.body, exchange.body)


def _request(exchange: Exchange, fields: Mapping[str, str]) -> bytes:
    asked = {
        "WARC-Record-ID": warc.new_id(),
        "WARC-Concurrent-To": fields["WARC-Record-ID"],
        "Content-Type": "application/http; msgtype=request",
    }
    parts = urlsplit(exchange.url)
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    host = [("Host", parts.netloc)]
    head = warc.http_head(
        f"{exchange.method} {target} HTTP/1.1", [*host, *exchange.request_headers]
    )
    return warc.record("request", {**fields, **asked}, head, b"")


def _index_line(note: Note, offset: int | None) -> str:
    return _NOTES.dump_json(replace(note, offset=offset), exclude_defaults=True).decode() + "\n"


# --- mending ------------------------------------------------------------------------------------


def recover(folder: Path, name: str) -> None:
    """Make a segment whole whose writer died: cut the torn tail, make the index again.

    A crawl whose parent died goes on until what is on the wire has come: that is waited for. Raises
    TryLater where it takes too long.
    """
    try:
        with _writer_lock(folder, name).acquire(timeout=_LAST_ANSWERS):
            path = warc_path(folder, name)
            whole = _whole_members(path)
            with path.open("r+b") as file:
                file.truncate(whole)
            rebuild_index(folder, name)
    except Timeout as error:
        raise TryLater(f"the segment {name} in {folder} is still being written") from error


def _writer_lock(folder: Path, name: str) -> FileLock:
    """Held by who writes a segment; the system lets go of it when that process dies."""
    return FileLock(folder / f"{name}.writing", thread_local=False)


def _whole_members(path: Path) -> int:
    """Where the last complete gzip member ends, in bytes."""
    whole = at = 0
    with path.open("rb") as file:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while chunk := file.read(2**20):
            while chunk:
                try:
                    unpacker.decompress(chunk)
                except zlib.error:
                    return whole
                at += len(chunk) - len(unpacker.unused_data)
                chunk = unpacker.unused_data
                if unpacker.eof:
                    whole = at
                    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    return whole


def rebuild_index(folder: Path, name: str) -> None:
    """Write the index from the notes in the WARC. An answer without a note is left out."""
    target = index_path(folder, name)
    partial = target.with_suffix(".part")
    with warc_path(folder, name).open("rb") as file, partial.open("w", encoding="utf-8") as index:
        for note in _notes_in(file):
            index.write(_index_line(note, note.offset))
    partial.replace(target)


def _notes_in(file: IO[bytes]) -> Iterator[Note]:
    """The notes of a WARC, each with the offset of the answer that it refers to."""
    answers: dict[str, int] = {}
    records = ArchiveIterator(file)
    for record in records:
        if record.rec_type in {"response", "resource"}:
            answers[record.rec_headers.get_header("WARC-Record-ID")] = records.get_record_offset()
        elif record.rec_type == "metadata" and _is_note(record):
            note = _NOTES.validate_json(record.content_stream().read())
            answer = record.rec_headers.get_header("WARC-Refers-To")
            yield replace(note, offset=answers.get(answer))


def _is_note(record: ArcWarcRecord) -> bool:
    return bool(record.rec_headers.get_header("Content-Type") == NOTE_TYPE)


# --- reading ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Segment:
    """A segment to read: its WARC as a file that can be sought in, its notes in order."""

    name: str
    warc: IO[bytes] = field(repr=False)
    notes: tuple[Note, ...] = field(repr=False)

    @classmethod
    def load(cls, name: str, warc: IO[bytes], index: IO[bytes] | None = None) -> Self:
        """Read the index, or where there is none the notes in the WARC."""
        lines = index.read().splitlines() if index else None
        if lines is None:
            return cls(name, warc, tuple(_notes_in(warc)))
        return cls(name, warc, tuple(_NOTES.validate_json(line) for line in lines))

    def summary(self) -> Summary:
        """The segment in numbers, from its notes."""
        costs: dict[str, SourceCost] = {}
        walks: dict[tuple[str, str], date | None] = {}
        problems = []
        times: dict[str, list[datetime]] = {}
        for note in self.notes:
            cost = costs.setdefault(note.source, SourceCost())
            if note.at is not None:
                times.setdefault(note.source, []).append(note.at)
            cost.requests += note.status is not None
            cost.bytes += note.size
            cost.list_pages += note.role is Role.LIST and note.status is not None
            if note.role is Role.WALK and note.column:
                walks[note.source, note.column] = note.back_to
            elif note.role is Role.PROBLEM:
                problems.append(f"{note.source}/{note.column}: {note.reason} ({note.url})")
        for source, seen in times.items():
            costs[source].seconds = (max(seen) - min(seen)).total_seconds()
        for discovery in self._discoveries.values():
            costs.setdefault(discovery.source, SourceCost()).discovered += 1
        return Summary(costs, walks, tuple(problems), len(self.notes))

    def entries(self, keys: Container[str] | None = None) -> Iterator[Page | Unfetched]:
        """What became of each discovered address, every one exactly once; of these `keys` alone
        where they are given: the others are not unpacked."""
        answers, continuations = self._answers
        for key, discovery in self._discoveries.items():
            if keys is not None and key not in keys:
                continue
            *before, note = answers.get(key, (None,))
            if note is None or note.offset is None:
                yield _unfetched(discovery, note)
                continue
            first = self._page(note, discovery)
            later = tuple(self._page(one, discovery) for one in continuations.get(key, ()))
            readable = [one for one in before if one and one.status == 200 and one.offset]
            earlier = tuple(self._page(one, discovery) for one in readable)
            yield replace(first, continuations=later, earlier=earlier)

    @cached_property
    def attached_to(self) -> frozenset[str]:
        """The keys of the articles whose attachments were asked for."""
        notes = (note for note in self.notes if note.role is Role.ATTACHMENT)
        return frozenset(note.parent for note in notes if note.parent)

    @cached_property
    def _attachments(self) -> Mapping[str, Note]:
        """What came of each attachment, by key: an answer counts for more than none."""
        found: dict[str, Note] = {}
        for note in self.notes:
            key = file_key(note.url)
            if note.role is Role.ATTACHMENT and (note.offset is not None or key not in found):
                found[key] = note
        return found

    def attachment(self, url: str) -> Page | str | None:
        """The file at an address, or why there is none; None where it was not asked for, or is
        as it was."""
        note = self._attachments.get(file_key(url))
        if note is None or note.status == 304:
            return None
        if note.offset is None or note.status != 200:
            return note.reason or (f"http-{note.status}" if note.status else None)
        page = read_page(self.warc, note.offset)
        return replace(page, source=note.source, warc=f"{self.name}@{note.offset}")

    @cached_property
    def _answers(self) -> tuple[dict[str, list[Note]], dict[str, list[Note]]]:
        """What was said on each key, the last word last, and the later pages of articles by their
        first page's key."""
        answers: dict[str, list[Note]] = {}
        continuations: dict[str, list[Note]] = {}
        for note in self.notes:
            if note.role is Role.CONTINUATION and note.parent and note.status == 200:
                continuations.setdefault(note.parent, []).append(note)
            elif note.role in {Role.ARTICLE, Role.FAILED} and note.key:
                answers.setdefault(note.key, []).append(note)
        for pages in continuations.values():
            pages.sort(key=lambda note: (len(note.url), note.url))
        return answers, continuations

    @cached_property
    def _discoveries(self) -> dict[str, "_Discovery"]:
        """Every discovered key, in order, with the decision that weighs most."""
        found: dict[str, _Discovery] = {}
        for note in self.notes:
            for item in note.items:
                old = found.get(item.key)
                if old is None or (old.decision != "fetch" and item.decision == "fetch"):
                    found[item.key] = _Discovery(
                        item.url, item.key, note.source, note.column, item.listed, item.decision
                    )
            if note.role in {Role.ARTICLE, Role.FAILED} and note.key and note.key not in found:
                found[note.key] = _Discovery(
                    note.url, note.key, note.source, note.column, note.listed, "fetch"
                )
        return found

    def _page(self, note: Note, discovery: "_Discovery") -> Page:
        assert note.offset is not None  # the callers have looked  # noqa: S101
        page = read_page(self.warc, note.offset)
        return replace(
            page,
            key=discovery.key,
            source=discovery.source,
            column=discovery.column,
            listed=discovery.listed,
            warc=f"{self.name}@{note.offset}",
        )


@dataclass(frozen=True, slots=True)
class _Discovery:
    url: str
    key: str
    source: str
    column: str | None
    listed: Listed | None
    decision: str


def _unfetched(discovery: _Discovery, note: Note | None) -> Unfetched:
    """A skip was decided at the list, or later by the downloader: then its note says so."""
    decided = f"skipped:{discovery.decision}" if discovery.decision != "fetch" else ""
    reason = decided or (note and note.reason) or "unfinished"
    skipped = reason.startswith("skipped:")
    return Unfetched(
        url=discovery.url,
        key=discovery.key,
        source=discovery.source,
        column=discovery.column,
        listed=discovery.listed,
        reason=reason.removeprefix("skipped:"),
        skipped=skipped,
    )


def read_page(warc: IO[bytes], offset: int) -> Page:
    """The answer at an offset, unpacked; source and key are left for the caller to fill."""
    warc.seek(offset)
    try:
        record = next(ArchiveIterator(warc), None)
    except (ArchiveLoadFailed, zlib.error) as error:
        raise Park(f"no WARC record at {offset}: {error}") from error
    if record is None:
        raise Park(f"no WARC record at {offset}")
    return _page(record)


def _page(record: ArcWarcRecord) -> Page:
    headers: Any = record.http_headers or StatusAndHeaders("200 OK", [])
    body = record.content_stream().read(_READ_LIMIT + 1)
    if len(body) > _READ_LIMIT:
        raise Park(f"unpacks to more than {_READ_LIMIT} bytes")
    record.raw_stream.read()
    if getattr(record.raw_stream, "limit", 0):
        raise Park("the record is shorter than it says")
    status = headers.get_statuscode()
    content_type = headers.get_header("Content-Type") or ""
    if not record.http_headers:
        content_type = record.rec_headers.get_header("Content-Type") or ""
    return Page(
        url=record.rec_headers.get_header("WARC-Target-URI") or "",
        key="",
        source="",
        status=int(status) if status.isdigit() else 0,
        content_type=content_type,
        body=body,
        fetched_at=_warc_date(record.rec_headers.get_header("WARC-Date")),
        etag=headers.get_header("ETag"),
        last_modified=headers.get_header("Last-Modified"),
        served_at=_http_date(headers.get_header("Date")),
    )


def _http_date(value: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _warc_date(value: str | None) -> datetime:
    try:
        return datetime.fromisoformat(value or "").astimezone(UTC)
    except ValueError as error:
        raise Park(f"a WARC record has no readable WARC-Date: {value!r}") from error


def read_foreign_warc(file: IO[bytes]) -> Iterator[Page]:
    """The readable answers of any WARC, ours or not: web pages, plain texts and documents with
    status 200.

    Raises Park when the file breaks off or is no WARC, after everything before that was yielded.
    """
    records = ArchiveIterator(file)
    offset = 0
    try:
        for record in records:
            if record.rec_type is None:
                raise Park("is no WARC record")
            page = _page(record) if record.rec_type in {"response", "resource"} else None
            offset = records.get_record_offset()
            if page and page.status == 200 and _readable(page):
                yield page
    except (ArchiveLoadFailed, EOFError, zlib.error, OSError, ValueError, Park) as error:
        raise Park(f"breaks off behind byte {offset}: {error}") from error


def _readable(page: Page) -> bool:
    media = page.content_type.partition(";")[0].strip().lower()
    texts = {"", "text/html", "application/xhtml+xml", "text/plain"}
    return media in texts or is_document(page.body, media)
