"""What health finds, read back in Chinese."""

from types import MappingProxyType

import pytest

from storage import evidence
from storage.evidence import HELD, IN_LOOKS, LACKS, NO_ITEMS, UNSEEN, in_chinese
from storage.messages import Message

GIVEN = {
    "missing": 4,
    "of": 12,
    "usual": "3%",
    "copies": 21,
    "items": 2,
    "least": 5000,
    "standing": 4100,
    "unseen": 900,
    "source": "sq_news",
    "looks": 3,
    "problem": "http-403",
    "since": "2026-06-22 09:00",
    "newest": "2026-06-21 17:30",
    "count": 2.5,
    "days": "workdays",
    "evidence": "it may be anything",
}
MESSAGES = [
    one
    for value in vars(evidence).values()
    for one in (value.values() if isinstance(value, MappingProxyType) else [value])
    if isinstance(one, Message)
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: str(one.english[:40]))
def test_every_message_is_read_back(message: Message) -> None:
    found = in_chinese(message.said(**GIVEN))
    assert found == message.chinese.format(**GIVEN | {"days": "个工作日"})
    assert in_chinese(f"tz-gg_1: {message.said(**GIVEN)}") == f"tz-gg_1：{found}"


def test_evidence_in_evidence_is_read_too() -> None:
    lacks = LACKS["title"].said(**GIVEN)
    held = HELD.said(since="2026-06-22", evidence=f"c0: {lacks}; c1: {lacks}")
    own = in_chinese(lacks)
    assert in_chinese(held) == f"自 2026-06-22 起待人工确认：c0：{own}；c1：{own}"
    empty = IN_LOOKS.said(**GIVEN | {"problem": NO_ITEMS.english})
    assert in_chinese(f"c0: {empty}") == (
        "c0：列表中没有条目：版式是否已改变？（自 2026-06-22 09:00 起检查 3 次均如此）"
    )


@pytest.mark.parametrize("other", ["", "; ", ": ", "a: ", "nothing new for 40 days", "{missing}"])
def test_what_nobody_says_is_left_as_it_is(other: str) -> None:
    assert in_chinese(other) is None
    assert in_chinese(f"{UNSEEN.said(**GIVEN)}; {other}") is None


def test_a_text_made_to_be_slow_is_read_at_once() -> None:
    assert in_chinese("a: " * 3000 + "; " * 3000) is None
    assert in_chinese("1 of its newest " * 2000) is None
