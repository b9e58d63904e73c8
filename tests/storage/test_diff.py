"""Differences that a person can read, whatever the texts and however long."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.diff import Line, Mark, Part, compare, compare_line, excerpt

FIRST = "近日，市科技局发布通知，组织申报2026年度科技计划项目。"
SECOND = "申报单位应当于2026年6月30日前提交材料，逾期不予受理。"
THIRD = "联系人：王工，电话0527-84368000。"


def marked(line: Line) -> str:
    """A line with [-what went-] and {+what came+}."""
    signs = {Mark.REMOVED: "[-{}-]", Mark.ADDED: "{{+{}+}}"}
    return "".join(signs.get(part.mark, "{}").format(part.text) for part in line.parts)


def shown(old: str, new: str) -> list[str]:
    return [marked(line) for line in compare(old, new) if line.mark is not Mark.SAME]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            [FIRST, SECOND, THIRD],
            [FIRST, SECOND.replace("6月30日", "7月15日"), THIRD],
            ["申报单位应当于2026年[-6月30-]{+7月15+}日前提交材料，逾期不予受理。"],
        ),
        ([FIRST], [FIRST, THIRD], [f"{{+{THIRD}+}}"]),
        ([FIRST, SECOND, THIRD], [FIRST, THIRD], [f"[-{SECOND}-]"]),
        ([FIRST, SECOND], [SECOND, FIRST], [f"{{+{SECOND}+}}", f"[-{SECOND}-]"]),
        (
            [FIRST, SECOND],
            [FIRST.replace("市科技局", "市发改委"), SECOND.replace("单位", "企业")],
            [
                "近日，市[-科技局-]{+发改委+}发布通知，组织申报2026年度科技计划项目。",
                "申报[-单位-]{+企业+}应当于2026年6月30日前提交材料，逾期不予受理。",
            ],
        ),
    ],
    ids=["a date", "a line more", "a line less", "another order", "two lines"],
)
def test_a_difference_names_what_a_reader_would(
    old: list[str], new: list[str], expected: list[str]
) -> None:
    assert shown("\n".join(old), "\n".join(new)) == expected


def rebuilt(lines: tuple[Line, ...]) -> tuple[str, str]:
    old = "\n".join(line.old for line in lines if line.mark is not Mark.ADDED)
    new = "\n".join(line.new for line in lines if line.mark is not Mark.REMOVED)
    return old, new


def test_characters_that_stand_in_both_by_chance_go_with_the_change() -> None:
    line = compare_line("要加强组织领导，确保六月底完成。", "要强化组织实施，力争七月底完成任务。")
    assert (
        marked(line) == "要[-加强-]{+强化+}组织[-领导，确保六-]{+实施，力争七+}月底完成{+任务+}。"
    )


def test_a_paragraph_in_between_is_told_apart_from_those_that_changed() -> None:
    old = [FIRST, SECOND, THIRD]
    new = [FIRST.replace("2026", "2027"), "另设重大专项。", SECOND.replace("30日", "20日"), THIRD]
    marks = [line.mark for line in compare("\n".join(old), "\n".join(new))]
    assert marks == [Mark.CHANGED, Mark.ADDED, Mark.CHANGED, Mark.SAME]


TEXT = st.text("市科技局发布，。\n2026", max_size=60)


@given(TEXT, TEXT)
def test_both_texts_can_be_read_from_the_difference(old: str, new: str) -> None:
    lines = compare(old, new)
    assert rebuilt(lines) == (old, new)
    assert all(part.text or len(line.parts) == 1 for line in lines for part in line.parts)
    assert (old == new) == all(line.mark is Mark.SAME for line in lines)


@given(TEXT, TEXT, st.integers(0, 3))
def test_an_excerpt_holds_every_change_and_gaps_for_the_rest(
    old: str, new: str, context: int
) -> None:
    lines = compare(old, new)
    found = excerpt(lines, context)
    changed = [line for line in lines if line.mark is not Mark.SAME]
    assert [line for line in found if line and line.mark is not Mark.SAME] == changed
    assert all(not (one is None and two is None) for one, two in pairwise(found))
    assert len([line for line in found if line]) <= len(lines)
    if not changed:
        assert found == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("甲" * 5_000_000, "乙" * 5_000_000),
        ("甲\n" * 200_000, "乙\n甲\n" * 100_000),
        (
            "\n".join(f"第{n}条" for n in range(20_000)),
            "\n".join(f"第{n}款" for n in range(20_000)),
        ),
        ("甲乙" * 4_000, "乙甲" * 4_000),
    ],
    ids=["one long line", "many equal lines", "every line changed", "one period moved"],
)
def test_texts_that_are_too_long_to_align_are_shown_all_the_same(old: str, new: str) -> None:
    lines = compare(old, new)
    assert rebuilt(lines) == (old, new)
    assert any(line.mark is not Mark.SAME for line in lines)


def test_a_part_says_what_it_is() -> None:
    assert compare_line("甲乙", "甲丙").parts == (
        Part(Mark.SAME, "甲"),
        Part(Mark.REMOVED, "乙"),
        Part(Mark.ADDED, "丙"),
    )
