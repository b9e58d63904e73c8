"""Doing a stage again for what is stored: after the taxonomy or the extractor has changed."""

from datetime import date

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows import reprocessing, rereading
from flows.ended import give_back
from flows.request import Selection, Stage
from flows.scale import reading_with
from flows.steps.retag import Report as Retagged
from flows.under_prefect import Bar, opened


@flow(name="reprocess", persist_result=False, on_cancellation=[give_back], on_crashed=[give_back])
def reprocess(
    stage: Stage = Stage.TAG,
    dry_run: bool = True,
    sources: list[str] | None = None,
    since: date | None = None,
    until: date | None = None,
    articles: list[str] | None = None,
    workers: int = 1,
    dask: str | None = None,
    restart: bool = False,
) -> Retagged | rereading.Report:
    """Do one stage again for what is stored; only what comes out otherwise is written.

    Args:
        stage: What to do again: tag, after a change of the taxonomy; extract, to read the archived
            pages with the present extractor. The other fields are for extract.
        dry_run: Only show what would change, with counts and samples.
        sources: Ids of publishers; empty: all.
        since: First day of publication; empty: from the beginning, with pages that are no articles.
        until: Last day of publication; empty: to the end.
        articles: Ids of articles; empty: all.
        workers: How many processes of this machine read pages.
        dask: Address of a Dask scheduler (tcp://…), to read on its cluster, or `local` for one of so
            many workers on this machine; needs the extra `scale`.
        restart: Read everything again, even what the same request settled before it was interrupted.
    """
    selection = Selection(tuple(sources or ()), since, until, tuple(articles or ()))
    with opened() as (app, own):
        selection.check_for(stage)
        hooks = own or Bar("progress").hooks()
        if stage is Stage.TAG:
            tagged = reprocessing.tag_again(app, dry_run=dry_run, clock=hooks.clock)
            _tell(reprocessing.markdown(tagged), reprocessing.summary(tagged))
            return tagged
        with reading_with(workers, dask) as read_all:
            report = rereading.reread(
                app, selection, dry_run=dry_run, restart=restart, read_all=read_all, hooks=hooks
            )
    _tell(rereading.markdown(report), rereading.summary(report))
    return report


def _tell(markdown: str, summary: str) -> None:
    create_markdown_artifact(markdown, key="reprocess-report", description=summary)
