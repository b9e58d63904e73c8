"""The archive: segments as files, in a folder or any other place that fsspec reaches."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EACCES, EEXIST, EISDIR, ENOSPC, ENOTDIR, EPERM, EROFS
from hashlib import file_digest
from pathlib import Path
from typing import IO, Any, Self
from uuid import uuid4

import fsspec
from fsspec.implementations.local import LocalFileSystem
from fsspec.spec import AbstractFileSystem

from storage.errors import Refused, Unavailable
from storage.settings import masked

# What trying again later does not mend.
_OURS_TO_MEND = {EACCES, EPERM, EROFS, ENOSPC, ENOTDIR, EISDIR, EEXIST}


def archived_name(file_name: str) -> str:
    """Where a segment's file lies in the archive: by year and month."""
    return f"{file_name[:4]}/{file_name[4:6]}/{file_name}"


def _foreign_errors() -> tuple[type[Exception], ...]:
    """What an object store's library raises beside OSError: no store there, no keys."""
    botocore = sys.modules.get("botocore.exceptions")
    return (botocore.BotoCoreError,) if botocore else ()


@dataclass(frozen=True)
class Archive:
    """Put, open and list files by name. A name is given once and its content never changes, but for
    what is forgotten."""

    url: str
    _files: AbstractFileSystem
    _root: str

    @classmethod
    def open_at(cls, url: str) -> Self:
        """An archive at a folder or an fsspec URL; nothing is made until something is put."""
        try:
            files, root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise Refused(
                f"{masked(url)!r} is no place for an archive: {error}; set SUQIAN_ARCHIVE"
            ) from error
        return cls(url, files, root.rstrip("/"))

    def put(self, local: Path, name: str) -> None:
        """Put a local file away under a name, whole or not at all; again does nothing.

        Raises `Refused` when something else has that name or the place cannot be written.
        """
        with self._plain_errors():
            target = self._path(name)
            if self._files.exists(target):
                self._require_same(local, target, name)
                return
            self._place(local, target)

    def replace(self, local: Path, name: str) -> None:
        """Put a local file in the place of what has a name, whole or not at all. Only for taking
        something out of it for good, and for mending: nothing else may change what was archived."""
        with self._plain_errors():
            self._place(local, self._path(name))

    def _place(self, local: Path, target: str) -> None:
        """Put a file into its place; when this returns it outlives a power cut."""
        folder = target.rpartition("/")[0]
        self._files.makedirs(folder, exist_ok=True)
        partial = f"{target}.{uuid4().hex}.part"
        try:
            self._files.put_file(str(local), partial)
            self._to_disk(partial)
            self._files.mv(partial, target)
            self._to_disk(folder)
        finally:
            if self._files.exists(partial):
                self._files.rm_file(partial)

    def _to_disk(self, path: str) -> None:
        """Wait for the disk to have it, where the archive is on one of ours."""
        if isinstance(self._files, LocalFileSystem):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def try_out(self) -> None:
        """Write a file, read it and take it away again. Raises as `put` does."""
        with self._plain_errors():
            probe = self._path(f"{uuid4().hex}.part")
            self._files.makedirs(self._root, exist_ok=True)
            self._files.pipe_file(probe, b"suqian")
            try:
                if self._files.cat_file(probe) != b"suqian":
                    raise Refused(f"the archive {masked(self.url)} gives back other bytes")
            finally:
                self._files.rm_file(probe)

    def clear_partials(self) -> None:
        """Remove what a killed `put` left; nobody may be putting anything at the time."""
        with self._plain_errors():
            found = self._files.find(self._root) if self._files.exists(self._root) else []
            for path in map(str, found):
                if path.endswith(".part"):
                    self._files.rm_file(path)

    def _require_same(self, local: Path, target: str, name: str) -> None:
        with local.open("rb") as mine, self._files.open(target, "rb") as theirs:
            if file_digest(mine, "sha256").digest() != file_digest(theirs, "sha256").digest():
                raise Refused(
                    f"{name} in the archive {masked(self.url)} has another content; "
                    "nothing was replaced"
                )

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Read a file; it can be sought in."""
        with self._plain_errors():
            file: IO[bytes] = self._files.open(self._path(name), "rb")
        # Outside: what the reader of the file fails at is not the archive's failure.
        with file:
            yield file

    def version(self, name: str) -> str:
        """A key that is another one when something else lies under a name."""
        with self._plain_errors():
            return str(self._files.ukey(self._path(name)))

    def digest(self, name: str) -> str:
        """SHA-256 of a file, hexadecimal."""
        with self.open(name) as file:
            return file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]

    def exists(self, name: str) -> bool:
        """Whether something has that name."""
        with self._plain_errors():
            return bool(self._files.exists(self._path(name)))

    def names(self) -> list[str]:
        """Every name, sorted."""
        with self._plain_errors():
            found: list[Any] = (
                self._files.find(self._root) if self._files.exists(self._root) else []
            )
        paths = (str(path).removeprefix(f"{self._root}/") for path in found)
        return sorted(path for path in paths if not path.endswith(".part"))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise Refused(
                f"{error.filename or error} is not in the archive {masked(self.url)}"
            ) from error
        except _foreign_errors() as error:
            raise Unavailable(
                f"the archive {masked(self.url)} does not answer as it should: {error}; look at its "
                "address and keys (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID …), or try again later"
            ) from error
        except OSError as error:
            if error.errno in _OURS_TO_MEND:
                raise Refused(
                    f"the archive {masked(self.url)} cannot be used: {error.strerror}; "
                    "make room or set SUQIAN_ARCHIVE to another place"
                ) from error
            raise Unavailable(
                f"the archive {masked(self.url)} failed: {error}; try again later"
            ) from error
