"""The flows that look after the sources: hourly health, the weekly digest, and what a person asks for."""

from datetime import UTC, datetime
from typing import Literal

from prefect import flow
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.ended import give_back
from flows.flow_signs import signed
from flows.health.automations import emit
from flows.health.digest import digest_markdown
from flows.health.service import look_at_everything
from flows.report import markdown
from flows.retrying import discard, release, retry
from flows.under_prefect import opened
from storage.parked import Which
from storage.settings import Settings


@flow(name="health", persist_result=False)
def health() -> dict[str, int]:
    """Judge every source by its own rhythm and look at the system; tell of what broke or healed."""
    settings = Settings.load()
    with signed(settings):
        report = look_at_everything(settings, datetime.now(UTC))
    rows = [
        {
            "source": one.source,
            "state": one.state,
            "since": one.since,
            "expected within days": one.expected_hours and one.expected_hours / 24,
            "newest": one.last_new,
            "evidence": "; ".join(one.evidence),
        }
        for one in report.sources
    ]
    create_table_artifact(rows, key="health", description="How each source stands")
    checks = [check.as_dict() for check in report.checks]
    create_table_artifact(checks, key="doctor", description="How the system stands")
    for news in report.news:
        emit(news)
    return {"bad": sum(one.state in {"silent", "broken", "blocked"} for one in report.sources)}


@flow(name="digest", persist_result=False)
def digest(days: int = 7) -> str:
    """What came in per source against its usual, what broke and healed, what waits for a person.

    Args:
        days: How many days back to look.
    """
    with opened() as (app, _):
        text = digest_markdown(app, datetime.now(UTC), days)
    create_markdown_artifact(text, key="digest", description=f"The last {days} days")
    return text


@flow(name="held", persist_result=False, on_cancellation=[give_back], on_crashed=[give_back])
def held(
    run_id: str,
    action: Literal["release", "discard"],
    source: str | None = None,
    reason: str = "discarded by hand",
) -> str:
    """Settle a batch that a run has held: load it from the archive, or leave it there.

    Args:
        run_id: The run's id, or its beginning; the health table and the run's report name it.
        action: release loads it; discard leaves it archived and asks for its pages again.
        source: Only this source's part of it; empty: all of it.
        reason: Why it is discarded; it stays with each page.
    """
    with opened() as (app, _):
        if action == "discard":
            count = discard(app, run_id, reason, source)
            text = f"{count} records stay archived and are not loaded: {reason}"
        else:
            text = markdown(release(app, run_id, source))
    create_markdown_artifact(text, key="held", description=f"{action} {run_id}")
    return text


@flow(
    name="parked-retry", persist_result=False, on_cancellation=[give_back], on_crashed=[give_back]
)
def parked_retry(
    source: str | None = None, reason: str | None = None, url: str | None = None
) -> str:
    """Try parked pages again: from the archive what was fetched, else they are asked for again.

    Args:
        source: Only this source's; empty: all.
        reason: Only those whose reason begins so, for example http-5 or timeout.
        url: Only those whose address holds this.
    """
    with opened() as (app, _):
        reports = retry(app, Which(source or None, reason or None, url or None))
    text = "\n\n".join(f"{report.summary()}\n\n{markdown(report)}" for report in reports)
    create_markdown_artifact(text, key="parked", description="Parked pages tried again")
    return text
