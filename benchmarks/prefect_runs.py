"""One real run of each kind of deployment under the whole service, for what it leaves with Prefect."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.service_memory import free_port
from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import serve
from crawler.demo.world import World
from flows.prefect_home import environment
from storage.settings import Settings, environment_with

KINDS = {
    "ingest-government": ("ingest", {"group": "government"}),
    "ingest-news": ("ingest", {"group": "news"}),
    "recheck-recent": ("recheck", {"within_days": 3, "per_host": 30}),
    "health": ("health", {}),
}
_RUN = """
import json, sys
from prefect.deployments import run_deployment
kinds, found = json.loads(sys.argv[1]), {}
for name, (flow, parameters) in kinds.items():
    run = run_deployment(f"{flow}/{name}", parameters=parameters, poll_interval=1)
    assert run.state.is_completed(), (name, run.state)
    found[name] = str(run.id)
print(json.dumps(found))
"""
_MOST_SECONDS = 3600


def template(folder: Path, settings: Settings) -> dict[str, str]:
    """Run each kind once, on the replica; return deployment → id of its flow run."""
    with serve(World.build(articles=60)) as replica:
        write_catalogue(folder / "catalogue", replica.port)
        said = {"SUQIAN_REPLICA": str(folder / "catalogue")}
        with _service(settings, said) as api:
            done = subprocess.run(
                [sys.executable, "-c", _RUN, json.dumps(KINDS)],
                env=environment_with(environment(settings) | {"PREFECT_API_URL": api}),
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                timeout=_MOST_SECONDS,
            )
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def _service(settings: Settings, said: dict[str, str]) -> Iterator[str]:
    """The whole service on ports of its own; gives Prefect's API."""
    ports = [free_port(), free_port()]
    options = ["--home", str(settings.home), "up", "--port", str(ports[0])]
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *options, "--web-port", str(ports[1])],
        env=environment_with(environment(settings) | said),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines = (line for line in process.stdout if "web page" in line)
        assert next(lines, None), "the service does not start; see logs/ in its home"
        yield f"http://127.0.0.1:{ports[0]}/api"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(120)
        process.stdout.close()
