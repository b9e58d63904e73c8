"""Scrapy's settings for a plan: polite by default, bounded always, nothing from the environment."""

from importlib.metadata import version
from typing import Any

from crawler.catalogue import Catalogue
from crawler.plan import CrawlPlan

_DOWNLOADER = "scrapy.downloadermiddlewares"
_SPIDER = "scrapy.spidermiddlewares"
# Of what Scrapy has on by default only this. Named whole, in the place of a list of what is not wanted:
# Scrapy imports also what is switched off, and a new version may add what nobody asked for (2.19 added
# `RemoteControl`, which listens on a port and runs what it is sent).
_BASES = {
    "EXTENSIONS_BASE": {
        "scrapy.extensions.corestats.CoreStats": 0,
        "scrapy.extensions.closespider.CloseSpider": 0,
    },
    "DOWNLOADER_MIDDLEWARES_BASE": {
        f"{_DOWNLOADER}.downloadtimeout.DownloadTimeoutMiddleware": 350,
        f"{_DOWNLOADER}.defaultheaders.DefaultHeadersMiddleware": 400,
        f"{_DOWNLOADER}.useragent.UserAgentMiddleware": 500,
        f"{_DOWNLOADER}.httpproxy.HttpProxyMiddleware": 750,
        f"{_DOWNLOADER}.stats.DownloaderStats": 850,
    },
    "SPIDER_MIDDLEWARES_BASE": {
        f"{_SPIDER}.start.StartSpiderMiddleware": 25,
        f"{_SPIDER}.httperror.HttpErrorMiddleware": 50,
        f"{_SPIDER}.urllength.UrlLengthMiddleware": 800,
        f"{_SPIDER}.depth.DepthMiddleware": 900,
    },
    "DOWNLOAD_HANDLERS_BASE": {},
}


def user_agent(contact: str | None) -> str:
    """Who we are and whom to write to."""
    return f"suqian-corpus/{version('suqian')}" + (f" (+{contact})" if contact else "")


def allowed_hosts(catalogue: Catalogue) -> frozenset[str]:
    """Every host of every enabled source."""
    return frozenset(
        host.partition(":")[0]
        for source in catalogue.sources.values()
        if source.enabled
        for host in source.hosts
    )


def scrapy_settings(plan: CrawlPlan, catalogue: Catalogue) -> dict[str, Any]:
    """All settings of a crawl. Where a source asks for more patience than the plan, it gets it."""
    limits = plan.limits
    return {
        **_BASES,
        "USER_AGENT": user_agent(plan.contact),
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": "suqian-corpus",
        "COOKIES_ENABLED": False,
        "REFERER_ENABLED": False,
        "DOWNLOAD_DELAY": limits.delay,
        "DOWNLOAD_DELAY_JITTER": 0,  # a delay is a promise: never less
        # It reads the source of the callback again for each answer to say so.
        "WARN_ON_GENERATOR_RETURN_VALUE": False,
        # Scrapy starts as many tasks for each answer: ours yields requests, in their order.
        "CONCURRENT_ITEMS": 1,
        # Bytes: answers that wait to be read have no note yet, and are fetched again after a kill.
        "SCRAPER_SLOT_MAX_ACTIVE_SIZE": 100_000,
        "CONCURRENT_REQUESTS": 32,
        "CONCURRENT_REQUESTS_PER_DOMAIN": limits.concurrency_per_host,
        "DOWNLOAD_SLOTS": _slots(plan, catalogue),
        "AUTOTHROTTLE_ENABLED": limits.autothrottle,
        "AUTOTHROTTLE_START_DELAY": max(limits.delay, 1.0),
        "AUTOTHROTTLE_MAX_DELAY": 60.0,
        "DOWNLOAD_TIMEOUT": limits.timeout,
        "DOWNLOAD_MAXSIZE": limits.max_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "CLOSESPIDER_TIMEOUT": limits.max_seconds,
        "DEPTH_LIMIT": 0,
        "REDIRECT_MAX_TIMES": 5,
        "RETRY_TIMES": 2,
        "RETRY_HTTP_CODES": [429, 500, 502, 503, 504, 521, 522, 524],
        "TWISTED_DNS_RESOLVER": "crawler.resolver.GuardedResolver",
        "DOWNLOADER_MIDDLEWARES": {
            "crawler.middlewares.guard.Guard": 50,
            "crawler.middlewares.turns.Turns": 60,
            "crawler.middlewares.robots.Robots": 100,
            "crawler.middlewares.backoff.Backoff": 550,
            "crawler.middlewares.redirects.PageRedirects": 580,
            "crawler.middlewares.unpacking.Unpacker": 590,
            "crawler.middlewares.redirects.Redirects": 600,
            "crawler.middlewares.recording.Recorder": 950,
        },
        "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), "crawler.download.BoundedHandler"),
        "EXTENSIONS": {
            "crawler.pace.Throttle": 0,
            "crawler.reporter.ProgressReporter": 500,
        },
        "LOG_LEVEL": "INFO",
        "LOGSTATS_INTERVAL": 0,
        # Ours: what the middlewares take from here.
        "ALLOWED_HOSTS": sorted(allowed_hosts(catalogue)),
        "PRIVATE_HOSTS": plan.private_hosts,
        "MAX_REQUESTS": limits.max_requests,
        "FORGOTTEN": list(plan.forgotten),
        "QUIET_HOURS": _quiet(plan, catalogue),
    }


def _quiet(plan: CrawlPlan, catalogue: Catalogue) -> dict[str, list[str]]:
    """The hosts that have quiet hours."""
    hours = {
        host: [*plan.limits.quiet, *source.politeness.quiet]
        for source in catalogue.sources.values()
        for host in source.hosts
    }
    return {host: spans for host, spans in hours.items() if spans}


def _slots(plan: CrawlPlan, catalogue: Catalogue) -> dict[str, dict[str, float | int]]:
    """The hosts with a politeness of their own."""
    slots: dict[str, dict[str, float | int]] = {}
    for source in catalogue.sources.values():
        asked = source.politeness
        own = {
            "delay": max(asked.delay or 0, plan.limits.delay),
            "concurrency": asked.concurrency or plan.limits.concurrency_per_host,
        }
        if asked.delay or asked.concurrency:
            slots |= dict.fromkeys(source.hosts, own)
    return slots
