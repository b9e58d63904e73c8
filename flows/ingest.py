"""The flow that schedules, people and the command line run: crawl what is new and load it."""

from datetime import date
from functools import partial

from prefect import State, flow

from crawler.records import city_day
from flows.ended import give_back
from flows.report import RunReport
from flows.request import Group, Request
from flows.run import ingest as run_ingest
from flows.under_prefect import reported_by
from flows.work import utc_now


@flow(name="ingest", persist_result=False, on_cancellation=[give_back], on_crashed=[give_back])
def ingest(
    sources: list[str] | None = None,
    group: Group | None = None,
    since: date | None = None,
    until: date | None = None,
    recheck: bool = False,
    days_back: int | None = None,
    spread_minutes: int = 0,
    due_only: bool = False,
) -> RunReport | State[RunReport]:
    """Crawl and load what is new.

    Args:
        sources: Ids of publishers (`suqian sources list`); empty: all of the group.
        group: government, news or papers; empty: all.
        since: First day wanted; empty: what the last crawl has not seen, or the last 30 days.
        until: Last day wanted; empty: today.
        recheck: Ask again for the stored pages of the window, to find silent edits.
        days_back: In the place of `since`: so many days before today.
        spread_minutes: Each publisher is asked at a minute of its own within so many.
        due_only: Only the lists that are due by what is learned of how often they have news.
    """
    request = Request(
        sources=tuple(sources or ()),
        group=group,
        since=since,
        until=until,
        recheck=recheck,
        spread_minutes=spread_minutes,
        due_only=due_only,
    ).looking_back(days_back, city_day(utc_now()))
    return reported_by(partial(run_ingest, request=request))
