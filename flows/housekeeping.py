"""The flow that keeps Prefect's database small, and the search index in one piece."""

from contextlib import closing

from prefect import flow

from flows.flow_signs import signed
from flows.prefect_home import Room, make_room
from storage.database import Database
from storage.index_pieces import make_one
from storage.settings import Settings


@flow(name="housekeeping", persist_result=False)
def housekeeping() -> Room:
    """Give the room back that removed runs, logs, events and reports have left in Prefect's database,
    and merge the pieces of the search index where enough has come to it.

    The server itself removes what is older than SUQIAN_KEEP_DAYS, every hour.
    """
    settings = Settings.load()
    with signed(settings):
        with closing(Database.open(settings.database_url, create=True)) as database:
            make_one(database)
        return make_room(settings)
