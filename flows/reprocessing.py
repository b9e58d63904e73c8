"""Tagging again what is stored. The flow, the command line and tests share it."""

from collections.abc import Callable
from datetime import datetime

from flows.app import App
from flows.steps.retag import Report, retag
from flows.work import utc_now


def tag_again(
    app: App,
    *,
    dry_run: bool = False,
    clock: Callable[[], datetime] = utc_now,
    on_batch: Callable[[int], None] = lambda _: None,
) -> Report:
    """Tag every article again; `on_batch` hears how many are done."""
    homes = {key: app.tagger.home_of(one.name) for key, one in app.catalogue.sources.items()}
    return retag(app.database, app.tagger, clock, homes.get, dry_run=dry_run, on_batch=on_batch)


def as_dict(report: Report) -> dict[str, object]:
    """A report as JSON values."""
    return {
        "taxonomy": report.taxonomy,
        "dry_run": report.dry_run,
        "articles": report.articles,
        "changed": report.changed,
        "gained": {":".join(tag): count for tag, count in report.gained.most_common()},
        "lost": {":".join(tag): count for tag, count in report.lost.most_common()},
        "altered": dict(report.altered),
        "samples": [
            {"id": one.article_id, "title": one.title}
            | {
                name: [f"{kind}:{label}" for kind, _, label in getattr(one, name)]
                for name in ("gained", "lost", "altered")
            }
            for one in report.samples
        ],
    }


def summary(report: Report) -> str:
    """One line."""
    verb = "would change" if report.dry_run else "changed"
    return (
        f"{report.changed:,} of {report.articles:,} articles {verb}: "
        f"{report.gained.total():,} tags gained, {report.lost.total():,} lost, "
        f"{report.altered.total():,} altered (taxonomy {report.taxonomy})"
    )


def markdown(report: Report) -> str:
    """The report for the Prefect UI."""
    counts = sorted({*report.gained, *report.lost}, key=lambda tag: (-report.gained[tag], tag))
    rows = [
        f"| {kind} | {label} | {report.gained[kind, label]} | {report.lost[kind, label]} |"
        for kind, label in counts[:100]
    ]
    return "\n".join(
        [summary(report), "", "| kind | tag | gained | lost |", "|---|---|---|---|", *rows]
    )
