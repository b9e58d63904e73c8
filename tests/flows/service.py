"""`suqian up` over a replica, as a person has it: started once for the tests of a module."""

import json
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request as Call
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

from crawler.demo.aging import Operation
from crawler.demo.server import Replica
from crawler.records import CITY_TIME
from flows.prefect_home import environment
from storage.corpus import Corpus
from storage.database import Database
from storage.settings import Settings, environment_with

CHROMIUM = shutil.which("chromium")
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
PATIENCE = 900.0
"""Seconds: a machine with much else to do lets a run wait for long. What has ended is not waited for."""
EAGER = {
    "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "1",
}
"""How often the parts look for what there is to do: by themselves every ten seconds, and five."""
ENDED = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})


def ask_prefect(server: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """A call of Prefect's API, made again where its database is busy, as its own client does."""
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json"}
    call = Call(f"{server}/api{path}", data, headers, method=method)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urlopen(call) as answer:
                return json.loads(answer.read() or "null")
        except HTTPError as error:
            if error.code != 503 or time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def free_port() -> int:
    """A free port below those that the system gives to whoever asks for any: it may take minutes until
    who is to listen there does."""
    while True:
        port = secrets.choice(range(20_000, 32_000))
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


@dataclass
class Service:
    """A home, and `suqian up` on it: running or stopped."""

    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    process: subprocess.Popen[str] | None = None

    @property
    def prefect(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.ports[1]}"

    @property
    def settings(self) -> Settings:
        replica = self.variables.get("SUQIAN_REPLICA")
        return Settings.for_home(self.home).model_copy(
            update={"replica": replica and Path(replica)}
        )

    def environment(self) -> dict[str, str]:
        alone = {"PREFECT_API_URL": f"{self.prefect}/api"}
        return environment_with({**environment(self.settings), **self.variables, **alone})

    def suqian(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A command on this home."""
        command = [sys.executable, "-m", "flows.cli", "--home", str(self.home), *arguments]
        return subprocess.run(
            command,
            env=environment_with(self.variables),
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self) -> None:
        port, web_port = map(str, self.ports)
        options = ["--home", str(self.home), "up", "--port", port, "--web-port", web_port]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", *options],
            env=environment_with({**environment(self.settings), **self.variables, **EAGER}),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        said = [self.process.stdout.readline() for _ in range(3)]
        if f":{port}" not in said[0]:
            self.stop()
            raise AssertionError(f"the service does not start: {self.last_words()}")

    def stop(self) -> int:
        """End the service as Ctrl-C does; return its exit code."""
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(signal.SIGINT)
        try:
            return process.wait(120)
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def last_words(self) -> str:
        """The ends of the parts' logs."""
        logs = sorted((self.home / "logs").glob("*.log"))
        return "\n".join(f"{log.name}: {log.read_text('utf-8')[-1500:]}" for log in logs)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """A call of Prefect's API."""
        return ask_prefect(self.prefect, method, path, body)

    def deployments(self) -> dict[str, Any]:
        return {one["name"]: one for one in self.ask("POST", "/deployments/filter", {})}

    def run(self, deployment: str, parameters: dict[str, Any]) -> str:
        """Ask for a run, as the form does; return its id."""
        one = self.deployments()[deployment]["id"]
        body = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
        return str(self.ask("POST", f"/deployments/{one}/create_flow_run", body)["id"])

    def flow_run(self, flow_run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/flow_runs/{flow_run}")
        return found

    def runs_of(self, deployment: str) -> list[dict[str, Any]]:
        asked = {"deployments": {"name": {"any_": [deployment]}}}
        found: list[dict[str, Any]] = self.ask("POST", "/flow_runs/filter", asked)
        return sorted(found, key=lambda run: str(run["expected_start_time"]))

    def reaches(self, flow_run: str, state: str) -> None:
        """Wait for a state of a run; one that has ended in another is a failure at once."""

        def there() -> bool:
            now = self.flow_run(flow_run)["state"]
            reached = bool(now["type"] == state)
            assert reached or now["type"] not in ENDED, f"{now['name']}: {now['message']}"
            return reached

        self.until(there, f"{flow_run} {state}")

    def until(self, true: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline, f"waited in vain: {what}; {self.last_words()}"
            time.sleep(0.2)

    def artifact(self, flow_run: str, key: str) -> dict[str, Any]:
        """What a run has left under a key."""
        asked = {"artifacts": {"key": {"any_": [key]}, "flow_run_id": {"any_": [flow_run]}}}
        (found,) = self.ask("POST", "/artifacts/filter", asked)
        return dict(found)

    def rest(self) -> None:
        """Pause every schedule and end what has begun: what a test finds must not depend on the hour."""
        for one in self.deployments().values():
            self.ask("POST", f"/deployments/{one['id']}/pause_deployment")
        for run in self._open_runs():
            cancelled = {"state": {"type": "CANCELLING"}}
            self.ask("POST", f"/flow_runs/{run['id']}/set_state", cancelled)
        self.until(lambda: not self._open_runs(), "a service at rest")

    def _open_runs(self) -> list[dict[str, Any]]:
        states = ["SCHEDULED", "PENDING", "RUNNING", "CANCELLING"]
        asked = {"flow_runs": {"state": {"type": {"any_": states}}}}
        found: list[dict[str, Any]] = self.ask("POST", "/flow_runs/filter", asked)
        return found


@contextmanager
def browser_page() -> Iterator[Page]:
    """A page of Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS.split())
        opened = browser.new_page(viewport={"width": 1300, "height": 1500})
        opened.set_default_timeout(PATIENCE * 1000)
        yield opened
        browser.close()


def publish(replica: Replica, site: str, column: str, count: int, day: str = "") -> list[str]:
    """New posts, of today if nothing else is said; return their paths."""
    before = set(replica.world.posts)
    today = datetime.now(CITY_TIME).date().isoformat()
    replica.age(Operation("publish", site=site, column=column, count=count, day=day or today))
    new = [post for post in replica.world.posts if post not in before]
    return [post.path for post in new if replica.world.is_article(post)]


def stored(service: Service, paths: list[str]) -> set[str]:
    database = Database.open(service.settings.database_url)
    try:
        urls = [article.url for article in Corpus(database).articles()]
    finally:
        database.close()
    return {path for path in paths if any(url.endswith(path) for url in urls)}
