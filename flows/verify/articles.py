"""The articles beside the digests that were written with them."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from flows.app import App
from flows.request import Selection
from flows.rereading import reread
from flows.steps.dedupe import Text, text_digest
from flows.steps.versions import current_version, version_digest
from storage.models import Article, FoldedText, Watch
from storage.verify import Finding, Kind

_BATCH = 200


def altered(session: Session) -> Iterator[Finding]:
    """Articles that do not say what they said when they were stored."""
    for row in _articles(session):
        if _digest(session, row) != row.digest:
            yield Finding(
                Kind.ARTICLES, row.id, f"article {row.id} does not say what was stored of it"
            )


def read_again(app: App, findings: Sequence[Finding]) -> None:
    """Put what the archive says in the place of what altered articles say.

    One that says what the archive says has a digest by older rules of what is noise: it gets today's.
    """
    ids = [finding.subject for finding in findings]
    reread(app, Selection(ids=tuple(ids)))
    for article in ids:
        again = reread(app, Selection(ids=(article,)), dry_run=True)
        if again.read and not (again.changed or again.lost):
            _give_digest(app, article)


def _give_digest(app: App, article: str) -> None:
    with app.database.unit_of_work() as session:
        row = session.execute(_rows().where(Article.id == article)).one()
        digest = _digest(session, row)
        session.execute(update(Article).where(Article.pk == row.pk).values(digest=digest))


def compared_otherwise(session: Session) -> Iterator[Finding]:
    """Articles whose digest of the folded text is another text's."""
    folded = (FoldedText.title, FoldedText.body, FoldedText.attachments)
    query = select(Article.id, Article.text_digest, *folded).join(
        FoldedText, FoldedText.article_pk == Article.pk
    )
    rows = session.execute(query.order_by(Article.pk).execution_options(yield_per=_BATCH))
    for article, digest, *parts in rows:
        text = Text.of(*parts)
        if digest != text_digest(text.title, text.body):
            said = f"article {article} is compared by the digest of another text"
            yield Finding(Kind.STORIES, article, said)


def _digest(session: Session, row: Row[Any]) -> str:
    version = current_version(session, row)
    return version_digest(version.title, version.body, version.fields)


def _rows() -> Any:
    columns = (*Article.__table__.columns, Watch.seen_at)
    return select(*columns).outerjoin(Watch, Watch.page_id == Article.page_id)


def _articles(session: Session) -> Iterator[Row[Any]]:
    last = 0
    while True:
        some = _rows().where(Article.pk > last).order_by(Article.pk).limit(_BATCH)
        rows = session.execute(some).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].pk
