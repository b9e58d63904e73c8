"""Keys on the command line, and what `serve` asks for before it listens."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crawler.errors import StopRun
from flows.cli import app
from flows.commands.keys import standing_keys
from flows.service import is_loopback
from storage.settings import Settings


def _run(home: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["--home", str(home), *arguments])
    return result.exit_code, result.output


def test_a_key_is_made_listed_and_revoked(tmp_path: Path) -> None:
    code, made = _run(tmp_path, "keys", "add", "[张三]", "--days", "3", "--json")
    secret = json.loads(made)["key"]
    assert code == 0
    keys = standing_keys(Settings.for_home(tmp_path))
    assert keys.check(secret)
    listed = json.loads(_run(tmp_path, "keys", "list", "--json")[1])["keys"]
    assert [(one["name"], one["revoked_at"]) for one in listed] == [("[张三]", None)]
    assert secret not in _run(tmp_path, "keys", "list")[1]
    assert _run(tmp_path, "keys", "revoke", "[张三]")[0] == 0
    assert _run(tmp_path, "keys", "revoke", "[张三]")[0] == 1
    assert keys.check(secret) is None


def test_nothing_listens_for_others_where_nobody_could_get_in(tmp_path: Path) -> None:
    with pytest.raises(StopRun, match="suqian keys add"):
        standing_keys(Settings.for_home(tmp_path))


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.4", False),
        ("127.example.org", False),
        ("corpus.example.org", False),
    ],
)
def test_only_this_machines_addresses_are_served_without_a_key(host: str, alone: bool) -> None:
    assert is_loopback(host) is alone
