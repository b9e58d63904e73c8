"""A plan goes in, a segment comes out; in between Scrapy runs in a child process of its own.

Run as a program this module is the child: ``python -m crawler.crawl PLAN.json``. It reports on
standard output, writes its log to standard error, and ends when its standard input is closed: a
child does not outlive the process that wanted its segment.
"""

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from time import sleep
from typing import IO, TYPE_CHECKING, Any

from pydantic import TypeAdapter

from crawler.browser import browser_settings, lack
from crawler.catalogue import Catalogue
from crawler.errors import CrawlerError, StopRun, TryLater
from crawler.hosts import is_local_name, is_private
from crawler.known import Known, KnownFiles
from crawler.plan import CrawlPlan
from crawler.progress import SAID, TURNS, Progress, Rules, Said, Turn, Wanted
from crawler.segment import SegmentWriter, recover, warc_path
from crawler.settings import allowed_hosts, scrapy_settings
from crawler.spiders.walk import Memory

if TYPE_CHECKING:
    from crawler.middlewares.turns import Channel

_PLANS: TypeAdapter[CrawlPlan] = TypeAdapter(CrawlPlan)
_REFUSED = 3
"""Exit code of a child that cannot crawl the plan; its last line says why."""
_LAST_WORDS = 3
_STOP_SECONDS = 15
"""Prefect kills what it has cancelled after thirty seconds: in the other half the run gives back what it holds."""
_ALONE_SECONDS = 60
"""How long a crawl whose parent died has its last answers: twice a request's limit, and less than who makes
its segment whole waits for it."""


# --- the parent -----------------------------------------------------------------------------------


def run_crawl(
    plan: CrawlPlan,
    on_progress: Callable[[Progress], None] | None = None,
    on_wanted: Callable[[str], Turn] = Turn,
    on_rules: Callable[[Rules], None] | None = None,
) -> None:
    """Crawl, and return when the segment is whole.

    Raises StopRun where the plan cannot be crawled at all, and TryLater when the child died; what
    it had fetched by then is a whole segment all the same. `on_wanted` is asked once for each host
    that the crawl comes upon, where the plan takes turns, and `on_rules` hears what a robots.txt says
    that the answer did not bring along.
    """
    folder = Path(plan.folder)
    folder.mkdir(parents=True, exist_ok=True)
    plan_file = folder / f"{plan.segment}.plan.json"
    plan_file.write_bytes(_PLANS.dump_json(plan))
    log_file = folder / f"{plan.segment}.log"
    try:
        with log_file.open("wb") as log, _child(plan_file, log) as child:
            for said in _said_by(child):
                if isinstance(said, Wanted):
                    _answer(child, on_wanted(said.host))
                elif isinstance(said, Rules):
                    if on_rules:
                        on_rules(said)
                elif on_progress:
                    on_progress(said)
            code = child.wait()
    except BaseException:
        _mend(folder, plan.segment)
        raise
    if code:
        _mend(folder, plan.segment)
        raise _failure(code, log_file)


def _said_by(child: subprocess.Popen[bytes]) -> Iterator[Said]:
    assert child.stdout is not None  # noqa: S101 - a pipe was asked for
    # One that is killed may leave half a line: its exit code tells.
    return (SAID.validate_json(line) for line in child.stdout if line.endswith(b"\n"))


def _answer(child: subprocess.Popen[bytes], turn: Turn) -> None:
    assert child.stdin is not None  # noqa: S101 - a pipe was asked for
    with suppress(BrokenPipeError):  # it died meanwhile: its exit code tells
        child.stdin.write(TURNS.dump_json(turn) + b"\n")
        child.stdin.flush()


def _mend(folder: Path, name: str) -> None:
    """Make the segment of a crawl whole that did not end in good order."""
    if warc_path(folder, name).exists():
        recover(folder, name)


