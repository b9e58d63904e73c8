"""How good the tags are, on the hand-labelled sample, and on the seed article."""

import pytest

from benchmarks.sample import LABELS, PAGES, Sample, load_sample, wider_topics
from benchmarks.tagging import TARGETS, errors, score, with_ten_times_the_names
from flows.steps.tag import Tagger
from flows.tagging.gazetteer import Gazetteer
from flows.taxonomy import Taxonomy

TAXONOMY = Taxonomy.load()
TAGGER = Tagger(TAXONOMY)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return load_sample(wider_topics(TAXONOMY.topics))


def test_the_sample_is_large_and_is_what_was_labelled(sample: Sample) -> None:
    own = [key for key in sample.missing if not key.endswith(".html")]
    assert own == []
    if not PAGES.exists():
        pytest.skip("the saved pages are kept beside the project; the rest of the sample is whole")
    assert len(sample.examples) >= 150
    assert sample.missing == []


@pytest.mark.parametrize("kind", TARGETS)
def test_tags_are_as_good_as_promised(sample: Sample, kind: str) -> None:
    found = score(TAGGER, sample.examples, kind)
    wrong = [line for line in errors(TAGGER, sample.examples) if f" {kind} " in line]
    assert found.f1 >= TARGETS[kind], "\n".join(wrong)


def test_every_label_is_one_that_the_taxonomy_has(sample: Sample) -> None:
    known = {
        "topic": {topic.label for topic in TAXONOMY.topics.values()},
        "place": {place.label for place in TAXONOMY.places.values()},
        "organisation": {body.label for body in Gazetteer(TAXONOMY).names.bodies.values()},
    }
    for example in sample.examples:
        for kind, labels in known.items():
            assert example.gold[kind] | example.maybe[kind] <= labels, example.key


def test_no_text_of_a_fetched_page_is_kept_with_the_labels() -> None:
    pages = (LABELS / "pages.yaml").read_text("utf-8")
    assert "title:" not in pages
    assert "body:" not in pages


def test_the_large_gazetteer_is_ten_times_the_shipped_one() -> None:
    large = Gazetteer(with_ten_times_the_names(TAXONOMY)).names.words
    assert len(large) >= 10 * len(Gazetteer(TAXONOMY).names.words)
