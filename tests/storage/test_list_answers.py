"""Which answers of lists later ones may refer to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage.database import Database
from storage.list_answers import WHOLE_FOR, Answered, answers, forget_answers, note_answers

NOW = datetime(2026, 11, 24, 4, 5, 6, 789, tzinfo=UTC)
ONE = Answered("http://a.cn/list.shtml", "sha1:A", NOW, "20261124T040506Z-a@512")


def test_the_last_whole_answer_is_referred_to_for_a_week(database: Database) -> None:
    newer = replace(ONE, digest="sha1:B", warc="20261125T040506Z-b@99", at=NOW + timedelta(days=1))
    other = replace(ONE, url="http://b.cn/", at=NOW)
    with database.unit_of_work() as session:
        note_answers(session, [ONE, other], NOW)
        note_answers(session, [newer], newer.at)
    with database.reading() as session:
        assert answers(session, newer.at) == [newer, other]
        assert answers(session, NOW + WHOLE_FOR + timedelta(seconds=1)) == [newer]
    assert newer.segment == "20261125T040506Z-b"
    with database.unit_of_work() as session:
        note_answers(session, [], newer.at + WHOLE_FOR + timedelta(seconds=1))
    with database.reading() as session:
        assert answers(session, NOW) == []


def test_what_is_forgotten_is_referred_to_no_more(database: Database) -> None:
    with database.unit_of_work() as session:
        note_answers(session, [ONE], NOW)
        forget_answers(session)
        assert answers(session, NOW) == []
