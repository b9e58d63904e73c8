"""A backup: the tables as they stand at one moment, and the archive's files that they know.

``corpus.db`` is an SQLite file whatever database is backed up: SQLite's online backup, or a verified
copy out of PostgreSQL (`storage.transfer`) as one snapshot sees it. The archive's files are copied, and
only those that are not there yet. ``manifest.json`` is written last and holds the digest of everything:
a folder without it is no backup.
"""

import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import Self

from sqlalchemy import func, make_url, select

from storage import migrations
from storage.archive import Archive, archived_name
from storage.database import Database
from storage.driver_errors import plain_errors
from storage.errors import Refused, Unavailable, written_to
from storage.models import Article, Segment, Tombstone
from storage.segment_index import PACKED, PLAIN
from storage.transfer import copy

MANIFEST, CORPUS = "manifest.json", "corpus.db"
SUFFIXES = (".warc.gz", PACKED, PLAIN)
_PAGES = 1000
"""Pages of SQLite that are copied in one go: what writes meanwhile waits that long."""

OnFile = Callable[[str, int, int], None]
"""Hears what is copied, and how much of how much is done."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of a backup."""

    bytes: int
    sha256: str
    version: str = ""
    """What the archive said of it: it changes when something is taken out of the file."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds."""

    made_at: str
    schema: str
    articles: int
    corpus: Kept
    archive: dict[str, Kept]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The manifest of a backup. Raises Refused where there is none that can be read."""
        try:
            found = json.loads((folder / MANIFEST).read_text("utf-8"))
            archive = {name: Kept(**kept) for name, kept in found.pop("archive").items()}
            return cls(corpus=Kept(**found.pop("corpus")), archive=archive, **found)
        except FileNotFoundError as error:
            raise Refused(
                f"{folder} is no backup that was finished: it has no {MANIFEST}"
            ) from error
        except (ValueError, TypeError, KeyError, OSError) as error:
            raise Refused(f"{folder / MANIFEST} cannot be read: {error}") from error

    def write(self, folder: Path) -> None:
        """Write the manifest, whole or not at all."""
        partial = folder / f"{MANIFEST}.part"
        partial.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), "utf-8")
        partial.replace(folder / MANIFEST)


def back_up(
    database: Database,
    archive: Archive,
    folder: Path,
    now: datetime,
    on_file: OnFile = lambda _what, _done, _all: None,
) -> Manifest:
    """Bring the backup in a folder up to what is stored now, while others read and write.

    Raises Refused where the folder holds something else or cannot be written, Unavailable where
    something was forgotten meanwhile: what was copied before may hold it still.
    """
    with written_to(folder):
        return _bring_up(database, archive, folder, now, on_file)


def _bring_up(
    database: Database, archive: Archive, folder: Path, now: datetime, on_file: OnFile
) -> Manifest:
    before = _previous(folder)
    buried = _buried(database)
    (folder / MANIFEST).unlink(missing_ok=True)
    on_file(CORPUS, 0, 1)
    _copy_tables(database, folder / CORPUS)
    on_file(CORPUS, 1, 1)
    articles, segments = _contents(folder / CORPUS)
    files = _copy_archive(archive, folder, segments, before, on_file)
    if _buried(database) != buried:
        raise Unavailable("something was forgotten while this backup was made; make it again")
    kept = _kept(folder / CORPUS)
    manifest = Manifest(now.isoformat(), migrations.HEAD, articles, kept, files)
    manifest.write(folder)
    return manifest


def _previous(folder: Path) -> dict[str, Kept]:
    """What the archive's files in a folder were copied from."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / MANIFEST).exists():
        return Manifest.read(folder).archive
    foreign = {one.name for one in folder.iterdir()} - {CORPUS, "archive", f"{MANIFEST}.part"}
    foreign = {name for name in foreign if not name.startswith(CORPUS)}
    if foreign:
        raise Refused(f"{folder} holds {min(foreign)!r} and is no backup; name an empty folder")
    return {}


def _buried(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Tombstone)) or 0


def _copy_tables(database: Database, target: Path) -> None:
    partial = target.with_suffix(".part")
    _remove(partial)
    try:
        with plain_errors(f"sqlite:///{partial}"):
            _write_tables(database, partial)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        _remove(partial)


def _remove(partial: Path) -> None:
    """Give back the room of a copy that did not become whole."""
    for leftover in partial.parent.glob(f"{partial.name}*"):
        leftover.unlink()


def _write_tables(database: Database, target: Path) -> None:
    if database.engine.dialect.name == "sqlite":
        _online(database, target)
    else:
        copy(database.url, f"sqlite:///{target}")
        _close_log(target)


def _online(database: Database, target: Path) -> None:
    """SQLite's online backup: the whole file as one transaction sees it, its log in it."""
    source = sqlite3.connect(make_url(database.url).database or "", timeout=30)
    copied = sqlite3.connect(target)
    try:
        source.backup(copied, pages=_PAGES)
    finally:
        copied.close()
        source.close()
    _close_log(target)


def _close_log(file: Path) -> None:
    """Leave one file: it is read-only from here on, a log beside it would be lost in a copy."""
    connection = sqlite3.connect(file)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()


def _contents(file: Path) -> tuple[int, list[str]]:
    """How many articles a copy of the tables holds, and which segments it knows."""
    copied = Database.open(f"sqlite:///{file}", readonly=True)
    try:
        with copied.reading() as session:
            articles = session.scalar(select(func.count()).select_from(Article)) or 0
            return articles, list(session.scalars(select(Segment.name).order_by(Segment.name)))
    finally:
        copied.close()


def _copy_archive(
    archive: Archive, folder: Path, segments: list[str], before: dict[str, Kept], on_file: OnFile
) -> dict[str, Kept]:
    names = [archived_name(f"{segment}{suffix}") for segment in segments for suffix in SUFFIXES]
    there = set(archive.names())
    files: dict[str, Kept] = {}
    for done, name in enumerate(names):
        on_file("archive", done, len(names))
        if name not in there:
            continue  # `suqian verify` says so; the backup is what is there
        target, version = folder / "archive" / name, archive.version(name)
        kept = before.get(name)
        if kept is None or kept.version != version or not target.exists():
            _copy_file(archive, name, target)
            kept = _kept(target, version)
        files[name] = kept
    _remove_others(folder / "archive", files)
    on_file("archive", len(names), len(names))
    return files


def _copy_file(archive: Archive, name: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.part")
    with archive.open(name) as source, partial.open("wb") as file:
        while chunk := source.read(2**20):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)


def _remove_others(folder: Path, files: dict[str, Kept]) -> None:
    """Take away what the archive no longer has, and what a killed backup left."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).as_posix() not in files:
            path.unlink()


def _kept(path: Path, version: str = "") -> Kept:
    return Kept(path.stat().st_size, digest_of(path), version)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
