"""Search: what is written in an article finds it, whatever way it is typed; nothing else does."""

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import TextClause, delete, select, text

from storage import Corpus, search
from storage.database import Database
from storage.models import Article, FoldedText
from storage.query import parse, quoted
from storage.search import fold, terms
from tests.storage.samples import Sample, store

# What the texts of a Chinese site are made of, the awkward parts over-represented.
ALPHABET = "宿迁市人民政府臺台著着開开发發〇𬭎々ＡＢab12１２ Σσ.，。“”\"'-_%*\n\u3000\u200b①㎡"

texts = st.text(alphabet=st.sampled_from(ALPHABET), max_size=40)


# --- folding ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("宿遷市人民政府", "宿迁市人民政府"),
        ("顯著提升", "显着提升"),
        ("顯著提升", "显著提升"),
        ("臺灣", "台湾"),
        ("颱風", "台风"),
        ("ＧＤＰ增长８．５％", "gdp增长8.5%"),
        ("新质\n 生产力", "新质生产力"),
        ("新 质 生 产 力", "新质生产力"),
        ("12 月 5 日", "12月5日"),
        ("宿\u200b迁\ufeff", "宿迁"),
        ("ΣΟΦΟΣ", "σοφος"),
    ],
)
def test_ways_of_writing_the_same_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("new york", "newyork"), ("12 000", "12000"), ("宿迁", "宿州")]
)
def test_different_texts_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(texts)
def test_folding_what_is_folded_changes_nothing(raw: str) -> None:
    assert fold(fold(raw)) == fold(raw)


@given(texts, st.integers(0, 40), st.integers(0, 40))
@example("ΣΣσ", 0, 2)
@example("12 月 ab cd", 2, 9)
def test_a_part_of_a_text_folds_to_a_part_of_the_folded_text(raw: str, one: int, two: int) -> None:
    part = raw[min(one, two) : max(one, two)]
    assert fold(part) in fold(raw)


@given(texts)
def test_every_letter_and_digit_begins_a_term(raw: str) -> None:
    folded = fold(raw)
    assert "".join(term[0] for term in terms(folded)) == "".join(
        character for character in folded if character.isalnum()
    )


# --- the index ----------------------------------------------------------------------------------


def found(database: Database, query: str) -> set[str]:
    """The keys of the articles that a query finds."""
    result = Corpus(database).search(query, limit=1000, reprints=True)
    assert result.total == len(result.items)
    return {article.url.removeprefix("https://www.") for article in result.items}


def scribble(chance: random.Random, longest: int) -> str:
    return "".join(chance.choices(ALPHABET, k=chance.randint(1, longest)))


def test_index_and_reading_every_text_agree_on_any_query(database: Database) -> None:
    chance = random.Random(20261124)
    samples = [
        Sample(key=str(number), title=scribble(chance, 15), body=scribble(chance, 120))
        for number in range(80)
    ]
    with database.unit_of_work() as session:
        store(session, *samples)
    folded = {one.key: (fold(one.title), fold(one.body)) for one in samples}
    hits = 0
    for _ in range(300):
        asked = [part_of(chance, chance.choice(samples)), chance.choice(["", "政", "zz", "“1 a"])]
        query = " ".join(map(quoted, asked))
        words = [text.folded for text in parse(query).texts]
        expected = {
            key
            for key, (title, body) in folded.items()
            if all(word in title or word in body for word in words)
        }
        assert found(database, query) == expected, query
        hits += len(expected)
    assert hits > 300


def part_of(chance: random.Random, sample: Sample) -> str:
    raw = chance.choice([sample.title, sample.body])
    start = chance.randrange(len(raw))
    return raw[start : start + chance.randint(1, 8)]


@pytest.mark.parametrize(
    "query", ["迁", "宿", "市", "宿迁", "迁市", "5", "q", "。", "%", "_", "𬭎"]
)
def test_one_character_is_enough(database: Database, query: str) -> None:
    with database.unit_of_work() as session:
        store(session, Sample(key="held", title="宿迁市", body="5%_Q。𬭎"))
        store(session, Sample(key="other", title="连云港", body="4"))
    assert found(database, query) == {"held"}


@pytest.mark.parametrize(
    "query", ["宿迁' 1=1 --", '宿迁"*', "宿 AND 迁:*", "body:宿迁", "^宿迁", "{title}:宿迁"]
)
def test_nothing_in_a_query_is_a_command(database: Database, query: str) -> None:
    with database.unit_of_work() as session:
        store(session, Sample(key="held", title="宿迁市"))
    assert found(database, query) == set()


def test_what_is_taken_out_is_found_no_more(database: Database) -> None:
    with database.unit_of_work() as session:
        store(session, Sample(key="kept", body="防汛工作"), Sample(key="left", body="防汛预案"))
        pk = session.scalars(select(Article.pk).where(Article.key == "left")).one()
        search.unindex(session, [pk])
        session.execute(delete(FoldedText).where(FoldedText.article_pk == pk))
        assert session.scalar(_indexed(database, "预案")) == 0
        assert session.scalar(_indexed(database, "防汛")) == 1
    assert found(database, "防汛") == {"kept"}


def _indexed(database: Database, pair: str) -> TextClause:
    """How many articles the index by itself holds for a pair of characters."""
    if database.engine.dialect.name == "postgresql":
        return text(f"SELECT count(*) FROM search WHERE terms @@ '{pair}'::tsquery")
    return text(f"SELECT count(*) FROM search WHERE search MATCH '\"{pair}\"'")


def test_an_article_too_long_for_its_index_entry_is_still_found(database: Database) -> None:
    chance = random.Random(7)
    long = "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(150_000))
    with database.unit_of_work() as session:
        store(session, Sample(key="long", body=long), Sample(key="short"))
    assert found(database, long[140_000:140_006]) == {"long"}
