"""What a question may cost: whoever may not ask for long is told at once that it would take too long."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from storage import Corpus, finding, index_pages, indexes
from storage.database import Database
from storage.errors import TooSlow
from storage.limits import foresee, hurried, limit_time
from storage.query import parse
from storage.records import Filters
from tests.storage.samples import Sample, store

MANY = [Sample(key=f"a.cn/{number}", body=f"防汛值班表第{number}号。" * 3) for number in range(12)]


@pytest.fixture
def limited(database: Database) -> Database:
    """A filled database on which no transaction may take more than a minute."""
    with database.unit_of_work() as session:
        store(session, *MANY)
    limit_time(database.engine, 60.0)
    return database


def spend(session: Session, seconds: float) -> None:
    """As if the transaction had begun so long ago."""
    session.connection().info["deadline"] -= seconds


def test_what_would_take_too_long_is_told_from_what_is_done(limited: Database) -> None:
    with limited.reading() as session:
        spend(session, 6.0)
        foresee(session, 0.5)
        with pytest.raises(TooSlow, match="ask for less"):
            foresee(session, 0.05)


def test_who_may_ask_for_long_is_not_told(database: Database) -> None:
    with database.reading() as session:
        foresee(session, 0.0001)


def test_a_question_of_which_each_candidate_is_read_ends_when_that_would_take_too_long(
    limited: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if limited.engine.dialect.name == "sqlite":
        pytest.skip("nothing is left to verify on SQLite")
    monkeypatch.setattr(finding, "COUNTED", 3)
    asked = finding.Asked(query=parse("-防汛工 -值班表"), filters=Filters())
    with limited.reading() as session:
        indexes.index_of(session)
        assert finding.find(session, asked).total == 0
    with limited.reading() as session:
        indexes.index_of(session)
        spend(session, 59.0)
        with pytest.raises(TooSlow):
            finding.find(session, asked)


def test_what_looks_through_everything_at_once_has_a_second(limited: Database) -> None:
    if limited.engine.dialect.name == "sqlite":
        pytest.skip("SQLite is told by its index's pages")
    with limited.reading() as session:
        shown = text("SHOW statement_timeout")
        with hurried(session, 1.0):
            assert session.scalar(shown) == "1s"
        assert session.scalar(shown) == "1min"


def test_a_question_that_makes_too_much_of_the_index_be_read_is_refused(
    limited: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if limited.engine.dialect.name == "postgresql":
        pytest.skip("PostgreSQL has a clock for each statement")
    monkeypatch.setattr(index_pages, "_A_SECOND", 0)
    with Corpus.open(limited.url) as owner, Corpus.open(limited.url, seconds=60.0) as stranger:
        assert owner.search("防").total == len(MANY)
        with pytest.raises(TooSlow, match="two characters"):
            stranger.search("防")


def test_the_pages_of_a_word_are_known_before_they_are_read() -> None:
    engine = create_engine("sqlite://")
    with Session(engine) as session:
        session.execute(text("CREATE VIRTUAL TABLE search USING fts5 (body, tokenize='ascii')"))
        letters = [chr(0x4E00 + number) for number in range(3000)]
        rows = [{"body": " ".join(f"人{one}" for one in letters)}] * 40
        session.execute(text("INSERT INTO search (body) VALUES (:body)"), rows)
        session.execute(text("INSERT INTO search (search) VALUES ('optimize')"))
        whole = session.scalar(text("SELECT count(*) FROM search_data")) or 0
        one, all_ = (index_pages.pages(session, parse(asked).root) for asked in ("人一", "人"))
        assert one <= 2
        assert 0.9 * whole < all_ <= whole
        assert index_pages.pages(session, parse("-人 OR (人一 人)").root) == one + all_
    engine.dispose()
