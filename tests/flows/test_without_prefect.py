"""The command line without Prefect: what cron runs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.demo.aging import Operation
from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import Replica, serve
from crawler.demo.world import World
from flows.cli import app as suqian
from tests.flows.service import publish

ALL = ("ingest", "--no-prefect", "--since", "2020-01-01")


class Cron:
    """Runs commands on one home as cron does."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.capsys = home, capsys
        self.said = ""

    def __call__(self, *arguments: str) -> tuple[int, Any]:
        """The exit code of a command, and what it prints for machines."""
        self.capsys.readouterr()
        code = suqian(["--home", str(self.home), *arguments, "--json"], standalone_mode=False)
        out, self.said = self.capsys.readouterr()
        return int(code or 0), json.loads(out)


@pytest.fixture
def cron(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cron:
    return Cron(tmp_path / "家 home", capsys)


@pytest.fixture
def replica(
    small_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Replica]:
    with serve(small_world) as served:
        write_catalogue(tmp_path / "catalogue", served.port)
        monkeypatch.setenv("SUQIAN_REPLICA", str(tmp_path / "catalogue"))
        yield served


def test_runs_are_the_same_and_nothing_of_prefect_is_begun(cron: Cron, replica: Replica) -> None:
    code, first = cron(*ALL)
    assert (code, first["articles"]) == (0, len(replica.world.truth()))

    replica.requests.clear()
    code, again = cron("ingest", "--no-prefect", "--due-only")
    assert (code, again["discovered"]) == (0, 0)
    assert [one.path for one in replica.requests if one.path != "/robots.txt"] == []

    late = publish(replica, "demo_news", "sqyw", 1, day="2026-06-01")
    code, swept = cron("ingest", "--no-prefect", "--days-back", "365", "--source", "demo_news")
    assert (code, swept["new"]) == (0, len(late))

    replica.age(Operation("fail", site="demo_kjj", how="500"))
    code, failed = cron("ingest", "--no-prefect", "--source", "demo_kjj")
    assert code == 1
    assert "demo_kjj" in failed["problems"][0]
    code, looked = cron("recheck", "--no-prefect", "--source", "demo_news")
    assert (code, looked["problems"]) == (0, [])

    _, runs = cron("runs", "list")
    assert [run["kind"] for run in runs] == ["recheck", *["ingest"] * 4]
    assert not (cron.home / "prefect").exists()


def test_what_a_run_left_that_died_is_loaded_first_and_shown(
    cron: Cron, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(Exception):
        """As if the power had gone when all was fetched."""

    def die(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr("flows.run.finish_segment", die)
        with pytest.raises(Died):
            cron(*ALL)
    replica.requests.clear()

    code, report = cron(*ALL)
    assert (code, report["articles"]) == (0, len(replica.world.truth()))
    assert "left over" in cron.said
    articles = {post.path for post in replica.world.posts if replica.world.is_article(post)}
    assert articles.isdisjoint(one.path for one in replica.requests)
