"""The flow that keeps Prefect's database small."""

from prefect import flow

from flows.flow_signs import signed
from flows.prefect_home import Room, make_room
from storage.settings import Settings


@flow(name="housekeeping", persist_result=False)
def housekeeping() -> Room:
    """Give the room back that removed runs, logs, events and reports have left in Prefect's database.

    The server itself removes what is older than SUQIAN_KEEP_DAYS, every hour.
    """
    settings = Settings.load()
    with signed(settings):
        return make_room(settings)
