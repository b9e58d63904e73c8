"""Pages that somebody has already: files, folders and WARCs, into archive, ledger and corpus."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from crawler.attachments.document import named
from crawler.attachments.kinds import MEDIA_TYPES, is_document
from crawler.errors import Park
from crawler.extract import page_address
from crawler.metadata import files_on
from crawler.records import Page
from crawler.segment import Exchange, Note, Role, SegmentWriter, read_foreign_warc
from crawler.urls import canonical_key, compact, file_key
from flows.app import App
from flows.report import RunReport
from flows.run import load_own_segment
from flows.segments import finish_leftovers
from flows.steps.plan import segment_name
from flows.work import Hooks
from storage import tombstones

MAX_BYTES = 20 * 2**20
"""A file over this is no page; it is parked, not read."""
DEFAULT_SOURCE = "import"
MANIFEST = "manifest.jsonl"
_KINDS = {
    ".html": "text/html",
    ".htm": "text/html",
    ".shtml": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".txt": "text/plain",
    **MEDIA_TYPES,
}
_WARCS = (".warc", ".warc.gz")


@dataclass(frozen=True, slots=True)
class Described:
    """What a manifest says of a file."""

    url: str | None = None
    source: str = DEFAULT_SOURCE
    fetched_at: datetime | None = None


@dataclass(slots=True)
class _Gathering:
    """Files on their way into a segment, and what was wrong with some."""

    writer: SegmentWriter
    now: datetime
    forgotten: frozenset[int]
    """Compact keys of what is not to come back."""
    own: Path
    """Where this import writes."""
    problems: list[str] = field(default_factory=list)
    linked: dict[str, str] = field(default_factory=dict)
    """Key of a file that a page links to → the page's key."""


def import_paths(app: App, paths: Sequence[Path], hooks: Hooks | None = None) -> RunReport:
    """Import files, folders and WARCs. What cannot be read is named in the report's problems; the
    rest is stored. Raises StopRun when there is nothing to import at all."""
    hooks = hooks or Hooks()
    started = time.monotonic()
    finish_leftovers(app, hooks)
    now = hooks.clock()
    name = segment_name(now)
    folder = app.settings.crawl_folder
    with app.database.reading() as session:
        forgotten = frozenset(int(one, 16) for one in tombstones.forgotten_ids(session))
    hooks.stage("archive")
    with SegmentWriter(folder, name) as writer:
        gathering = _Gathering(writer, now, forgotten, folder.resolve())
        for path in paths:
            _gather(gathering, path)
    hooks.stage("load")
    return load_own_segment(app, "import", name, gathering.problems, hooks, started)


def _gather(gathering: _Gathering, path: Path) -> None:
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if _is_wanted(file, gathering.own))
        if not files:
            gathering.problems.append(f"{path}: holds no pages ({', '.join([*_KINDS, *_WARCS])})")
        manifests = {
            folder: _manifest(gathering, folder / MANIFEST) for folder in {f.parent for f in files}
        }
        described = {file: manifests[file.parent].get(file.name, Described()) for file in files}
        _gather_files(gathering, described)
    elif path.name == MANIFEST:
        entries = _manifest(gathering, path)
        _gather_files(gathering, {path.parent / name: one for name, one in entries.items()})
    else:
        beside = _manifest(gathering, path.parent / MANIFEST)
        _gather_file(gathering, path, beside.get(path.name, Described()))


def _gather_files(gathering: _Gathering, files: Mapping[Path, Described]) -> None:
    """The pages first: a document that one of them links to is its attachment, not an article."""
    for file in sorted(files, key=lambda file: file.suffix.lower() in MEDIA_TYPES):
        _gather_file(gathering, file, files[file])


def _is_wanted(file: Path, own: Path) -> bool:
    """Whether a file of a folder is of a kind that can be read, and none that this very import
    writes: that one would never end."""
    kind = file.suffix.lower() in _KINDS or file.name.lower().endswith(_WARCS)
    return kind and file.is_file() and not file.resolve().is_relative_to(own)


def _manifest(gathering: _Gathering, path: Path) -> Mapping[str, Described]:
    """The entries of a manifest, by file; a line that is wrong is a problem, the others count."""
    if not path.exists():
        return {}
    found = {}
    for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), start=1):
        if line.strip():
            try:
                name, described = _described(json.loads(line))
                found[name] = described
            except (ValueError, KeyError, TypeError) as error:
                gathering.problems.append(
                    f"{path}:{number}: {_said(error)}; a line is an object with file, url, source, fetched_at"
                )
    return found


def _said(error: Exception) -> str:
    return f"the key {error} is missing" if isinstance(error, KeyError) else str(error)


