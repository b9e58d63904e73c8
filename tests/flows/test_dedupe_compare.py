"""Two texts side by side: what an editor does to a copy, and what tells two notices apart."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC
from rapidfuzz.distance import LCSseq

from flows.steps.dedupe import Kind, Relation, Text, compare
from flows.steps.dedupe.comparison import shares_a_stretch
from flows.steps.dedupe.skeleton import MAX_LENGTH, Skeleton, most_in_common
from storage.search import fold

TITLE = "宿迁高新区推动纺织产业向智能制造转型"
BODY = """走进宿迁高新区一家纺织企业的车间，三百多台织机整齐排列，机械臂沿着轨道来回穿梭，偌大的厂房里只看得到几名巡检工人。企业负责人陈卫国介绍，去年改造完成后，同样的订单用工减少四成，次品率降到了千分之三以下。
这样的变化在园区并不少见。近年来，高新区围绕纺织服装、机电装备两大主导产业，梳理出企业最急需的改造项目，由政府请专家上门诊断，改造方案通过评审后给予贴息支持，让中小企业也能改得起、改得好。
“过去不敢改、不会改，主要是怕投入收不回来。”园区经济发展局副局长周敏说，他们组织企业到苏州、无锡参观，又联系银行推出专项贷款，一家企业从申请到放款最快只用了六天。
目前，园区已有八十六家规模以上企业完成了首轮改造，建成省级智能车间二十一个。根据规划，到后年底，规模以上工业企业将实现全覆盖，带动上下游配套企业同步提升。
下一步，高新区还将建设行业级工业互联网平台，推动设计、打样、排产、质检等环节的数据互通，并与市职业技术学院合办产业学院，每年定向培养两百名技术工人。"""
NEWS = BODY.split("\n")


@cache
def _traditional() -> OpenCC:
    return OpenCC("s2tw")


def text(body: str, title: str = TITLE) -> Text:
    return Text(fold(title), fold(body))


def kind(one: Text, other: Text) -> Kind | None:
    found = compare(one, other)
    return found.kind if found else None


REPRINTS = {
    "another headline": text(BODY, "织机“换脑” 老产业焕新"),
    "the same in traditional characters": text(_traditional().convert(BODY)),
    "traditional, with its quotation marks and a headline of its own": text(
        _traditional().convert(BODY).replace("“", "「").replace("”", "」"), "宿遷紡織業轉型"
    ),
    "dateline and byline in front": text(f"本报讯（记者 张晓 通讯员 王璐）{BODY}"),
    "another paper's dateline": text(f"宿迁网讯 {BODY}\n（责任编辑：李娜）"),
    "an editor's note in front": text(
        f"编者按：制造业是实体经济的根基。本报今起推出“智改数转看园区”专栏，敬请关注。\n{BODY}"
    ),
    "credits behind": text(f"{BODY}\n来源：宿迁日报 编辑：王璐 审核：刘洋"),
    "another lead": text(
        "\n".join(
            ["宿迁高新区的老厂房里，变化正在发生。记者日前在园区采访时看到了这样一幕。", *NEWS[1:]]
        )
    ),
    "last paragraph cut": text("\n".join(NEWS[:-1])),
    "middle paragraph cut": text("\n".join(NEWS[:2] + NEWS[3:])),
    "a paragraph added": text(
        "\n".join(
            [
                *NEWS[:3],
                "据了解，这家企业今年又签下两笔来自东南亚的订单，交货期排到了明年春天。",
                *NEWS[3:],
            ]
        )
    ),
    "a sentence cut out of a paragraph": text(
        BODY.replace(
            "目前，园区已有八十六家规模以上企业完成了首轮改造，建成省级智能车间二十一个。", ""
        )
    ),
    "our zone for its name": text(BODY.replace("近年来，高新区", "近年来，我区")),
    "readings put behind characters": text(
        BODY.replace("创", "创(chuàng)").replace("产", "产(chǎn)").replace("业", "业(yè)")
    ),
    "characters lost": text(BODY.replace("机械臂", "机�臂").replace("梳理出", "梳□出")),
    "many characters lost": text("".join("�" if at % 29 == 7 else c for at, c in enumerate(BODY))),
    "numbered subheadings put in": text(
        "\n".join([NEWS[0], "二、园区里的变化", *NEWS[1:3], "三、往后的打算", *NEWS[3:]])
    ),
    "another reporter's name, in no brackets": text("宿迁日报记者张晓 " + BODY),
    "a wrong character put right": text(BODY.replace("贴息支持", "贴吸支持")),
    "full width and half width": text(
        BODY.replace("，", ",").replace("。", ". ").replace("：", ":")
    ),
}


@pytest.mark.parametrize("case", REPRINTS)
def test_a_reprint_is_found_whatever_an_editor_did(case: str) -> None:
    assert kind(text(BODY), REPRINTS[case]) in {Kind.EXACT, Kind.REPRINT}


def test_bylines_of_two_reporters_are_not_two_texts() -> None:
    one, other = text("本报记者张晓" + BODY), text("宿迁日报记者王璐" + BODY)
    assert kind(one, other) is Kind.REPRINT


def test_a_paper_says_yesterday_where_another_gives_the_day() -> None:
    told = "{}，宿迁高新区召开现场推进会，企业代表交流了改造经验。\n" + BODY
    days = ("昨日", "5月3日", "5月3日上午")
    assert {kind(text(told.format("昨日")), text(told.format(day))) for day in days[1:]} == {
        Kind.REPRINT
    }


NOTICE = """经研究，现将{place}{year}年{month}月份城乡居民最低生活保障拟批准对象名单予以公示，接受社会监督。
本次共新增{count}户，其中{person}等家庭经入户核查和信息比对，符合低保条件，拟按月发放补助{sum}元。
公示期限为{year}年{month}月{day}日至{day2}日。公示期内如有异议，请以书面形式向{place}民政办反映，反映情况应当客观真实，以单位名义反映的应加盖公章。
监督电话：0527-8425{number}。
{company}受托承担本次入户核查工作。"""
FIELDS = {
    "place": "蔡集镇",
    "year": "2024",
    "month": "5",
    "day": "12",
    "day2": "18",
    "count": "23",
    "person": "张守仁",
    "sum": "1260",
    "number": "1180",
    "company": "宿迁众益社会工作服务中心",
}
OTHERS = {
    "year": "2023",
    "month": "6",
    "day": "13",
    "count": "27",
    "person": "李保国",
    "sum": "980",
    "place": "王官集镇",
    "number": "1190",
    "company": "江苏瑞和信息技术有限公司",
}


def notice(**changes: str) -> Text:
    fields = FIELDS | changes
    return text(NOTICE.format_map(fields), f"{fields['place']}低保公示")


@pytest.mark.parametrize("field", OTHERS)
def test_notices_that_differ_in_one_thing_are_kept_apart(field: str) -> None:
    assert compare(notice(), notice(**{field: OTHERS[field]})) is None


WEATHER = "市气象台{day}日17时发布：今天夜里到明天{sky}，偏{wind}风{force}级，最低气温{low}℃，最高气温{high}℃。明天傍晚到后天{sky2}，早晚有雾，请注意交通安全。森林火险气象等级{grade}级，户外用火应当谨慎。"
TELLING = {
    "weather of two days": (
        text(WEATHER.format(day=3, sky="多云", wind="南", force="3到4", low=12, high=21, sky2="阴", grade=2), "天气预报"),
        text(WEATHER.format(day=4, sky="阴有小雨", wind="东", force="4到5", low=9, high=15, sky2="多云", grade=1), "天气预报"),
    ),
    "weather of two days that were alike": (
        text(WEATHER.format(day=3, sky="多云", wind="南", force="3到4", low=12, high=21, sky2="阴", grade=2), "天气预报"),
        text(WEATHER.format(day=3, sky="多云", wind="南", force="3到4", low=12, high=22, sky2="阴", grade=2), "天气预报"),
    ),
    "headlines of one template over one text": (
        text("根据政务公开要求，现将部门决算予以公开，公开内容包括部门概况、决算表、情况说明和名词解释，敬请社会各界监督，具体内容见附件，如有疑问可致电咨询，联系电话见本单位网站首页。" , "市水利局2022年度部门决算公开"),
        text("根据政务公开要求，现将部门决算予以公开，公开内容包括部门概况、决算表、情况说明和名词解释，敬请社会各界监督，具体内容见附件，如有疑问可致电咨询，联系电话见本单位网站首页。" , "市水利局2023年度部门决算公开"),
    ),
    "parts of a series": (
        text(BODY, "新质生产力一线观察（之一）"),
        text("\n".join([NEWS[0][:60] + "。", "这是系列报道的第二篇。" * 3, *(p[::-1] for p in NEWS[1:])]), "新质生产力一线观察（之二）"),
    ),
    "a statement and the report on it": (
        text("\n".join(NEWS[1:4]), "高新区关于智能化改造的说明"),
        text("宿迁高新区近日就企业智能化改造作出说明。说明提到，园区围绕两大主导产业梳理改造项目，请专家上门诊断，并对通过评审的方案贴息。"
             "园区经济发展局的一位负责人对本报表示，企业最担心的是投入收不回来，为此专门联系了几家银行。"
             "多位受访企业主认为，贷款审批快了不少，但技术工人仍然难招，希望职业学校能早日把毕业生送进车间。", "高新区回应企业关切"),
    ),
    "negated": (
        text(BODY),
        text(BODY.replace("这样的变化在园区并不少见", "这样的变化在园区少见")),
    ),
    "one more in a list": (
        text(BODY.replace("苏州、无锡", "苏州、无锡、常州") ),
        text(BODY),
    ),
    "two people with almost one name": (
        text(BODY.replace("陈卫国", "陈国")),
        text(BODY),
    ),
    "two companies with almost one name": (
        text(BODY.replace("市职业技术学院", "市技术学院")),
        text(BODY),
    ),
    "two places that sound alike": (
        text(BODY + "来源地为大兴镇和来龙镇的原料占了多半。"),
        text(BODY + "来源地为大新镇和来龙镇的原料占了多半。"),
    ),
    "a point in a number": (text("增长6.2%，" + BODY), text("增长62%，" + BODY)),
    "a sign before a number": (text("气温-3到5℃，" + BODY), text("气温3到5℃，" + BODY)),
    "nothing in common": (text(BODY), text("\n".join(p[::-1] for p in NEWS))),
}  # fmt: skip


@pytest.mark.parametrize("case", TELLING)
def test_texts_that_say_different_things_are_kept_apart(case: str) -> None:
    assert compare(*TELLING[case]) is None


REST = (
    "本周全市各级各部门围绕重点工作持续发力，多个项目取得新进展。\n{}\n洋河新区举行了酒都文化节开幕式，来自十二个省份的客商参加了产品推介，"
    "现场签下意向订单四十余份。\n骆马湖旅游度假区完成了环湖绿道的最后一段贯通工程，市民可以沿湖骑行一整圈，沿途新设驿站九处，"
    "每处都备有饮水和急救用品。\n市体育馆举办了全民健身运动会的篮球决赛，沭阳代表队在加时赛中胜出。"
)


def test_a_round_up_is_linked_with_what_it_quotes_and_not_merged() -> None:
    found = compare(text(NEWS[0] + NEWS[1]), text(REST.format(NEWS[0] + NEWS[1])))
    assert found is not None
    assert found.kind is Kind.EXCERPT
    assert found.shared[0] == 1.0
    assert found.shared[1] < 0.6
    assert found.run >= 150


def test_an_excerpt_needs_two_fifths_of_it_and_150_characters_in_a_row() -> None:
    own = (
        "与此同时，城区的学校也在忙着迎接新学期，操场重新铺了草皮，食堂换上了新炊具，老师们提前一周到校备课。"
        * 2
    )
    assert kind(text(NEWS[0] + NEWS[1][:90]), text(BODY + own)) is Kind.EXCERPT
    assert kind(text(NEWS[0] + own * 2), text(BODY)) is None
    assert kind(text(NEWS[0][:100] + own[:100]), text(BODY)) is None


def test_short_texts_are_related_only_when_they_are_equal() -> None:
    short = "定于五月三日上午九时在市政府会议中心召开全市安全生产电视电话会议，请准时参加。"
    assert kind(text(short), text(short)) is Kind.EXACT
    assert kind(text(short), text(short, "转发：会议通知")) is None
    assert kind(text(short), text(short + "请勿缺席。")) is None


def test_a_text_beyond_what_is_compared_is_merged_only_with_its_equal() -> None:
    long = "".join(f"第{number}条，{NEWS[number % 5]}\n" for number in range(1, 700))
    assert len(fold(long)) > MAX_LENGTH
    assert kind(text(long), text(long, "另一个标题")) is Kind.EXACT
    assert kind(text(long), text(long + "完。")) is Kind.EXCERPT


def test_the_evidence_says_how_much_is_shared_and_what_differs() -> None:
    found = compare(text(BODY), text("\n".join([*NEWS[:-1], "全市都在行动。"])))
    assert found is not None
    assert found.shared[0] < found.shared[1] < 1
    assert found.run > 300
    assert len(found.differs) == 1
    assert found.differs[0].endswith("→全市都在行动")
    assert found.evidence()["shared"] == list(found.shared)


PIECES = st.lists(
    st.sampled_from([*NEWS, NOTICE.format_map(FIELDS), "2024年", "张三", "。"]), max_size=6
)


@settings(max_examples=60, deadline=None)
@given(PIECES, PIECES)
def test_a_comparison_turned_round_says_the_same(first: list[str], second: list[str]) -> None:
    one, other = text("".join(first)), text("".join(second))
    found, back = compare(one, other), compare(other, one)
    assert found == (back and back.turned())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 9), st.integers(0, 9), st.sampled_from(range(len(BODY))))
def test_a_number_that_is_another_is_never_an_editors_doing(old: int, new: int, at: int) -> None:
    one = BODY[:at] + f"计{old}个" + BODY[at:]
    other = BODY[:at] + f"计{new}个" + BODY[at:]
    assert (kind(text(one), text(other)) is None) == (old != new)


def test_a_relation_turned_twice_is_itself() -> None:
    found = Relation(Kind.REPRINT, (0.9, 0.8), 200, ("−甲", "+乙", "丙→丁"))
    assert found.turned().differs == ("+甲", "−乙", "丁→丙")
    assert found.turned().turned() == found


@given(st.text("宿迁市12a，"), st.text("宿迁市12a，"))
def test_no_order_of_letters_has_more_in_common_than_is_told_beforehand(a: str, b: str) -> None:
    one, other = Skeleton(a), Skeleton(b)
    assert most_in_common(one, other) >= LCSseq.similarity(one.text, other.text)


@given(st.lists(st.text("宿迁", min_size=40, max_size=130), min_size=1, max_size=3), st.data())
def test_a_stretch_that_two_texts_share_is_seen_wherever_it_stands(
    parts: list[str], data: st.DataObject
) -> None:
    a = "市".join(parts)
    b = "区".join(data.draw(st.permutations([*parts, "宿" * 60])))
    shared = any(a[at : at + 100] in b for at in range(len(a) - 99))
    assert shares_a_stretch(a, b) is shared
