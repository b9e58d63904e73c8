"""The sign by which the process of a flow run says that it lives: a lease in our database.

Prefect's server takes a run for running until somebody ends it. Where a worker and its machine are gone
nobody does; so each run that begins looks for those whose sign has run out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from uuid import uuid4

import httpx
import structlog
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext

from flows.catch_up import end_silent
from flows.tied import end_with_parent
from flows.work import LEASE, beating, utc_now
from storage import ledger
from storage.database import Database
from storage.errors import StorageError
from storage.settings import Settings

log = structlog.get_logger(__name__)


@contextmanager
def signed(settings: Settings) -> Iterator[None]:
    """Say that the flow run in which this is called lives, for as long as the block runs, and close
    those that say so no more. A run without a deployment is its caller's, who ends with it."""
    end_with_parent()
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run is None or run.deployment_id is None:
        yield
        return
    database = Database.open(settings.database_url, create=True)
    try:
        with signing(database, str(run.id)):
            end_others(database, utc_now())
            yield
    finally:
        database.close()


@contextmanager
def signing(database: Database, flow_run: str) -> Iterator[None]:
    """Hold the lease of a flow run. It is its own holder: a run that is begun again after a crash need
    not wait for the old sign. What ends because Prefect's server is away leaves its sign, as what is
    killed does: nobody has been told of its end."""
    _sign(database, flow_run)
    try:
        with beating(partial(_sign_if_can, database, flow_run)):
            yield
    except httpx.HTTPError:
        raise
    except BaseException:
        withdraw(database, flow_run)
        raise
    withdraw(database, flow_run)


def _sign(database: Database, flow_run: str) -> None:
    name = ledger.FLOW_RUN + flow_run
    with database.unit_of_work() as session:
        ledger.acquire_lease(session, name, name, utc_now(), LEASE)


def _sign_if_can(database: Database, flow_run: str) -> None:
    try:
        _sign(database, flow_run)
    except StorageError as error:
        # The sign counts for many beats: the next one may get through.
        log.warning("no sign of life could be given", flow_run=flow_run, reason=str(error))


def withdraw(database: Database, flow_run: str) -> None:
    """Take the sign of a flow run back."""
    with database.unit_of_work() as session:
        ledger.release_leases(session, ledger.FLOW_RUN + flow_run)


def end_others(database: Database, now: datetime) -> int:
    """Close the flow runs whose process has died, on whatever machine; return how many. Where others
    are at it nothing is done: a run must not be begun again twice."""
    holder = uuid4().hex
    with database.unit_of_work() as session:
        if not ledger.acquire_lease(session, "ending of flow runs", holder, now, LEASE):
            return 0
        signs = ledger.flow_runs(session)
    try:
        with get_client(sync_client=True) as client:
            dead = end_silent(client, signs, now, LEASE)
    except httpx.HTTPError as error:
        log.warning("dead runs could not be looked for", reason=str(error))
        return 0
    finally:
        with database.unit_of_work() as session:
            ledger.release_leases(session, holder)
    for flow_run, until in signs.items():
        if until <= now:
            withdraw(database, flow_run)
    return len(dead)
