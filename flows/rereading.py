"""Reading the archive again with the present extractor: what comes out otherwise is put right."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from itertools import groupby

from crawler.errors import StopRun
from crawler.extract import extractor
from flows.app import App
from flows.importing import DEFAULT_SOURCE
from flows.request import Selection
from flows.steps.reread.comparing import Corrected, Lost, Turned, compare, said
from flows.steps.reread.correcting import Corrector
from flows.steps.reread.mark import Mark, Place
from flows.steps.reread.reading import Reread, Slice, Wanted, read_slice
from flows.work import Hooks, Work, leased, open_run
from storage import ledger, origins
from storage.origins import Origin

# A slice keeps one core busy for some seconds: long against the cost of a task, short against
# what is lost when a machine dies.
_SLICE = 100
_SLICE_BYTES = 8 * 2**20
_BATCH = 50
_SAMPLES = 20
_LEASE = "reprocess"

ReadAll = Callable[[Iterator[Slice]], Iterator[list[Reread]]]
"""Reads slices, here or in other processes, and gives their results in the order of the slices."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A version that reads otherwise."""

    id: str
    title: str
    fields: tuple[tuple[str, str, str], ...]
    """(name, as it is stored, as it reads now)"""
    version: int | None = None
    """The number of an earlier version; None for the current one."""


