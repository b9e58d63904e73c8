"""A run that somebody pauses in Prefect's UI: it stops where it is and goes on when it is resumed."""

import time
from typing import NoReturn

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.exceptions import Pause
from prefect.states import Cancelled

from crawler.errors import StopRun
from flows.catch_up import end_children

_SECONDS = 5.0
"""Between two looks at a run that waits in its process."""


_GOES_ON = "goes on when its backfill is resumed"


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

    def leave(self, signal: Paused | Pause) -> NoReturn:
        """End the flow as Prefect wants a paused one to end: without a result. The month that it was at
        ends too: its server would show it as running for ever. Prefect may have been first to see that
        the run is paused; then the signal is its own."""
        if self._flow_run is not None:
            with get_client(sync_client=True) as client:
                end_children(client, self._flow_run.id, Cancelled(name="Paused", message=_GOES_ON))
        raise signal if isinstance(signal, Pause) else Pause(state=self._state)

    def _read(self) -> State | None:
        if self._flow_run is None:
            return None
        try:
            with get_client(sync_client=True) as client:
                return client.read_flow_run(self._flow_run.id).state
        except httpx.HTTPError:
            return None  # the server is away: nobody can have paused the run meanwhile
