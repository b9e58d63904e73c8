"""Articles leaving their stories for good."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from flows.steps.dedupe import settle
from storage.models import Article, Story


def leave(session: Session, pks: Sequence[int]) -> None:
    """Take articles out of their stories: each ends up alone in one of its own.

    The others stay together, under the id that their story has; the canonical one among them is
    chosen anew.
    """
    leaving = session.execute(
        select(Article.pk, Article.id, Article.story_id, Article.text_digest).where(
            Article.pk.in_(pks)
        )
    ).all()
    for story_id in sorted({row.story_id for row in leaving}):
        others = select(Article.id).where(Article.story_id == story_id, Article.pk.not_in(pks))
        heir = session.scalar(others.order_by(Article.pk).limit(1))
        if heir is not None:
            session.execute(update(Story).where(Story.id == story_id).values(canonical_id=heir))
    for row in leaving:
        own = {"text_digest": f"left {row.id}"}
        session.execute(update(Article).where(Article.pk == row.pk).values(**own))
    settle(session, {digest for row in leaving for digest in (row.text_digest, f"left {row.id}")})
