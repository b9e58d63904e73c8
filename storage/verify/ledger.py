"""The ledger: every outcome that says "an article" has one, and the runs add up."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from storage import tombstones, watch
from storage.models import (
    Article,
    Outcome,
    Page,
    Revision,
    RunSource,
    Tally,
    Watch,
    Wording,
)
from storage.verify.findings import Finding, Kind

ARTICLES = (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.DUPLICATE, Outcome.GONE)
"""Outcomes of pages that an article is stored of."""


def without_article(session: Session) -> Iterator[Finding]:
    """Pages whose outcome says that there is an article, and there is none."""
    query = (
        select(Page.key, Page.outcome, Page.warc)
        .outerjoin(Article, Article.page_id == Page.id)
        .where(Article.pk.is_(None), Page.outcome.in_(ARTICLES))
    )
    for key, outcome, warc in session.execute(query.order_by(Page.id)):
        advice = "" if warc else "fetch it again: suqian ingest --recheck"
        yield Finding(
            Kind.LEDGER, key, f"the page {key} is {outcome!r}, and no article is stored", advice
        )


def unwatched(session: Session) -> Iterator[Finding]:
    """Articles whose page nobody will check again."""
    query = select(Article.id).outerjoin(Watch, Watch.page_id == Article.page_id)
    for article in session.scalars(query.where(Watch.page_id.is_(None)).order_by(Article.pk)):
        yield Finding(Kind.ARTICLES, article, f"article {article} is not watched")


def watch_again(session: Session, findings: Sequence[Finding]) -> None:
    """Watch articles from when they were seen first."""
    columns = (Article.page_id, Article.source, Article.url, Article.first_seen)
    for finding in findings:
        for row in session.execute(select(*columns).where(Article.id == finding.subject)):
            watch.begin(session, [watch.Watched(*row)])


def runs_that_do_not_add_up(session: Session) -> Iterator[Finding]:
    """Runs whose outcomes are not as many as what they discovered."""
    for run, source, discovered, summed in session.execute(_sums()).all():
        if discovered != summed:
            yield Finding(
                Kind.LEDGER,
                run,
                f"run {run}: {source} discovered {discovered} addresses, its outcomes are {summed}",
                "its figures cannot be made again; pages and articles are not concerned",
            )


def _sums() -> Select[Any]:
    """(run, source, discovered, sum of the outcomes) of every run that was settled."""
    zero = literal(0)
    each = union_all(
        select(
            RunSource.run_id,
            RunSource.source,
            RunSource.discovered.label("discovered"),
            zero.label("summed"),
        ),
        select(Tally.run_id, Tally.source, zero, Tally.count),
    ).subquery()
    query = select(
        each.c.run_id, each.c.source, func.sum(each.c.discovered), func.sum(each.c.summed)
    )
    return query.group_by(each.c.run_id, each.c.source).order_by(each.c.run_id, each.c.source)


def forgotten_but_there(session: Session) -> Iterator[Finding]:
    """Pages that are to be forgotten and are not."""
    query = select(Page.key).execution_options(yield_per=5000)
    for keys in session.scalars(query).partitions():
        for key in sorted(tombstones.forgotten(session, keys)):
            yield Finding(
                Kind.LEDGER,
                key,
                f"the page {key} was forgotten and is there",
                f"remove it: suqian forget {key} --reason …",
            )


def versions_out_of_count(session: Session) -> Iterator[Finding]:
    """Articles that have not as many earlier versions as the current one's number says."""
    kept = (
        select(
            Revision.article_pk,
            func.count().label("count"),
            func.max(Revision.number).label("last"),
            func.min(Revision.number).label("first"),
        )
        .group_by(Revision.article_pk)
        .subquery()
    )
    query = (
        select(Article.id, Article.revision, kept.c.count)
        .outerjoin(kept, kept.c.article_pk == Article.pk)
        .where(
            or_(
                func.coalesce(kept.c.count, 0) != Article.revision - 1,
                func.coalesce(kept.c.last, 0) != Article.revision - 1,
                func.coalesce(kept.c.first, 1) != 1,
            )
        )
    )
    for article, number, count in session.execute(query.order_by(Article.pk)):
        yield Finding(
            Kind.VERSIONS,
            article,
            f"article {article} is at version {number} and has {count or 0} earlier ones",
        )


def without_wording(session: Session) -> Iterator[Finding]:
    """Articles whose text no reprint would be compared with."""
    query = select(Article.id).outerjoin(Wording, Wording.digest == Article.text_digest)
    for article in session.scalars(query.where(Wording.pk.is_(None)).order_by(Article.pk)):
        yield Finding(Kind.STORIES, article, f"article {article}: its text is not compared")
