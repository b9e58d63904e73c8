"""The index of a segment: its notes with the offsets of their answers, from the WARC at any time."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord

from crawler.segment.note import ANSWERS, NOTE_TYPE, NOTES, Note, index_path, warc_path


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
