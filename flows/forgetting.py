"""Forgetting an address: out of the tables, out of the archive, and never back."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.erase import erase_from_index, erase_from_warc
from crawler.errors import StopRun, TryLater
from crawler.urls import canonical_key
from flows.app import App
from flows.redacting import redact_reports
from flows.segments import finish_leftovers
from flows.steps.dedupe import leave
from flows.work import LEASE, Hooks, open_run, runs_at_work
from storage import forget as tables
from storage import ledger, moves, tombstones
from storage.archive import archived_name
from storage.forget import Remains
from storage.list_answers import forget_answers
from storage.segment_index import as_named, index_name, open_index

_WARC = ".warc.gz"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed."""

    articles: tuple[str, ...]
    """Their public ids: the change feed names them."""
    earlier_versions: int
    visits: int
    records: int
    """Records of the archive."""
    segments: tuple[str, ...]
    """The segments that they stood in."""
    reprints: tuple[str, ...]
    """Ids of articles that say the same elsewhere, and stay."""


def find_remains(app: App, which: str) -> Remains:
    """What is known of an article's id or of an address, under whatever address it was fetched.

    Raises StopRun for one that nothing is known of, and that is not forgotten already.
    """
    with app.database.reading() as session:
        key = tables.key_of_id(session, which) or _key(which)
        keys = frozenset({key})
        # Twice: from the address that redirects to the page, and on to the others that do.
        for _ in range(2):
            ending = [f"/{key.partition('/')[2]}" for key in keys]
            found = tables.articles_at(session, sorted(keys), ending)
            same = [one for one in found if {one.key, _key(one.url)} & keys]
            keys |= {name for one in same for name in (one.key, _key(one.url))}
            keys |= moves.all_keys(session, [one.pk for one in same])
            keys |= moves.same_pages(session, keys)
        remains = tables.remains_of(session, keys)
        buried = tombstones.find(session, key) is not None
    if remains.empty and not buried:
        raise StopRun(
            f"nothing is known of {which!r}; give an article's id or its address as `suqian show` has it"
        )
    return remains


def _key(which: str) -> str:
    try:
        return canonical_key(which if ":" in which else f"http://{which}")
    except ValueError:
        return which


def forget(app: App, remains: Remains, reason: str, hooks: Hooks | None = None) -> Forgotten:
    """Remove everything on what was found, for good; a tombstone keeps it from coming back.

    The archive first, then the tables: what is interrupted can be found and done again. Raises
    TryLater while a run is at work, which might be bringing it home at this very moment.
    """
    hooks = hooks or Hooks()
    if not reason.strip():
        raise StopRun("a reason is needed: it is all that will be left; give --reason")
    finish_leftovers(app, hooks)
    busy = runs_at_work(app, hooks.clock())
    if busy:
        raise TryLater(f"run {min(busy)} is at work; forget when it is done")
    with open_run(app, "forget", {"reason": reason}, hooks) as work:
        _lease(app, remains.sources, work.run_id, hooks)
        # First of all: what is erased must not be referred to, even should this be interrupted.
        with app.database.unit_of_work() as session:
            forget_answers(session)
        hooks.stage("archive")
        records, segments = _erase_from_archive(app, remains.keys)
        hooks.stage("tables")
        with app.database.unit_of_work() as session:
            leave(session, [article.pk for article in remains.articles], hooks.clock())
            tables.erase(session, remains, reason, hooks.clock())
    tables.purge(app.database)
    redact_reports(app.settings.prefect_home, {*remains.titles, *remains.addresses})
    return Forgotten(
        articles=tuple(article.id for article in remains.articles),
        earlier_versions=remains.earlier_versions,
        visits=remains.visits,
        records=records,
        segments=segments,
        reprints=remains.reprints,
    )


def _lease(app: App, sources: Sequence[str], holder: str, hooks: Hooks) -> None:
    now = hooks.clock()
    with app.database.unit_of_work() as session:
        taken = [ledger.acquire_lease(session, one, holder, now, LEASE) for one in sources]
    if not all(taken):
        raise TryLater(f"another run is at work on {', '.join(sources)}; forget when it is done")


def _erase_from_archive(app: App, keys: frozenset[str]) -> tuple[int, tuple[str, ...]]:
    """Go through every segment: one whose crawl died may hold an answer that no index names."""
    app.archive.clear_partials()
    names = [name for name in app.archive.names() if name.endswith(_WARC)]
    records, touched = 0, []
    for name in names:
        segment = name.rpartition("/")[2].removesuffix(_WARC)
        found = _erase_from_segment(app, segment, keys)
        records += found
        touched += [segment] if found else []
    return records, tuple(touched)


def _erase_from_segment(app: App, segment: str, keys: frozenset[str]) -> int:
    warc, index = archived_name(f"{segment}{_WARC}"), index_name(app.archive, segment)
    with tempfile.TemporaryDirectory() as folder:
        new_warc, new_index = Path(folder) / "warc", Path(folder) / "index"
        with app.archive.open(warc) as file:
            found = erase_from_warc(file, new_warc, keys)
        # The index is looked at even then: a run that was interrupted may have come no further.
        if app.archive.exists(index):
            with open_index(app.archive, index) as file:
                erase_from_index(file, new_index, keys)
            with open_index(app.archive, index) as file:
                changed = file.read() != new_index.read_bytes()
            if changed:
                app.archive.replace(as_named(new_index, index), index)
        if found:
            app.archive.replace(new_warc, warc)
    return found
