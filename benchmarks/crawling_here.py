"""Crawls in this very process instead of children: what a spider leaves behind would stay here."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from crawler import crawl
from crawler.plan import CrawlPlan
from crawler.segment import SegmentWriter
from flows import run as running


def in_this_process(work: Callable[[], None]) -> None:
    """Work in a thread, with crawls in this process: Twisted's reactor has the main thread, once."""
    from scrapy.utils.reactor import install_reactor

    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet.threads import blockingCallFromThread

    reactor: Any = import_module("twisted.internet.reactor")

    def crawl_here(plan: CrawlPlan, *_: Any) -> None:
        Path(plan.folder).mkdir(parents=True, exist_ok=True)
        # Nobody else asks these hosts: no turn has to be waited for.
        settings, given = crawl.prepared(replace(plan, turns=False))
        with SegmentWriter(Path(plan.folder), plan.segment) as writer:
            blockingCallFromThread(reactor, _crawled, settings, {**given, "writer": writer})

    failed: list[BaseException] = []

    def worked() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - a thread's edge
            failed.append(error)
        finally:
            reactor.callFromThread(reactor.stop)

    vars(running)["run_crawl"] = crawl_here
    try:
        reactor.callWhenRunning(reactor.callInThread, worked)
        reactor.run()
    finally:
        vars(running)["run_crawl"] = crawl.run_crawl
    if failed:
        raise failed[0]


def _crawled(settings: dict[str, Any], given: dict[str, Any]) -> Any:
    """One crawl, in the reactor's thread."""
    from scrapy.crawler import CrawlerRunner

    from crawler.resolver import GuardedResolver
    from crawler.spiders.listing import ListingSpider

    # Progress goes to standard output, which is nobody's pipe here.
    extensions = {**settings["EXTENSIONS"], "crawler.reporter.ProgressReporter": None}
    runner = CrawlerRunner({**settings, "EXTENSIONS": extensions, "LOG_LEVEL": "CRITICAL"})
    reactor: Any = import_module("twisted.internet.reactor")
    resolver = GuardedResolver(reactor, 1000, 60.0)
    resolver.private_hosts = True
    resolver.install_on_reactor()
    return runner.crawl(ListingSpider, **given)
