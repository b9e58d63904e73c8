from datetime import date
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.steps.tag import Evidence, Tag, Tagger
from flows.tagging.amounts import Amount, amounts, number
from flows.tagging.facts import tag_facts
from flows.tagging.records import Text
from flows.taxonomy import Taxonomy

TAGGER = Tagger(Taxonomy.load())
DAY = date(2024, 7, 1)


def facts(kind: str, body: str, title: str = "") -> list[str]:
    return [tag.value for tag in tag_facts(Text.of(title, body), DAY) if tag.kind == kind]


def types(title: str, body: str = "") -> list[str]:
    return [tag.value for tag in TAGGER.tag(title, body) if tag.kind == "type"]


def main_place(body: str, title: str = "") -> list[str]:
    return [tag.value for tag in TAGGER.tag(title, body) if tag.kind == "main_place"]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("报名时间：2024年7月1日9:00至2024年7月5日17:00，逾期不再受理。", ["2024-07-05"]),
        ("报名时间为7月1日至5日", ["2024-07-05"]),
        ("公示期为2024年12月28日至1月3日（5个工作日）", ["2025-01-03"]),
        ("公示时间：2024年7月1日-2024年7月7日", ["2024-07-07"]),
        ("意见反馈截止时间为2024年8月1日。", ["2024-08-01"]),
        ("请于8月20日前将推荐函报送至市科技局", ["2024-08-20"]),
        ("投标文件递交的截止时间为2024年9月3日9时30分", ["2024-09-03"]),
        ("本次公示2024年7月1日发布", []),
        ("请于2月30日前报送", []),
        ("2024年7月1日，全市召开会议", []),
    ],
)
def test_a_deadline_is_the_last_day_of_what_is_set(text: str, days: list[str]) -> None:
    assert facts("deadline", text) == days


def test_a_day_without_a_year_needs_the_day_of_publication() -> None:
    text = Text.of("", "报名时间为7月1日至5日")
    assert [tag.value for tag in tag_facts(text, None)] == []
    [tag] = tag_facts(text, date(2023, 6, 1))
    assert (tag.value, tag.label) == ("2023-07-05", "报名截止")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("本办法自2024年8月1日起施行，有效期5年。", "2024-08-01/2029-07-31"),
        ("自2024年8月1日起施行，有效期至2026年12月31日", "2024-08-01/2026-12-31"),
        ("自2024年8月1日起执行。", "2024-08-01/"),
        ("有效期三年，自2024年2月29日起施行", "2024-02-29/"),
    ],
)
def test_a_paper_says_how_long_it_holds(text: str, span: str) -> None:
    [found] = facts("validity", text)
    assert found.startswith(span)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("总投资12亿元", ["CNY 1200000000"]),
        ("奖励3,000元", ["CNY 3000"]),
        ("补助二十五万元", ["CNY 250000"]),
        ("合同金额1.5万元人民币", ["CNY 15000"]),
        ("进口3亿美元", ["USD 300000000"]),
        ("奖励一百零五元", ["CNY 105"]),
        ("第3元素、元旦", []),
        ("第二零三元宝", []),
        ("人均可支配收入2.5", []),
    ],
)
def test_sums_of_money_have_one_form(text: str, values: list[str]) -> None:
    assert facts("money", text) == values


def test_ones_and_zeros_without_end_are_read_once() -> None:
    began = process_time()
    assert list(amounts("一零" * 50_000 + "。奖励三元")) == [
        Amount("money", "CNY 3", 3.0, 100_003, 100_005)
    ]
    assert process_time() - began < 2


def test_areas_are_in_square_metres_with_their_text() -> None:
    [field, hall] = [
        tag for tag in TAGGER.tag("", "流转土地300亩，建厂房2.5万平方米") if tag.kind == "area"
    ]
    assert (field.value, field.label, field.amount) == ("200000 m²", "300亩", 200_000.0)
    assert (hall.value, hall.label, hall.amount) == ("25000 m²", "2.5万平方米", 25_000.0)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("十", 10),
        ("二十五万", 250_000),
        ("三亿二千万", 320_000_000),
        ("一万亿", 10**12),
        ("两千零五", 2005),
    ],
)
def test_spelled_numbers_are_read(written: str, value: int) -> None:
    assert number(written) == value


@given(st.integers(1, 10**9))
def test_digits_with_commas_are_the_number_that_they_say(value: int) -> None:
    assert number(f"{value:,}") == value


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        ("关于印发《宿迁市供水办法（试行）》的通知", ["通知", "办法"]),
        ("市政府办公室关于加强科技创新的实施意见", ["意见"]),
        ("宿迁市产业发展规划（2024—2028年）", ["规划"]),
        ("某设备采购项目招标公告", ["招标", "公告"]),
        ("某工程中标结果公示", ["中标", "公示"]),
        ("关于李某等同志职务任免的通知", ["任免", "通知"]),
        ("《供水办法》政策解读", ["解读"]),
        ("在全市大会上的讲话", ["讲话"]),
        ("关于公开征求《供水办法》意见的公告", ["征求意见", "公告"]),
        ("发展大道封闭施工的通告", ["通告"]),
        ("一片荒地上的工厂", []),
    ],
)
def test_the_title_tells_the_type(title: str, kinds: list[str]) -> None:
    assert types(title) == kinds


def test_who_reports_makes_it_news() -> None:
    assert types("一片荒地上的工厂", "本报讯（周牧野）近日，") == ["新闻"]
    assert types("一片荒地上的工厂", "工厂开工了。" * 50 + "他告诉记者，" + "好。" * 150) == [
        "新闻"
    ]
    assert types("一片荒地上的工厂", "工厂开工了。") == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("宿迁市泗洪县双沟镇举行活动，双沟镇居民参加。", ["suqian/sihong/shuanggou"]),
        ("宿城区、宿豫区、沭阳县作了发言。", ["suqian"]),
        ("泗阳县来安街道、众兴街道招生，由县教育局解释。", ["suqian/siyang"]),
        ("骆马湖边的清晨", ["suqian/luomahu"]),
        ("大运河和洪泽湖边的清晨", []),
        ("没有地名", []),
        ("南京、苏州、无锡、徐州、常州和宿迁参加，南京作介绍。", []),
    ],
)
def test_the_main_place_is_the_narrowest_that_most_agrees_on(text: str, place: list[str]) -> None:
    assert main_place(text) == place


def test_a_tag_that_cannot_show_its_evidence_is_refused() -> None:
    with pytest.raises(ValueError, match="without evidence: topic keji"):
        Tag("topic", "keji", "科技创新", 1.0, ())
    Tag("topic", "keji", "科技创新", 1.0, (Evidence("title", 0, 2, "科技", "term"),))


def test_a_text_in_traditional_characters_is_tagged_with_the_words_as_written() -> None:
    tags = TAGGER.tag("宿遷市舉行經濟發展會議", "宿遷市委副書記、市長劉浩認為，文化是靈魂。")
    [person] = [tag for tag in tags if tag.kind == "person"]
    assert (person.value, person.evidence[0].text) == ("刘浩", "宿遷市委副書記、市長劉浩")
