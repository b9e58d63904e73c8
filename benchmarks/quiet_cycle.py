"""A cycle without news: what asking 100 columns costs where nothing has changed."""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import Scale, Spent, clocked, compiled
from benchmarks.prefect_here import prefect_server
from benchmarks.results import Figure, Findings, Goal
from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import serve
from crawler.demo.world import World
from storage.settings import Settings, environment_with

_CYCLE = "import sys; from flows.cli import main; sys.argv = ['suqian', 'ingest', '--json']; main()"
_PREFECT = """\
from flows.app import open_app
from flows.commands.collect import in_prefect
from storage.settings import Settings
with open_app(Settings.load()) as app, in_prefect(app):
    from prefect import flow
    flow(name="nothing", persist_result=False)(lambda: None)()
"""
_SCRAPY = """\
import scrapy
from scrapy.crawler import CrawlerProcess
class Nothing(scrapy.Spider):
    name = "nothing"
    async def start(self):
        return
        yield
process = CrawlerProcess({"LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False})
process.crawl(Nothing)
process.start()
"""


def row(scale: Scale) -> Findings:
    """`suqian ingest` beside an empty flow and an empty crawl, each a process of its own; Prefect's
    server is there already, as it is for a scheduled cycle."""
    world = World.build(articles=scale.of(1_000, 300), publishers=scale.of(50, 10))
    columns = sum(len(site.columns) for site in world.sites.values())
    spent: dict[str, list[Spent]] = {_CYCLE: [], _PREFECT: [], _SCRAPY: []}
    with tempfile.TemporaryDirectory() as folder, serve(world) as replica:
        catalogue, home = Path(folder) / "catalogue", Path(folder) / "home"
        write_catalogue(catalogue, replica.port, world.sites.values())
        given = {"SUQIAN_HOME": str(home), "SUQIAN_REPLICA": str(catalogue)}
        given |= compiled(Path(folder))
        with prefect_server(Settings.for_home(home)) as api:
            given["PREFECT_API_URL"] = api
            for program in (_CYCLE, _CYCLE, _PREFECT, _SCRAPY):
                # A second cycle asks again for what the first could not have; all are compiled by now.
                _run(program, given)
            for _ in range(scale.of(5, 3)):
                asked = len(replica.requests)
                for program, taken in spent.items():
                    with clocked(taken, _children):
                        _run(program, given)
                asked = len(replica.requests) - asked
    beyond = [
        [
            getattr(cycle, clock) - getattr(flow, clock) - getattr(crawl, clock)
            for cycle, flow, crawl in zip(*spent.values(), strict=True)
        ]
        for clock in ("cpu", "wall")
    ]
    return Findings(
        (
            Figure(
                "beyond the empty ones, processor time",
                tuple(beyond[0]),
                "s",
                Goal(1, at_least=False),
            ),
            Figure("beyond the empty ones, by the clock", tuple(beyond[1]), "s"),
            Figure("an empty flow", tuple(one.cpu for one in spent[_PREFECT]), "s"),
            Figure("an empty crawl", tuple(one.cpu for one in spent[_SCRAPY]), "s"),
            Figure("requests", (asked,), ""),
        ),
        notes=(f"{columns} columns of {len(world.sites)} sites on loopback, asked without delay.",),
    )


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(program: str, given: dict[str, str]) -> None:
    """Run a program to its end. A cycle may have problems to tell of, which its report says: some
    of the replica's sites are ill; without a report it failed."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment_with(given),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and not (program == _CYCLE and done.stdout.startswith("{")):
        raise SystemExit(f"a process ended with {done.returncode}:\n{done.stderr[-2000:]}")
