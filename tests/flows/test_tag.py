import cProfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.steps.tag import MAX_TOPICS, Tag, Tagger
from flows.taxonomy import Taxonomy
from flows.taxonomy.models import Topic

SEED = Path(__file__).parents[2].parent / "shared" / "seed" / "mirror-article.repaired.txt"
TAXONOMY = Taxonomy.load()
TAGGER = Tagger(TAXONOMY)
# What texts of this city are made of, so that random ones hit the rules.
_PIECES = st.sampled_from(
    [
        *(
            "宿迁",
            "宿迁市科技局",
            "局长",
            "副市长",
            "张辉",
            "吕娟",
            "、",
            "，",
            "说",
            "和",
            "市委",
            "经开区",
        ),
        *(
            "沭阳县",
            "县政府",
            "公安局",
            "《",
            "》",
            "“",
            "”",
            "科技创新",
            "白酒",
            "\n",
            " ",
            "太平镇",
            "x",
            "𠮷",
        ),
    ]
)


def tagger_of(**topics: Topic) -> Tagger:
    return Tagger(replace(TAXONOMY, topics=topics))


def values(tags: tuple[Tag, ...], kind: str) -> list[str]:
    return [tag.value for tag in tags if tag.kind == kind]


@given(st.lists(_PIECES).map("".join), st.lists(_PIECES).map("".join))
def test_every_tag_shows_evidence_that_stands_where_it_says(title: str, body: str) -> None:
    fields = {"title": title, "body": body}
    for tag in TAGGER.tag(title, body):
        assert tag.evidence
        for one in tag.evidence:
            assert fields[one.field][one.start : one.end] == one.text != ""


def test_a_text_that_names_nothing_has_no_tags() -> None:
    assert TAGGER.tag("", "") == ()
    assert TAGGER.tag("Hello", "nothing to see here") == ()


def test_a_topic_needs_more_than_one_word_in_passing() -> None:
    tagger = tagger_of(baijiu=Topic(label="酒业", terms={"白酒": 3, "酿酒": 3}))
    assert values(tagger.tag("", "他爱喝白酒。"), "topic") == []
    assert values(tagger.tag("", "白酒和酿酒的历史。"), "topic") == ["baijiu"]


def test_a_word_in_the_title_counts_three_times() -> None:
    tagger = tagger_of(baijiu=Topic(label="酒业", terms={"白酒": 3}))
    assert values(tagger.tag("白酒产业发展", "见附件。"), "topic") == ["baijiu"]


def test_a_word_repeated_without_end_says_no_more() -> None:
    tagger = tagger_of(a=Topic(label="甲", terms={"白酒": 3}))
    [often] = tagger.tag("", "白酒" * 3)
    [endless] = tagger.tag("", "白酒" * 100)
    assert often.score == endless.score == 6.0


def test_what_a_long_text_touches_on_is_no_topic_of_it() -> None:
    topics = {
        "main": Topic(label="主", terms={f"主词{n}": 3 for n in "一二三四五六七八九十"}),
        "aside": Topic(label="旁", terms={"旁词": 3}),
    }
    body = "".join(f"主词{n}。" * 2 for n in "一二三四五六七八九十") + "旁词。" * 3
    assert values(tagger_of(**topics).tag("", body), "topic") == ["main"]


def test_no_more_than_five_topics() -> None:
    topics = {f"t{n}": Topic(label=f"题{n}", terms={f"词{n}号": 3}) for n in range(8)}
    title = "".join(f"词{n}号" for n in range(8))
    assert len(tagger_of(**topics).tag(title, "")) == MAX_TOPICS == 5
    everything = "".join(term for topic in TAXONOMY.topics.values() for term in topic.terms)
    assert len(values(TAGGER.tag(everything, everything), "topic")) == MAX_TOPICS


def test_what_shows_a_topic_shows_the_wider_one() -> None:
    topics = {
        "chanye": Topic(label="产业", terms={"产业链": 2}),
        "baijiu": Topic(label="酒业", parent="chanye", terms={"白酒": 3}),
    }
    wide, narrow = sorted(tagger_of(**topics).tag("白酒", ""), key=lambda tag: tag.value)[::-1]
    assert [wide.value, narrow.value] == ["chanye", "baijiu"]
    assert wide.evidence[0].rule == "term:baijiu"