@contextmanager
def _child(plan_file: Path, log: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The crawling process. It is ended when the block is left, however that happens."""
    process = _started(plan_file, log)
    with process:
        try:
            yield process
        finally:
            assert process.stdin is not None  # noqa: S101 - a pipe was asked for
            with suppress(BrokenPipeError):
                process.stdin.close()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _started(plan_file: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "crawler.crawl", str(plan_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
    )


def _failure(code: int, log_file: Path) -> CrawlerError:
    words = log_file.read_text("utf-8", errors="replace").strip().splitlines()
    if code == _REFUSED and words:
        return StopRun(words[-1])
    said = " / ".join(words[-_LAST_WORDS:])
    return TryLater(f"the crawl ended with code {code}: {said} (log: {log_file})")


def require_contact(hosts: Iterable[str], contact: str | None) -> None:
    """Raise StopRun when real sites would be asked by nobody that they can write to."""
    public = sorted(host for host in hosts if not (is_local_name(host) or is_private(host)))
    if public and not contact:
        raise StopRun(
            f"{public[0]} and the other real sites are asked only by somebody they can write to; "
            "set SUQIAN_CONTACT to an e-mail address or a page about you"
        )


# --- the child ------------------------------------------------------------------------------------


def main() -> int:
    """Crawl the plan that the first argument names."""
    plan = _PLANS.validate_json(Path(sys.argv[1]).read_bytes())
    try:
        _crawl(plan)
    except CrawlerError as error:
        sys.stderr.write(f"{error}\n")
        return _REFUSED
    return 0


def _crawl(plan: CrawlPlan) -> None:
    # Scrapy and its reactor take a second to import: the parent has no need of them. Of a class that it
    # deprecates it asks the whole stack of imports, each of all modules there are: these come first.
    for deprecating in ("tls", "contextfactory"):
        import_module(f"scrapy.core.downloader.{deprecating}")
    from scrapy.crawler import CrawlerProcess

    from crawler.middlewares.turns import Channel
    from crawler.spiders.listing import ListingSpider

    settings, given = prepared(plan)
    if _parent_is_gone():
        raise TryLater("nobody waits for this crawl any more")
    with SegmentWriter(Path(plan.folder), plan.segment) as writer:
        process = CrawlerProcess(settings)
        channel = Channel() if plan.turns else None
        process.crawl(ListingSpider, **given, writer=writer, channel=channel)
        _listen_to_parent(channel)
        process.start()


def prepared(plan: CrawlPlan) -> tuple[dict[str, Any], dict[str, Any]]:
    """Scrapy's settings, and what its spider is given beside where it writes."""
    catalogue = Catalogue.load(*map(Path, plan.catalogue), shipped=False)
    hosts = allowed_hosts(catalogue)
    require_contact(hosts, plan.contact)
    memory = Memory(
        Known(Path(plan.known)) if plan.known else {},
        hosts,
        frozenset(int(one, 16) for one in plan.forgotten),
        KnownFiles(Path(plan.files)) if plan.files else {},
    )
    return _settings(plan, catalogue), {"plan": plan, "catalogue": catalogue, "memory": memory}


def _settings(plan: CrawlPlan, catalogue: Catalogue) -> dict[str, Any]:
    """Scrapy's settings; with a browser where a column that is asked for needs one that is there."""
    asked: set[tuple[str, str | None]] = {(one.source, one.column) for one in plan.columns}
    asked |= {(one.source, one.column) for one in plan.revisits}
    settings = scrapy_settings(plan, catalogue)
    if any(catalogue.needs_browser(*one) for one in asked) and lack() is None:
        settings |= browser_settings(allowed_hosts(catalogue))
    return settings


def _parent_is_gone() -> bool:
    """Whether our input has ended before the crawl began: who takes over finds nothing of ours."""
    readable, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(readable)


def _listen_to_parent(channel: "Channel | None") -> None:
    """Hear what the parent answers, and end the crawl when it closes our input, or dies and so closes it:
    in good order, or in none where that takes too long."""

    def listen() -> None:
        # Not `sys.stdin`: its lock, held here, would keep the interpreter from ending.
        line = b""
        while said := os.read(sys.stdin.fileno(), 4096):
            *lines, line = (line + said).split(b"\n")
            if channel:
                for one in lines:
                    channel.heard(one)
        if channel:
            channel.close()
        signal.raise_signal(signal.SIGINT)
        sleep(_ALONE_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=listen, name="parent-watch", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
