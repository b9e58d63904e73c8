"""Memory of the service over many cycles: does Prefect's server, the runner or the web page grow?

``python -m benchmarks.service_memory --cycles 200`` starts `suqian up` over a replica, has it ingest again
and again (a run of the deployment, as its schedule begins one; nothing is new after the first), asks the
web page for something after each, and prints what each process holds (unique set size, MB) every 50.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil
import typer

from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import serve
from crawler.demo.world import World
from flows import prefect_home
from storage.settings import Settings, environment_with

PARTS = {"server": "flows.prefect_server", "runner": "flows.runner", "web": "flows.cli serve"}
_QUESTIONS = ("/", "/healthz", "/metrics", "/?q=%E5%AE%BF%E8%BF%81", "/api/v1/articles")
_PATIENCE = 900.0
_BUSY = 60
_JSON = {"Content-Type": "application/json"}


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@dataclass
class Service:
    """A running `suqian up`."""

    process: psutil.Popen
    prefect: str
    web: str
    seconds: float
    """From its start until the UI, the web page and the runner were ready."""

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """A call of Prefect's API; asked again while its database is busy (503), as its client does."""
        data = json.dumps(body).encode() if body is not None else None
        request = Request(f"{self.prefect}/api{path}", data, _JSON, method=method)
        for _ in range(_BUSY):
            try:
                with urlopen(request) as answer:
                    return json.load(answer)
            except HTTPError as error:
                if error.code != 503:
                    raise
                time.sleep(2)
        raise TimeoutError(f"{path}: Prefect's database stays busy")

    def deployment(self, name: str) -> str:
        """The id of a deployment."""
        found = self.ask("POST", "/deployments/filter", {})
        return next(str(one["id"]) for one in found if one["name"] == name)

    def run(self, deployment: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Have a deployment run once, and wait for the end of it."""
        body = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
        run = self.ask("POST", f"/deployments/{deployment}/create_flow_run", body)["id"]
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.ask("GET", f"/flow_runs/{run}")
            if found["state_type"] not in {"SCHEDULED", "PENDING", "RUNNING"}:
                return found
            time.sleep(0.5)
        raise TimeoutError(f"the run {run} does not end")

    def cpu(self) -> float:
        """CPU seconds that all parts have taken so far."""
        parts = [self.process, *self.process.children(recursive=True)]
        return sum(sum(part.cpu_times()[:2]) for part in parts)

    def memory(self) -> dict[str, float]:
        """MB that each part alone holds."""
        found: dict[str, float] = {}
        for process in self.process.children(recursive=True):
            try:
                command, held = " ".join(process.cmdline()), process.memory_full_info().uss
            except psutil.Error:
                continue
            found |= {name: held / 2**20 for name, words in PARTS.items() if words in command}
        found["up"] = self.process.memory_full_info().uss / 2**20
        return found


@contextmanager
def service(folder: Path, articles: int) -> Iterator[Service]:
    """`suqian up` over a replica, in a folder of its own."""
    home, catalogue = folder / "home", folder / "catalogue"
    port, web_port = free_port(), free_port()
    with serve(World.build(articles=articles)) as replica:
        write_catalogue(catalogue, replica.port)
        settings = Settings.for_home(home).model_copy(update={"replica": catalogue})
        given = prefect_home.environment(settings) | settings.as_environment()
        began = time.monotonic()
        options = ["up", "--port", str(port), "--web-port", str(web_port)]
        process = psutil.Popen(
            [sys.executable, "-m", "flows.cli", "--home", str(home), *options],
            env=environment_with(given),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert process.stdout is not None
            if not process.stdout.readline():
                raise RuntimeError(f"the service did not start; see {home / 'logs'}")
            seconds = time.monotonic() - began
            prefect, web = (f"http://127.0.0.1:{one}" for one in (port, web_port))
            yield Service(process, prefect, web, seconds)
        finally:
            process.terminate()
            process.wait(120)


def cycle(running: Service, deployment: str, parameters: dict[str, Any]) -> str:
    """One run and some questions; return how the run ended."""
    state = running.run(deployment, parameters)["state_type"]
    for question in _QUESTIONS:
        try:
            with urlopen(running.web + question) as answer:
                answer.read()
        except HTTPError as error:  # 503 of /healthz: a load of its own can make a run late
            if error.code != 503:
                raise
    return str(state)


def main(
    cycles: Annotated[int, typer.Option(help="How many.")] = 200,
    every: Annotated[int, typer.Option(help="Look at the memory after so many.")] = 50,
    articles: Annotated[int, typer.Option(help="Size of the replica.")] = 60,
    deployment: Annotated[str, typer.Option(help="What is run.")] = "ingest-government",
) -> None:
    """Print each part's memory as a table while the cycles go on."""
    parameters = {"group": None, "spread_minutes": 0} if deployment.startswith("ingest") else {}
    with TemporaryDirectory() as folder, service(Path(folder), articles) as running:
        load = os.getloadavg()[0]
        said = f"ready after {running.seconds:.1f} s, {running.cpu():.1f} s of CPU, load {load:.1f}"
        print(said, flush=True)
        print(
            "| cycles | server | runner | web | up | MB; runs that did not complete |", flush=True
        )
        wanted, failed = running.deployment(deployment), 0
        for number in range(1, cycles + 1):
            failed += cycle(running, wanted, parameters) != "COMPLETED"
            if number in {1, 10} or number % every == 0:
                held = running.memory()
                row = " | ".join(f"{held[name]:.0f}" for name in ("server", "runner", "web", "up"))
                print(f"| {number} | {row} | {failed} |", flush=True)


if __name__ == "__main__":
    typer.run(main)
