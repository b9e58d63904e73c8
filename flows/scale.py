"""Reading in many processes: through Prefect's task runners, on this machine or on a cluster."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect import flow, task
from prefect.futures import PrefectFuture
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner

from crawler.errors import StopRun
from flows.app import App
from flows.request import Selection
from flows.rereading import ReadAll, Report, here, reread
from flows.steps.reread.reading import Reread, Slice, read_slice
from flows.work import Hooks

# Slices per worker that are handed out before their turn to be written: enough that nobody waits,
# few enough to hold their results.
_AHEAD = 2


@task(name="read-slice", persist_result=False, retries=1)
def read_slice_task(job: Slice) -> list[Reread]:
    """Read a part of a segment; a worker that dies is replaced once."""
    return read_slice(job)


@contextmanager
def reading_with(workers: int, dask: str | None = None) -> Iterator[ReadAll]:
    """A way to read slices: in this process, in so many, or on a Dask cluster by its address.

    To be used inside a flow.
    """
    if dask is None and workers <= 1:
        yield here
        return
    runner = ProcessPoolTaskRunner(max_workers=workers) if dask is None else _dask(dask)
    with runner:
        yield lambda slices: _in_order(runner, slices, _AHEAD * max(workers, _width(runner)))


def _dask(address: str) -> TaskRunner[Any]:
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError as error:
        raise StopRun("a Dask cluster needs the extra: pip install 'suqian[scale]'") from error
    return DaskTaskRunner(address=address)


def _width(runner: TaskRunner[Any]) -> int:
    """How many slices the workers of a cluster read at once."""
    client = getattr(runner, "client", None)
    return sum(client.nthreads().values()) if client is not None else 1


def _in_order(
    runner: TaskRunner[Any], slices: Iterator[Slice], ahead: int
) -> Iterator[list[Reread]]:
    waiting: deque[PrefectFuture[list[Reread]]] = deque()
    for job in slices:
        waiting.append(runner.submit(read_slice_task, {"job": job}))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def reread_in_flow(
    app: App, selection: Selection, scale: tuple[int, str | None], *, dry_run: bool, hooks: Hooks
) -> Report:
    """Read again in so many processes, or on a Dask cluster, as a flow that the caller waits for."""

    @flow(name="reprocess-extract", persist_result=False)
    def run() -> Report:
        with reading_with(*scale) as read_all:
            return reread(app, selection, dry_run=dry_run, read_all=read_all, hooks=hooks)

    return run()
