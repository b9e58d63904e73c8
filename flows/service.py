"""`suqian up`: Prefect's server and UI, the deployments and the web page, as one service.

Three child processes and one parent that knows nothing but them. When one child ends, the
service ends, so that whoever started it (a person, systemd) sees that it did.
"""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Self

import structlog

from crawler.errors import StopRun
from crawler.hosts import is_local_name
from flows import prefect_home
from storage.settings import Settings, environment_with, prefect_password

log = structlog.get_logger(__name__)

HOST = "127.0.0.1"
# The server migrates its database at the first start. On a machine with twenty other things to do all
# three have taken four minutes; a part that has ended is not waited for.
START_SECONDS = 600
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


def require_free_port(port: int, option: str, host: str = HOST) -> None:
    """Raise StopRun when something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StopRun(
                f"port {port} on {host} is in use; stop what listens there or choose another: {option} PORT"
            ) from error


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return is_local_name(host) or ip_address(host).is_loopback
    except ValueError:  # a name: whoever answers for it may say where it is
        return False


def require_password(host: str) -> None:
    """Raise StopRun for a Prefect server that others can reach and that asks nobody who they are: it
    runs what it is told to."""
    if not is_loopback(host) and not prefect_password():
        raise StopRun(
            f"{host} can be reached by others, and Prefect's server asks for no password; set "
            "PREFECT_SERVER_API_AUTH_STRING to NAME:PASSWORD, or use --host 127.0.0.1"
        )


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the service is to listen."""

    prefect: int
    web: int
    host: str = HOST
    """Of Prefect's server and UI."""

    def addresses(self) -> Addresses:
        """Where its parts answer, as seen from this machine."""
        host = HOST if self.host in _EVERYWHERE else self.host
        return Addresses(f"http://{_bracketed(host)}:{self.prefect}", f"http://{HOST}:{self.web}")

    def ui_api(self) -> str:
        """Where a browser finds the API of the UI: where it found the UI, if that is everywhere."""
        return "/api" if self.host in _EVERYWHERE else f"{self.addresses().prefect}/api"


_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - to be recognised, and only with a password


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class StopSignals:
    """SIGINT and SIGTERM, noted while the context lasts. They come as they like, one within the other:
    to set an event is not made for that (the second waits for a lock that the first holds, for ever);
    a simple queue is."""

    def __init__(self) -> None:
        self._come: SimpleQueue[int] = SimpleQueue()
        self._kept: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._kept[number] = signal.signal(number, lambda number, _: self._come.put(number))
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._kept.items():
            signal.signal(number, handler)

    def wait(self, seconds: float) -> bool:
        """Whether one has come, waiting so long for it."""
        try:
            self._come.put(self._come.get(timeout=seconds))
        except Empty:
            return False
        return True


def up(settings: Settings, ports: Ports, on_ready: Callable[[Addresses], None]) -> int:
    """Run the service until a signal comes or a part of it ends; return the exit code."""
    require_password(ports.host)
    if ports.prefect == ports.web:
        raise StopRun(f"--port and --web-port are both {ports.web}; give the two a port each")
    require_free_port(ports.prefect, "--port", ports.host)
    require_free_port(ports.web, "--web-port")
    addresses = ports.addresses()
    logs = settings.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    variables = prefect_home.environment(settings) | {
        "SUQIAN_WEB_URL": addresses.web,
        **settings.as_environment(),
        "PREFECT_API_URL": f"{addresses.prefect}/api",
        "PREFECT_UI_API_URL": ports.ui_api(),
    }
    with StopSignals() as stop, ExitStack() as stack:
        # All at once: most of the time of each is the import of Prefect.
        children = _children(addresses, ports, logs)
        running = {
            child.name: stack.enter_context(_started(child, logs, variables)) for child in children
        }
        for child in children:
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


def _children(addresses: Addresses, ports: Ports, logs: Path) -> list[_Child]:
    tied = [sys.executable, "-m", "flows.tied"]
    server = ["flows.prefect_server", "start", "--host", ports.host, "--port", str(ports.prefect)]
    web = ["flows.cli", "serve", "--host", HOST, "--port", str(ports.web)]
    runner_log = logs / "runner.log"
    return [
        _Child(
            "server",
            [*tied, *server],
            lambda: prefect_home.answers(f"{addresses.prefect}/api/health"),
        ),
        _Child("web", [*tied, *web], lambda: prefect_home.answers(f"{addresses.web}/livez")),
        _Child(
            "runner",
            [*tied, "flows.runner"],
            # It may have other things to say before that.
            lambda: "ready" in runner_log.read_text("utf-8").splitlines(),
        ),
    ]


def new_log(logs: Path, name: str) -> Path:
    """Where a part's log goes. The one before is kept beside it: whoever starts the service again at once
    (systemd does) would lose what it ended with."""
    log_file = logs / f"{name}.log"
    if log_file.exists():
        log_file.replace(logs / f"{name}.log.1")
    return log_file


@contextmanager
def _started(
    child: _Child, logs: Path, variables: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A running part, in a session of its own: Ctrl-C is the parent's, which ends the parts in order."""
    with new_log(logs, child.name).open("wb") as output:
        process = subprocess.Popen(
            child.command,
            env=environment_with(variables),
            stdin=subprocess.PIPE,
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
            assert process.stdin is not None  # noqa: S101 - a pipe was asked for
            process.stdin.close()


def _await(
    child: _Child,
    running: dict[str, subprocess.Popen[bytes]],
    stop: StopSignals,
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


def _watch(running: dict[str, subprocess.Popen[bytes]], stop: StopSignals) -> str | None:
    """Wait for the signal to stop (None) or for a part that ends by itself (its name)."""
    while not stop.wait(1.0):
        for name, process in running.items():
            if process.poll() is not None:
                return name
    return None
