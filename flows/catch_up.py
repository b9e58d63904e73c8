"""What is put right in Prefect: runs that nobody started in time, and runs that nobody ends.

A schedule that could not be kept leaves late runs. One of each deployment is enough: what it asks for
it takes from the ledger and not from its hour, so that it covers all that was missed. Runs whose process
has died are closed: all of them when the one runner of this machine starts, and on a work pool those
whose sign of life has run out, by whichever run begins next.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterId,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import AwaitingRetry, Cancelled, Crashed
from prefect.types import DateTime

from flows.deployments import TAG

log = structlog.get_logger(__name__)

SKIPPED = "Skipped"
"""Name of the state of a run that is not needed: a later one stands for it, or others are at work on all
that it would do."""
_PAGE = 200
_OPEN = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
RESUMED = frozenset({"backfill"})
"""Deployments whose runs go on by themselves after a crash."""
_RESUMED_AT_MOST = 50
"""A run that its own doing ends again and again is left to a person."""


def skip_late(client: SyncPrefectClient, deployments: Iterable[UUID], now: DateTime) -> int:
    """Mark all late runs of each deployment as skipped but the latest; return how many.

    What a person has asked for at a time is not touched.
    """
    late: dict[UUID, list[FlowRun]] = defaultdict(list)
    for run in _runs(client, deployments, [StateType.SCHEDULED]):
        due = run.next_scheduled_start_time
        if run.auto_scheduled and run.deployment_id and due is not None and due <= now:
            late[run.deployment_id].append(run)
    skipped = 0
    for runs in late.values():
        *earlier, latest = sorted(runs, key=lambda run: str(run.next_scheduled_start_time))
        for run in earlier:
            said = (
                f"due at {run.next_scheduled_start_time}, when nothing ran; the run that was due at "
                f"{latest.next_scheduled_start_time} covers it"
            )
            client.set_flow_run_state(run.id, Cancelled(name=SKIPPED, message=said))
        skipped += len(earlier)
    return skipped


def end_dead(
    client: SyncPrefectClient, deployments: Iterable[UUID], resumed: frozenset[UUID]
) -> int:
    """Close the runs that a runner which died had begun; those of `resumed` deployments are begun
    again, since they go on where they stopped. Return how many there were.

    Only for deployments that one runner serves: it is the only one to run them, and has begun nothing.
    """
    dead = _runs(client, deployments, _OPEN)
    for run in dead:
        _end(client, run, "its process ended with the service", resumed)
    return len(dead)


def end_silent(
    client: SyncPrefectClient, signs: Mapping[str, datetime], now: datetime, patience: timedelta
) -> list[UUID]:
    """Close the runs of our deployments whose process has died, on whatever machine: their sign (flow
    run → until when it counts) has run out, or they gave none within `patience`. Backfills are begun
    again, also those that their worker has closed: who ends in order takes the sign back. Return which
    they were."""
    ours = _our_deployments(client)
    if not ours:
        return []
    resumed = frozenset(one for one, name in ours.items() if name in RESUMED)
    crashed = [run for run in _crashed(client, signs, now) if run.deployment_id in resumed]
    dead = [run for run in _runs(client, ours, _OPEN) if _is_silent(run, signs, now, patience)]
    for run in dead:
        _end(client, run, "its worker gave no sign of life for ten minutes", resumed)
    for run in crashed:
        _begin_again(client, run)
    return [run.id for run in (*dead, *crashed)]


def _crashed(
    client: SyncPrefectClient, signs: Mapping[str, datetime], now: datetime
) -> Iterable[FlowRun]:
    silent = [UUID(flow_run) for flow_run, until in signs.items() if until <= now]
    if not silent:
        return ()
    which = FlowRunFilter(
        id=FlowRunFilterId(any_=silent),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CRASHED])),
    )
    return _all(client, which)


def _our_deployments(client: SyncPrefectClient) -> dict[UUID, str]:
    tagged = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
    return {one.id: one.name for one in client.read_deployments(deployment_filter=tagged)}


def _is_silent(
    run: FlowRun, signs: Mapping[str, datetime], now: datetime, patience: timedelta
) -> bool:
    until = signs.get(str(run.id))
    if until is None:
        return run.state is not None and run.state.timestamp < now - patience
    return until <= now


def _end(client: SyncPrefectClient, run: FlowRun, why: str, resumed: frozenset[UUID]) -> None:
    end_children(client, run.id, Crashed(message="its parent's process ended"))
    cancelling = run.state is not None and run.state.is_cancelling()
    client.set_flow_run_state(run.id, (Cancelled if cancelling else Crashed)(message=why))
    if not cancelling and run.deployment_id in resumed:
        _begin_again(client, run)


def end_children(client: SyncPrefectClient, parent: UUID, state: State[Any]) -> None:
    """Bring the runs that a flow run has called, and that are open, into a state."""
    for child in _children(client, parent):
        client.set_flow_run_state(child.id, state)


def _begin_again(client: SyncPrefectClient, run: FlowRun) -> None:
    if run.run_count < _RESUMED_AT_MOST:
        client.set_flow_run_state(run.id, AwaitingRetry(message="goes on where it stopped"))
        log.info("a run goes on where it stopped", run=run.name)


def _runs(
    client: SyncPrefectClient, deployments: Iterable[UUID], states: list[StateType]
) -> list[FlowRun]:
    return _all(
        client,
        FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=list(deployments)),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=states)),
        ),
    )


def _children(client: SyncPrefectClient, parent: UUID) -> Sequence[FlowRun]:
    return _all(
        client,
        FlowRunFilter(
            parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[parent]),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_OPEN)),
        ),
    )


def _all(client: SyncPrefectClient, which: FlowRunFilter) -> list[FlowRun]:
    found: list[FlowRun] = []
    while True:
        page = client.read_flow_runs(
            flow_run_filter=which, limit=_PAGE, offset=len(found), sort=FlowRunSort.ID_DESC
        )
        found += page
        if len(page) < _PAGE:
            return found
