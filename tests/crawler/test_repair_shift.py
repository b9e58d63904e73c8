"""Misread bytes are read again, whatever mark lost one and wherever the misreading ended."""

import re
import subprocess
import sys
from random import Random

import pytest

from crawler.demo.damage import Mirror, damage
from crawler.repair import Damage, repair
from crawler.repairing import gbk, script, shift
from crawler.repairing.language import chinese

ALWAYS = 1.0
# What convicts the mirror; it names nobody that the sentences below name.
BEFORE = "科技创新是发展新质生产力的核心要素，要加快建设现代产业体系。\n"
ANY = re.compile("[、。“”‘’《》【】—…，：；？！（）]")


def broken(clean: str, mark: str, *, narrows_first: bool = True) -> str:
    mirror = Mirror(loses=re.compile(re.escape(mark)), narrows_first=narrows_first)
    return damage(BEFORE, Random(0), loss=0.0) + damage(
        clean, Random(0), loss=ALWAYS, mirror=mirror
    )


@pytest.mark.parametrize(
    ("mark", "clean"),
    [
        ("。”", "他说：“我们在发展。”宿迁市委书记表示，"),
        ("。“", "这是好事。“我们全面提高政治觉悟，认真学习"),
        ("、", "推进科技、人才、教育工作，"),
        ("”", "打造“千亿园区”和“全国百强”企业，"),
        ("《", "印发《关于加快发展的意见》，"),
        ("》", "印发《关于加快发展的意见》的通知，"),
        ("。”", "他说：“一定要抓好落实。”\n会议要求，"),
        ("。", "会议强调安全生产。\n会议要求，"),
        ("。", "会议强调安全生产。2024年完成，"),
        ("。", "会议强调安全生产。"),
    ],
)
def test_the_lost_byte_of_a_mark_is_put_back(mark: str, clean: str) -> None:
    assert repair(broken(clean, mark)).text == BEFORE + clean


@pytest.mark.parametrize("mark", "：；（）")
def test_a_mark_that_was_misread_before_it_was_narrowed_is_put_back(mark: str) -> None:
    clean = f"会议指出{mark}宿迁市要坚持以科技创新为动力推动高质量发展"
    assert repair(broken(clean, mark, narrows_first=False)).text == BEFORE + clean


def test_several_stretches_in_a_line_are_read_each_by_itself() -> None:
    clean = "“发展。”宿迁市说，“创新。”宿迁市委说，为什么？因为“人才。”宿迁说。"
    assert repair(broken(clean, "。”")).text == BEFORE + clean


def test_a_stretch_that_comes_again_costs_nothing() -> None:
    clean = "他说：“我们在发展。”宿迁市委书记表示，会议指出要全面落实。" * 4
    text = broken(clean, "。”")
    [_, first, second, _] = (one.start() for one in shift.BEGINS.finditer(text))
    decoder = shift.Decoder(chinese(), 100_000)
    before = decoder.read(text, first)
    left = decoder.left
    after = decoder.read(text, second)
    assert left < 100_000
    assert decoder.left == left
    assert after == (before[0] + second - first, [one.moved(second - first) for one in before[1]])


def test_a_text_that_is_made_to_be_slow_is_given_up() -> None:
    text = broken("他说：“好。”" + "全面落实科学发展观推进产业结构调整" * 10, "。”")
    at = text.index("?")
    needs, has = shift.Decoder(chinese(), 100_000), shift.Decoder(chinese(), 2_000)
    assert needs.read(text, at)[1]
    assert has.read(text, at)[1] == []
    assert needs.left < 100_000 - 4_000
    assert -2_000 < has.left <= 0


def test_a_question_is_no_lost_byte() -> None:
    clean = "为什么？因为大家都来。好吗？好的。真的？！真的。"
    assert repair(broken(clean, "不")).text == BEFORE + clean


def test_a_page_that_lost_bytes_by_itself_keeps_its_script_and_its_marks() -> None:
    clean = "會議結束,主席說:“好。”遼寧省委書記指出:「這很重要」"
    shifted = "會議結束,主席說:“好?!边|寧省委書記指出:「這很重要」"
    found = repair(shifted)
    assert found.text in {clean, shifted}
    assert {one.kind for one in found.repairs} <= {Damage.SHIFT}


def test_every_pair_of_bytes_reads_as_its_character() -> None:
    for symbol in "一宿遷彼捱，。“”覀龍":
        first, second = gbk.pair(symbol) or (0, 0)
        assert gbk.character(first, second) == symbol
        assert gbk.characters_led_by(first)[second] == symbol
        assert gbk.characters_ending_in(second)[first] == symbol


def test_what_normalisation_narrowed_can_be_either() -> None:
    pairs = {pair for _, pair in gbk.readings("!", 0)}
    assert gbk.pair("！") in pairs
    assert {length for length, _ in gbk.readings("(7)", 0)} == {1, 3}


@pytest.mark.parametrize(
    ("taken", "simplified"),
    [("著力著名", "着力著名"), ("鍾馗", "钟馗"), ("乾隆晾乾", "乾隆晾干"), ("里面裡面", "里面里面"), ("已简化", "已简化")],
)  # fmt: skip
def test_traditional_characters_become_those_of_a_mainland_text(
    taken: str, simplified: str
) -> None:
    assert script.simplified(taken) == simplified


def test_an_undamaged_text_loads_no_language_model() -> None:
    code = """
import sys
from crawler.repair import repair
from crawler.repairing.language import chinese
assert not repair("为什么？因为好!臺灣(好)a(b)c?" * 50).repairs
assert "pypinyin" not in sys.modules and "jieba" not in sys.modules
assert not chinese.cache_info().currsize
"""
    subprocess.run([sys.executable, "-c", code], check=True)
