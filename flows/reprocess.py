"""Reading stored articles again, by hand: after the taxonomy has changed."""

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows.app import open_app
from flows.reprocessing import as_dict, markdown, summary
from flows.reprocessing import reprocess as run_reprocess
from flows.request import Stage
from storage.settings import Settings


@flow(name="reprocess", persist_result=False)
def reprocess(stage: Stage = Stage.TAG, dry_run: bool = True) -> dict[str, object]:
    """Do one stage again for every stored article; only what comes out otherwise is written.

    Args:
        stage: What to do again: tag, after a change of the taxonomy.
        dry_run: Only show what would change, with counts and samples.
    """
    with open_app(Settings.load()) as app:
        report = run_reprocess(app, stage, dry_run=dry_run)
    create_markdown_artifact(markdown(report), key="reprocess-report", description=summary(report))
    return as_dict(report)
