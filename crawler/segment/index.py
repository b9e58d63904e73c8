"""The index of a segment: its notes with the offsets of their answers, from the WARC at any time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import IO, Self

from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord

from crawler.records import Listed
from crawler.segment.note import (
    AGAIN,
    ANSWERS,
    NOTE_TYPE,
    NOTES,
    Note,
    Role,
    index_path,
    warc_path,
)
from crawler.urls import file_key


@dataclass(frozen=True, slots=True)
class Discovery:
    """An address that a list showed or a crawl was asked for, and what was decided about it."""

    url: str
    key: str
    source: str
    column: str | None
    listed: Listed | None
    decision: str


@dataclass(frozen=True)
class Index:
    """The notes of a segment in order, and what they say of each address. It holds no file: who reads a
    segment part by part keeps it from one part to the next."""

    notes: tuple[Note, ...] = field(repr=False)

    @classmethod
    def load(cls, lines: Iterable[bytes]) -> Self:
        """Read it as it was written, a note a line."""
        return cls(tuple(map(NOTES.validate_json, lines)))

    @cached_property
    def discoveries(self) -> Mapping[str, Discovery]:
        """Every discovered key, in order, with the decision that weighs most."""
        found: dict[str, Discovery] = {}
        for note in self.notes:
            for item in (one for one in note.items if one.decision != AGAIN):
                old = found.get(item.key)
                if old is None or (old.decision != "fetch" and item.decision == "fetch"):
                    found[item.key] = Discovery(
                        item.url, item.key, note.source, note.column, item.listed, item.decision
                    )
            if note.role in {Role.ARTICLE, Role.FAILED} and note.key and note.key not in found:
                found[note.key] = Discovery(
                    note.url, note.key, note.source, note.column, note.listed, "fetch"
                )
        return found

    @cached_property
    def answers(self) -> Mapping[str, list[Note]]:
        """What was said on each key, the last word last."""
        found: dict[str, list[Note]] = {}
        for note in self.notes:
            if note.role in {Role.ARTICLE, Role.FAILED} and note.key:
                found.setdefault(note.key, []).append(note)
        return found

    @cached_property
    def keys(self) -> Mapping[int, str]:
        """By where each answer begins in the WARC, the key that it was fetched under."""
        return {
            note.offset: key
            for key, notes in self.answers.items()
            for note in notes
            if note.offset is not None
        }

    @cached_property
    def continuations(self) -> Mapping[str, list[Note]]:
        """The later pages of articles, in order, by their first page's key."""
        found: dict[str, list[Note]] = {}
        for note in self.notes:
            if note.role is Role.CONTINUATION and note.parent and note.status == 200:
                found.setdefault(note.parent, []).append(note)
        for pages in found.values():
            pages.sort(key=lambda note: (len(note.url), note.url))
        return found

    @cached_property
    def attached_to(self) -> frozenset[str]:
        """The keys of the articles whose attachments were asked for."""
        notes = (note for note in self.notes if note.role is Role.ATTACHMENT)
        return frozenset(note.parent for note in notes if note.parent)

    @cached_property
    def attachments(self) -> Mapping[str, Note]:
        """What came of each attachment, by key: an answer counts for more than none."""
        found: dict[str, Note] = {}
        for note in self.notes:
            if note.role is Role.ATTACHMENT:
                key = file_key(note.url)
                if note.offset is not None or key not in found:
                    found[key] = note
        return found


def index_line(note: Note, offset: int | None) -> str:
    """A note as it stands in the index, with the offset of its answer."""
    return NOTES.dump_json(replace(note, offset=offset), exclude_defaults=True).decode() + "\n"


def rebuild_index(folder: Path, name: str) -> None:
    """Write the index from the notes in the WARC. An answer without a note is left out."""
    target = index_path(folder, name)
    partial = target.with_suffix(".part")
    with warc_path(folder, name).open("rb") as file, partial.open("w", encoding="utf-8") as index:
        for note in notes_in(file):
            index.write(index_line(note, note.offset))
    partial.replace(target)


def notes_in(file: IO[bytes]) -> Iterator[Note]:
    """The notes of a WARC, each with the offset of the answer that it refers to."""
    answers: dict[str, int] = {}
    records = ArchiveIterator(file)
    for record in records:
        if record.rec_type in ANSWERS:
            answers[record.rec_headers.get_header("WARC-Record-ID")] = records.get_record_offset()
        elif record.rec_type == "metadata" and _is_note(record):
            note = NOTES.validate_json(record.content_stream().read())
            answer = record.rec_headers.get_header("WARC-Refers-To")
            yield replace(note, offset=answers.get(answer))


def _is_note(record: ArcWarcRecord) -> bool:
    return bool(record.rec_headers.get_header("Content-Type") == NOTE_TYPE)
