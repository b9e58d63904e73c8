"""The archive beside the tables: every segment whole, every reference to a record met."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from crawler.segment.inspection import Inspection, inspect, payload_digest
from flows.app import App
from storage.archive import archived_name
from storage.models import Article, Attachment, Page, Revision, Segment, Visit
from storage.segment_index import as_named, index_name, open_index
from storage.verify import Finding, Kind

_BACK = "put the file back (suqian restore DIR --archive-only), or fetch its pages again: suqian ingest --recheck"
_WARC = ".warc.gz"
_SHOWN = 3
_REFERRING = (
    ("page", Page.warc),
    ("article", Article.warc),
    ("earlier version", Revision.warc),
    ("attachment", Attachment.warc),
    ("visit", Visit.warc),
)

References: TypeAlias = "dict[str, dict[str, array[int]]]"
"""segment → what refers to it → offsets"""
Payloads: TypeAlias = "dict[str, dict[int, str]]"
"""segment → offset → digest of the bytes that later answers have only by reference"""


@dataclass(frozen=True, slots=True)
class _Segment:
    name: str
    size: int


def look(app: App, on_segment: Callable[[int, int], None]) -> Iterator[Finding]:
    """Read every segment; `on_segment` hears how many of how many are done."""
    with app.database.standing() as session:
        segments = [_Segment(*row) for row in session.execute(select(Segment.name, Segment.bytes))]
        references = _references(session)
    names = set(app.archive.names())
    known = {segment.name for segment in segments}
    payloads: Payloads = defaultdict(dict)
    for done, segment in enumerate(segments):
        on_segment(done, len(segments))
        yield from _looked_at(app, segment, names, references.pop(segment.name, {}), payloads)
    yield from _without_payload(app, payloads, names)
    for name in sorted(references.keys() - {""}):
        yield _finding(
            name,
            f"{_count(references[name])} refer to segment {name}, which the ledger does not know",
        )
    yield from _unknown(app, names, known)


def _references(session: Session) -> References:
    found: References = defaultdict(lambda: defaultdict(lambda: array("q")))
    for what, column in _REFERRING:
        query = select(column).where(column.is_not(None)).execution_options(yield_per=5000)
        for warc in session.scalars(query):
            name, _, offset = str(warc).rpartition("@")
            if name:
                found[name][what].append(int(offset))
    return found


def _looked_at(
    app: App,
    segment: _Segment,
    names: set[str],
    references: dict[str, "array[int]"],
    payloads: Payloads,
) -> Iterator[Finding]:
    warc = archived_name(f"{segment.name}{_WARC}")
    if warc not in names:
        yield _finding(segment.name, f"the archive has no {warc}; {_count(references)} refer to it")
        return
    with app.archive.open(warc) as file:
        found = inspect(file)
        size = file.seek(0, 2)
    for note in found.notes:
        if note.same_as and note.digest:
            other, _, offset = note.same_as.rpartition("@")
            payloads[other][int(offset)] = note.digest
    if size != segment.size:
        said = f"segment {segment.name} has {size:,} bytes, {segment.size:,} were archived"
        yield _finding(segment.name, said)
    for damage in found.damages:
        said = f"segment {segment.name}: the record at {damage.offset} is damaged: {damage.said}"
        yield _finding(segment.name, said)
    index = index_name(app.archive, segment.name)
    if not found.damages and not _index_is_right(app, index, names, found):
        yield Finding(Kind.ARCHIVE, segment.name, f"the index {index} is not its segment's")
    damaged = {damage.offset for damage in found.damages}
    for what, offsets in references.items():
        lost = [one for one in sorted(set(offsets)) if not found.holds(one) and one not in damaged]
        if lost:
            shown = ", ".join(map(str, lost[:_SHOWN])) + (" …" if len(lost) > _SHOWN else "")
            said = f"segment {segment.name} has no answer at {shown}, which {what} rows name"
            yield _finding(segment.name, said)


def _without_payload(app: App, payloads: Payloads, names: set[str]) -> Iterator[Finding]:
    """Answers of lists whose bytes another segment should have, and has not."""
    for segment, wanted in sorted(payloads.items()):
        warc, lost = archived_name(f"{segment}{_WARC}"), len(wanted)
        if warc in names:
            with app.archive.open(warc) as file:
                lost = sum(payload_digest(file, at) not in {"", of} for at, of in wanted.items())
        if lost:
            said = (
                f"segment {segment} has not the bytes of {lost} lists that later segments refer to"
            )
            yield _finding(
                segment, f"{said}; what the lists showed stands in the notes all the same"
            )


def _index_is_right(app: App, index: str, names: set[str], found: Inspection) -> bool:
    if index not in names:
        return False
    with open_index(app.archive, index) as lines:
        return found.is_indexed_by(lines)


def _unknown(app: App, names: set[str], known: set[str]) -> Iterator[Finding]:
    """Segments that no run of this database brought home and that none is bringing home now."""
    waiting = {marker.stem for marker in app.settings.crawl_folder.glob("*.run")}
    for name in sorted(names):
        segment = name.rpartition("/")[2].removesuffix(_WARC)
        if name.endswith(_WARC) and segment not in known | waiting:
            yield Finding(
                Kind.ARCHIVE,
                segment,
                f"the ledger does not know the segment {name}",
                f"import it, if it is yours: suqian import {segment}{_WARC}",
            )


def repair(app: App, findings: Sequence[Finding]) -> None:
    """Make the indexes again from their WARCs."""
    for finding in findings:
        make_index(app, finding.subject)


def make_index(app: App, segment: str) -> None:
    """Make a segment's index from its WARC, and put it in its place."""
    with TemporaryDirectory() as folder:
        target = Path(folder) / "index"
        with app.archive.open(archived_name(f"{segment}{_WARC}")) as file:
            inspect(file).write_index(target)
        name = index_name(app.archive, segment)
        app.archive.replace(as_named(target, name), name)


def _finding(segment: str, said: str) -> Finding:
    return Finding(Kind.ARCHIVE, segment, said, _BACK)


def _count(references: dict[str, "array[int]"]) -> str:
    counts = [f"{len(offsets)} {what} rows" for what, offsets in references.items()]
    return ", ".join(counts) or "no rows"
