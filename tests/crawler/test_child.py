"""The crawling process: what it opens, and what it leaves."""

import subprocess
import sys
from pathlib import Path
from typing import IO

import psutil
import pytest
from scrapy.settings import default_settings

from crawler.catalogue import Catalogue
from crawler.crawl import run_crawl
from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import serve
from crawler.demo.world import World
from crawler.errors import TryLater
from crawler.plan import ColumnPlan, CrawlPlan, Limits
from crawler.progress import Progress, Turn
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
