"""What a file says while it is being read: lines in order, pictures without text, what was lost."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from crawler.tidy import CONTROL

_LONG_CELL = 300
"""Characters above which a table is there for the layout: its cells are paragraphs."""
READ = "read"
NEEDS_OCR = "needs_ocr"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may take; one that takes more is read in part, or not at all."""

    seconds: float = 60.0
    memory: int = 2**30
    """Bytes of address space of the process that reads."""
    bytes: int = 20 * 2**20
    """Of the file itself."""
    characters: int = 2_000_000
    members: int = 2_000
    """Files in a package."""
    unpacked: int = 200 * 2**20
    """Bytes that a package may unpack to."""
    ratio: int = 200
    """How many times its packed size a member over a megabyte may be."""
    depth: int = 2
    """How deep packages may lie in each other."""
    pages: int = 2_000
    ocr_pages: int = 30
    ocr_seconds: float = 600.0
    ocr_memory: int = 4 * 2**30


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a file."""

    text: str
    status: str
    """``read``, ``read in part: …``, ``needs_ocr``, ``unreadable: …``."""
    title: str | None = None
    """The title that the file gives in its properties."""


class Unreadable(Exception):
    """A file, or a part of one, that cannot be read; the message says why in a few words."""


class Full(Exception):
    """More text than the limit allows."""


Ocr = Callable[[Any], list[str]]
"""A picture (its bytes, or an array of its pixels) into lines of text."""


@dataclass(slots=True)
class Text:
    """Gathers what a reader finds."""

    limits: Limits = field(default_factory=Limits)
    ocr: Ocr | None = None
    lines: list[str] = field(default_factory=list)
    title: str | None = None
    pictures: int = 0
    """Pages and pictures whose text nobody has read."""
    lost: list[str] = field(default_factory=list)
    depth: int = 0
    _size: int = 0
    _recognised: int = 0

    def add(self, raw: str) -> None:
        """Take a paragraph or a table row; empty ones say nothing."""
        line = CONTROL.sub("", raw).strip()
        if not line:
            return
        self._size += len(line) + 1
        if self._size > self.limits.characters:
            raise Full(f"longer than {self.limits.characters:,} characters")
        self.lines.append(line)

    def add_row(self, cells: Sequence[str]) -> None:
        """Take a table row: ``| cell | cell |``; a cell that stands alone is a paragraph."""
        flat = [" ".join(cell.split()) for cell in cells]
        filled = [cell for cell in flat if cell]
        if len(filled) > 1 and max(map(len, filled)) <= _LONG_CELL:
            self.add(f"| {' | '.join(flat)} |")
        else:
            for cell in filled:
                self.add(cell)

    def add_picture(self, picture: Callable[[], Any]) -> None:
        """Take a page or picture that is no text; it is drawn only where something reads it."""
        if self.ocr is None or self._recognised >= self.limits.ocr_pages:
            self.pictures += 1
            return
        self._recognised += 1
        for line in self.ocr(picture()):
            self.add(line)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """A part that may fail by itself: what is wrong with it is kept beside its name."""
        try:
            yield
        except Unreadable as error:
            self.lost.append(f"{name}: {error}")

    def result(self) -> Result:
        """All of it, with how much of the file it is."""
        text = "\n".join(self.lines)
        if self.pictures:
            status = NEEDS_OCR
        elif self.lost:
            status = ("read in part: " if text else "unreadable: ") + "; ".join(self.lost[:3])
        else:
            status = READ
        return Result(text, status, (CONTROL.sub("", self.title or "").strip()) or None)
