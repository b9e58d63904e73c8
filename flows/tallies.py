"""What a run comes to, from the ledger."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flows.app import App
from flows.report import RunReport, SourceReport
from flows.work import Work
from storage.models import Article, Outcome, RunSource, Tally
from storage.standing import totals


def report_of(app: App, work: Work, seconds: float, sources: Iterable[str]) -> RunReport:
    """What this run came to, with the sources that it was asked for."""
    with app.database.reading() as session:
        return build_report(session, work.run_id, seconds, work.problems, sources)


def build_report(
    session: Session, run_id: str, seconds: float, problems: list[str], sources: Iterable[str]
) -> RunReport:
    """What a run comes to; sources that did nothing are named too."""
    outcomes: dict[str, dict[Outcome, int]] = {}
    reasons: dict[str, int] = {}
    for tally in session.scalars(select(Tally).where(Tally.run_id == run_id)):
        of_source = outcomes.setdefault(tally.source, {})
        outcome = Outcome(tally.outcome)
        of_source[outcome] = of_source.get(outcome, 0) + tally.count
        if tally.reason:
            name = f"{outcome}:{tally.reason}"
            reasons[name] = reasons.get(name, 0) + tally.count
    spent = {
        row.source: row
        for row in session.scalars(select(RunSource).where(RunSource.run_id == run_id))
    }
    names = [name for name in dict.fromkeys([*sources, *spent, *outcomes]) if name]
    held, whole = _held(session, names), totals(session)
    return RunReport(
        run_id=run_id,
        sources=tuple(_source_report(name, spent.get(name), outcomes, held) for name in names),
        reasons=reasons,
        articles=whole.articles,
        stories=whole.stories,
        seconds=seconds,
        problems=tuple(problems),
    )


def _held(session: Session, sources: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Source → how many articles the corpus holds of it, in how many stories."""
    query = select(
        Article.source,
        func.count().label("articles"),
        func.count(func.distinct(Article.story_id)).label("stories"),
    ).group_by(Article.source)
    rows = session.execute(query.where(Article.source.in_(sources)))
    return {row.source: (row.articles, row.stories) for row in rows}


def _source_report(
    name: str,
    spent: RunSource | None,
    outcomes: dict[str, dict[Outcome, int]],
    held: dict[str, tuple[int, int]],
) -> SourceReport:
    articles, stories = held.get(name, (0, 0))
    return SourceReport(
        source=name,
        discovered=spent.discovered if spent else 0,
        outcomes=outcomes.get(name, {}),
        articles=articles,
        stories=stories,
        requests=spent.requests if spent else 0,
        list_pages=spent.list_pages if spent else 0,
        seconds=spent.seconds if spent else 0.0,
    )
