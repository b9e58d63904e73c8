"""The reader's path in a real browser: with a mouse, by keyboard, without JavaScript, on a phone."""

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

from storage import Corpus
from storage.web.app import create_app
from tests.storage.web.conftest import EDITED, REPRINT, TITLE

NAMES = ("chromium", "chromium-browser", "google-chrome")
FOUND = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
DESK, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)
PATHS = (
    *("/", "/?q=泗洪", "/?q=%22", "/coverage", "/sources", "/sources/daily", "/runs", "/topics/shuili"),
    *(f"/articles/{EDITED}?tags=1", f"/articles/{EDITED}/history", f"/articles/{EDITED}"),
)  # fmt: skip

pytestmark = pytest.mark.skipif(FOUND is None, reason=f"none of {', '.join(NAMES)} is on PATH")


@pytest.fixture(scope="module")
def server(shelf: Corpus) -> Iterator[str]:
    """The address of a server of our own on loopback."""
    with socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # from here on a request waits for the server instead of failing
        config = uvicorn.Config(create_app(shelf), log_level="warning", lifespan="off")
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        running.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=FOUND, args=FLAGS)
        yield opened
        opened.close()


@contextmanager
def window(
    browser: Browser,
    server: str,
    view: ViewportSize = DESK,
    *,
    script: bool = True,
    dark: bool = False,
) -> Iterator[Page]:
    """A window of a Chinese reader; a message on its console (a blocked style …) is a failure."""
    context = browser.new_context(
        base_url=server,
        viewport=view,
        locale="zh-CN",
        java_script_enabled=script,
        color_scheme="dark" if dark else "light",
    )
    said: list[ConsoleMessage] = []
    page = context.new_page()
    page.on("console", lambda message: said.append(message))  # noqa: PLW0108 - it marks its handlers
    yield page
    context.close()
    assert [one.text for one in said if "status of 400" not in one.text] == []


def walk(page: Page) -> None:
    """From a search to an article's history and its story, to the coverage, to English. Each page is waited
    for: the one before may still stand there when a link has been followed."""
    page.goto("/")
    page.get_by_role("searchbox").fill("防汛演练")
    page.get_by_role("button", name="搜索").click()
    facet = page.get_by_role("region", name="来源")
    facet.get_by_role("link", name="suqian-gov").click()
    page.get_by_role("link", name=TITLE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    page.get_by_role("link", name="看改了什么").click()
    expect(page.locator("ins", has_text="防汛")).to_have_count(1)
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("link", name="比较", exact=True).click()
    expect(page).to_have_url(re.compile(f"/articles/{EDITED}/compare/{REPRINT}$"))
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="覆盖").click()
    page.get_by_role("img", name="daily：10 篇").wait_for()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Coverage"))
    page.get_by_role("link", name="Sources", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Sources"))
    expect(page.locator("html")).to_have_attribute("lang", "en")  # remembered


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("view", [DESK, PHONE], ids=["desk", "phone"])
def test_a_reader_finds_an_article_and_all_that_belongs_to_it(
    browser: Browser, server: str, view: ViewportSize, script: bool
) -> None:
    with window(browser, server, view, script=script) as page:
        walk(page)


def test_the_keyboard_alone_skips_the_frame_searches_and_opens(
    browser: Browser, server: str
) -> None:
    with window(browser, server) as page:
        page.goto("/")
        page.keyboard.press("Tab")
        skip = page.locator(":focus")
        assert skip.inner_text() == "跳到正文"
        box = skip.bounding_box()
        assert box is not None
        assert box["x"] >= 0  # it comes into view
        page.keyboard.press("Enter")
        assert page.locator(":focus").get_attribute("id") == "main"
        page.get_by_role("searchbox").focus()
        page.keyboard.type("防汛演练")
        page.keyboard.press("Enter")
        page.get_by_role("link", name=TITLE).focus()
        outline = page.locator(":focus").evaluate("e => getComputedStyle(e).outlineStyle")
        assert outline == "solid"
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/articles/{EDITED}")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_page_is_wider_than_a_phone(browser: Browser, server: str, lang: str) -> None:
    with window(browser, server, PHONE) as page:
        for path in PATHS:
            page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_page_breaks_a_rule_of_accessibility(browser: Browser, server: str, dark: bool) -> None:
    """By axe-core: WCAG 2.2 A and AA, contrast among them."""
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    with window(browser, server, dark=dark) as page:
        for path in PATHS:
            page.goto(path)
            found = Axe().run(page, options=rules)
            assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
