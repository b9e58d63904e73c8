"""Labelled lines, and where the value behind a label ends."""

import pytest

from crawler.labels import labelled, without_label


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("来源：宿迁日报", "宿迁日报"),
        ("来源：宿迁日报（来源：网络）", "宿迁日报"),
        ("来源：宿迁日报 【【作者：周景行】", "宿迁日报"),
        ("来源：宿迁日报　　阅读：12 次", "宿迁日报"),
        ("宿迁日报", "宿迁日报"),
    ],
)
def test_a_value_ends_where_the_page_says_something_else(text: str, value: str) -> None:
    assert without_label(text) == value
    assert [found.value for field, found in labelled(text) if field == "origin"][:1] == (
        [value] if "来源" in text else []
    )


@pytest.mark.parametrize("run", ["【", "（", "[ ", "7"])
def test_what_stands_in_a_value_a_hundred_thousand_times_is_gone_through_once(run: str) -> None:
    """What took the square of their number would not end."""
    text = f"来源：宿迁日报{run * 100_000}"
    assert without_label(text).startswith("宿迁日报")
    assert len(list(labelled(text * 2))) == 2
