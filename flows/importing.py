"""Pages that somebody has already: files, folders and WARCs, into archive, ledger and corpus."""

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from errno import EFBIG
from hashlib import sha256
from pathlib import Path
from typing import Any

from crawler.attachments.document import named
from crawler.attachments.kinds import MEDIA_TYPES, is_document
from crawler.attachments.package import decoded_name
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
MOST_PROBLEMS = 1000
"""Beyond so many, problems are only counted."""
_MOST_LINE = 2**16
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
    untold: int = 0
    """Problems beyond those that are told."""
    linked: dict[str, str] = field(default_factory=dict)
    """Key of a file that a page links to → the page's key."""

    def wrong(self, said: str) -> None:
        """Note what is wrong with a file or a line; its name may be in any charset."""
        said = said.encode("utf-8", "backslashreplace").decode()
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(said)
        else:
            self.untold += 1

    def told(self) -> list[str]:
        """What was wrong, and how much more."""
        more = [f"and {self.untold} more of these"] if self.untold else []
        return [*self.problems, *more]


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
    return load_own_segment(app, "import", name, gathering.told(), hooks, started)


def _gather(gathering: _Gathering, path: Path) -> None:
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if _is_wanted(file, gathering.own))
        if not files:
            gathering.wrong(f"{path}: holds no pages ({', '.join([*_KINDS, *_WARCS])})")
        described: dict[Path, Described] = {}
        for folder in dict.fromkeys(file.parent for file in files):
            described |= dict(_manifest(gathering, folder / MANIFEST, told=False))
        described = {file: described.get(file, Described()) for file in files}
        _gather_files(gathering, described)
    elif path.name == MANIFEST:
        _gather_files(gathering, dict(_manifest(gathering, path)))
    else:
        beside = dict(_manifest(gathering, path.parent / MANIFEST, told=False))
        _gather_file(gathering, path, beside.get(path, Described()))


def _gather_files(gathering: _Gathering, files: Mapping[Path, Described]) -> None:
    """The pages first: a document that one of them links to is its attachment, not an article."""
    for file in sorted(files, key=lambda file: file.suffix.lower() in MEDIA_TYPES):
        _gather_file(gathering, file, files[file])


def _is_wanted(file: Path, own: Path) -> bool:
    """Whether a file of a folder is of a kind that can be read, and none that this very import
    writes: that one would never end."""
    kind = file.suffix.lower() in _KINDS or file.name.lower().endswith(_WARCS)
    return kind and file.is_file() and not file.resolve().is_relative_to(own)


def _manifest(
    gathering: _Gathering, path: Path, *, told: bool = True
) -> Iterator[tuple[Path, Described]]:
    """The files that a manifest describes and that are there; a line that is wrong is a problem, one of a
    file that is not there only if that is to be told, and the others count."""
    if not path.is_file():
        return
    for number, line in _lines(path):
        try:
            entry = _entry(line)
            file = _beside(path, str(entry["file"]))
            if file.is_file():
                yield file, _described(entry)
            elif told:
                gathering.wrong(f"{path}:{number}: {file} is not there")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            gathering.wrong(
                f"{path}:{number}: {_said(error)}; a line is an object with file, url, source, fetched_at"
            )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that hold something, with their numbers; one that is too long is cut."""
    with path.open(encoding="utf-8", errors="replace") as file:
        number = 0
        while line := file.readline(_MOST_LINE):
            number += 1
            rest = line
            while len(rest) == _MOST_LINE and not rest.endswith("\n"):
                rest = file.readline(_MOST_LINE)
            if line.strip():
                yield number, line


def _beside(manifest: Path, name: str) -> Path:
    """A file that a manifest names. Raises ValueError for one that lies elsewhere: manifests come from
    strangers, too, and what is imported is shown."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValueError(f"{name} lies outside of the manifest's folder")
    return manifest.parent / name


def _said(error: Exception) -> str:
    return f"the key {error} is missing" if isinstance(error, KeyError) else str(error)


def _entry(line: str) -> dict[str, Any]:
    entry = json.loads(line)
    if not isinstance(entry, dict):
        raise TypeError("is no object")
    return entry


def _described(entry: Mapping[str, Any]) -> Described:
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
    return Described(url, source, at)


def _gather_file(gathering: _Gathering, file: Path, described: Described) -> None:
    try:
        if file.name.lower().endswith(_WARCS):
            _gather_warc(gathering, file, described.source)
        elif file.stat().st_size > MAX_BYTES:
            _too_large(gathering, file, described)
        else:
            _write(gathering, page_of(file, described, gathering.now))
    except OSError as error:
        gathering.wrong(f"{file}: cannot be read: {error.strerror or error}; it was left out")


def page_of(file: Path, described: Described, now: datetime) -> Page:
    """A file as a page. Its address is the manifest's, else its own canonical link, else made from
    its bytes: the same file is the same article wherever it lies. Raises OSError where it cannot be read,
    or has no end, as a device, or more than `MAX_BYTES`."""
    with file.open("rb") as content:
        body = content.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise OSError(EFBIG, f"it has more than {MAX_BYTES >> 20} MB")
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
    if file.suffix.lower() not in MEDIA_TYPES:
        return media
    return named(media, decoded_name(os.fsencode(file.name)) or f"file{file.suffix.lower()}")


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
    gathering.wrong(f"{file}: {reason}; it was parked, split it or leave it out")


def _gather_warc(gathering: _Gathering, file: Path, source: str) -> None:
    try:
        with file.open("rb") as content:
            for page in _addressed(read_foreign_warc(content), source):
                _write(gathering, page)
    except Park as error:
        gathering.wrong(f"{file}: {error}; what stands before that was imported")


def _addressed(pages: Iterable[Page], source: str) -> Iterator[Page]:
    for page in pages:
        try:
            yield replace(page, source=source, key=canonical_key(page.url))
        except ValueError:
            raise Park(f"a record has no address that can be used: {page.url!r}") from None
