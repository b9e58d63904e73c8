"""Prefect's server, as long as a benchmark needs it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

from benchmarks.service_memory import free_port
from flows.prefect_home import environment
from storage.settings import Settings, environment_with

_MOST_SECONDS = 180


@contextmanager
def prefect_server(settings: Settings) -> Iterator[str]:
    """The server of a home, on a port of its own; gives the address of its API."""
    port = free_port()
    settings.prefect_home.mkdir(parents=True, exist_ok=True)
    command = ["flows.prefect_server", "start", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        env=environment_with(environment(settings)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        api = f"http://127.0.0.1:{port}/api"
        _wait(process, f"{api}/health")
        yield api
    finally:
        process.terminate()
        process.wait(60)


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + _MOST_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("Prefect's server does not start")
