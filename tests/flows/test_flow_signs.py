"""A flow run's sign of life: held while it runs, outliving a process that dies, no run's lease."""

from datetime import timedelta

import httpx
import pytest

from flows.flow_signs import signing
from flows.work import LEASE, utc_now
from storage import ledger
from storage.database import Database


def signs(database: Database) -> set[str]:
    with database.reading() as session:
        return set(ledger.flow_runs(session))


def test_a_flow_run_has_a_sign_for_as_long_as_it_runs(database: Database) -> None:
    with signing(database, "one"):
        with database.reading() as session:
            until = ledger.flow_runs(session)["one"]
            assert ledger.live_holders(session, utc_now()) == set()
        assert timedelta() < until - utc_now() <= LEASE
    assert signs(database) == set()


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (httpx.ConnectError("refused"), {"one"}),
        (ValueError("wrong"), set()),
        (SystemExit(1), set()),
    ],
)
def test_what_ends_since_the_server_is_away_leaves_its_sign(
    database: Database, error: BaseException, left: set[str]
) -> None:
    with pytest.raises(type(error)), signing(database, "one"):
        raise error
    assert signs(database) == left


def test_a_run_that_is_begun_again_takes_over_the_sign_that_its_dead_process_left(
    database: Database,
) -> None:
    dead = signing(database, "one")
    dead.__enter__()
    with signing(database, "one"), signing(database, "two"):
        assert signs(database) == {"one", "two"}
    assert signs(database) == set()
    dead.__exit__(None, None, None)
