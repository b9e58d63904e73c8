import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.utils.test import get_crawler
from twisted.python.failure import Failure

from crawler.middlewares.refusals import Refusal, reason_of
from crawler.middlewares.robots import Robots
from crawler.progress import SAID, Progress
from crawler.reporter import ProgressReporter

PAGE = Request("http://www.suqian.gov.cn/internal/a.shtml")


class Server:
    """An engine that answers every robots.txt in one way."""

    def __init__(self, answer: Response | Exception) -> None:
        self.answer = answer

    async def download_async(self, request: Request) -> Response:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def asked(answer: Response | Exception) -> str:
    """What becomes of a request to a host whose robots.txt is answered like this."""
    crawler: Any = get_crawler(
        settings_dict={"ROBOTSTXT_OBEY": True, "ROBOTSTXT_USER_AGENT": "suqian-corpus"}
    )
    # What the middleware takes from a crawler, without one that runs.
    robots = Robots(
        SimpleNamespace(  # type: ignore[arg-type]
            settings=crawler.settings,
            stats=SimpleNamespace(inc_value=lambda *_: None),
            signals=SimpleNamespace(send_catch_log_async=_nothing),
            engine=Server(answer),
            spider=None,
        )
    )
    try:
        asyncio.run(robots.process_request(PAGE))
    except IgnoreRequest as error:
        return reason_of(Failure(error))  # type: ignore[no-untyped-call]
    return "asked"


async def _nothing(**_: object) -> None:
    """A signal that nobody listens to."""


def robots_txt(status: int, body: bytes = b"") -> Response:
    return Response("http://www.suqian.gov.cn/robots.txt", status=status, body=body)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (robots_txt(200, b"User-agent: *\nDisallow: /internal/"), "skipped:robots"),
        (robots_txt(200, b"User-agent: *\nDisallow: /other/"), "asked"),
        (robots_txt(404, b"User-agent: *\nDisallow: /"), "asked"),
        (robots_txt(403), "asked"),
        (robots_txt(429), "robots-unreachable"),
        (robots_txt(503), "robots-unreachable"),
        (OSError("reset"), "robots-unreachable"),
        (Refusal("challenge"), "robots-unreachable"),
    ],
)
def test_a_host_whose_robots_txt_cannot_be_read_is_left_alone(
    answer: Response | Exception, expected: str
) -> None:
    assert asked(answer) == expected


def test_progress_counts_what_waits_in_the_scheduler(capsys: pytest.CaptureFixture[str]) -> None:
    crawler = get_crawler()
    crawler.stats = SimpleNamespace(  # type: ignore[assignment]
        get_value=lambda name, default: {"scheduler/enqueued": 9, "scheduler/dequeued": 7}[name]
    )
    ProgressReporter(crawler).say()
    assert SAID.validate_json(capsys.readouterr().out) == Progress({}, {}, waiting=2)
