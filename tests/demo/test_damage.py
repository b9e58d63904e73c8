"""A damaged text is broken as the mirror broke it, by known steps."""

import re
from pathlib import Path
from random import Random

import pytest

from crawler.demo.damage import Mirror, damage

SEED = Path(__file__).parents[3] / "shared" / "seed"

ALWAYS, NEVER = 1.0, 0.0


# What a mirror made of these sentences when a byte was lost; the lines are from such a page.
@pytest.mark.parametrize(
    ("clean", "broken"),
    [
        ("新动能。”宿迁副市长说", "新動能?!彼捱w副市長說"),
        ("示范区。“中共宿迁市委", "示范區(qū)?!爸泄菜捱w市委"),
        ("位。“我们全面提高政治站位，认真", "位?!拔覀?nèi)嫣岣哒握疚?,認真"),
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


def test_the_page_that_was_looked_at_is_broken_as_it_was() -> None:
    if not SEED.is_dir():
        pytest.skip("needs the seed article beside the checkout")
    clean = (SEED / "mirror-article.repaired.txt").read_text("utf-8")
    broken = (SEED / "mirror-article.txt").read_text("utf-8")
    # Bytes were lost at four of the six places; some state loses them at the same ones.
    assert broken in {damage(clean, Random(state), loss=0.67) for state in range(200)}


@pytest.mark.parametrize("mark", "、。“”‘’《》—…")
def test_a_byte_can_be_lost_at_any_mark(mark: str) -> None:
    mirror = Mirror(loses=re.compile(re.escape(mark)))
    assert damage(f"全市{mark}宿迁", Random(0), loss=ALWAYS, mirror=mirror).startswith("全市?")


def test_a_mirror_that_narrows_last_misreads_its_marks_too() -> None:
    late = Mirror(narrows_first=False)
    assert damage("好。”宿高，高", Random(0), loss=ALWAYS, mirror=late) == "好?!彼薷撸?"


def test_lines_stay_lines() -> None:
    clean = "第一段。“引用\n第二段。”结束\n\n第四段"
    assert damage(clean, Random(0), loss=ALWAYS).count("\n") == clean.count("\n")
