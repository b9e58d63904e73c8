"""The runner's sign of life: every minute, with what waits for it."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from storage.database import Database
from storage.errors import StorageError
from storage.heartbeats import RUNNER, beat
from storage.settings import Settings

log = structlog.get_logger(__name__)

EVERY_SECONDS = 60.0
LATE = timedelta(minutes=10)
"""A flow run that should have begun so long ago is late: a runner looks every ten seconds."""


async def give_signs(settings: Settings, every: float = EVERY_SECONDS) -> None:
    """Give a sign now and then, until cancelled. What goes wrong on the way is what the missing sign
    tells, and ends nothing."""
    while True:
        try:
            await give_sign(settings, datetime.now(UTC))
        except StorageError as error:
            log.warning("no sign of life could be given", error=str(error))
        await asyncio.sleep(every)


async def give_sign(settings: Settings, now: datetime) -> None:
    """Write that the runner lives, whether the server answers it, and how many runs are late."""
    details = await look_at_server(now)
    await asyncio.to_thread(_write, settings, now, details)


async def look_at_server(now: datetime) -> dict[str, object]:
    """``server``: whether it answers; ``late``: how many flow runs should have begun."""
    from httpx import HTTPError
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterExpectedStartTime,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType

    waits = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        expected_start_time=FlowRunFilterExpectedStartTime(before_=now - LATE),
    )
    try:
        async with get_client() as client:
            late = len(await client.read_flow_runs(flow_run_filter=waits, limit=200))
    except HTTPError:
        return {"server": False, "late": 0}
    return {"server": True, "late": late}


def _write(settings: Settings, now: datetime, details: dict[str, object]) -> None:
    database = Database.open(settings.database_url)
    try:
        with database.unit_of_work() as session:
            beat(session, RUNNER, now, details)
    finally:
        database.close()
