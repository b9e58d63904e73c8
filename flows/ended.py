"""What a flow run held whose process was killed: given back at once by the runner or worker that killed
it, or saw it end, since other machines would have to wait until its leases run out."""

from typing import TYPE_CHECKING, Any

import structlog

from flows.app import open_app
from flows.work import bury_dead, utc_now
from storage.settings import Settings

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.schemas.objects import FlowRun, State

log = structlog.get_logger(__name__)


def give_back(flow: "Flow[..., Any]", flow_run: "FlowRun", state: "State[Any]") -> None:
    """Prefect's hook of a cancelled or crashed flow run: close the runs of ours that died with it. What
    they fetched the next run on this machine loads. A run without a deployment is its caller's."""
    if flow_run.deployment_id is None:
        return
    with open_app(Settings.load()) as app:
        dead = bury_dead(app, utc_now())
    if dead:
        log.info("gave back what was held", flow=flow.name, state=state.name, runs=dead)
