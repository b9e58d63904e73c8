"""The boundaries of archive, ledger, load and search: functions before or behind which a process dies."""

import os
import signal
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

POINTS = (
    "storage.archive:Archive.put",
    "storage.ledger:add_segment",
    "storage.ledger:sight",
    "storage.ledger:record",
    "storage.ledger:settle_run",
    "storage.walks:set_walks",
    "storage.ledger:mark_loaded",
    "storage.ledger:finish_run",
    "storage.ledger:release_leases",
    "storage.watch:begin",
    "storage.watch:settle_checks",
    "storage.changes:record_changes",
    "storage.search:index",
    "flows.steps.dedupe.relatives:enter",
    "flows.steps.dedupe.stories:settle",
    "flows.segments:archived_segment",
    "flows.segments:note_lists",
    "flows.segments:note_looks",
    "flows.work:bury",
)


def arm(point: str, *, before: bool, call: int = 1) -> None:
    """Have this process die before or behind a call of a point."""
    module_name, _, path = point.partition(":")
    owner: Any = import_module(module_name)
    *outer, attribute = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    setattr(owner, attribute, dying(getattr(owner, attribute), call, before=before))


def dying(function: Callable[..., Any], call: int, *, before: bool) -> Callable[..., Any]:
    """The same function, but for the call at which the process dies."""
    calls = iter(range(call, 0, -1))

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        last = next(calls, 0) == 1
        if last and before:
            die()
        answer = function(*args, **kwargs)
        if last:
            die()
        return answer

    return wrapped


def die(*_: Any) -> None:
    """As when somebody kills the process, or its machine loses its power."""
    os.kill(os.getpid(), signal.SIGKILL)
