import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import CatalogueError
from flows.steps.tag import MAX_TOPICS, Tag, Tagger
from flows.taxonomy import Taxonomy

SEED = Path(__file__).parents[3] / "shared" / "seed" / "mirror-article.repaired.txt"
TAGGER = Tagger(Taxonomy.load())


def labels(kind: str, title: str, body: str = "") -> list[str]:
    return [tag.label for tag in TAGGER.tag(title, body) if tag.kind == kind]


def test_a_topic_in_the_title_is_enough() -> None:
    assert labels("topic", "关于支持科技创新的若干措施") == ["科技创新"]


def test_a_word_said_in_passing_makes_no_topic() -> None:
    assert labels("topic", "年度工作会议召开", "会议还提到了旅游。") == []


def test_an_article_has_five_topics_at_the_most() -> None:
    everything = "".join(term for topic in TAGGER.taxonomy.topics.values() for term in topic.terms)
    assert len(labels("topic", everything, everything)) == MAX_TOPICS


def test_a_place_is_resolved_to_its_full_name() -> None:
    assert labels("place", "宿城举行活动") == ["宿迁市宿城区"]


def test_the_longest_name_counts() -> None:
    assert labels("place", "宿迁经济技术开发区") == ["宿迁经济技术开发区"]


def test_a_name_that_every_city_has_counts_only_beside_the_full_one() -> None:
    assert labels("place", "", "经开区加快发展") == []
    assert labels("place", "宿迁经开区", "经开区加快发展") == ["宿迁经济技术开发区"]


def check_evidence(tags: tuple[Tag, ...], title: str, body: str) -> None:
    for tag in tags:
        assert tag.evidence
        for one in tag.evidence:
            text = title if one.field == "title" else body
            assert text[one.start : one.end] == one.text


@given(
    st.text(alphabet="宿城豫科技创新经开区人才 ，\n"),
    st.text(alphabet="宿城豫科技创新经开区人才 ，\n"),
)
def test_every_tag_shows_its_evidence(title: str, body: str) -> None:
    check_evidence(TAGGER.tag(title, body), title, body)


@pytest.mark.skipif(not SEED.exists(), reason="the seed article is not beside this checkout")
def test_the_seed_article_is_about_what_it_is_about() -> None:
    body = SEED.read_text("utf-8")
    tags = TAGGER.tag("", body)
    check_evidence(tags, "", body)
    found = {tag.label for tag in tags}
    assert {"科技创新", "人才", "产业", "宿迁经济技术开发区"} <= found


def overlay(folder: Path, text: str, name: str = "topics.yaml") -> Path:
    (folder / "taxonomy").mkdir()
    (folder / "taxonomy" / name).write_text(text, "utf-8")
    return folder


def test_a_topic_of_the_operators_own_is_found_and_changes_the_version(tmp_path: Path) -> None:
    own = Taxonomy.load(overlay(tmp_path, "huahui: {label: 花卉, terms: {花木: 3}}\n"))
    assert [
        tag.label for tag in Tagger(own).tag("沭阳花木走向全国花木市场", "") if tag.kind == "topic"
    ] == ["花卉"]
    assert own.version != TAGGER.taxonomy.version
    assert Taxonomy.load().version == TAGGER.taxonomy.version


def test_a_shipped_topic_is_switched_off(tmp_path: Path) -> None:
    own = Taxonomy.load(overlay(tmp_path, "keji: {label: x, terms: {x: 1}, enabled: false}\n"))
    assert "keji" not in own.topics


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (
            "a: {label: 甲, terms: {x: 1}}\nb: {labl: 乙, terms: {x: 1}}\n",
            2,
            "did you mean 'label'",
        ),
        ("a: {label: 甲, terms: {x: often}}\n", 1, "a.terms.x"),
        ("a: {label: 甲, parent: nobody, terms: {x: 1}}\n", 1, "unknown parent 'nobody'"),
        ("a: {label: 甲}\n", 1, "the key 'a.terms' is missing"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(CatalogueError) as caught:
        Taxonomy.load(overlay(tmp_path, text))
    assert said in str(caught.value)
    assert re.search(rf"topics\.yaml:{line}: ", str(caught.value))
