"""What an answer comes to before anybody reads it, and what the ledger is told of it."""

import re
from dataclasses import replace

from crawler.records import Page
from crawler.segment import Unfetched
from crawler.urls import canonical_key
from storage.ledger import Known, Result
from storage.models import Outcome

FRONT_PAGE = "front-page"
_FRONT = re.compile(r"(?:(?:index|default|home|main)\.(?:s?html?|jsp|aspx?|php))?", re.IGNORECASE)
ARTICLES = {Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.DUPLICATE}


def is_late(page: Page, known: Known | None) -> bool:
    """Whether a page was captured before the answer that the ledger remembers."""
    return known is not None and known.fetched_at is not None and page.fetched_at < known.fetched_at


def without_reading(page: Page, known: Known | None) -> tuple[Outcome, str | None] | None:
    """The outcome that the status or the bytes decide; None where the page is to be read."""
    stored = known is not None and known.is_article
    if page.status in {404, 410}:
        return Outcome.GONE if stored else Outcome.DROPPED, f"http-{page.status}"
    if page.status == 304:
        return _as_it_was(known) or (Outcome.PARKED, "http-304")
    if page.status != 200:
        return Outcome.PARKED, f"http-{page.status}"
    if stored and _leads_to_front(page):
        return Outcome.GONE, FRONT_PAGE
    # The digest is that of the latest answer: it stands for an article where that was one.
    same_bytes = known is not None and page.digest == known.digest
    told = known is not None and known.outcome in {*ARTICLES, Outcome.DROPPED}
    return _as_it_was(known) if same_bytes and told else None


def _as_it_was(known: Known | None) -> tuple[Outcome, str | None] | None:
    """The outcome of a page that says what it said the last time."""
    if known is not None and known.outcome == Outcome.DROPPED:
        return Outcome.DROPPED, known.reason
    return (Outcome.UNCHANGED, None) if known is not None and known.is_article else None


def _leads_to_front(page: Page) -> bool:
    """Whether an article's address redirects to a front page, as some servers say "not here"."""
    try:
        final = canonical_key(page.url)
    except ValueError:
        return False
    return final != page.key and bool(_FRONT.fullmatch(final.partition("/")[2]))


def leads_elsewhere(page: Page, known: Known | None) -> bool:
    """Whether an article's address redirects to another page by now, which is then read: it may have
    moved."""
    if known is None or not known.is_article or page.status != 200 or _leads_to_front(page):
        return False
    try:
        return canonical_key(page.url) != page.key
    except ValueError:
        return False


def result_of(
    entry: Page | Unfetched, outcome: Outcome, reason: str | None = None, *, late: bool = False
) -> Result:
    """What the ledger keeps of an entry; `late`: captured before the answer that it remembers."""
    # It counts where this run discovered it: another run may have made the page meanwhile.
    if isinstance(entry, Unfetched):
        return Result(key=entry.key, outcome=outcome, reason=reason, source=entry.source)
    # "As it was" brings no bytes, and an older capture none that count: what is remembered of the
    # last answer stays.
    fetched = entry.status != 304 and not late
    # What stands in the place of an article that is gone is not to be compared with, nor asked for.
    read = entry.status == 200 and outcome is not Outcome.GONE
    return Result(
        key=entry.key,
        outcome=outcome,
        reason=reason,
        source=entry.source,
        status=entry.status,
        etag=entry.etag if read else None,
        last_modified=entry.last_modified if read else None,
        digest=entry.digest if read else None,
        fetched_at=entry.fetched_at if fetched else None,
        warc=entry.warc,
    )


def incomplete(result: Result) -> Result:
    """The next answer is to be a whole one: without it the page's files are not known."""
    return replace(result, incomplete=True, etag=None, last_modified=None)
