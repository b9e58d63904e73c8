"""A system whose crawls are written by hand: what came of each address is the test's to say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.records import Listed
from crawler.segment import Exchange, Item, Note, Role, SegmentWriter
from crawler.urls import canonical_key
from flows.app import App, open_app
from flows.report import RunReport
from flows.segments import finish_segment, mark
from flows.steps.plan import segment_name
from flows.tallies import report_of
from flows.work import Hooks, open_run
from storage.settings import Settings
from tests.flows.conftest import backend, copy_of_template, database, postgres, url

__all__ = ["backend", "copy_of_template", "database", "postgres", "url"]

HOST = "http://test.suqian.gov.cn"
SOURCE = """\
name: 测试局
level: bureau
hosts: [test.suqian.gov.cn]
columns:
  tzgg: {name: 通知公告, start: "http://test.suqian.gov.cn/tzgg/list.shtml", template: plain}
  zcwj: {name: 政策文件, start: "http://test.suqian.gov.cn/zcwj/list.shtml", template: plain}
"""
START = datetime(2026, 11, 2, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """A page as its server gave it."""

    number: int
    day: str | None = "2026-11-02 09:00"
    body: str | None = None
    status: int = 200
    column: str = "tzgg"
    reason: str | None = None
    """Set: no answer came at all."""

    @property
    def url(self) -> str:
        return f"{HOST}/{self.column}/{self.number}.shtml"

    @property
    def html(self) -> bytes:
        said = f"第{self.number}号通知已经印发，请各有关单位认真遵照执行，并于{self.number}日内报告办理的情况。"
        text = said if self.body is None else self.body
        meta = f'<meta name="PubDate" content="{self.day}">' if self.day else ""
        head = f"<title>第{self.number}号通知</title>{meta}"
        parts = f"<h1>第{self.number}号通知</h1><div class='TRS_Editor'><p>{text}</p></div>"
        return f"<html><head>{head}</head><body>{parts}</body></html>".encode()


@dataclass
class Crawls:
    """Runs of one source, day after day."""

    app: App
    now: datetime = START
    hooks: Hooks = field(init=False)

    def __post_init__(self) -> None:
        self.hooks = Hooks(clock=lambda: self.now)

    def run(
        self, answers: Sequence[Answer], shown: int = 20, *, since: str | None = None
    ) -> RunReport:
        """Archive and load a crawl that brought these answers; its list shows so many items."""
        self.now += timedelta(days=1)
        with open_run(self.app, "ingest", {"since": since}, self.hooks) as work:
            name = segment_name(self.now)
            mark(self.app, work, name)
            self.write(name, answers, shown)
            finish_segment(self.app, work, name)
            return report_of(self.app, work, 1.0, ["test"])

    def write(self, name: str, answers: Sequence[Answer], shown: int) -> None:
        with SegmentWriter(self.app.settings.crawl_folder, name) as writer:
            for column in sorted({answer.column for answer in answers} or {"tzgg"}):
                mine = [answer for answer in answers if answer.column == column]
                start = f"{HOST}/{column}/list.shtml"
                items = tuple(_item(answer) for answer in mine)
                note = Note(
                    role=Role.LIST, source="test", column=column, url=start, items=items,
                    shown=shown, status=200, at=self.now,
                )  # fmt: skip
                writer.answer(self._exchange(start, 200, b"<html></html>"), note)
                for answer in mine:
                    self._article(writer, answer)

    def _article(self, writer: SegmentWriter, answer: Answer) -> None:
        note = Note(
            role=Role.FAILED if answer.reason else Role.ARTICLE, source="test",
            column=answer.column, url=answer.url, key=canonical_key(answer.url),
            reason=answer.reason, status=None if answer.reason else answer.status, at=self.now,
        )  # fmt: skip
        if answer.reason:
            writer.note(note)
        else:
            writer.answer(self._exchange(answer.url, answer.status, answer.html), note)

    def _exchange(self, url: str, status: int, body: bytes) -> Exchange:
        date = self.now.strftime("%a, %d %b %Y %H:%M:%S GMT")
        headers = [("Content-Type", "text/html; charset=utf-8"), ("Date", date)]
        return Exchange(url, "GET", [], status, "OK", headers, body, self.now)


def _item(answer: Answer) -> Item:
    listed = Listed(f"{HOST}/list.shtml", f"第{answer.number}号通知")
    return Item(url=answer.url, key=canonical_key(answer.url), listed=listed, decision="fetch")


@pytest.fixture
def crawls(tmp_path: Path, url: str) -> Iterator[Crawls]:
    folder = tmp_path / "catalogue"
    (folder / "sources").mkdir(parents=True)
    (folder / "sources" / "test.yaml").write_text(SOURCE, "utf-8")
    settings = Settings.for_home(tmp_path / "home")
    with open_app(settings.model_copy(update={"catalogue": folder, "database_url": url})) as opened:
        yield Crawls(opened)
