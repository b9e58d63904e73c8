"""Articles by what they are tagged with."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert

from storage.corpus import Corpus, Filters
from storage.database import Database
from storage.models import Article, Revision
from tests.storage.samples import NOW, Sample, store

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


@pytest.mark.parametrize("name", ["suqian/sihong", "宿迁市泗洪县", "泗洪县"])
def test_a_place_holds_what_lies_in_it_by_its_name_too(
    corpus: Corpus, database: Database, name: str
) -> None:
    whole = Sample(key="c", tags=(("main_place", "suqian/sihong", "宿迁市泗洪县"),))
    with database.unit_of_work() as session:
        store(session, whole)
    asked = Filters(main_place=name)
    assert {one.main_place for one in corpus.articles(asked)} == {"泗洪县双沟镇", "宿迁市泗洪县"}
    assert corpus.search("", asked).total == 2
    assert corpus.at(NOW).count(asked) == 2


def test_a_facet_counts_what_who_chooses_its_value_finds(
    corpus: Corpus, database: Database
) -> None:
    city = ("place", "suqian", "宿迁市")
    county = ("place", "suqian/sihong", "宿迁市泗洪县")
    town = ("place", "suqian/sihong/jieji", "泗洪县界集镇")
    other = ("place", "suqian/sihong/shuanggou", "泗洪县双沟镇")
    far = ("place", "elsewhere/inner", "外地")
    with database.unit_of_work() as session:
        store(session, Sample(key="c", tags=(town, other)), Sample(key="d", tags=(county, town)))
        store(session, Sample(key="e", tags=(city,)), Sample(key="f", tags=(other, far)))
    facet = corpus.search(facets=["place", "type"]).facets["place"]
    assert [(one.label, one.count) for one in facet[:2]] == [("宿迁市", 4), ("宿迁市泗洪县", 3)]
    for one in facet:
        assert corpus.search("", Filters(place=one.value)).total == one.count
    assert len(facet) == 5


def test_a_place_holds_what_lay_in_it(corpus: Corpus, database: Database) -> None:
    whole = Sample(key="c", tags=(("main_place", "suqian/sihong", "宿迁市泗洪县"),))
    with database.unit_of_work() as session:
        store(session, whole)
        one = session.query(Article).filter_by(key="a").one()
        one.revised_at = NOW + timedelta(days=1)
        told = {"article_pk": one.pk, "number": 1, "title": "", "body": "", "fields": {}}
        session.execute(insert(Revision), [told | {"digest": "", "seen_at": NOW, "warc": ""}])
    past = corpus.at(NOW)
    assert past.count(Filters(main_place="泗洪县")) == 2
    assert past.search("place:泗洪县").total == past.count(Filters(place="泗洪县")) == 0


def test_an_article_says_what_it_is_and_where_it_plays(corpus: Corpus) -> None:
    [found] = corpus.articles(Filters(type="公示"))
    assert (found.main_place, found.people) == ("泗洪县双沟镇", ("吕娟",))
