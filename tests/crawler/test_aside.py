"""Pages read in processes of their own: the same articles, in their order, whatever dies."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from crawler.aside import ENOUGH, Processes, here, reading
from crawler.catalogue import ArticleLayout
from crawler.errors import Park
from crawler.extract import extract
from crawler.records import Dropped, Page

TEXT = "市政府召开常务会议，研究部署下半年重点工作，强调要把各项任务落到实处。" * 3
DIES = "import sys; sys.stdin.buffer.read(4); sys.exit(3)"
DIES_OVER_SOME = """
import pickle, sys
from crawler.frames import read_frame, write_frame
while task := read_frame(sys.stdin.buffer):
    page, _ = pickle.loads(task)
    if page.body:
        sys.exit(3)
    write_frame(sys.stdout.buffer, pickle.dumps(page.url))
"""


def page(number: int, body: str) -> Page:
    return Page(
        url=f"http://a.cn/{number}.html",
        key=f"a.cn/{number}.html",
        source="a",
        body=body.encode(),
        fetched_at=datetime(2026, 6, 1, tzinfo=UTC),
    )


def article(number: int) -> Page:
    text = f"<h1>第{number}次会议召开</h1><div class=text><p>{TEXT}</p><p>{number}</p></div>"
    return page(number, f"<html><body>{text}</body></html>")


@pytest.fixture(scope="module")
def two() -> Iterator[Processes]:
    with Processes(2) as processes:
        yield processes


def test_pages_read_aside_are_what_they_are_here(two: Processes) -> None:
    pages = [*map(article, range(6)), page(7, " ")]
    layout = ArticleLayout(bodies=("div.text",))
    waiting = [two.read(one, layout) for one in pages]
    found = [wait() for wait in waiting]
    assert found == [extract(one, layout) for one in pages]
    assert isinstance(found[-1], Dropped)


def test_a_page_that_cannot_be_read_is_parked_with_its_reason(two: Processes) -> None:
    with pytest.raises(Park, match="20001 links"):
        two.read(page(1, "<a " * 20_001), None)()


def test_a_page_over_which_its_process_dies_is_parked_and_the_next_gets_another() -> None:
    with Processes(1, (sys.executable, "-c", DIES)) as processes:
        for wait in [processes.read(article(number), None) for number in range(2)]:
            with pytest.raises(Park, match="died"):
                wait()


def test_the_page_behind_one_that_kills_is_read() -> None:
    pages = [page(number, "kills" if number in {2, 3, 6} else "") for number in range(9)]
    for count in (1, 2):
        with Processes(count, (sys.executable, "-c", DIES_OVER_SOME)) as processes:
            waiting = [processes.read(one, None) for one in pages]
            assert [_url_or_end(wait) for wait in waiting] == [
                "the process that read it died (3)" if one.body else one.url for one in pages
            ]


def _url_or_end(wait: Callable[[], object]) -> object:
    try:
        return wait()
    except Park as error:
        return str(error)


def test_few_pages_are_read_here() -> None:
    with reading(ENOUGH - 1) as read:
        assert read is here
        assert read(article(1), None)() == extract(article(1))
