import pytest

from flows.steps.tag import Tagger
from flows.taxonomy import Taxonomy

TAGGER = Tagger(Taxonomy.load())


def people(body: str) -> dict[str, list[str]]:
    """Who is named, and as what."""
    tags = TAGGER.tag("", body)
    return {tag.value: list(map(str, tag.roles)) for tag in tags if tag.kind == "person"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("宿迁市科技局局长许怀瑾说，", {"许怀瑾": ["局长@suqian/kjj"]}),
        ("市科技局长许怀瑾表示", {"许怀瑾": ["局长@suqian/kjj"]}),
        ("市委书记孟庭舟，", {"孟庭舟": ["书记@suqian/dangwei"]}),
        ("沭阳县县长陆知远调研", {"陆知远": ["县长@suqian/shuyang/zhengfu"]}),
        ("副市长贺云章率队", {"贺云章": ["副市长@suqian/zhengfu"]}),
        ("宿城区纪委书记秦牧原强调", {"秦牧原": ["书记@suqian/sucheng/jiwei"]}),
        ("市委组织部人才工作处处长唐书晴介绍", {"唐书晴": ["处长@suqian/zuzhibu"]}),
        ("南京市副市长温若谷出席", {"温若谷": ["副市长@南京市"]}),
    ],
)
def test_title_before_name(text: str, found: dict[str, list[str]]) -> None:
    assert people(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("由许怀瑾局长带队", {"许怀瑾": ["局长"]}),
        ("许怀瑾同志任宿迁市科技局局长", {"许怀瑾": ["局长@suqian/kjj"]}),
        ("任命许怀瑾为宿迁市科学技术局局长；", {"许怀瑾": ["局长@suqian/kjj"]}),
        ("免去许怀瑾的宿迁市教育局副局长职务", {"许怀瑾": ["副局长@suqian/jyj"]}),
        ("市科技局许怀瑾局长说", {"许怀瑾": ["局长@suqian/kjj"]}),
        ("许怀瑾（市科技局局长）", {"许怀瑾": ["局长@suqian/kjj"]}),
        ("组  长：许怀瑾  市科技局局长\n", {"许怀瑾": ["局长@suqian/kjj"]}),
        ("成  员：许  瑾  市科技局局长\n", {"许瑾": ["局长@suqian/kjj"]}),
    ],
)
def test_name_before_title(text: str, found: dict[str, list[str]]) -> None:
    assert people(text) == found


def test_two_roles_of_one_person() -> None:
    text = "宿迁副市长、宿迁经开区党工委书记贺云章表示"
    assert people(text) == {"贺云章": ["副市长@suqian/zhengfu", "书记@suqian/jingkai/danggongwei"]}


def test_a_second_role_without_a_body_is_of_the_same_place() -> None:
    assert people("泗洪县委常委、宣传部部长季明朗出席") == {
        "季明朗": ["常委@suqian/sihong/dangwei", "部长@suqian/sihong/xuanchuanbu"]
    }
    assert people("市教育局党组书记、局长乔望舒说") == {
        "乔望舒": ["党组书记@suqian/jyj", "局长@suqian/jyj"]
    }
    assert people("洋河新区党工委书记、管委会主任乔望舒说") == {
        "乔望舒": ["书记@suqian/yanghe/danggongwei", "主任@suqian/yanghe/guanweihui"]
    }


def test_a_biography_gives_the_roles_up_to_its_end() -> None:
    assert people(
        "许怀瑾，男，汉族，1980年5月生，现任市教育局副局长，拟任市科技局局长。\n"
        "唐书晴，女，汉族，1982年1月生，现任沭阳县副县长。\n"
        "监督电话由市委组织部处长受理"
    ) == {
        "许怀瑾": ["副局长@suqian/jyj", "局长@suqian/kjj"],
        "唐书晴": ["副县长@suqian/shuyang/zhengfu"],
    }


def test_the_next_ones_title_is_not_that_of_the_name_before_it() -> None:
    assert people("副市长贺云章，市政府秘书长某某参加") == {"贺云章": ["副市长@suqian/zhengfu"]}


def test_a_list_behind_one_title() -> None:
    assert people("市领导周景行、许怀瑾和孟庭舟参加活动。") == {
        name: ["市领导"] for name in ("周景行", "许怀瑾", "孟庭舟")
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("局长吕娟说，", "吕娟"),
        ("局长吕娟在会上说", "吕娟"),
        ("局长张辉和李明出席", "张辉"),
        ("局长张辉认为，", "张辉"),
        ("局长李和平，", "李和平"),
        ("局长张严对《日报》说", "张严"),
        ("局长　吕　娟\n", "吕娟"),
        ("局长欧阳修文表示", "欧阳修文"),
    ],
)
def test_a_name_ends_where_the_next_word_begins(text: str, name: str) -> None:
    assert name in people(text)


@pytest.mark.parametrize(
    "text",
    [
        "局长高度重视，",
        "书记要求，各地要",
        "副市长任组长，",
        "总书记曾多次强调",
        "局长方案，",
        "董事长高兴地说",
        "副局长、安全科科长参加",
        "市长热线接到",
        "办公室主任、各县区",
        "书记江苏、",
    ],
)
def test_a_word_behind_a_title_is_no_name(text: str) -> None:
    assert people(text) == {}


def test_evidence_has_body_title_and_name_and_later_mentions() -> None:
    body = "宿迁市科技局局长许怀瑾说，工作要实。据许怀瑾介绍，"
    [tag] = [tag for tag in TAGGER.tag("", body) if tag.kind == "person"]
    assert [(one.text, one.rule) for one in tag.evidence] == [
        ("宿迁市科技局局长许怀瑾", "role:局长@suqian/kjj"),
        ("许怀瑾", "name"),
    ]


def test_evidence_never_runs_over_a_line() -> None:
    tags = TAGGER.tag("市科技局局长", "许怀瑾说，")
    assert [tag for tag in tags if tag.kind == "person"] == []
