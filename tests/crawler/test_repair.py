"""Damaged text comes back as it was written; any other text comes back as it is."""

import json
from datetime import date
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.demo.damage import damage
from crawler.demo.texts import forms, write
from crawler.repair import Damage, diagnose, repair

SHARED = Path(__file__).parents[3] / "shared"
HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
CLEAN = "科技创新是发展新质生产力的核心要素。宿迁各地、各部门坚持科技、人才、教育一体推进，加快打造优势特色。"
BROKEN = (
    "科技創(chuàng)新是發(fā)展新質(zhì)生產(chǎn)力的核心要素。"
    "宿遷各地、各部門堅持科技、人才、教育一體推進,加快打造優(yōu)勢特色。"
)


def shared(path: str) -> str:
    if not (SHARED / path).exists():
        pytest.skip(f"needs {path} in the folder shared beside the checkout")
    return (SHARED / path).read_text("utf-8")


def share_wrong(expected: str, found: str) -> float:
    """Of two texts of which the damage has kept the length."""
    assert len(expected) == len(found)
    return sum(a != b for a, b in zip(expected, found, strict=True)) / len(expected)


def test_the_seed_article_comes_back_as_it_was_printed() -> None:
    broken, printed = shared("seed/mirror-article.txt"), shared("seed/mirror-article.repaired.txt")
    assert share_wrong(printed, repair(broken).text) < 0.001


def test_no_page_of_the_evaluation_set_is_changed() -> None:
    pages = [json.loads(line) for line in shared("eval/gold.jsonl").splitlines()]
    assert len(pages) == 61
    for page in pages:
        for text in (page["body"], page["title"] or "", f"{page['title']}\n{page['body']}"):
            assert repair(text).text == text, page["file"]


@pytest.mark.parametrize("form", forms())
def test_a_text_comes_back_from_the_mirror_as_it_was(form: str) -> None:
    clean = "\n".join(write(form, date(2024, 7, 31), Random(form)).paragraphs)
    # Marks that were narrow before cannot be told from those that were narrowed.
    clean = repair(damage(clean, Random(0), loss=0.0)).text
    assert repair(damage(clean, Random(form), loss=0.0)).text == clean
    found = repair(damage(clean, Random(form), loss=0.7)).text
    assert len(found) == len(clean)
    assert share_wrong(clean, found) < 0.005


def test_every_repair_says_where_what_and_how_surely() -> None:
    broken = BROKEN + "“新動能?!彼捱w市說。"
    found = repair(broken)
    assert found.text == CLEAN + "“新动能。”宿迁市说。"
    assert {one.kind for one in found.repairs} == set(Damage)
    for one in found.repairs:
        assert broken[one.start : one.end] == one.before != one.after
        assert 0 < one.sure <= 1
    rebuilt = broken
    for one in reversed(found.repairs):
        rebuilt = rebuilt[: one.start] + one.after + rebuilt[one.end :]
    assert rebuilt == found.text


def test_a_headline_is_repaired_on_the_evidence_of_its_article() -> None:
    headline = "發(fā)展大會召開"
    assert repair(headline).text == headline
    assert repair(headline, diagnose(BROKEN)).text == "发展大会召开"
    assert repair("著名作家", diagnose(BROKEN)).text == "著名作家"


