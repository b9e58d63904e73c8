"""Exact reprints: which articles say the same, and which of them is the canonical one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain, count

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage.models import Article, Story

# Below this many folded characters a body says too little by itself ("详见附件"): hundreds of
# notices share it. Together with its title it is somebody's own text again.
SHORT_TEXT = 80
_LAST = datetime.max.replace(tzinfo=UTC)
_LOOKUP = 500


def text_digest(title: str, body: str) -> str:
    """Digest of an article's folded text: equal for exact reprints, whatever their headline."""
    text = body if len(body) >= SHORT_TEXT else f"{title}\n{body}"
    return sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Member:
    """What decides between the articles of one text."""

    pk: int
    id: str
    key: str
    text_digest: str
    published_at: datetime | None
    authority: int
    story_id: str
    duplicate_of: str | None

    @property
    def precedence(self) -> tuple[datetime, int, str]:
        """Earliest first, then the most authoritative; the key decides between equals."""
        return (self.published_at or _LAST, -self.authority, self.key)


def settle(session: Session, digests: Iterable[str]) -> set[int]:
    """Bring the stories of these texts in order.

    Each text has one story with one canonical article, to which the others point. Which article
    is canonical depends on the articles alone, not on the order in which they came. A story's id
    is minted once: when a revision splits a story, the part with its canonical article keeps the
    id; when one joins two, the id of the article stored first stays and the other redirects.
    `digests` must name the old and the new text of every article that changed. Returns the
    primary keys of the articles that point to another one now.
    """
    groups = _groups(session, sorted(set(digests)))
    keepers = _keepers(session, groups)
    duplicates: set[int] = set()
    for number, group in enumerate(groups):
        story_id = _story(session, group, [s for s, keeper in keepers.items() if keeper == number])
        canonical = min(group, key=lambda member: member.precedence)
        _point(session, group, canonical, story_id)
        duplicates |= {member.pk for member in group if member.pk != canonical.pk}
    return duplicates


def _groups(session: Session, digests: Sequence[str]) -> list[list[Member]]:
    """The articles of each text, each group in the order in which they were stored."""
    columns = [getattr(Article, name) for name in Member.__dataclass_fields__]
    groups: defaultdict[str, list[Member]] = defaultdict(list)
    for start in range(0, len(digests), _LOOKUP):
        some = digests[start : start + _LOOKUP]
        query = select(*columns).where(Article.text_digest.in_(some)).order_by(Article.pk)
        for row in session.execute(query):
            member = Member(*row)
            groups[member.text_digest].append(member)
    return list(groups.values())


def _keepers(session: Session, groups: Sequence[Sequence[Member]]) -> dict[str, int]:
    """Which group keeps each story's id: the one that holds its canonical article."""
    place = {member.id: number for number, group in enumerate(groups) for member in group}
    ids = sorted({member.story_id for group in groups for member in group})
    keepers: dict[str, int] = {}
    for start in range(0, len(ids), _LOOKUP):
        query = select(Story.id, Story.canonical_id).where(
            Story.id.in_(ids[start : start + _LOOKUP])
        )
        keepers |= {story: place[canonical] for story, canonical in session.execute(query)}
    return keepers


def _story(session: Session, group: Sequence[Member], kept: Sequence[str]) -> str:
    """The id of this group's story: the oldest of those it keeps, else a new one."""
    in_order = [member.story_id for member in group if member.story_id in kept]
    if not in_order:
        return _mint(session, group[0].id)
    story_id = in_order[0]
    joined = set(in_order) - {story_id}
    if joined:
        session.execute(update(Story).where(Story.id.in_(joined)).values(merged_into=story_id))
    return story_id


def _mint(session: Session, article: str) -> str:
    """A story id that was never used: the article's own, or that with a number behind it."""
    taken = set(session.scalars(select(Story.id).where(Story.id.startswith(article))))
    numbered = (f"{article}-{number}" for number in count(2))
    story_id = next(name for name in chain([article], numbered) if name not in taken)
    session.add(Story(id=story_id, canonical_id=article))
    session.flush()
    return story_id


def _point(session: Session, group: Sequence[Member], canonical: Member, story_id: str) -> None:
    if len(group) > 1:  # the story of one article names it already
        session.execute(update(Story).where(Story.id == story_id).values(canonical_id=canonical.id))
    for member in group:
        points_to = None if member.pk == canonical.pk else canonical.id
        if (member.story_id, member.duplicate_of) != (story_id, points_to):
            session.execute(
                update(Article)
                .where(Article.pk == member.pk)
                .values(story_id=story_id, duplicate_of=points_to)
            )
