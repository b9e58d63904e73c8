from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.decode import decode
from crawler.errors import Park

TEXT = "宿迁市人民政府办公室关于印发《科技创新若干措施》的通知，镕、喆、㙍。" * 4
SIMPLE = "宿迁市人民政府办公室关于印发科技创新若干措施的通知。" * 4


def page(charset: str, text: str = TEXT) -> str:
    return f'<html><head><meta charset="{charset}"></head><body>{text}</body></html>'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (page("utf-8").encode(), "text/html; charset=utf-8"),
        (page("utf-8").encode("utf-8-sig"), "text/html"),
        (page("gb2312").encode("gb18030"), "text/html; charset=gb2312"),
        (page("gb2312").encode("gb18030"), ""),
        (page("utf-8").encode("gb18030"), "text/html; charset=utf-8"),
        (page("gbk").encode(), "text/html; charset=gbk"),
        (page("utf-16").encode("utf-16"), "text/html"),
        ((" " * 3000 + page("gb18030")).encode("gb18030"), "text/html"),
        (f"<html><body>{TEXT}</body></html>".encode("gb18030"), ""),
    ],
    ids=[
        "utf-8",
        "bom",
        "gb2312 is gb18030",
        "meta",
        "both lie",
        "page lies",
        "utf-16",
        "late",
        "silent",
    ],
)
def test_a_page_is_read_whatever_it_declares(body: bytes, content_type: str) -> None:
    assert TEXT in decode(body, content_type)


def test_big5_is_read_as_declared() -> None:
    text = "臺灣青年創業基地在宿遷揭牌，兩岸企業家共話發展。"
    assert text in decode(page("big5", text).encode("big5hkscs"), "")


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_sequence_cut_off_at_the_end_costs_one_character(charset: str) -> None:
    assert decode(SIMPLE.encode(charset)[:-1], f"text/html; charset={charset}").startswith(
        SIMPLE[:-1]
    )


def test_bytes_that_are_no_text_are_parked_with_a_reason() -> None:
    with pytest.raises(Park, match="NUL"):
        decode(b"\x00\x01\x02" * 100)


@given(st.binary(max_size=3000), st.text(max_size=40))
def test_any_bytes_are_decoded_or_parked_and_never_stored_broken(
    body: bytes, content_type: str
) -> None:
    with suppress(Park):
        assert "\ufffd" not in decode(body, content_type)
