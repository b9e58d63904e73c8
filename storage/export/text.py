"""JSON Lines and CSV: text, an article at a time."""

import csv
import io
import json
import shutil
from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.export.spool import Spool
from storage.records import Article

if TYPE_CHECKING:
    from storage.listing import Articles

_PART = 500
_BOM = b"\xef\xbb\xbf"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet may take for a formula (OWASP, CSV injection)."""
CSV_COLUMNS = (
    *("id", "url", "title", "subtitle", "body", "published_at", "source", "column", "section"),
    *("origin", "author", "editor", "lang", "topics", "places", "main_place", "organisations"),
    *("people", "types", "document_number", "issuer", "index_number", "validity", "keywords"),
    *("needs_ocr", "attachments", "story_id", "duplicate_of", "revision", "first_seen"),
    *("withdrawn_at", "digest", "warc"),
)
"""What fits into cells: evidence, links, provenance and HTML are in the other formats."""


def write_text(articles: "Articles", spool: Spool, on_part: Callable[[int, int], None]) -> None:
    """Write the file of a spool as JSON Lines or CSV."""
    encode, head = FORMATS[spool.path.suffix]
    keys = articles.keys()
    keys = keys[: bisect_right(keys, spool.until)]
    done = bisect_right(keys, spool.last_key())
    on_part(done, len(keys))
    while done < len(keys):
        some = keys[done : done + _PART]
        found = articles.load(some)
        spool.add(spool.path.suffix, some[-1], len(found), partial(_save, encode(found)))
        done += len(some)
        on_part(done, len(keys))
    _join(spool.whole, head(), spool.parts())
    spool.finish()


def _save(text: bytes, file: Path) -> None:
    file.write_bytes(text)


def _join(file: Path, head: bytes, parts: Iterable[Path]) -> None:
    with file.open("wb") as whole:
        whole.write(head)
        for part in parts:
            with part.open("rb") as one:
                shutil.copyfileobj(one, whole, 1 << 20)


def _fields(record: Any) -> dict[str, Any]:
    """A record as a mapping; what is in it becomes one when its turn comes, and nothing is copied."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


_JSON = json.JSONEncoder(ensure_ascii=False, default=_fields)


def _json_lines(articles: Iterable[Article]) -> bytes:
    return "".join(f"{_JSON.encode(one)}\n" for one in articles).encode()


def _csv(articles: Iterable[Article]) -> bytes:
    return _rows([getattr(one, name) for name in CSV_COLUMNS] for one in articles)


def _csv_head() -> bytes:
    # Excel reads UTF-8 only where a byte order mark says so.
    return _BOM + _rows([CSV_COLUMNS])


def _rows(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(map(cell, row) for row in rows)
    return text.getvalue().encode()


def cell(value: Any) -> str:
    """A value as text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (tuple, list)):
        value = "、".join(one["name"] if isinstance(one, dict) else str(one) for one in value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


FORMATS: dict[str, tuple[Callable[[Iterable[Article]], bytes], Callable[[], bytes]]] = {
    ".jsonl": (_json_lines, bytes),
    ".csv": (_csv, _csv_head),
}
"""How articles become bytes, and what stands before them, by the end of the name."""