@dataclass(slots=True)
class Report:
    """What reading again changed, or would change."""

    extractor: str
    dry_run: bool
    read: int = 0
    """Answers read: versions of articles, and pages that no article came of."""
    before: int = 0
    """Answers that the same request had settled before it was interrupted."""
    changed: int = 0
    """Articles whose current version reads otherwise."""
    earlier: int = 0
    """Earlier versions that do."""
    fields: Counter[str] = field(default_factory=Counter)
    """Field → in how many current versions it differs."""
    turned: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(outcome, outcome now) of pages that no article came of → how many."""
    lost: Counter[str] = field(default_factory=Counter)
    """Why what is stored cannot be read as it was → how many; they stay as they are."""
    samples: list[Sample] = field(default_factory=list)
    lost_samples: list[Lost] = field(default_factory=list)

    @property
    def found_articles(self) -> int:
        """Pages that no article came of before."""
        return sum(count for (_, now), count in self.turned.items() if now == "article")

    def add(self, found: Corrected | Turned | Lost) -> None:
        """Count one; the first ones are kept as samples."""
        match found:
            case Turned():
                before = said(found.known.outcome, found.known.reason)
                self.turned[before, found.outcome] += 1
            case Lost():
                self.lost[found.outcome] += 1
                if len(self.lost_samples) < _SAMPLES:
                    self.lost_samples.append(found)
            case Corrected():
                self._add(found)

    def _add(self, found: Corrected) -> None:
        if found.number is None:
            self.changed += 1
            self.fields.update(name for name, _, _ in found.fields)
        else:
            self.earlier += 1
        if len(self.samples) < _SAMPLES:
            article = found.article or found.old
            self.samples.append(Sample(article.id, found.record.title, found.fields, found.number))


def here(slices: Iterator[Slice]) -> Iterator[list[Reread]]:
    """Read slices in this process, one after the other."""
    return map(read_slice, slices)


def count(app: App, selection: Selection) -> int:
    """How many answers there are to read."""
    return len(_origins(app, selection))


def reread(
    app: App,
    selection: Selection,
    *,
    dry_run: bool = False,
    restart: bool = False,
    read_all: ReadAll = here,
    hooks: Hooks | None = None,
) -> Report:
    """Read stored pages again; only what comes out otherwise is written, batch by batch.

    However many processes read, one writes, in the order of the archive: the result is the same.
    Stopped and started again, it goes on behind the last slice that was settled, unless `restart`.
    Raises StopRun where the catalogue does not know a publisher, unless some are chosen by their ids:
    without its layouts what is stored well would be put wrong. So it does for sources and ids that
    nobody knows.
    """
    selection.check()
    _check_names(app, selection)
    _check_catalogue(app, selection)
    hooks = hooks or Hooks()
    mark = Mark.of(app.settings.home, selection, app.catalogue)
    settled = None if dry_run or restart else mark.place()
    chosen = _origins(app, selection)
    left = [one for one in chosen if settled is None or _place(one) > settled]
    report = Report(extractor(), dry_run, before=len(chosen) - len(left))
    with _writing(app, hooks) as turn:
        for results in read_all(slices(app, left)):
            for start in range(0, len(results), _BATCH):
                batch = results[start : start + _BATCH]
                _settle(app, batch, report, hooks, turn)
            if not dry_run:
                mark.move(_place(Origin(results[-1].warc, results[-1].key)))
            hooks.loaded(report.before + report.read, len(chosen))
    if not dry_run:
        mark.clear()
    return report


def _check_names(app: App, selection: Selection) -> None:
    with app.database.reading() as session:
        stored = origins.sources_of(session) if selection.sources else []
        if selection.ids and not origins.sources_of(session, ids=selection.ids):
            raise StopRun(f"no article is stored as {', '.join(selection.ids)}")
    for one in selection.sources:
        if one not in stored:
            app.catalogue.source(one)


def _check_catalogue(app: App, selection: Selection) -> None:
    if selection.sources:
        return
    with app.database.reading() as session:
        found = origins.sources_of(
            session, days=(selection.since, selection.until), ids=selection.ids
        )
    crawled = (one for one in found if one.partition(":")[0] != DEFAULT_SOURCE)
    strange = [one for one in crawled if one not in app.catalogue.sources]
    if strange:
        raise StopRun(
            f"the catalogue does not have {', '.join(strange)}, of which articles are stored; is "
            "SUQIAN_CATALOGUE set as it was for the crawl? Or name the sources to read (--source)"
        )


def _place(one: Origin) -> Place:
    return one.segment, one.offset, one.key


def _origins(app: App, selection: Selection) -> list[Origin]:
    with app.database.reading() as session:
        return origins.origins(
            session,
            sources=selection.sources,
            days=(selection.since, selection.until),
            ids=selection.ids,
            unread=selection.unread,
        )


def slices(app: App, chosen: Iterable[Origin]) -> Iterator[Slice]:
    """Cut what is to be read into tasks: parts of segments, bounded in number and in bytes."""
    for segment, of_segment in groupby(chosen, key=lambda one: one.segment):
        for part in _parts(of_segment):
            yield Slice(app.settings.archive, segment, _wanted(app, part), app.catalogue)


def _parts(chosen: Iterable[Origin]) -> Iterator[list[Origin]]:
    part: list[Origin] = []
    for one in chosen:
        if part and (len(part) == _SLICE or one.offset - part[0].offset > _SLICE_BYTES):
            yield part
            part = []
        part.append(one)
    if part:
        yield part


def _wanted(app: App, part: list[Origin]) -> tuple[Wanted, ...]:
    keys = [one.key for one in part]
    with app.database.reading() as session:
        files = origins.files_of(session, keys)
        current = origins.current(session, keys)
    return tuple(
        Wanted(
            one.key,
            one.warc,
            tuple(files.get(one.key, ())) if current.get(one.key, one.warc) == one.warc else None,
        )
        for one in part
    )


def _settle(
    app: App,
    batch: list[Reread],
    report: Report,
    hooks: Hooks,
    turn: Callable[[Corrector, list[Turned]], None],
) -> None:
    with app.database.reading() as session:
        found = list(compare(session, batch))
    corrected = [one for one in found if isinstance(one, Corrected)]
    turned = [one for one in found if isinstance(one, Turned)]
    if not report.dry_run:
        corrector = Corrector(app.catalogue, app.tagger, hooks.clock())
        if corrected:
            with app.database.unit_of_work() as session:
                corrector.correct(session, corrected)
        if turned:
            turn(corrector, turned)
    for one in found:
        report.add(one)
    report.read += len(batch)


@contextmanager
def _writing(app: App, hooks: Hooks) -> Iterator[Callable[[Corrector, list[Turned]], None]]:
    """Gives pages their new outcome, in a run that is opened when there is one to give."""
    discovered: Counter[str] = Counter()
    work: Work | None = None
    with ExitStack() as stack:

        def turn(corrector: Corrector, found: list[Turned]) -> None:
            nonlocal work
            if work is None:
                work = stack.enter_context(open_run(app, "reprocess", {"stage": "extract"}, hooks))
                leased(work, [_LEASE])
            work.alive()
            with app.database.unit_of_work() as session:
                discovered.update(corrector.turn(session, found, work.run_id))
                costs = [ledger.Cost(source, number) for source, number in discovered.items()]
                ledger.settle_run(session, work.run_id, costs, {})

        yield turn


# --- telling --------------------------------------------------------------------------------------


def as_dict(report: Report) -> dict[str, object]:
    """A report as JSON values."""
    return {
        "extractor": report.extractor,
        "dry_run": report.dry_run,
        "read": report.read,
        "read_before": report.before,
        "changed": report.changed,
        "earlier_versions": report.earlier,
        "new_articles": report.found_articles,
        "fields": dict(report.fields.most_common()),
        "pages": [
            {"was": was, "is": now, "count": number}
            for (was, now), number in report.turned.most_common()
        ],
        "kept": dict(report.lost.most_common()),
        "samples": [asdict(one) for one in report.samples],
        "kept_samples": [asdict(one) for one in report.lost_samples],
    }


def summary(report: Report) -> str:
    """One line."""
    verb = "would be corrected" if report.dry_run else "corrected"
    found = "would be found" if report.dry_run else "found"
    before = f" (and {report.before:,} before the interruption)" if report.before else ""
    return (
        f"{report.read:,} pages read again{before}: {report.changed:,} articles and {report.earlier:,} "
        f"earlier versions {verb}, {report.found_articles:,} new articles {found}, "
        f"{report.lost.total():,} kept that cannot be read so any more ({report.extractor})"
    )


def markdown(report: Report) -> str:
    """The report for the Prefect UI."""
    rows = [f"| {name} | {number} |" for name, number in report.fields.most_common()]
    pages = [f"| {was} | {now} | {n} |" for (was, now), n in report.turned.most_common()]
    kept = [f"- {one.id} {one.title}: {one.outcome}" for one in report.lost_samples]
    return "\n".join(
        [
            summary(report),
            *(["", "| field | articles |", "|---|---|", *rows] if rows else []),
            *(["", "| page was | is now | pages |", "|---|---|---|", *pages] if pages else []),
            *(
                ["", "Kept as stored, though not to be read so any more:", "", *kept]
                if kept
                else []
            ),
        ]
    )
