"""Prefect's server, in a shape that plans runs and begins them: ``python -m flows.prefect_server start …``.

SQLAlchemy 2.1 refuses rows with a value for a hybrid property that does not say what a bulk insert is to
do with it, and Prefect 3.8 inserts the runs that it plans with their `state`: under its own command no
schedule ever begins a run. Before 2.1 that value was passed over, which is what Prefect counts on: it
inserts the states by themselves.

On SQLite its transactions begin by reading: one that wants to write then is refused at once where another has
written meanwhile, however long it would wait (`SQLITE_BUSY_SNAPSHOT`). On a busy machine that ends a run that
a worker is about to begin as crashed, and the form of a backfill says that something went wrong. Here each
takes its turn to write when it begins, as some of Prefect's do by themselves.

What Prefect is to keep, and where, is set as `suqian up` sets it, unless the operator has.
"""

from collections.abc import MutableMapping
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Mapper


def pass_over_states() -> None:
    """Let bulk inserts of runs pass over the state that comes with each."""
    from prefect.server.database import orm_models

    for model in (orm_models.FlowRun, orm_models.TaskRun):
        mapper: Mapper[Any] = inspect(model)
        state: Any = mapper.all_orm_descriptors["state"]
        # SQLAlchemy 2.0 has no such setter, and no need of one.
        if getattr(state, "bulk_dml_setter", _nothing) is None:
            state.bulk_dml_setter = _nothing


def write_in_turn() -> None:
    """Let a transaction on SQLite wait for its turn to write when it begins (`BEGIN IMMEDIATE`)."""
    from prefect.server.database.configurations import AioSqliteConfiguration

    configuration: Any = AioSqliteConfiguration
    begin = configuration.begin_transaction

    def in_turn(self: Any, session: Any, **_: bool) -> Any:
        return begin(self, session, with_for_update=True)

    configuration.begin_transaction = in_turn


def _nothing(_model: Any, _row: MutableMapping[str, Any], _state: Any) -> None:
    """The state is inserted apart."""


if __name__ == "__main__":
    import sys

    from flows import prefect_home
    from storage.settings import Settings, set_environment

    set_environment(prefect_home.environment(Settings.load()))
    pass_over_states()
    write_in_turn()
    from prefect.cli import app

    sys.argv = ["prefect", "server", *sys.argv[1:]]
    app()
