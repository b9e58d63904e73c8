"""Writing a segment beside the downloader: compressed and flushed off the event loop."""

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from crawler import warc
from crawler.errors import StopRun
from crawler.plan import Archived
from crawler.segment.index import index_line
from crawler.segment.note import (
    NOTE_TYPE,
    NOTES,
    Note,
    index_path,
    warc_path,
    writer_lock,
)

NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
"""The profiles of ISO 28500, 6.7.3 and 6.7.2."""
_WAITING_RECORDS = 8
"""Few: what waits here when the process is killed is fetched again."""


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
    same_as: Archived | None = None
    """Where these very bytes are: they are not written again."""


class SegmentWriter:
    """Writes a segment from any thread; records are compressed and written in a thread of its own.

    Close it, or use it as a context manager: what is waiting is written first.
    """

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = writer_lock(folder, name)
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
        again = exchange.same_as or exchange.status == HTTPStatus.NOT_MODIFIED
        answer = _revisit if again else _response
        handle.offset = self._write(answer(exchange, fields) + _request(exchange, fields))

    def _write_note(self, note: Note, handle: Handle | None) -> None:
        fields = {
            # Without a WARC-Target-URI: tools would show the note in the place of the page.
            "WARC-Record-ID": warc.new_id(),
            "WARC-Date": warc.warc_date(datetime.now(UTC)),
            "Content-Type": NOTE_TYPE,
        } | ({"WARC-Refers-To": handle.record_id} if handle else {})
        payload = NOTES.dump_json(replace(note, offset=None), exclude_defaults=True)
        self._write(warc.record("metadata", fields, payload, payload))
        self._index.write(index_line(note, handle.offset if handle else None))
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


def _revisit(exchange: Exchange, fields: Mapping[str, str]) -> bytes:
    """ "As it was": what a tool for archives shows in its place is the answer before it."""
    head = warc.http_head(f"HTTP/1.1 {exchange.status} {exchange.reason}", exchange.headers)
    of = {
        **(_same(exchange.same_as) if exchange.same_as else {"WARC-Profile": NOT_MODIFIED}),
        "WARC-Refers-To-Target-URI": exchange.url,
        "Content-Type": "application/http; msgtype=response",
    }
    return warc.record("revisit", {**fields, **of}, head)


def _same(archived: Archived) -> dict[str, str]:
    """Which answer has the bytes: by its time, as the standard says, and by its place, as some tools do."""
    segment, _, offset = archived.warc.rpartition("@")
    return {
        "WARC-Profile": SAME_PAYLOAD,
        "WARC-Payload-Digest": archived.digest,
        "WARC-Refers-To-Date": warc.warc_date(archived.at),
        "WARC-Refers-To-Filename": warc_path(Path(), segment).name,
        "WARC-Refers-To-File-Offset": offset,
    }


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
