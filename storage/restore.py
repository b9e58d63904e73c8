"""A backup put back: into a place that is empty, or in the place of what is broken."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url

from storage import ledger
from storage.archive import Archive
from storage.backup import CORPUS, Kept, Manifest, OnFile, digest_of
from storage.database import Database, State
from storage.errors import Refused, written_to
from storage.settings import Settings, masked
from storage.transfer import copy


def restore(
    settings: Settings,
    folder: Path,
    *,
    force: bool = False,
    on_file: OnFile = lambda _what, _done, _all: None,
) -> Manifest:
    """Put a backup in the place of the settings' database and archive.

    Everything is compared with its digest before anything is written. Raises Refused for a backup
    that is damaged, and for a place that is not empty unless it is forced; a PostgreSQL database has
    to be empty in any case.
    """
    manifest = Manifest.read(folder)
    archive = Archive.open_at(settings.archive)
    _require_whole(folder, manifest, on_file)
    if not force:
        _require_empty(settings, archive)
    _put_files(archive, folder, manifest, on_file)
    on_file(CORPUS, 0, 1)
    _put_tables(settings.database_url, folder / CORPUS, force=force)
    _end_leases(settings.database_url)
    on_file(CORPUS, 1, 1)
    return manifest


def restore_archive(
    settings: Settings, folder: Path, on_file: OnFile = lambda _what, _done, _all: None
) -> list[str]:
    """Put back those files of the archive that are missing or differ; return their names."""
    manifest = Manifest.read(folder)
    archive = Archive.open_at(settings.archive)
    _require_whole(folder, manifest, on_file)
    return list(_put_files(archive, folder, manifest, on_file))


def _require_whole(folder: Path, manifest: Manifest, on_file: OnFile) -> None:
    files = {CORPUS: manifest.corpus}
    files |= {f"archive/{name}": kept for name, kept in manifest.archive.items()}
    for done, (name, kept) in enumerate(files.items()):
        on_file("backup", done, len(files))
        path = folder / name
        if not path.exists() or digest_of(path) != kept.sha256:
            raise Refused(f"{path} is not what was backed up; nothing was restored")
    on_file("backup", len(files), len(files))


def _require_empty(settings: Settings, archive: Archive) -> None:
    url = settings.database_url
    file = _file_of(url)
    if (file is None or file.exists()) and Database.look(url) is not State.EMPTY:
        raise Refused(f"{masked(url)} is not empty; restore into another home, or --force")
    if archive.names():
        raise Refused(
            f"the archive {masked(archive.url)} is not empty; restore into another home, or --force"
        )


def _put_files(archive: Archive, folder: Path, manifest: Manifest, on_file: OnFile) -> list[str]:
    put = []
    for done, (name, kept) in enumerate(manifest.archive.items()):
        on_file("archive", done, len(manifest.archive))
        if not _has(archive, name, kept):
            archive.replace(folder / "archive" / name, name)
            put.append(name)
    on_file("archive", len(manifest.archive), len(manifest.archive))
    return put


def _has(archive: Archive, name: str, kept: Kept) -> bool:
    return archive.exists(name) and archive.digest(name) == kept.sha256


def _put_tables(url: str, copied: Path, *, force: bool) -> None:
    file = _file_of(url)
    if file is None:
        copy(f"sqlite:///{copied}", url)
        return
    partial = file.with_name(f"{file.name}.part")
    with written_to(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(copied, partial)
    # The logs belong to the file that goes.
    for log in _logs(file) if force else ():
        log.unlink(missing_ok=True)
    partial.replace(file)
    Database.bring_up(url)


def _end_leases(url: str) -> None:
    """Whoever was at work when the backup was made is not at work on what was put back."""
    database = Database.open(url)
    try:
        with database.unit_of_work() as session:
            ledger.end_leases(session)
    finally:
        database.close()


def _logs(file: Path) -> Iterator[Path]:
    return (file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm", "-journal"))


def _file_of(url: str) -> Path | None:
    """The file of an SQLite database; None for another one."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
