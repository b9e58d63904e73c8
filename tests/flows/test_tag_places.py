import pytest

from flows.steps.tag import Tagger
from flows.taxonomy import Taxonomy

TAGGER = Tagger(Taxonomy.load())


def places(body: str, title: str = "") -> list[str]:
    return [tag.value for tag in TAGGER.tag(title, body) if tag.kind == "place"]


def organisations(body: str) -> list[str]:
    return [tag.label for tag in TAGGER.tag("", body) if tag.kind == "organisation"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("宿城区召开会议", "suqian/sucheng"),
        ("走进宿城", "suqian/sucheng"),
        ("落户宿迁经开区", "suqian/jingkai"),
        ("苏州宿迁工业园区企业", "suqian/sugong"),
        ("沭阳县颜集镇的花木", "suqian/shuyang/yanji"),
        ("泗洪双沟镇", "suqian/sihong/shuanggou"),
        ("众兴镇旧街", "suqian/siyang/zhongxing"),
        ("骆马湖边", "suqian/luomahu"),
    ],
)
def test_a_name_stands_for_its_place(text: str, place: str) -> None:
    assert place in places(text)


def test_the_longest_name_counts() -> None:
    assert places("苏州宿迁工业园区") == ["suqian/sugong"]
    assert places("宿城经济开发区") == ["suqian/sucheng/jingkai"]


@pytest.mark.parametrize("text", ["青海湖路", "沭阳路施工", "洪泽湖东路", "宿迁大道", "住宿城市"])
def test_a_street_or_a_chance_run_of_characters_is_no_place(text: str) -> None:
    assert places(text) == []


def test_a_street_office_is_no_street() -> None:
    assert places("幸福街道") == ["suqian/sucheng/xingfu"]


def test_a_common_short_name_needs_the_full_one() -> None:
    assert places("经开区召开会议") == []
    assert places("宿迁经济技术开发区召开会议。经开区负责人说") == ["suqian/jingkai"]


def test_a_common_short_name_is_that_of_the_place_named_last() -> None:
    tags = TAGGER.tag("", "宿迁经开区与沭阳经开区签约，经开区表示")
    [shuyang] = [
        tag for tag in tags if (tag.kind, tag.value) == ("place", "suqian/shuyang/jingkai")
    ]
    assert [one.text for one in shuyang.evidence] == ["沭阳经开区", "经开区"]


def test_a_common_town_is_ours_unless_the_text_speaks_of_others() -> None:
    assert places("太平镇的春天") == ["suqian/sihong/taiping"]
    assert places("四川省太平镇的春天，成都市近郊") == []
    assert "suqian/sihong/taiping" in places("泗洪县太平镇与成都市的企业签约")
    assert "suqian/sihong/taiping" not in places("宿迁企业到睢宁县太平镇考察")


def test_the_main_place_comes_first_though_the_city_is_named_more_often() -> None:
    text = "宿迁市泗洪县双沟镇举行活动，宿迁来客，双沟镇居民参加，宿迁记者报道"
    assert places(text)[0] == "suqian/sihong/shuanggou"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("宿迁市科技局", "宿迁市科学技术局"),
        ("市科技局", "宿迁市科学技术局"),
        ("记者从市生态环境局获悉", "宿迁市生态环境局"),
        ("市行政审批局", "宿迁市数据局"),
        ("泗阳县卫健委", "泗阳县卫生健康委员会"),
        ("市政府办公室", "宿迁市人民政府办公室"),
        ("宿城区人民法院", "宿城区人民法院"),
        ("团市委", "共青团宿迁市委"),
        ("市委组织部", "中共宿迁市委组织部"),
        ("宿迁经开区管委会", "宿迁经济技术开发区管委会"),
        ("省科技厅", "江苏省科学技术厅"),
        ("颜集镇人民政府", "颜集镇人民政府"),
    ],
)
def test_short_and_former_names_stand_for_the_body(text: str, label: str) -> None:
    assert organisations(text) == [label]


@pytest.mark.parametrize(
    "text",
    [
        "南京市科技局",
        "城市委托",
        "上市委员会",
        "科技部门",
        "社区委员会",
        "县科技局",
        "睢宁县科技局",
    ],
)
def test_what_is_somebody_elses_or_no_body_at_all_gets_no_tag(text: str) -> None:
    assert organisations(text) == []


def test_the_countys_short_name_is_that_of_the_county_named_last() -> None:
    assert organisations("沭阳县召开会议，县科技局汇报") == ["沭阳县科学技术局"]
    assert organisations("泗洪县与沭阳县结对，县科技局汇报") == ["沭阳县科学技术局"]


def test_the_citys_short_name_in_a_text_about_another_city_is_not_ours() -> None:
    assert organisations("深圳市召开会议，市科技局汇报") == []
    assert organisations("宿迁与深圳市签约，市科技局汇报") == ["宿迁市科学技术局"]


def test_a_body_names_its_place() -> None:
    assert places("泗阳县卫健委发布") == ["suqian/siyang"]
    assert places("市科技局发布") == []


def at_home(body: str, publisher: str) -> set[str]:
    tags = TAGGER.tag("", body, home=TAGGER.home_of(publisher))
    return {tag.label for tag in tags if tag.kind in {"organisation", "place"}}


def test_what_a_text_does_not_name_is_its_publishers() -> None:
    text = "县教育局发布消息，经开区与副县长许怀瑾"
    assert at_home(text, "泗洪县人民政府") == {"泗洪县教育局", "泗洪经济开发区"}
    assert at_home(text, "沭阳县人民政府") == {"沭阳县教育局", "沭阳经济技术开发区"}
    assert at_home(text, "宿迁市科学技术局") == {"宿迁经济技术开发区"}
    assert at_home(text, "某某网") == set()
    assert at_home("泗阳县召开会议，县教育局汇报", "泗洪县人民政府") >= {"泗阳县教育局"}


def test_a_publisher_makes_no_other_citys_bodies_its_own() -> None:
    assert at_home("广东省佛山市，县教育局", "泗洪县人民政府") == set()
