"""A damaged text is broken as the mirror broke it, by known steps."""

from random import Random

import pytest

from crawler.demo.damage import damage

ALWAYS, NEVER = 1.0, 0.0


# What a mirror made of these sentences when a byte was lost; the lines are from such a page.
@pytest.mark.parametrize(
    ("clean", "broken"),
    [
        ("新动能。”宿迁副市长说", "新動能?!彼捱w副市長說"),
        ("示范区。“中共宿迁市委", "示范區(qū)?!爸泄菜捱w市委"),
        ("位。“我们全面提高政治站位，认真", "位?!拔覀內(nèi)嫣岣哒握疚?,認真"),
    ],
)
def test_a_lost_byte_shifts_what_follows_up_to_an_ascii_byte(clean: str, broken: str) -> None:
    assert damage(clean, Random(0), loss=ALWAYS) == broken


@pytest.mark.parametrize(
    ("clean", "broken"),
    [
        ("科技创新，是核心；对吗？", "科技創(chuàng)新,是核心;對嗎?"),
        ("“头”、‘尾’。", "“頭”、‘尾’。"),
        ("着力点在头发和发展", "著力點在頭發(fā)和發(fā)展"),
        ("占地并干部示范", "占地并干部示范"),
        ("Q3 增长5%", "Q3 增長5%"),
    ],
)
def test_where_no_byte_is_lost_only_form_changes(clean: str, broken: str) -> None:
    assert damage(clean, Random(0), loss=NEVER) == broken


def test_the_same_random_state_breaks_in_the_same_way() -> None:
    clean = "他说：“好。”宿迁在发展。“对。”我们也在发展。" * 3
    one, two = (damage(clean, Random(7)) for _ in range(2))
    assert one == two
    assert damage(clean, Random(8)) != one


def test_lines_stay_lines() -> None:
    clean = "第一段。“引用\n第二段。”结束\n\n第四段"
    assert damage(clean, Random(0), loss=ALWAYS).count("\n") == clean.count("\n")
