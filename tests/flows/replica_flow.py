"""What a worker runs in tests: the real flow over the replica's sites."""

from pathlib import Path

from prefect import flow

from crawler.demo.world import FIRST_DAY
from flows.app import for_replica, open_app
from flows.flow_signs import signed
from flows.ingest import ingest
from flows.report import RunReport
from flows.under_prefect import given
from flows.work import Hooks
from storage.settings import Settings


@flow(name="ingest-replica", persist_result=False)
def ingest_replica(catalogue: str, sources: list[str]) -> int:
    """Ingest these of the replica's sites; return how many addresses were discovered."""
    settings = Settings.load()
    with (
        signed(settings),
        open_app(settings) as app,
        given(for_replica(app, Path(catalogue)), Hooks()),
    ):
        report = ingest(sources=sources, since=FIRST_DAY)
    assert isinstance(report, RunReport)
    return report.discovered
