"""Crawls the hostile web through the whole line, and says what became of each case."""

import resource
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from shutil import copyfile
from time import monotonic

import yaml

from crawler.catalogue import shipped_folder
from crawler.plan import Limits
from flows.app import App, for_replica, open_app
from flows.report import RunReport
from flows.request import Request
from flows.run import ingest
from storage.corpus import Corpus
from storage.settings import Settings
from tests.faults.hostile.case import Case, article_html, list_html
from tests.faults.server import Asked, HostileServer, Wire, serve

_BYSTANDERS = 5
_LIMITS = Limits(
    delay=0.0,
    concurrency_per_host=4,
    autothrottle=False,
    max_bytes=16 * 2**20,
    max_list_pages=8,
)
_PATIENCE = 4.0
"""Seconds, where it is known to be of no use. The others have what a crawl has: a busy machine
must not look like a stall."""


def _bystander_list(wire: Wire, _: Asked) -> None:
    wire.page(list_html([f"/a/{number}.shtml" for number in range(_BYSTANDERS)]).encode())


def _bystander_article(wire: Wire, asked: Asked) -> None:
    wire.page(article_html(f"bystander{asked.path}").encode())


BYSTANDER = Case("bystander", "new", _bystander_article, _bystander_list)
"""A decent source beside the others: nothing of it is to be lost."""


@dataclass(frozen=True, slots=True)
class Got:
    """What became of a case."""

    case: Case
    outcome: str
    requests: int
    seconds: float
    wrong: str = ""

    @property
    def falls_short(self) -> str:
        """Why the case is not as defined; empty where it is."""
        if self.outcome != self.case.expected:
            return f"{self.outcome}, not {self.case.expected}"
        if self.requests > self.case.most:
            return f"{self.requests} requests, not {self.case.most}"
        return self.wrong


@dataclass(frozen=True, slots=True)
class Crawled:
    """One crawl of several cases."""

    got: tuple[Got, ...]
    bystanders: int
    """How many of the other source's articles came in."""
    seconds: float
    peak: float
    """Megabytes, of the largest process that this one or its children were."""
    strangers: frozenset[str]
    """Hosts that were asked and are nobody's: where a redirect led to, for one."""

    @property
    def short(self) -> list[str]:
        """What is not as it should be, a line each."""
        cases = [f"{one.case.name}: {one.falls_short}" for one in self.got if one.falls_short]
        return [*cases, *self.beside]

    @property
    def beside(self) -> list[str]:
        """What became of others that should not have."""
        found = []
        if self.bystanders != _BYSTANDERS:
            found.append(f"the source beside them lost articles: {self.bystanders}")
        found += [f"{host} was asked" for host in sorted(self.strangers)]
        return found


def crawl(cases: Sequence[Case]) -> Crawled:
    """Crawl these cases and a decent source beside them."""
    stalls = all(case.stalls for case in cases)
    limits = replace(_LIMITS, timeout=_PATIENCE) if stalls else _LIMITS
    sites = {one.host: one for one in cases} | {BYSTANDER.host: BYSTANDER}
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(sites) as server,
        _app(Path(folder), (*cases, BYSTANDER), server.port, limits) as app,
    ):
        began = monotonic()
        report = ingest(app, Request(since=date(2020, 1, 1)))
        seconds = monotonic() - began
        corpus = Corpus(app.database)
        got = tuple(_got(case, server, report, corpus) for case in cases)
        found = sum(1 for one in corpus.articles() if BYSTANDER.host in one.url)
    strangers = frozenset(one.host for one in server.log) - sites.keys()
    return Crawled(got, found, seconds, _peak(), strangers)


def _peak() -> float:
    used = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in used) / 1024


@contextmanager
def _app(folder: Path, cases: Sequence[Case], port: int, limits: Limits) -> Iterator[App]:
    catalogue = folder / "catalogue"
    (catalogue / "sources").mkdir(parents=True)
    copyfile(shipped_folder() / "templates.yaml", catalogue / "templates.yaml")
    for case in cases:
        entry = {
            "name": case.name,
            "level": "bureau",
            "hosts": [case.host],
            "columns": {
                "all": {"name": "全部", "start": case.url(port, "/list.shtml"), "template": "plain"}
            },
        }
        text = yaml.safe_dump(entry, allow_unicode=True)
        (catalogue / "sources" / f"{case.id}.yaml").write_text(text, "utf-8")
    with open_app(Settings.for_home(folder / "home")) as app:
        yield replace(for_replica(app, catalogue), limits=limits)


def _got(case: Case, server: HostileServer, report: RunReport, corpus: Corpus) -> Got:
    asked = server.asked(case.host)
    known = corpus.why(case.url(server.port))
    mark = f"{case.id}/all: "
    said = [one.removeprefix(mark) for one in report.problems if one.startswith(mark)]
    if known is not None:
        outcome = f"{known.outcome}:{known.reason}" if known.reason else known.outcome
    else:
        outcome = f"problem:{said[0].rpartition(' (')[0]}" if said else "nothing"
    return Got(case, outcome, len(asked), server.seconds(case.host), case.wrong(asked))
