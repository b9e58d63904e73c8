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
from crawler.progress import SAID, Progress, Rules
from crawler.reporter import ProgressReporter

PAGE = Request("http://www.suqian.gov.cn/internal/a.shtml")


class Server:
    """An engine that answers every robots.txt in one way."""

    def __init__(self, answer: Response | Exception) -> None:
        self.answer, self.asked = answer, 0
        self.downloader = SimpleNamespace(
            get_slot_key=lambda request: request.url,
            per_slot_settings={},
            settings=SimpleNamespace(getfloat=lambda _: 0.0),
            slots={},
        )

    async def download_async(self, request: Request) -> Response:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Line:
    """A line to the parent, which knows these rules; `told` is what it hears."""

    def __init__(self, *rules: Rules) -> None:
        self.rules = {one.site: one for one in rules}
        self.told: list[Rules] = []

    def tell(self, said: Rules) -> None:
        self.told.append(said)


def asked(answer: Response | Exception, line: Line | None = None) -> str:
    """What becomes of a request to a host whose robots.txt is answered like this."""
    return went(Server(answer), line or Line())


def went(server: Server, line: Line) -> str:
    """What becomes of a request to a host of such a server, and what the parent is told."""
    crawler: Any = get_crawler(
        settings_dict={"ROBOTSTXT_OBEY": True, "ROBOTSTXT_USER_AGENT": "suqian-corpus"}
    )
    # What the middleware takes from a crawler, without one that runs.
    robots = Robots(
        SimpleNamespace(  # type: ignore[arg-type]
            settings=crawler.settings,
            stats=SimpleNamespace(inc_value=lambda *_: None),
            signals=SimpleNamespace(send_catch_log_async=_nothing),
            engine=server,
            spider=SimpleNamespace(channel=line),
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


@pytest.mark.parametrize(("text", "expected"), [("/internal/", "skipped:robots"), ("/b", "asked")])
def test_what_an_earlier_run_has_read_is_heeded_and_not_asked_for(text: str, expected: str) -> None:
    server = Server(robots_txt(503))
    line = Line(Rules("www.suqian.gov.cn", f"User-agent: *\nDisallow: {text}"))
    assert went(server, line) == expected
    assert (server.asked, line.told) == (0, [])


def test_rules_are_those_of_a_site_with_its_port() -> None:
    server = Server(robots_txt(404))
    went(server, Line(Rules("www.suqian.gov.cn:8080", "User-agent: *\nDisallow: /")))
    assert server.asked == 1


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (robots_txt(200, b"User-agent: *\nCrawl-delay: 7"), ("User-agent: *\nCrawl-delay: 7", 7.0)),
        (robots_txt(404, b"<p>not here"), ("", 0.0)),
        (
            robots_txt(200, b"User-agent: *\nCrawl-delay: 9999999"),
            ("User-agent: *\nCrawl-delay: 9999999", 86400.0),
        ),
        (robots_txt(200, b"User-agent: \xff*"), ("User-agent: *", 0.0)),
        (robots_txt(200, b"#" * 600_000), None),
        (robots_txt(503), None),
        (robots_txt(429), None),
        (OSError("reset"), None),
    ],
)
def test_what_could_be_read_is_told_to_the_parent(
    answer: Response | Exception, told: tuple[str, float] | None
) -> None:
    line = Line()
    asked(answer, line)
    assert [(one.text, one.delay) for one in line.told] == ([told] if told else [])


def test_progress_counts_what_waits_in_the_scheduler(capsys: pytest.CaptureFixture[str]) -> None:
    crawler = get_crawler()
    crawler.stats = SimpleNamespace(  # type: ignore[assignment]
        get_value=lambda name, default: {"scheduler/enqueued": 9, "scheduler/dequeued": 7}[name]
    )
    ProgressReporter(crawler).say()
    assert SAID.validate_json(capsys.readouterr().out) == Progress({}, {}, waiting=2)
