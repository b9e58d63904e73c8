"""Pages that only a browser can show: through scrapy-playwright, where it is installed."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

from crawler.urls import host_of

NAMES = ("chromium", "chromium-browser", "google-chrome")
"""What the browser's program may be called; the first that is there is taken."""
META = {"playwright": True, "playwright_page_goto_kwargs": {"wait_until": "networkidle"}}
"""What a request says that is to be made by the browser."""
_HANDLER = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
_WANTED = frozenset({"document", "script", "xhr", "fetch"})
_FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def lack() -> str | None:
    """What is missing for a browser here; None where nothing is."""
    if find_spec("scrapy_playwright") is None:
        return "the column needs the extra `browser`: pip install 'suqian[browser]'"
    if _program() is None:
        return (
            f"the column needs a browser on PATH, one of {', '.join(NAMES)}: apt install chromium"
        )
    return None


def _program() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


class _Asked(Protocol):
    """What the browser is about to ask for."""

    @property
    def url(self) -> str: ...

    @property
    def resource_type(self) -> str: ...


@dataclass(frozen=True)
class Unwanted:
    """Which of a page's own requests are not made: pictures and styles, and all on other hosts."""

    hosts: frozenset[str]

    def __call__(self, asked: _Asked) -> bool:
        """Whether this one is not."""
        return asked.resource_type not in _WANTED or host_of(asked.url) not in self.hosts


def browser_settings(hosts: Iterable[str]) -> dict[str, Any]:
    """The settings of a crawl that has a browser, which may ask these hosts."""
    # Chromium's own sandbox does not work for root; everybody else keeps it.
    flags = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return {
        "DOWNLOAD_HANDLERS": {"http": _HANDLER, "https": _HANDLER},
        "PLAYWRIGHT_LAUNCH_OPTIONS": {"executable_path": _program(), "args": flags},
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 2,
        "PLAYWRIGHT_ABORT_REQUEST": Unwanted(frozenset(hosts)),
    }
