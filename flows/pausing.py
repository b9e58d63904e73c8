"""A run that somebody pauses in Prefect's UI: it stops where it is and goes on when it is resumed."""

import time

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.exceptions import Pause

from crawler.errors import StopRun

_SECONDS = 5.0
"""Between two looks at a run that waits in its process."""


class Paused(StopRun):
    """Somebody has paused the run; what was fetched is kept."""


class Pausing:
    """Looks whether the flow run that this was made in is paused."""

    def __init__(self) -> None:
        context = FlowRunContext.get()
        self._flow_run = context.flow_run if context else None
        self._state: State | None = None

    def look(self) -> None:
        """Raise Paused for a run that is to end and begin again when it is resumed; wait for one
        that keeps its process."""
        while (state := self._read()) is not None and state.is_paused():
            if state.state_details.pause_reschedule:
                self._state = state
                raise Paused("paused: it goes on where it stopped when it is resumed")
            time.sleep(_SECONDS)

    def leave(self) -> None:
        """End the flow as Prefect wants a paused one to end: without a result."""
        raise Pause(state=self._state)

    def _read(self) -> State | None:
        if self._flow_run is None:
            return None
        try:
            with get_client(sync_client=True) as client:
                return client.read_flow_run(self._flow_run.id).state
        except httpx.HTTPError:
            return None  # the server is away: nobody can have paused the run meanwhile
