"""What was read waits until all of it is: then floors decide what a person looks at first."""

import pickle
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from tempfile import SpooledTemporaryFile

from sqlalchemy import select
from sqlalchemy.orm import Session

from crawler.records import Article, Page
from crawler.segment import Unfetched
from flows.health.floors import Figures, Judge
from flows.steps.moves import Identities
from flows.steps.placing import arrivals_of
from flows.steps.reader import Read, Reader, Reading
from storage.models import Article as Stored
from storage.models import Outcome
from storage.observations import ReadPage

# What is read waits in memory up to this many bytes, then in a temporary file.
_IN_MEMORY = 8 * 2**20


def judged(
    reader: Reader, batches: Iterable[list[Read]], reading: Reading, judge: Judge
) -> Iterator[list[Read]]:
    """The same batches, once all of them are read: they wait in a file, not in memory."""
    figures: list[Figures] = []
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        count = 0
        for read in batches:
            figures += _figures(reader, read)
            pickle.dump(read, spool)
            count += 1
        reading.below = judge(figures)
        spool.seek(0)
        for _ in range(count):
            # Written a moment ago by this very function.
            waiting: list[Read] = pickle.load(spool)  # noqa: S301
            yield [_kept_back(one, reading) for one in waiting]


def _kept_back(one: Read, reading: Reading) -> Read:
    """A record of a source that is below its floors, held; what brought nothing new is not."""
    below = reading.below.get(one.entry.source)
    as_it_was = one.result is not None and one.result.outcome is Outcome.UNCHANGED
    if below is None or isinstance(one.entry, Unfetched) or (as_it_was and not one.article):
        return one
    return one.held(below)


def _figures(reader: Reader, read: Sequence[Read]) -> Iterator[Figures]:
    """What floors are judged by, of the pages of a batch that are articles or should be."""
    arrivals = arrivals_of(read)
    digests = {one.key: one.digest for one in arrivals}
    with reader.database.reading() as session:
        others = _same_texts(session, [*digests.values()])
        identities = Identities.read(session, reader.catalogue, arrivals, reader.listed)
    keys_of = {one.key: {one.key, identities.of(one).key} for one in arrivals}
    for one in read:
        bodiless = one.result is not None and one.result.reason == "empty"
        if isinstance(one.entry, Page) and (one.article or bodiless):
            digest = digests[one.entry.key] if one.article else ""
            keys = others.get((one.entry.source, digest), set())
            own = keys_of.get(one.entry.key, set())
            yield Figures(_read_page(reader, one.entry, one.article), bool(keys - own))


def _same_texts(session: Session, digests: Sequence[str]) -> dict[tuple[str, str], set[str]]:
    """(source, digest of the text) → the keys under which the source has it."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    query = select(Stored.source, Stored.text_digest, Stored.key)
    for row in session.execute(query.where(Stored.text_digest.in_(digests))):
        found[row.source, row.text_digest].add(row.key)
    return found


def _read_page(reader: Reader, page: Page, article: Article | None) -> ReadPage:
    """A page as health looks at it."""
    published = article.published.at if article and article.published else None
    return ReadPage(
        source=page.source,
        column=page.column,
        at=page.fetched_at,
        run_id=reader.run_id,
        duplicate=False,
        untitled=article is not None and not article.title,
        undated=article is not None and (published is None or published > page.fetched_at),
        characters=len(article.body) if article else 0,
        found=article.provenance.get("body", "") if article else "",
    )
