"""Articles by what they are tagged with."""

from datetime import date

import pytest

from storage.corpus import Corpus, Filters
from storage.database import Database
from tests.storage.samples import Sample, store

ONE = Sample(
    key="a",
    tags=(
        ("type", "公示", "公示"),
        ("main_place", "suqian/sihong/shuanggou", "泗洪县双沟镇"),
        ("organisation", "suqian/kjj", "宿迁市科学技术局"),
        ("person", "吕娟", "吕娟"),
        ("document", "宿政发〔2024〕12号", "宿政发〔2024〕12号"),
        ("deadline", "2024-08-15", "公示期"),
    ),
)
OTHER = Sample(key="b", tags=(("type", "通知", "通知"), ("deadline", "2024-07-01", "报名截止")))


@pytest.fixture
def corpus(database: Database) -> Corpus:
    with database.unit_of_work() as session:
        store(session, ONE, OTHER)
    return Corpus(database)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(type="公示"),
        Filters(main_place="泗洪县双沟镇"),
        Filters(main_place="suqian/sihong"),
        Filters(organisation="suqian/kjj"),
        Filters(organisation="科学技术局"),
        Filters(person="吕娟"),
        Filters(document="宿政发[2024]12号"),
        Filters(open_on=date(2024, 8, 15)),
    ],
)
def test_a_filter_finds_the_article_with_that_tag_and_no_other(
    corpus: Corpus, filters: Filters
) -> None:
    [found] = corpus.articles(filters)
    assert found.types == ("公示",)


def test_a_filter_that_nothing_fulfils_finds_nothing(corpus: Corpus) -> None:
    assert corpus.count(Filters(person="吕")) == 0
    assert corpus.count(Filters(open_on=date(2024, 8, 16))) == 0
    assert corpus.count(Filters(type="公示", person="王黎黎")) == 0


def test_an_article_says_what_it_is_and_where_it_plays(corpus: Corpus) -> None:
    [found] = corpus.articles(Filters(type="公示"))
    assert (found.main_place, found.people) == ("泗洪县双沟镇", ("吕娟",))
