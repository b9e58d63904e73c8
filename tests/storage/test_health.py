"""States of sources: stored, read back, and their changes kept."""

from datetime import UTC, datetime, timedelta

from storage.corpus import Corpus
from storage.database import Database
from storage.health import Judgement, Turn, bad_spells, write_health
from storage.records import ColumnHealth, HealthState, city_time

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)


def judge(database: Database, state: HealthState, hours: int) -> list[Turn]:
    one = Judgement(
        source="kjj",
        state=state,
        evidence=(f"it is {state}",),
        expected_hours=24.0,
        last_new=NOW,
        columns=({"column": "tzgg", "state": state.value},),
    )
    with database.unit_of_work() as session:
        return write_health(session, [one], NOW + timedelta(hours=hours))


def test_a_state_keeps_its_since_for_as_long_as_it_lasts(database: Database) -> None:
    judge(database, HealthState.OK, 0)
    judge(database, HealthState.SILENT, 1)
    judge(database, HealthState.SILENT, 2)
    (found,) = Corpus(database).health()
    assert found.state == "silent"
    assert found.since == city_time(NOW + timedelta(hours=1))
    assert found.checked_at == city_time(NOW + timedelta(hours=2))
    assert found.evidence == ("it is silent",)
    assert found.columns == (ColumnHealth(column="tzgg", state="silent"),)


def test_only_changes_are_turns_and_a_source_that_begins_well_is_none(database: Database) -> None:
    states = [HealthState.OK, HealthState.OK, HealthState.BROKEN, HealthState.BROKEN]
    turns = [[turn.state for turn in judge(database, s, n)] for n, s in enumerate(states)]
    assert turns == [[], [], [HealthState.BROKEN], []]


def test_a_source_that_begins_badly_is_a_turn(database: Database) -> None:
    (turn,) = judge(database, HealthState.BLOCKED, 0)
    assert (turn.before, turn.state) == (None, HealthState.BLOCKED)


def test_every_change_of_state_stays_in_the_history(database: Database) -> None:
    for hours, state in enumerate([HealthState.OK, HealthState.LATE, HealthState.OK]):
        judge(database, state, hours)
    found = Corpus(database).health_changes("kjj")
    assert [(one.before, one.state) for one in found] == [
        ("late", "ok"),
        ("ok", "late"),
        (None, "ok"),
    ]
    assert Corpus(database).health_changes("fgw") == ()


def test_bad_spells_go_from_the_first_bad_state_to_the_next_good_one(database: Database) -> None:
    states = [HealthState.SILENT, HealthState.OK, HealthState.BLOCKED, HealthState.BROKEN]
    for hours, state in enumerate([*states, HealthState.LATE, HealthState.SILENT]):
        judge(database, state, hours)
    at = [NOW + timedelta(hours=hours) for hours in range(6)]
    ever = datetime.max.replace(tzinfo=UTC)
    with database.reading() as session:
        assert bad_spells(session, NOW) == {"kjj": [(at[0], at[1]), (at[2], at[4]), (at[5], ever)]}
        assert bad_spells(session, at[3]) == {"kjj": [(at[3], at[4]), (at[5], ever)]}
        assert bad_spells(session, at[5] + timedelta(hours=1)) == {}