def test_what_the_whole_document_does_not_show_is_not_looked_for_in_a_part() -> None:
    assert repair(BROKEN, diagnose(CLEAN)).text == BROKEN


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("他說:“創(chuàng)新是第一動力。”", "他说：“创新是第一动力。”"),
        ("報名網(wǎng)址:http://a.cn/b?c=1,2,電話:0527-84350012", "报名网址：http://a.cn/b?c=1,2，电话：0527-84350012"),
        ("9:05到校(含走讀生),3.5萬人,共1,200元;比分3:2!", "9:05到校（含走读生），3.5万人，共1,200元；比分3:2！"),
        ("所謂AI(Artificial Intelligence, AI)就是人工智能?", "所谓AI（Artificial Intelligence, AI）就是人工智能？"),
        ("太後來了,然後乾隆皇帝來了,晾乾衣服", "太后来了，然后乾隆皇帝来了，晾干衣服"),
        ("這里的面條、里程、臺灣、于是、關于、著名、顯著、看著、著力點", "这里的面条、里程、台湾、于是、关于、著名、显著、看着、着力点"),
    ],
)  # fmt: skip
def test_marks_and_characters_come_back_by_what_stands_beside_them(broken: str, whole: str) -> None:
    assert repair(f"{BROKEN}\n{broken}").text == f"{CLEAN}\n{whole}"


def test_an_undamaged_quotation_in_a_damaged_text_stays() -> None:
    quotation = "“创新是引领发展的第一动力，保护知识产权就是保护创新。”"
    assert repair(f"{BROKEN}\n{quotation}\n{BROKEN}").text == f"{CLEAN}\n{quotation}\n{CLEAN}"


@pytest.mark.parametrize(
    "clean",
    [
        "臺灣的經濟發展與國際關係，是學術界長期關注的領域。",
        "臺北市政府今日宣布,市民可於週五前申請,電話:1999(分機123)!",
        "重庆(chóng qìng)市简称渝，亳(bó)州在安徽，六(lù)安也在安徽，番(pān)禺在广东。",
        "着力点、干部、于是、里程、这里,他说:好!(完)",
        "“創(chuàng)”是“创”的繁体，“發(fā)”“業(yè)”也是繁体字，都有拼音标注。",
        "多音字:銀行(háng)、行(xíng)走;長(cháng)短、長(zhǎng)大;快樂(lè)、音樂(yuè);重(zhòng)要",
        "我(wǒ)們(men)學(xué)習(xí)中(zhōng)文(wén),發(fā)現(xiàn)樂(lè)趣(qù)。",
        "龜(guī)、龍(lóng)、鳳(fèng)、麟(lín)為四靈。",
        "为什么?因为饕餮盛宴!真的?嗯。",
        "编码坏了的一个字\ufffd，其余都好。",
        "鳳凰?麒麟、貔貅、饕餮、魑魅魍魎,皆為傳說中的異獸。",
    ],
)
def test_without_evidence_of_damage_nothing_is_touched(clean: str) -> None:
    found = repair(clean)
    assert (found.text, found.repairs) == (clean, ())


def test_misread_bytes_that_cannot_be_read_stay_and_are_reported() -> None:
    broken = f"{BROKEN}他說?℃㎜◎∮№犇骉羴鱻"
    found = repair(broken)
    left = [one for one in found.repairs if not one.undone]
    for one in left:
        assert one.before in found.text
        assert one.sure < 0.5


@given(st.text(st.characters(codec="utf-8")))
def test_no_string_makes_it_fail(text: str) -> None:
    repair(text)


@given(st.text(st.one_of(HAN, st.sampled_from("，。、“”()（）,?！!：aé1\n"))))
def test_text_without_brackets_or_lost_bytes_is_not_touched(text: str) -> None:
    text = text.replace("?", "")
    assert repair(text).text == text


damaged = st.builds(
    lambda parts, state: damage("".join(parts), Random(state), loss=0.7),
    st.lists(
        st.sampled_from(
            [
                CLEAN,
                "“新动能。”宿迁市说，",
                "位。“我们全面",
                "（2024年）",
                "abc?",
                "\n",
                "著名",
                "乾坤",
                "！”",
            ]
        ),
        max_size=6,
    ),
    st.integers(0, 99),
)


@settings(deadline=None, max_examples=40)
@given(
    st.one_of(damaged, st.text(st.sampled_from("創發學龍宿?!彼捱w(fā)xué，,。“”a1\n"), max_size=60))
)
def test_a_repaired_text_needs_no_repair(text: str) -> None:
    once = repair(text).text
    assert repair(once).text == once
