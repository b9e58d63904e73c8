"""The parts of an unfinished export, in a hidden folder beside the file."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout

from storage.errors import Refused

_STATE = "export.json"
_PARTIAL = ".partial"
_WHOLE = "whole"
_LAYOUT = 2
"""Of parts: those that an earlier version left are nothing that this one could go on with."""


class Spool:
    """The parts that are written so far. A part is there whole or not at all."""

    def __init__(self, path: Path, folder: Path, state: dict[str, Any]) -> None:
        self.path = path
        """The file that is to be."""
        self._folder = folder
        self._state = state
        self.written = 0
        """How many articles are in the finished file."""

    @classmethod
    @contextmanager
    def open(cls, path: Path, request: Mapping[str, Any]) -> "Iterator[Self]":
        """The parts of this very export, or none. One process at a time has them; they stay when
        the block fails. Raises Refused while another has them."""
        _require_replaceable(path, folder=bool(request["by_month"]))
        folder = path.absolute().with_name(f".{path.name}.parts")
        folder.mkdir(exist_ok=True)
        lock = FileLock(folder.with_name(f"{folder.name}.lock"))
        try:
            lock.acquire(blocking=False)
        except Timeout as error:
            raise Refused(f"another export is writing {path}; wait for it") from error
        try:
            # Months that were moved, when it was killed, are parts no more.
            shutil.rmtree(folder / _WHOLE, ignore_errors=True)
            yield cls(path, folder, _state_of(folder, request))
            shutil.rmtree(folder)
        finally:
            lock.release()
            Path(lock.lock_file).unlink(missing_ok=True)

    def begin(self, last_key: int) -> None:
        """Note where the corpus ended when the export began; what comes later is not in it."""
        self._state.setdefault("until", last_key)
        _put(self._folder / _STATE, lambda file: _write_json(file, self._state))

    @property
    def until(self) -> int:
        """The last primary key that belongs to it."""
        return int(self._state["until"])

    def parts(self) -> list[Path]:
        """The files of the parts, in order."""
        return self._parts(self._folder)

    def _parts(self, folder: Path) -> list[Path]:
        found = folder.glob("**/part-*-*")
        return sorted(part for part in found if not part.name.endswith(_PARTIAL))

    @property
    def articles(self) -> int:
        """How many articles are in the parts."""
        return sum(map(_count, self.parts()))

    def last_key(self, folder: str = "") -> int:
        """The last primary key that is in a part, of those in a folder."""
        parts = self._parts(self._folder / folder)
        return int(parts[-1].name.split("-")[1]) if parts else 0

    def add(self, name: str, key: int, count: int, write: Callable[[Path], object]) -> None:
        """Write a part that ends with a primary key; `name` may have folders in it."""
        folder, _, suffix = name.rpartition("/")
        where = self._folder / folder
        where.mkdir(parents=True, exist_ok=True)
        _put(where / f"part-{key:012}-{count}{suffix}", write)

    @property
    def draft(self) -> Path:
        """Where a part may be written before it is known what is in it."""
        return self._folder / f"draft{_PARTIAL}"

    @property
    def whole(self) -> Path:
        """Where the whole file is written, before it stands in its place."""
        return self._folder / _WHOLE

    def finish(self) -> None:
        """Put the whole file, now complete, in its place."""
        self.written = self.articles
        self.whole.replace(self.path)

    def finish_folder(self) -> None:
        """Put the folder of the parts in its place, in the place of an earlier one."""
        self.written = self.articles
        whole = self.whole
        shutil.rmtree(whole, ignore_errors=True)
        whole.mkdir()
        for folder in sorted({part.parent for part in self.parts()}):
            # At once: of a folder that has lost its first parts the others would tell that they are there.
            moved = folder.replace(whole / folder.name)
            for number, part in enumerate(self._parts(moved)):
                part.replace(moved / f"part-{number}{part.suffix}")
        if self.path.is_dir():
            self.path.replace(self._folder / "earlier")
        whole.replace(self.path)


def _state_of(folder: Path, request: Mapping[str, Any]) -> dict[str, Any]:
    """What an earlier try of the same export has noted; parts of another one are removed."""
    try:
        state: dict[str, Any] = json.loads((folder / _STATE).read_text("utf-8"))
    except (OSError, ValueError):
        state = {}
    wanted = json.loads(json.dumps({**request, "layout": _LAYOUT}))
    if state.get("request") != wanted:
        shutil.rmtree(folder)
        folder.mkdir()
        state = {"request": wanted}
    return state


def _put(path: Path, write: Callable[[Path], object]) -> None:
    partial = path.with_name(path.name + _PARTIAL)
    write(partial)
    partial.replace(path)


def _write_json(file: Path, value: object) -> None:
    file.write_text(json.dumps(value, ensure_ascii=False), "utf-8")


def _count(part: Path) -> int:
    return int(part.name.split("-")[2].partition(".")[0])


def _require_replaceable(path: Path, *, folder: bool) -> None:
    """What stands in the place is to be an export of the same kind, or nothing."""
    if not path.exists():
        return
    ours = all(one.name.startswith("month=") for one in path.iterdir()) if path.is_dir() else False
    if path.is_dir() and not (folder and ours):
        raise Refused(f"{path} is a folder; choose another place, or remove it")
    if folder and not path.is_dir():
        raise Refused(f"{path} is a file; choose another place, or remove it")
