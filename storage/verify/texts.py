"""Folded texts: what is searched and compared is what the articles say."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from storage import search
from storage.among import parts
from storage.models import Article, Attachment, FoldedText
from storage.verify.findings import Finding, Kind

_BATCH = 500


def folded(session: Session) -> Iterator[Finding]:
    """Articles whose folded text is missing or says something else."""
    for batch in _batches(session):
        stored = {
            row.article_pk: search.Entry(*row)
            for row in session.execute(
                select(
                    FoldedText.article_pk, FoldedText.title, FoldedText.body, FoldedText.attachments
                ).where(FoldedText.article_pk.in_(batch))
            )
        }
        for entry in entries(session, list(batch)):
            was = stored.get(entry.article_pk)
            if was != entry:
                said = "has no folded text" if was is None else "has another folded text"
                yield Finding(
                    Kind.TEXTS, batch[entry.article_pk], f"article {batch[entry.article_pk]} {said}"
                )


def fold_again(session: Session, findings: Sequence[Finding]) -> None:
    """Fold the texts of articles again. The search index is to be made anew behind it."""
    ids = [finding.subject for finding in findings]
    for some in parts(ids):
        pks = list(session.scalars(select(Article.pk).where(Article.id.in_(some))))
        session.execute(delete(FoldedText).where(FoldedText.article_pk.in_(pks)))
        session.execute(insert(FoldedText), [asdict(one) for one in entries(session, pks)])


def entries(session: Session, pks: Sequence[int]) -> Iterator[search.Entry]:
    """The folded texts that articles must have."""
    files: dict[int, list[str]] = {}
    query = select(Attachment.article_pk, Attachment.text).where(
        Attachment.article_pk.in_(pks), Attachment.text != ""
    )
    for pk, text in session.execute(query.order_by(Attachment.article_pk, Attachment.position)):
        files.setdefault(pk, []).append(search.searchable(text))
    for pk, title, body in session.execute(
        select(Article.pk, Article.title, Article.body).where(Article.pk.in_(pks))
    ):
        yield search.Entry(
            pk, search.searchable(title), search.searchable(body), "\n".join(files.get(pk, ()))
        )


def _batches(session: Session) -> Iterator[dict[int, str]]:
    """The ids of all articles by primary key, some at a time."""
    last = 0
    while True:
        query = select(Article.pk, Article.id).where(Article.pk > last).order_by(Article.pk)
        batch = {row.pk: row.id for row in session.execute(query.limit(_BATCH))}
        if not batch:
            return
        yield batch
        last = max(batch)
