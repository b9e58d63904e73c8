"""Reading a segment: what became of each discovered address."""

from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import IO, Self

from crawler.records import Listed, Page
from crawler.segment.answers import read_page
from crawler.segment.index import Discovery, Index, notes_in
from crawler.segment.note import Note, Role
from crawler.segment.summary import SourceCost, Summary
from crawler.urls import file_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfetched:
    """A discovered address without an answer: not asked for (`skipped`), or none came."""

    url: str
    key: str
    source: str
    column: str | None
    listed: Listed | None
    reason: str
    skipped: bool


@dataclass(frozen=True)
class Segment:
    """A segment to read: its WARC as a file that can be sought in, and its index."""

    name: str
    warc: IO[bytes] = field(repr=False)
    index: Index

    @classmethod
    def load(cls, name: str, warc: IO[bytes], index: IO[bytes] | None = None) -> Self:
        """Read the index, or where there is none the notes in the WARC."""
        return cls(name, warc, Index.load(index) if index else Index(tuple(notes_in(warc))))

    @property
    def notes(self) -> tuple[Note, ...]:
        """Its notes, in order."""
        return self.index.notes

    @property
    def attached_to(self) -> frozenset[str]:
        """The keys of the articles whose attachments were asked for."""
        return self.index.attached_to

    def summary(self) -> Summary:
        """The segment in numbers, from its notes."""
        costs: dict[str, SourceCost] = {}
        walks: dict[tuple[str, str], date | None] = {}
        problems = []
        times: dict[str, list[datetime]] = {}
        for note in self.notes:
            cost = costs.setdefault(note.source, SourceCost())
            if note.at is not None:
                times.setdefault(note.source, []).append(note.at)
            cost.requests += note.status is not None
            cost.bytes += note.size
            cost.list_pages += note.role is Role.LIST and note.status is not None
            if note.role is Role.WALK and note.column:
                walks[note.source, note.column] = note.back_to
            elif note.role is Role.PROBLEM:
                problems.append(f"{note.source}/{note.column}: {note.reason} ({note.url})")
        for source, seen in times.items():
            costs[source].seconds = (max(seen) - min(seen)).total_seconds()
        for discovery in self.index.discoveries.values():
            costs.setdefault(discovery.source, SourceCost()).discovered += 1
        return Summary(costs, walks, tuple(problems), len(self.notes))

    def entries(self, keys: Container[str] | None = None) -> Iterator[Page | Unfetched]:
        """What became of each discovered address, every one exactly once; of these `keys` alone
        where they are given: the others are not unpacked."""
        for key, discovery in self.index.discoveries.items():
            if keys is None or key in keys:
                yield self._entry(key, discovery)

    def entry(self, key: str) -> Page | Unfetched | None:
        """What became of one address; None where it was not discovered."""
        discovery = self.index.discoveries.get(key)
        return self._entry(key, discovery) if discovery else None

    def _entry(self, key: str, discovery: Discovery) -> Page | Unfetched:
        *before, note = self.index.answers.get(key, (None,))
        if note is None or note.offset is None:
            return _unfetched(discovery, note)
        first = self._page(note, discovery)
        later = tuple(self._page(one, discovery) for one in self.index.continuations.get(key, ()))
        readable = [one for one in before if one and one.status == 200 and one.offset]
        earlier = tuple(self._page(one, discovery) for one in readable)
        return replace(first, continuations=later, earlier=earlier)

    @property
    def answered(self) -> int:
        """How many pages there are to read, at most."""
        return sum(note.role is Role.ARTICLE and note.offset is not None for note in self.notes)

    def attachment(self, url: str) -> Page | str | None:
        """The file at an address, or why there is none; None where it was not asked for, or is
        as it was."""
        note = self.index.attachments.get(file_key(url))
        if note is None or note.status == 304:
            return None
        if note.offset is None or note.status != 200:
            return note.reason or (f"http-{note.status}" if note.status else None)
        page = read_page(self.warc, note.offset)
        return replace(page, source=note.source, warc=f"{self.name}@{note.offset}")

    def _page(self, note: Note, discovery: Discovery) -> Page:
        assert note.offset is not None  # the callers have looked  # noqa: S101
        page = read_page(self.warc, note.offset)
        return replace(
            page,
            key=discovery.key,
            source=discovery.source,
            column=discovery.column,
            listed=discovery.listed,
            warc=f"{self.name}@{note.offset}",
        )


def _unfetched(discovery: Discovery, note: Note | None) -> Unfetched:
    """A skip was decided at the list, or later by the downloader: then its note says so."""
    decided = f"skipped:{discovery.decision}" if discovery.decision != "fetch" else ""
    reason = decided or (note and note.reason) or "unfinished"
    skipped = reason.startswith("skipped:")
    return Unfetched(
        url=discovery.url,
        key=discovery.key,
        source=discovery.source,
        column=discovery.column,
        listed=discovery.listed,
        reason=reason.removeprefix("skipped:"),
        skipped=skipped,
    )
