"""Reading in many processes: through Prefect's task runners, on this machine or on a cluster."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect import task
from prefect.client.orchestration import get_client
from prefect.futures import PrefectFuture
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner

from crawler.errors import StopRun
from flows.rereading import ReadAll, here
from flows.steps.reread.reading import Reread, Slice, read_slice

# Slices per worker that are handed out before their turn to be written: enough that nobody waits,
# few enough to hold their results.
_AHEAD = 2
LOCAL = "local"
"""In the place of a cluster's address: one is started on this machine, for as long as it is needed."""


@task(name="read-slice", persist_result=False, retries=1)
def read_slice_task(job: Slice) -> list[Reread]:
    """Read a part of a segment; a worker that dies is replaced once."""
    return read_slice(job)


@contextmanager
def reading_with(workers: int, dask: str | None = None) -> Iterator[ReadAll]:
    """A way to read slices: in this process, in so many, or on a Dask cluster: by its address, or
    `LOCAL` for one of so many processes on this machine.

    To be used inside a flow that is a function of a module: tasks take it along to their process.
    """
    if dask is None and workers <= 1:
        yield here
        return
    runner = ProcessPoolTaskRunner(max_workers=workers) if dask is None else _dask(dask, workers)
    with _one_server(), runner:
        yield lambda slices: _in_order(runner, slices, _AHEAD * max(workers, _width(runner)))


@contextmanager
def _one_server() -> Iterator[None]:
    """Tell other processes where the server of this one answers: an embedded one has no address in
    the settings, and each of them would start another."""
    with get_client(sync_client=True) as client:
        address = str(client.api_url)
    with temporary_settings({PREFECT_API_URL: address}):
        yield


def _dask(address: str, workers: int) -> TaskRunner[Any]:
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError as error:
        raise StopRun("a Dask cluster needs the extra: pip install 'suqian[scale]'") from error
    if address != LOCAL:
        return DaskTaskRunner(address=address)
    # Reading is pure Python for the most part: a second thread of a process would only wait.
    options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
    return DaskTaskRunner(cluster_kwargs={"processes": True, **options})


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
