"""What lies in deploy/ names commands, variables and services that exist."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.settings import Settings as PrefectSettings
from prefect.settings.legacy import _get_valid_setting_names
from typer.main import get_command

from flows.cli import app
from storage.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Prefect's own

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


def commands(service: dict[str, Any]) -> Iterator[list[str]]:
    """What a service starts, word by word; of a script each of its lines."""
    started = service.get("command", [])
    if started[:1] == ["sh"]:
        yield from (shlex.split(line) for line in started[-1].splitlines())
    elif started:
        yield started


def of_compose() -> list[list[str]]:
    return [one for service in compose()["services"].values() for one in commands(service)]


def of_units() -> list[list[str]]:
    lines = [line for unit in UNITS for line in unit.read_text("utf-8").splitlines()]
    started = [shlex.split(one.partition("=")[2]) for one in lines if one.startswith("ExecStart=")]
    return [[Path(words[0]).name, *words[1:]] for words in started]


def test_every_command_of_ours_that_is_started_takes_its_options() -> None:
    started = [words[1:] for words in (*of_compose(), *of_units()) if words[0] == "suqian"]
    assert {words[0] for words in started} == {"serve", "db", "up", "ingest", "recheck"}
    for words in started:
        command: Any = get_command(app)
        left = list(words)
        while hasattr(command, "commands"):
            command = command.commands[left.pop(0)]
        command.make_context(None, left).close()


def test_every_module_that_is_started_exists() -> None:
    modules = [words[2] for words in of_compose() if words[:2] == ["python", "-m"]]
    assert modules
    assert all(find_spec(module) for module in modules)


def variables() -> set[str]:
    """Every variable that a container or a unit of ours is given."""
    services = compose()["services"].values()
    ours = [service for service in services if service.get("image") == "suqian"]
    found = {name for service in ours for name in service["environment"]}
    image = (DEPLOY / "Dockerfile").read_text("utf-8")
    found |= set(re.findall(r"(?m)^(?:ENV)? +([A-Z_]+)=", image)) - {"PATH", "PYTHONUNBUFFERED"}
    for unit in UNITS:
        found |= set(re.findall(r"(?m)^Environment=(\w+)=", unit.read_text("utf-8")))
    return found


def test_every_variable_that_is_set_is_one_that_is_read() -> None:
    given = variables()
    ours = {setting.variable for setting in Settings.for_home(Path("home")).describe()}
    assert {name for name in given if name.startswith("SUQIAN_")} <= ours
    of_prefect = {name for name in given if name.startswith("PREFECT_")}
    assert of_prefect <= _get_valid_setting_names(PrefectSettings)
    rest = given - ours - of_prefect
    assert rest == {
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_DEFAULT_REGION",
    }


def test_what_is_waited_for_can_tell_that_it_is_well() -> None:
    services = compose()["services"]
    for service in services.values():
        for name, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or services[name]["healthcheck"]["test"]
    for name in ("prefect", "worker", "web"):
        _, program, _, code = services[name]["healthcheck"]["test"]
        assert program == "python"
        compile(code, name, "exec")


def test_the_web_page_sees_the_workers_and_the_archive() -> None:
    given = compose()["services"]["web"]["environment"]
    assert {"PREFECT_API_URL", "PREFECT_API_AUTH_STRING", "SUQIAN_ARCHIVE"} <= given.keys()


def test_everything_that_the_image_is_made_of_is_there() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    sources = [word for line in re.findall(r"(?m)^COPY (.+) \S+$", text) for word in line.split()]
    assert {"crawler", "flows", "storage", "prefect.yaml", "uv.lock"} <= set(sources)
    assert all((DEPLOY.parent / source).exists() for source in sources)


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
