"""Joining files to their article: whatever a file is, the article is loaded."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crawler.attachments.reader import FileReader
from crawler.errors import Park
from crawler.records import Article, Attachment, Page
from flows.steps.attach import attach, is_incomplete
from tests.attachments import made

NOW = datetime(2026, 1, 1, tzinfo=UTC)
URL = "http://a.cn/1.pdf"


@pytest.fixture(scope="module")
def reader() -> Iterator[FileReader]:
    with FileReader(ocr=False) as opened:
        yield opened


def article(*files: Attachment) -> Article:
    return Article(
        url="http://a.cn/1",
        key="a.cn/1",
        source="s",
        title="题",
        body="",
        attachments=files,
        fetched_at=NOW,
    )


def answer(body: bytes, content_type: str = "application/octet-stream") -> Page:
    return Page(
        url=URL,
        key="",
        source="s",
        content_type=content_type,
        body=body,
        fetched_at=NOW,
        etag="e",
        warc="seg@1",
    )


def test_a_file_keeps_where_it_came_from_and_what_to_ask_for_it_with(reader: FileReader) -> None:
    file = attach(
        article(Attachment(URL, "附件")), lambda _: answer(made.as_pdf()), reader
    ).attachments[0]
    assert (file.text_status, file.etag, file.warc) == ("read", "e", "seg@1")
    assert file.digest == answer(made.as_pdf()).digest
    assert made.LINE in file.text


def test_a_message_in_the_place_of_a_file_is_not_its_text(reader: FileReader) -> None:
    message = "<html><body><p>您访问的页面不存在</p></body></html>".encode()
    file = attach(article(Attachment(URL, "附件")), lambda _: answer(message), reader).attachments[
        0
    ]
    assert (file.text, file.text_status) == ("", "unreadable: a web page in its place")
    document = ("<html><body>" + "<p>办理事项的具体要求如下。</p>" * 30 + "</body></html>").encode()
    file = attach(
        article(Attachment(URL, "表.doc")), lambda _: answer(document), reader
    ).attachments[0]
    assert file.text_status == "read"


def test_a_record_that_is_torn_costs_the_file_and_not_the_article(reader: FileReader) -> None:
    def torn(_: str) -> Page:
        raise Park("the record is shorter than it says")

    files = attach(article(Attachment(URL, "附件")), torn, reader).attachments
    assert files[0].text_status == "unreadable: the record is shorter than it says"


@pytest.mark.parametrize(
    ("status", "incomplete"),
    [
        ("read", False),
        ("unreadable: encrypted", False),
        ("needs_ocr", False),
        ("not fetched", True),
        ("not fetched: timeout", True),
        ("not fetched: http-503", True),
        ("not fetched: http-404", False),
        ("not fetched: skipped:offsite", False),
        ("not fetched: too-large", False),
    ],
)
def test_only_what_may_pass_is_worth_another_try(status: str, incomplete: bool) -> None:
    assert is_incomplete(article(Attachment(URL, "附件", text_status=status))) is incomplete
