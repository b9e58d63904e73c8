"""The process that runs what is due: Prefect's runner with the deployments of `prefect.yaml`."""

import asyncio
import sys
from datetime import UTC, datetime
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.runner import Runner

from flows.catch_up import RESUMED, end_dead, skip_late
from flows.deployments import read_deployments, to_runner
from flows.health.automations import apply_automations
from flows.health.signs import give_sign, give_signs
from storage.settings import Settings


async def serve() -> None:
    """Register every deployment, say so on standard output, and run until told to stop."""
    # Pausing the schedules on the way out would leave them paused after a crash as well.
    runner = Runner(name="suqian", pause_on_shutdown=False, limit=None)
    served = {one.name: to_runner(one) for one in read_deployments()}
    await _server()
    ids = {name: await runner.aadd_deployment(one) for name, one in served.items()}
    await asyncio.to_thread(_put_right, ids)
    await apply_automations(Settings.load().alert_webhook)
    await give_sign(Settings.load(), datetime.now(UTC))
    signs = asyncio.create_task(give_signs(Settings.load()))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    try:
        await runner.start()
    finally:
        signs.cancel()


async def _server() -> None:
    """Wait for the server, which starts beside this process; who started both ends a wait in vain."""
    async with get_client() as client:
        while await client.api_healthcheck() is not None:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)


def _put_right(ids: dict[str, UUID]) -> None:
    resumed = frozenset(one for name, one in ids.items() if name in RESUMED)
    with get_client(sync_client=True) as client:
        end_dead(client, ids.values(), resumed)
        skip_late(client, ids.values(), datetime.now(UTC))  # type: ignore[arg-type]


if __name__ == "__main__":
    asyncio.run(serve())
