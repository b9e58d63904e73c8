"""One source's past, by hand: from the Prefect UI's form or the command line."""

from datetime import date

from prefect import flow

from flows.ingest import reported
from flows.report import RunReport
from flows.request import Request


@flow(name="backfill", persist_result=False)
def backfill(
    source: str, since: date, until: date | None = None, recheck: bool = False
) -> RunReport:
    """Crawl one source's past. What is stored already is not fetched again.

    Args:
        source: Id of the publisher; `suqian sources list` shows them all.
        since: First day wanted.
        until: Last day wanted; empty: today.
        recheck: Fetch the stored pages of these days as well, to find silent edits.
    """
    request = Request(sources=(source,), since=since, until=until, recheck=recheck)
    return reported(request)