def _described(entry: Any) -> tuple[str, Described]:
    if not isinstance(entry, dict):
        raise TypeError("is no object")
    unknown = entry.keys() - {"file", "url", "source", "fetched_at"}
    if unknown:
        raise ValueError(f"unknown keys {', '.join(sorted(unknown))}")
    url = entry.get("url") or None
    if url is not None:
        canonical_key(url)
    fetched_at = entry.get("fetched_at")
    at = datetime.fromisoformat(fetched_at) if fetched_at else None
    if at is not None and at.tzinfo is None:
        raise ValueError(f"fetched_at {fetched_at!r} has no time zone")
    label = entry.get("source")
    source = f"{DEFAULT_SOURCE}:{label}" if label else DEFAULT_SOURCE
    return str(entry["file"]), Described(url, source, at)


def _gather_file(gathering: _Gathering, file: Path, described: Described) -> None:
    try:
        if file.name.lower().endswith(_WARCS):
            _gather_warc(gathering, file, described.source)
        elif file.stat().st_size > MAX_BYTES:
            _too_large(gathering, file, described)
        else:
            _write(gathering, page_of(file, described, gathering.now))
    except OSError as error:
        gathering.problems.append(
            f"{file}: cannot be read: {error.strerror or error}; it was left out"
        )


def page_of(file: Path, described: Described, now: datetime) -> Page:
    """A file as a page. Its address is the manifest's, else its own canonical link, else made from
    its bytes: the same file is the same article wherever it lies."""
    body = file.read_bytes()
    page = Page(
        url="",
        key="",
        source=described.source,
        content_type=_content_type(file),
        body=body,
        fetched_at=described.fetched_at or now,
    )
    url = described.url or _address(page) or f"file:{sha256(body).hexdigest()[:32]}"
    return replace(page, url=url, key=canonical_key(url))


def _content_type(file: Path) -> str:
    """A document's name goes with it: it may be all the title that it has."""
    media = _KINDS.get(file.suffix.lower(), "text/html")
    return named(media, file.name) if file.suffix.lower() in MEDIA_TYPES else media


def _address(page: Page) -> str | None:
    try:
        return page_address(page)
    except Park:  # the load parks it with the reason; here it only has no address of its own
        return None


def _write(gathering: _Gathering, page: Page) -> None:
    if compact(page.key) in gathering.forgotten:
        # Named, so that it is counted; its bytes are not archived again.
        note = Note(role=Role.FAILED, source=page.source, url=page.url, key=page.key)
        gathering.writer.note(replace(note, reason="skipped:forgotten"))
        return
    exchange = Exchange(
        url=page.url,
        method="GET",
        request_headers=[],
        status=page.status,
        reason="OK",
        headers=[("Content-Type", page.content_type)] if page.content_type else [],
        body=page.body,
        at=page.fetched_at.astimezone(UTC),
    )
    parent = gathering.linked.get(page.key) if is_document(page.body, page.content_type) else None
    note = Note(
        role=Role.ATTACHMENT if parent else Role.ARTICLE,
        source=page.source,
        url=page.url,
        key="" if parent else page.key,
        parent=parent,
        status=page.status,
        size=len(page.body),
    )
    gathering.writer.answer(exchange, note)
    if note.role is Role.ARTICLE:
        for file in files_on(page.body, page.content_type, page.url):
            gathering.linked.setdefault(file_key(file.url), page.key)


def _too_large(gathering: _Gathering, file: Path, described: Described) -> None:
    with file.open("rb") as content:
        digest = sha256()
        while chunk := content.read(2**20):
            digest.update(chunk)
    url = described.url or f"file:{digest.hexdigest()[:32]}"
    reason = f"{file.stat().st_size >> 20} MB, more than {MAX_BYTES >> 20}"
    note = Note(
        role=Role.FAILED,
        source=described.source,
        url=url,
        key=canonical_key(url),
        reason=f"too-large: {reason}",
    )
    gathering.writer.note(note)
    gathering.problems.append(f"{file}: {reason}; it was parked, split it or leave it out")


def _gather_warc(gathering: _Gathering, file: Path, source: str) -> None:
    try:
        with file.open("rb") as content:
            for page in _addressed(read_foreign_warc(content), source):
                _write(gathering, page)
    except Park as error:
        gathering.problems.append(f"{file}: {error}; what stands before that was imported")


def _addressed(pages: Iterable[Page], source: str) -> Iterator[Page]:
    for page in pages:
        try:
            yield replace(page, source=source, key=canonical_key(page.url))
        except ValueError:
            raise Park(f"a record has no address that can be used: {page.url!r}") from None
