"""The process that runs what is due: Prefect's runner with the deployments of `prefect.yaml`."""

import asyncio
import sys
from datetime import UTC, datetime

from prefect.runner import Runner

from flows.deployments import read_deployments, to_runner
from flows.health.automations import apply_automations
from flows.health.signs import give_sign, give_signs
from storage.settings import Settings


async def serve() -> None:
    """Register every deployment, say so on standard output, and run until told to stop."""
    # Pausing the schedules on the way out would leave them paused after a crash as well.
    runner = Runner(name="suqian", pause_on_shutdown=False, limit=None)
    for deployment in read_deployments():
        await runner.aadd_deployment(to_runner(deployment))
    await apply_automations(Settings.load().alert_webhook)
    await give_sign(Settings.load(), datetime.now(UTC))
    signs = asyncio.create_task(give_signs(Settings.load()))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    try:
        await runner.start()
    finally:
        signs.cancel()


if __name__ == "__main__":
    asyncio.run(serve())
