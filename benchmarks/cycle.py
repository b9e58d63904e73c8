"""What Prefect costs in a scheduled cycle that finds nothing new: CPU seconds of the run's process.

``python -m benchmarks.cycle`` serves a replica and Prefect's server, crawls everything once, and then lets
one process ingest again and again: as a plain function, and as the flow that the schedule runs. The
difference is Prefect's: its engine, the states and the report that it sends. Importing it is told apart.
The server, which is another process, is told of, too.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.kills import stage_on
from benchmarks.kills_on_pool import Machines
from benchmarks.service_memory import free_port

app = typer.Typer(help=__doc__, add_completion=False)


@app.command()
def run(
    rounds: Annotated[int, typer.Option(help="How many of each.")] = 5,
    articles: Annotated[int, typer.Option(help="Size of the replica.")] = 60,
) -> None:
    """Print the figures as JSON."""
    with stage_on("sqlite", articles, 1) as stage:
        machines = Machines(stage, free_port(), stage.home.parent)
        machines.start("server")
        try:
            server = machines.processes["server"]
            before = sum(server.cpu_times()[:2])
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.cycle", "work", str(stage.home), str(rounds)],
                env=machines.environment(),
                stdout=subprocess.PIPE,
                check=True,
            )
            spent = sum(server.cpu_times()[:2]) - before
        finally:
            machines.end("server")
    found = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(found | {"server_a_run": round(spent / (rounds + 1), 2)}, indent=2))


@app.command("work")
def work(home: Path, rounds: int) -> None:
    """The process that ingests (started by `run`)."""
    began = time.process_time()
    from flows.ingest import ingest as flow

    imported = time.process_time() - began

    from flows.app import open_app
    from flows.request import Request
    from flows.run import ingest
    from storage.settings import Settings

    settings = Settings.load(home=home)

    def plain() -> None:
        with open_app(settings) as opened:
            ingest(opened, Request())

    plain()
    first = _seconds(flow)
    turns = [(_seconds(plain), _seconds(flow)) for _ in range(rounds)]
    found = {
        "importing": imported,
        "plain": statistics.median(one for one, _ in turns),
        "flow": statistics.median(one for _, one in turns),
        "prefect": statistics.median(two - one for one, two in turns),
        "prefect_first": first - statistics.median(one for one, _ in turns),
    }
    sys.stdout.write(json.dumps({name: round(value, 2) for name, value in found.items()}) + "\n")


def _seconds(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


if __name__ == "__main__":
    app()
