"""The crawling process: what it opens, and what it leaves."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
import pytest
from pydantic import TypeAdapter
from scrapy.settings import default_settings

from crawler.catalogue import Catalogue
from crawler.crawl import run_crawl
from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import serve
from crawler.demo.world import World
from crawler.errors import TryLater
from crawler.plan import ColumnPlan, CrawlPlan, Limits
from crawler.progress import SAID, Progress, Turn, Wanted
from crawler.segment import Segment, warc_path
from crawler.settings import scrapy_settings


@pytest.mark.usefixtures("cold_child")
def test_a_crawl_listens_on_no_port_and_leaves_nothing_in_its_users_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "user"
    home.mkdir()
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home))
    seen: list[list[str]] = []

    def look(host: str) -> Turn:
        children = psutil.Process().children()
        seen.extend([one.status for one in child.net_connections("inet")] for child in children)
        return Turn(host)

    world = World.build(articles=60)
    with serve(world) as replica:
        write_catalogue(tmp_path / "catalogue", replica.port, world.sites.values())
        run_crawl(
            CrawlPlan(
                segment="20261124T000000Z-aa",
                folder=str(tmp_path / "segments"),
                catalogue=(str(tmp_path / "catalogue"),),
                columns=(ColumnPlan(source="demo_fgw", column="tzgg"),),
                limits=Limits(delay=0.0, concurrency_per_host=4, autothrottle=False),
                private_hosts=True,
                turns=True,
            ),
            on_wanted=look,
        )
    assert seen
    assert not any(psutil.CONN_LISTEN in one for one in seen)
    assert list(home.rglob("*")) == []
    assert "WARNING" not in next((tmp_path / "segments").glob("*.log")).read_text("utf-8")


KILLED = """
import os, signal, sys
sys.stdout.write('{"lists": {}, "fetched": {"demo_fgw": 3}, "waiting": 0}\\n{"site": "a.cn", "text": "User-ag')
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_one_that_is_killed_in_the_middle_of_a_line_has_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_plan: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", KILLED]
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log)

    monkeypatch.setattr("crawler.crawl._started", killed)
    heard: list[Progress] = []
    plan = CrawlPlan(segment="20261124T000000Z-aa", folder=str(tmp_path), catalogue=())
    with pytest.raises(TryLater, match="ended with code -9"):
        run_crawl(plan, heard.append)
    assert [one.fetched for one in heard] == [{"demo_fgw": 3}]


def test_of_scrapys_own_parts_only_those_are_on_that_are_named() -> None:
    """What a later version switches on is not in a crawl before somebody has looked at it."""
    given = scrapy_settings(CrawlPlan(segment="", folder="", catalogue=()), Catalogue({}, {}, {}))
    ours = {name for name in given if name.endswith("_BASE")}
    theirs = {name for name, on in vars(default_settings).items() if name.endswith("_BASE") and on}
    unused = {name for name in theirs if name.startswith(("FEED_", "SPIDER_CONTRACTS_"))}
    assert ours == theirs - unused
    for name in ours:
        assert set(given[name]) <= set(getattr(default_settings, name))


def test_one_whose_parent_dies_before_it_answers_ends(tmp_path: Path) -> None:
    world = World.build(articles=60)
    with serve(world) as replica:
        write_catalogue(tmp_path / "catalogue", replica.port, world.sites.values())
        plan = CrawlPlan(
            segment="20261124T000000Z-aa",
            folder=str(tmp_path),
            catalogue=(str(tmp_path / "catalogue"),),
            columns=(ColumnPlan(source="demo_fgw", column="tzgg"),),
            private_hosts=True,
            turns=True,
        )
        with _child_of(tmp_path, plan) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            while not isinstance(SAID.validate_json(child.stdout.readline()), Wanted):
                pass
            child.stdout.close()
            child.stdin.close()
        told = (tmp_path / "log").read_text("utf-8")
    assert "Spider closed (shutdown)" in told
    with warc_path(tmp_path, plan.segment).open("rb") as warc:
        notes = Segment.load(plan.segment, warc).notes
    assert [note.reason for note in notes] == ["list page: host-busy"]


DEAF = """
import signal, threading
from crawler import crawl
signal.signal(signal.SIGINT, lambda *_: None)
crawl._ALONE_SECONDS = 0
crawl._listen_to_parent(None)
threading.Event().wait()
"""


def test_one_that_goes_on_without_its_parent_kills_itself() -> None:
    done = subprocess.run([sys.executable, "-c", DEAF], stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == -signal.SIGKILL


@contextmanager
def _child_of(folder: Path, plan: CrawlPlan) -> Iterator[subprocess.Popen[bytes]]:
    """A crawling process whose pipes we hold."""
    file = folder / "plan.json"
    file.write_bytes(TypeAdapter(CrawlPlan).dump_json(plan))
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "crawler.crawl", str(file)]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log) as child,
    ):
        yield child
