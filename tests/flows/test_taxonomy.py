from pathlib import Path

import pytest

from crawler.errors import CatalogueError
from flows.steps.tag import Tagger
from flows.taxonomy import Taxonomy


def overlay(folder: Path, **files: str) -> Path:
    (folder / "taxonomy").mkdir()
    for name, text in files.items():
        (folder / "taxonomy" / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def test_the_shipped_taxonomy_is_whole() -> None:
    taxonomy = Taxonomy.load()
    assert len(taxonomy.topics) >= 40
    assert {"suqian/sucheng", "suqian/shuyang", "suqian/jingkai"} <= taxonomy.places.keys()
    assert taxonomy.places["suqian/shuyang/yanji"].label == "沭阳县颜集镇"


def test_every_place_lies_in_one_that_is_there() -> None:
    places = Taxonomy.load().places
    assert all(key.rpartition("/")[0] in places for key in places if "/" in key)


def test_every_title_that_implies_a_body_implies_a_known_one() -> None:
    taxonomy = Taxonomy.load()
    implied = {title.body for title in taxonomy.titles.values() if title.body}
    assert implied <= taxonomy.organisations.keys()


def test_an_operator_adds_replaces_and_switches_off(tmp_path: Path) -> None:
    own = overlay(
        tmp_path,
        topics="gaotie: {label: 高铁, terms: {高铁: 3}}\nkeji: {enabled: false}\n",
        places="suqian/luomahu: {label: 骆马湖度假区, level: zone, names: [骆马湖]}\n",
    )
    taxonomy = Taxonomy.load(own)
    assert taxonomy.topics["gaotie"].terms == {"高铁": 3}
    assert "keji" not in taxonomy.topics
    assert taxonomy.places["suqian/luomahu"].label == "骆马湖度假区"


def test_an_operators_words_are_added_to_the_shipped_ones(tmp_path: Path) -> None:
    taxonomy = Taxonomy.load(overlay(tmp_path, people="surnames: {words: [仉]}\n"))
    assert {"仉", "王"} <= set(taxonomy.people["surnames"].words)
    tags = Tagger(taxonomy).tag("", "局长仉明远说")
    assert [tag.value for tag in tags if tag.kind == "person"] == ["仉明远"]


def test_the_version_is_that_of_the_content(tmp_path: Path) -> None:
    shipped = Taxonomy.load().version
    same = overlay(tmp_path, topics="# nothing changes\ngone: {enabled: false}\n")
    assert Taxonomy.load().version == Taxonomy.load(same).version == shipped
    (same / "taxonomy" / "topics.yaml").write_text("x: {label: 甲, terms: {乙: 1}}\n", "utf-8")
    assert Taxonomy.load(same).version != shipped


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (
            "topics",
            "a: {label: 甲, terms: {乙: 1}}\nb: {lable: 丙, terms: {丁: 1}}\n",
            "2: .*did you mean 'label'",
        ),
        ("topics", "\na:\n  label: 甲\n  terms: {乙: -1}\n", "4: .*terms.乙"),
        ("topics", "a:\n  label: 甲\n  parent: nowhere\n  terms: {乙: 1}\n", "3: .*'nowhere'"),
        ("topics", "a:\n  label: 甲\n  parent: a\n  terms: {乙: 1}\n", "3: .*below"),
        ("topics", "a: {label: 甲, terms: {}}\n", "1: .*terms"),
        ("topics", "a: {label: 甲, terms: {乙: often}}\n", "1: a.terms.乙"),
        ("topics", "a: {label: 甲}\n", "1: the key 'a.terms' is missing"),
        ("topics", "a: {label: 甲, terms: {' 乙': 1}}\n", "1: .*white space"),
        ("places", "a: {label: 甲, level: moon, names: [甲地]}\n", "1: .*level"),
        ("places", "a: {label: 甲, level: town, names: [沭阳县]}\n", "1: .*沭阳县 is a name of"),
        ("topic", "a: {label: 甲, terms: {乙: 1}}\n", "1: .*no such part"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(
    tmp_path: Path, name: str, text: str, problem: str
) -> None:
    own = overlay(tmp_path, **{name: text})
    with pytest.raises(CatalogueError, match=rf"taxonomy/{name}\.yaml:{problem}"):
        Taxonomy.load(own)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    own = overlay(tmp_path, topics="a: {label: 甲}\n", places="b: {label: 乙}\n")
    with pytest.raises(CatalogueError) as caught:
        Taxonomy.load(own)
    assert "topics.yaml:1:" in str(caught.value)
    assert "places.yaml:1:" in str(caught.value)
