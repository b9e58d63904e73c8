import pytest

from flows.steps.tag import Tagger
from flows.taxonomy import Taxonomy

TAGGER = Tagger(Taxonomy.load())


def cited(kind: str, body: str) -> list[str]:
    return sorted(tag.value for tag in TAGGER.tag("", body) if tag.kind == kind)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("（宿政发〔2024〕12号）", "宿政发〔2024〕12号"),
        ("根据宿政办发[2023]7号文件", "宿政办发〔2023〕7号"),
        ("按照江苏省苏政办发（2022）第031号", "苏政办发〔2022〕31号"),
        ("国办发〔2017〕 47号", "国办发〔2017〕47号"),
    ],
)
def test_a_document_number_has_one_form(text: str, number: str) -> None:
    assert cited("document", text) == [number]


def test_a_law_or_plan_stands_in_its_marks() -> None:
    text = "《日报》称，依据《中华人民共和国监察法》《宿迁市供水办法（试行）》（以下简称《办法》）"
    assert cited("policy", text) == ["中华人民共和国监察法", "宿迁市供水办法（试行）"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("高新技术企业培育“小升高”行动", ["小升高行动"]),
        ("纵深实施“百企升级”计划，", ["百企升级计划"]),
        ("紧扣“615”现代化产业体系建设", ["615现代化产业体系"]),
        ("深化实施“深耕行动”，", ["深耕行动"]),
        ("“千名学子进宿迁”、创业大赛、“校园宿迁日”等活动", ["千名学子进宿迁", "校园宿迁日"]),
        ("抓住科技创新这个“牛鼻子”，", []),
        ("“企业出题、科研机构答题”新模式", []),
        ("打造“强磁场”。", []),
        ("打击“套路贷”犯罪活动", []),
    ],
)
def test_a_programme_is_quoted_and_says_what_it_is(text: str, names: list[str]) -> None:
    assert cited("programme", text) == sorted(names)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("中共宿迁市委六届八次全会强调", "中共宿迁市委六届八次全会"),
        ("市委六届八次全会精神", "中共宿迁市委六届八次全会"),
        ("党的二十届三中全会", "党的二十届三中全会"),
        ("二十届三中全会精神", "党的二十届三中全会"),
        ("全市科技创新大会召开", "全市科技创新大会"),
        ("全市安全生产电视电话会议召开", "全市安全生产电视电话会议"),
    ],
)
def test_a_meeting_has_one_name(text: str, name: str) -> None:
    assert cited("meeting", text) == [name]
