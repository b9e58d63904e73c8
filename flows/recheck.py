"""The flow that looks at stored articles again: edits, withdrawals, what has come back."""

from functools import partial

from prefect import State, flow

from flows.checking import PER_HOST, Recheck
from flows.checking import recheck as run_recheck
from flows.ended import give_back
from flows.report import RunReport
from flows.request import Group
from flows.under_prefect import reported_by


@flow(name="recheck", persist_result=False, on_cancellation=[give_back], on_crashed=[give_back])
def recheck(
    sources: list[str] | None = None,
    group: Group | None = None,
    per_host: int = PER_HOST,
    within_days: int | None = None,
) -> RunReport | State[RunReport]:
    """Ask again for stored articles that are due: an hour, six hours, one, three, ten, thirty and
    ninety days after they were first seen.

    Args:
        sources: Ids of publishers (`suqian sources list`); empty: all of the group.
        group: government, news or papers; empty: all.
        per_host: How many pages of one host to ask for, at the most.
        within_days: Only articles first seen in the last so many days; empty: all that are due.
    """
    request = Recheck(tuple(sources or ()), group, per_host, within_days)
    return reported_by(partial(run_recheck, request=request))
