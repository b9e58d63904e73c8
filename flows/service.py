"""`suqian up`: Prefect's server and UI, the deployments and the web page, as one service.

Three child processes and one parent that knows nothing but them. When one child ends, the
service ends, so that whoever started it (a person, systemd) sees that it did.
"""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import structlog

from crawler.errors import StopRun
from crawler.resolver import is_local_name
from flows import prefect_home
from storage.settings import Settings, environment_with

log = structlog.get_logger(__name__)

HOST = "127.0.0.1"
# The server migrates its database at the first start; a slow disk needs a minute.
START_SECONDS = 180
# A flow run in hand may want to finish its batch; after this it is ended the hard way.
STOP_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts of the service answer."""

    prefect: str
    web: str


@dataclass(frozen=True, slots=True)
class _Child:
    """A part of the service: what it is called, how it is started, when it is ready."""

    name: str
    command: list[str]
    ready: Callable[[], bool]


def require_free_port(port: int, option: str) -> None:
    """Raise StopRun when something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise StopRun(
                f"port {port} on {HOST} is in use; stop what listens there or choose another: {option} PORT"
            ) from error


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return is_local_name(host) or ip_address(host).is_loopback
    except ValueError:  # a name: whoever answers for it may say where it is
        return False


def up(settings: Settings, port: int, web_port: int, on_ready: Callable[[Addresses], None]) -> int:
    """Run the service until a signal comes or a part of it ends; return the exit code."""
    require_free_port(port, "--port")
    require_free_port(web_port, "--web-port")
    addresses = Addresses(f"http://{HOST}:{port}", f"http://{HOST}:{web_port}")
    logs = settings.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    variables = prefect_home.environment(settings) | {
        **settings.as_environment(),
        "PREFECT_API_URL": f"{addresses.prefect}/api",
        "PREFECT_UI_API_URL": f"{addresses.prefect}/api",
    }
    with _stop_signals() as stop, ExitStack() as stack:
        running = {}
        for child in _children(addresses, port, web_port, logs):
            running[child.name] = stack.enter_context(_started(child, logs, variables))
            if not _await(child, running, stop, logs):
                return 0
            if child.name == "server":
                prefect_home.announce_server(settings, f"{addresses.prefect}/api")
                stack.callback(prefect_home.withdraw_server, settings)
        on_ready(addresses)
        ended = _watch(running, stop)
        if ended is None:
            return 0
        log.error("a part of the service ended", part=ended, log=str(logs / f"{ended}.log"))
        return 1


def _children(addresses: Addresses, port: int, web_port: int, logs: Path) -> list[_Child]:
    python = sys.executable
    server = [python, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)]
    web = [python, "-m", "flows.cli", "serve", "--host", HOST, "--port", str(web_port)]
    runner_log = logs / "runner.log"
    return [
        _Child("server", server, lambda: prefect_home.answers(f"{addresses.prefect}/api/health")),
        _Child("web", web, lambda: prefect_home.answers(f"{addresses.web}/livez")),
        _Child(
            "runner",
            [python, "-m", "flows.runner"],
            lambda: runner_log.read_text("utf-8").startswith("ready"),
        ),
    ]


@contextmanager
def _started(
    child: _Child, logs: Path, variables: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A running part, in a session of its own: Ctrl-C is the parent's, which ends the parts in order."""
    with (logs / f"{child.name}.log").open("wb") as output:
        process = subprocess.Popen(
            child.command,
            env=environment_with(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(
    child: _Child,
    running: dict[str, subprocess.Popen[bytes]],
    stop: threading.Event,
    logs: Path,
) -> bool:
    """Wait until a part answers; False when the service is told to stop before that."""
    deadline = time.monotonic() + START_SECONDS
    while not child.ready():
        if stop.wait(0.2):
            return False
        if running[child.name].poll() is not None or time.monotonic() > deadline:
            raise StopRun(
                f"the {child.name} did not start; its last words stand in {logs / f'{child.name}.log'}"
            )
    return True


def _watch(running: dict[str, subprocess.Popen[bytes]], stop: threading.Event) -> str | None:
    """Wait for the signal to stop (None) or for a part that ends by itself (its name)."""
    while not stop.wait(1.0):
        for name, process in running.items():
            if process.poll() is not None:
                return name
    return None


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, while this lasts."""
    stop = threading.Event()
    kept = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