def test_a_hiding_phrase_keeps_its_words_from_counting() -> None:
    plain = Topic(label="教育", terms={"教育": 3})
    hiding = plain.model_copy(update={"hides": ("教育局",)})
    assert values(tagger_of(jiaoyu=plain).tag("市教育局", ""), "topic") == ["jiaoyu"]
    assert values(tagger_of(jiaoyu=hiding).tag("市教育局", ""), "topic") == []


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("市政府关于加快科技创新的若干政策", "keji"),
        ("关于做好高层次人才引进工作的通知", "rencai"),
        ("全市优化营商环境工作会议召开", "yingshang"),
        ("关于发展大道封闭施工的通告", "daolu"),
        ("2026年事业单位公开招聘工作人员公告", "zhaolu"),
        ("年产300万件休闲食品项目环境影响评价文件受理情况的公示", "shengtai"),
        ("关于调整住房公积金贷款政策的通知", "zhufang"),
        ("洋河股份封藏大典举行", "baijiu"),
        ("关于开展夏粮收购工作的通知", "nongye"),
        ("2026年宿迁马拉松报名公告", "tiyu"),
    ],
)
def test_titles_of_the_city_get_their_topic(title: str, topic: str) -> None:
    assert topic in values(TAGGER.tag(title, ""), "topic")


@pytest.fixture(scope="module")
def seed_tags() -> tuple[Tag, ...]:
    if not SEED.exists():
        pytest.skip("the seed article is kept beside the project")
    return TAGGER.tag("", SEED.read_text("utf-8"))


def test_seed_article_topics(seed_tags: tuple[Tag, ...]) -> None:
    assert values(seed_tags, "topic") == ["keji", "rencai", "chanye"]


def test_seed_article_places(seed_tags: tuple[Tag, ...]) -> None:
    assert values(seed_tags, "place") == ["suqian", "suqian/jingkai"]


def test_seed_article_organisations(seed_tags: tuple[Tag, ...]) -> None:
    assert {tag.label for tag in seed_tags if tag.kind == "organisation"} == {
        *("中共宿迁市委", "宿迁市科学技术局", "中共宿迁市委组织部", "宿迁经济技术开发区党工委"),
        *("科学技术部", "江苏省产业技术研究院"),
    }


def test_seed_article_people_with_their_titles(seed_tags: tuple[Tag, ...]) -> None:
    people = {tag.label: list(map(str, tag.roles)) for tag in seed_tags if tag.kind == "person"}
    assert people == {
        "张辉": ["副市长@suqian/zhengfu", "书记@suqian/jingkai/danggongwei"],
        "吕娟": ["局长@suqian/kjj"],
        "王黎黎": ["处长@suqian/zuzhibu"],
    }


def test_seed_article_programmes_and_the_meeting(seed_tags: tuple[Tag, ...]) -> None:
    assert set(values(seed_tags, "programme")) == {
        *("615现代化产业体系", "百企升级计划", "小升高行动", "深耕行动"),
        *("千名学子进宿迁", "校园宿迁日"),
    }
    assert values(seed_tags, "meeting") == ["中共宿迁市委六届八次全会"]


@pytest.mark.parametrize(
    "piece",
    [
        "宿迁市科技局局长张辉、",
        "局长任为是",
        "沭阳县太平镇县科技局",
        "“《宿政发〔2024〕1号",
        "报名时间1月1日至",
    ],
)
def test_the_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    def steps(length: int) -> int:
        """Python's own calls: a count that no other process disturbs."""
        profile = cProfile.Profile()
        profile.runcall(TAGGER.tag, "", (piece * length)[:length])
        return sum(entry.callcount for entry in profile.getstats())

    steps(100)
    assert steps(8_000) < 6 * steps(2_000)


def test_seed_article_is_news_of_the_city(seed_tags: tuple[Tag, ...]) -> None:
    assert values(seed_tags, "type") == ["新闻"]
    assert values(seed_tags, "main_place") == ["suqian"]
    for kind in ("policy", "document", "deadline", "validity", "money", "area"):
        assert values(seed_tags, kind) == []
