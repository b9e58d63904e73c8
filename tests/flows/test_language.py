import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.steps.language import language


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("科技创新", "zh-Hans"),
        ("公告", "zh-Hans"),
        ("宿遷市舉行經濟發展會議，強調創新驅動。", "zh-Hant"),
        ("2024年1—10月份GDP同比增长", "zh-Hans"),
        ("The quick brown fox jumps over the lazy dog in the garden.", "en"),
        ("東京の天気はとても良いです。明日も晴れるでしょう。", "ja"),
        ("오늘 날씨가 아주 좋습니다. 내일도 맑겠습니다.", "ko"),
        ("苹果发布新iPhone 11：64GB售5499元 256GB售6799元", "zh-Hans"),
        ("9年來第1次戰勝詹姆斯!NBA歷史第二差紀錄終結", "zh-Hant"),
        ("乾隆行宫", "zh-Hans"),
        ("Suqian 宿迁 innovation week opens with many guests from abroad", "en"),
        ("Hello", "en"),
        ("Q3 GDP", "en"),
        ("", "und"),
        ("12345 !!", "und"),
    ],
)
def test_a_language_is_told_by_its_writing(text: str, tag: str) -> None:
    assert language(text) == tag


@given(st.text())
def test_any_text_has_a_tag_and_the_same_one_twice(text: str) -> None:
    assert language(text) == language(text) != ""
