"""Stories: each has its canonical article, and the others point to it."""

from collections.abc import Iterator

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session, aliased

from storage.models import Article, Story
from storage.verify.findings import Finding, Kind


def misled(session: Session) -> Iterator[Finding]:
    """Articles that are in no story, or point to another article than their story's canonical."""
    canonical = aliased(Article)
    points = case((Article.id == Story.canonical_id, None), else_=Story.canonical_id)
    query = (
        select(Article.id, Article.story_id)
        .outerjoin(Story, Story.id == Article.story_id)
        .outerjoin(
            canonical, (canonical.id == Story.canonical_id) & (canonical.story_id == Story.id)
        )
        .where(
            or_(
                Story.id.is_(None),
                canonical.pk.is_(None),
                Story.merged_into.is_not(None),
                Article.duplicate_of.is_distinct_from(points),
            )
        )
    )
    for article, story in session.execute(query.order_by(Article.pk)):
        yield Finding(
            Kind.STORIES,
            article,
            f"article {article} is not in order with its story {story} and that one's canonical article",
        )


def leading_nowhere(session: Session) -> Iterator[Finding]:
    """Stories that became a part of one that is not there."""
    into = aliased(Story)
    query = select(Story.id, Story.merged_into).outerjoin(into, into.id == Story.merged_into)
    query = query.where(Story.merged_into.is_not(None), into.id.is_(None))
    for story, other in session.execute(query.order_by(Story.id)):
        yield Finding(
            Kind.STORIES,
            story,
            f"story {story} leads to {other}, which is not there",
            "who holds this id finds its articles by search; restore a backup to have it back",
        )
