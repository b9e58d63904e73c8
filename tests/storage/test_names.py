"""Names that no article has: understood where somebody knows them, refused where nobody does."""

from collections.abc import Iterator, Mapping
from datetime import date

import pytest

from storage.corpus import Corpus, Filters
from storage.database import Database
from storage.errors import BadQuestion
from storage.web import create_app
from tests.storage.asking import Client
from tests.storage.samples import NOW, Sample, store

KNOWN: Mapping[str, Mapping[str, str]] = {
    "source": {"kjj": "kjj", "fgw": "fgw", "市科技局": "kjj"},
    "topic": {"keji": "keji", "科技创新": "keji", "jiaoyu": "jiaoyu", "教育": "jiaoyu"},
    "place": {"suqian/sihong": "suqian/sihong", "泗洪": "suqian/sihong", "泗阳": "suqian/siyang"},
    "organisation": {"suqian/kjj": "suqian/kjj", "市科技局": "suqian/kjj"},
    "type": {"通知": "通知", "批复": "批复"},
}
TAGS = (
    ("topic", "keji", "科技创新"),
    ("place", "suqian/sihong/shuanggou", "泗洪县双沟镇"),
    ("organisation", "suqian/kjj", "宿迁市科学技术局"),
    ("topic", "old", "旧主题"),
)


def names(kind: str) -> Mapping[str, str]:
    return KNOWN.get(kind, {})


@pytest.fixture
def corpus(database: Database, url: str) -> Iterator[Corpus]:
    with database.unit_of_work() as session:
        store(session, Sample(key="a.cn/1", source="kjj", tags=TAGS))
    with Corpus.open(url, names=names) as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        ("source:市科技局", Filters(source="市科技局")),
        ("place:泗洪", Filters(place="泗洪")),
        ("place:泗洪 -place:泗阳", Filters(place="泗 洪")),
        ("(org:市科技局 OR org:suqian/kjj)", Filters(organisation="市科技局")),
        ("topic:科技創新", Filters(topic="科技創新")),
        ("topic:旧主题", Filters(topic="old")),
    ],
)
def test_another_name_means_the_same(corpus: Corpus, query: str, filters: Filters) -> None:
    assert corpus.search(query).total == corpus.search("", filters).total == 1
    assert len(list(corpus.articles(filters, query))) == corpus.count(filters) == 1
    assert [one.count for one in corpus.counts(["source"], filters, query)] == [1]
    assert corpus.at(NOW).search(query, filters).total == corpus.at(NOW).count(filters) == 1


@pytest.mark.parametrize("query", ["source:fgw", "topic:教育", "type:批复", "person:谁", "doc:无"])
def test_what_is_known_and_no_article_has_is_found_nowhere(corpus: Corpus, query: str) -> None:
    assert corpus.search(query).total == 0


@pytest.mark.parametrize(
    ("query", "position", "says"),
    [
        ("source:kj", 7, "unknown source 'kj'; did you mean kjj?"),
        ("新闻 -(topic:旧主 OR 报)", 11, "unknown topic '旧主'; did you mean 旧主题?"),
        ('place:"哪里"', 6, "unknown place '哪里'; the facets of a search show what there is"),
        (
            "报 OR org:科技局",
            9,
            "unknown organisation '科技局'; did you mean 市科技局, 宿迁市科学技术局?",
        ),
        ("type:通", 5, "unknown type '通'; did you mean 通知?"),
    ],
)
def test_what_nobody_knows_is_pointed_at(
    corpus: Corpus, query: str, position: int, says: str
) -> None:
    with pytest.raises(BadQuestion) as caught:
        corpus.search(query)
    assert (caught.value.position, str(caught.value)) == (
        position,
        f"character {position + 1} of the query: {says}",
    )
    for ask in (
        lambda: list(corpus.articles(query=query)),
        lambda: corpus.counts(["day"], query=query),
    ):
        with pytest.raises(BadQuestion, match="unknown "):
            ask()


def test_a_filter_that_nobody_knows_is_refused(corpus: Corpus) -> None:
    with pytest.raises(BadQuestion, match=r"unknown place '天'; the facets") as caught:
        corpus.count(Filters(place="天"))
    assert caught.value.position is None


def test_of_the_past_nobody_knows_all_topics(corpus: Corpus) -> None:
    past = corpus.at(NOW)
    assert past.search("topic:gone").total == 0
    with pytest.raises(BadQuestion, match="unknown source 'kj'"):
        past.search("source:kj")


def test_who_knows_no_names_refuses_none(database: Database) -> None:
    assert (
        Corpus(database).search("source:kj topic:nothing", Filters(since=date(2026, 1, 1))).total
        == 0
    )


def test_http_and_page_say_what_was_meant(corpus: Corpus) -> None:
    client = Client(create_app(corpus))
    for path in (
        "search?q=报 source:kj",
        "search?source=kj",
        "articles?source=kj",
        "export?q=source:kj",
    ):
        answer = client.get(f"/api/v1/{path}")
        assert (answer.status_code, "did you mean kjj?" in answer.json()["detail"]) == (400, True)
    assert client.get("/api/v1/search?q=报 source:kj").json()["position"] == 9
    page = client.get("/?q=报 source:kj", headers={"Accept-Language": "zh"})
    assert page.status_code == 400
    assert "没有名为“kj”的来源；是不是 kjj？" in page.text
    assert "报 source:<mark>k</mark>j" in page.text
