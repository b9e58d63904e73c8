"""The process that runs what is due: Prefect's runner with the deployments of `prefect.yaml`."""

import asyncio
import sys

from prefect.runner import Runner

from flows.deployments import read_deployments, to_runner


async def serve() -> None:
    """Register every deployment, say so on standard output, and run until told to stop."""
    # Pausing the schedules on the way out would leave them paused after a crash as well.
    runner = Runner(name="suqian", pause_on_shutdown=False, limit=None)
    for deployment in read_deployments():
        await runner.aadd_deployment(to_runner(deployment))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await runner.start()


if __name__ == "__main__":
    asyncio.run(serve())
