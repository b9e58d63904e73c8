"""What lies in deploy/ names commands, variables and services that exist."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from flows.cli import app

DEPLOY = Path(__file__).parents[1] / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return found


def test_every_service_waits_for_services_that_there_are() -> None:
    services = compose()["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        shared = service.get("network_mode", "").removeprefix("service:")
        assert not shared or shared in services
        named = [one.partition(":")[0] for one in service.get("volumes", ()) if one[0] != "."]
        assert set(named) <= set(compose()["volumes"])


def test_every_variable_of_the_compose_file_stands_in_the_example() -> None:
    text = "\n".join(
        line
        for line in (DEPLOY / "compose.yaml").read_text("utf-8").splitlines()
        if not line.lstrip().startswith("#")
    )
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))
    example = (DEPLOY / "compose.env.example").read_text("utf-8")
    assert used == set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))


def test_nothing_but_loopback_is_opened_to_the_outside() -> None:
    ports = [p for service in compose()["services"].values() for p in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_command_of_ours_that_is_started_exists() -> None:
    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    of_compose = set(re.findall(r"(?m)(?:^ +|\[)suqian[, ]+([a-z]+)", text))
    lines = [
        line.partition("=")[2]
        for unit in UNITS
        for line in unit.read_text("utf-8").splitlines()
        if line.startswith("ExecStart=")
    ]
    of_units = {line.split()[1] for line in lines}
    assert of_compose == {"serve", "db"}
    assert of_units == {"up", "ingest", "recheck"}
    assert of_compose | of_units <= known


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        # Neither the program nor its user need be on the machine that runs the tests.
        text = unit.read_text("utf-8").replace("/opt/suqian/.venv/bin/suqian", "/bin/true")
        (tmp_path / unit.name).write_text(re.sub(r"(?m)^(User|Group)=.*\n", "", text), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
