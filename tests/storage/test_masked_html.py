"""HTML with numbers in it: what is passed over without being taken apart holds nothing to mask."""

import re
from html.entities import html5
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.masked_html import mask_html
from storage.masking import DIGIT, JOINT

PHONE = "13812345678"
ELSEWHERE = {"99999999999"}
"""A number that stands nowhere: what is known of is looked for in all that is shown."""
_PIECES = st.sampled_from(
    [
        *("1", "13", "138", "1234", "5678", PHONE, "11010519491231002X", "１３８", "&#49;"),
        *(" ", "-", "\n", "\u200b", "_", "&nbsp;", "&nbsp", "&shy", "&emsp13;", "&frac12;", "&a_"),
        *("<b>", "</b>", "<p>", "</td><td>", "<br/>", "<!-- 1 -->", "<", ">", '"', "'", "&", ";"),
        *('<a href="/art/2024/20240101.html">', f'<a href="tel:{PHONE}">', '<i title=">7y8">'),
        *("电话", "身份证", "宿迁", "，", "a"),
    ]
)


@given(st.lists(_PIECES, max_size=14).map("".join))
def test_html_that_is_passed_over_holds_nothing_to_mask(html: str) -> None:
    assert mask_html(html) == mask_html(html, ELSEWHERE)


@pytest.mark.parametrize("between", [" ", "&nbsp;", "&emsp13;", "<b>", "</td><td>"])
def test_a_number_is_found_behind_whatever_parts_it(between: str) -> None:
    html = f"<p>电话{PHONE[:7]}{between}{PHONE[7:]}</p>"
    assert mask_html(html) == f"<p>电话*******{between}****</p>"


def test_no_name_of_a_character_means_a_digit_or_another_joint() -> None:
    assert not [name for name, means in html5.items() if re.search(f"[{DIGIT}]", means)]
    bare = {name for name, means in html5.items() if re.match(JOINT, means) and name[-1] != ";"}
    assert bare == {"nbsp", "shy"}


@pytest.mark.parametrize(
    "piece", ["1<b>", "1&nbsp;", "1&a_", "1 <a ", '1<"', """1<'"'""", "&a__", "<a_"]
)
def test_the_time_is_linear_in_the_length(piece: str) -> None:
    def seconds(size: int) -> float:
        html = f"1{piece * (size // len(piece))}"
        started = process_time()
        mask_html(html)
        return process_time() - started

    assert seconds(16_000) < 40 * seconds(1_600) + 0.2
