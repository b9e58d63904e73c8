"""White space in what a page says."""

import re

from hypothesis import given
from hypothesis import strategies as st

from crawler.blocks import clean_lines

_EAST = "[\u3000-\u9fff\uff00-\uffef]"
_WRAPPED = re.compile(rf"(?<={_EAST})\s*\n\s*(?={_EAST})")
"""What is meant, in a pattern that takes the square of the white space."""


@given(st.text("字，A \n\u3000\t", max_size=12))
def test_a_line_that_wraps_in_chinese_text_leaves_no_space(text: str) -> None:
    assert clean_lines(text) == " ".join(_WRAPPED.sub("", text.strip()).split())


def test_white_space_without_end_is_read_once() -> None:
    space = "\n \u3000" * 100_000
    assert clean_lines(f"字{space}字") == "字字"
    assert clean_lines(f"字{space}A") == "字 A"
