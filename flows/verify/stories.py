"""Bringing stories in order again."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from flows.steps import dedupe
from flows.steps.dedupe import relatives, stories
from flows.work import utc_now
from storage import changes
from storage.models import Article, FoldedText, Story
from storage.verify import Finding


def settle_again(session: Session, findings: Sequence[Finding]) -> None:
    """Give articles the digest of their text, a place among the texts, and an ordered story."""
    changes.hold(session)
    ids = {finding.subject for finding in findings}
    columns = (Article.pk, Article.id, Article.story_id, Article.text_digest)
    folded = (FoldedText.title, FoldedText.body, FoldedText.attachments)
    query = select(*columns, *folded).join(FoldedText, FoldedText.article_pk == Article.pk)
    rows = [row for row in session.execute(query.order_by(Article.pk)) if row.id in ids]
    texts: dict[str, dedupe.Text] = {}
    left: set[str] = set()
    for pk, article, story, before, *parts in rows:
        _found_story(session, article, story)
        text = dedupe.Text.of(*parts)
        digest = dedupe.text_digest(text.title, text.body)
        texts[digest] = text
        if digest != before:
            left.add(before)
            session.execute(update(Article).where(Article.pk == pk).values(text_digest=digest))
    relatives.enter(session, texts)
    settled = stories.settle(session, {*texts, *left})
    changes.record_changes(session, settled.changes, utc_now())


def _found_story(session: Session, article: str, story: str) -> None:
    """Make sure that an article is in a story that stands by itself and names one of its own."""
    stored = session.get(Story, story)
    if stored is None:
        session.add(Story(id=story, canonical_id=article))
    else:
        stored.canonical_id, stored.merged_into = article, None
    session.flush()
