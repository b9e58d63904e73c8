"""Stories: which articles tell one text, and which of them is the canonical one."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, count

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from flows.steps.dedupe import relatives
from storage import search
from storage.models import Article, ChangeKind, Story

_LAST = datetime.max.replace(tzinfo=UTC)
_LOOKUP = 500


@dataclass(frozen=True, slots=True)
class Member:
    """What decides between the articles of one story."""

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


@dataclass(slots=True)
class Settled:
    """What became of the articles whose stories were brought in order."""

    duplicates: set[int] = field(default_factory=set)
    """Primary keys of those that point to another one now."""
    changes: list[tuple[str, ChangeKind]] = field(default_factory=list)
    """(article id, ``merged`` or ``split``) of each that belongs or points elsewhere than before."""


def settle(
    session: Session,
    digests: Collection[str],
    new: Collection[int] = (),
    without: Collection[int] = (),
) -> Settled:
    """Bring the stories of these texts in order.

    A story is what merging links hold together, and has one canonical article, to which the others
    point. Which one that is depends on the articles alone, not on the order in which they came. A
    story's id is minted once: when it splits, the part with its canonical article keeps the id;
    when two become one, the id of the article stored first stays and the other redirects.

    `digests` must name the old and the new text of every article that changed; `new` are articles
    that nobody has heard of yet, `without` some that are to be passed over.
    """
    groups = _groups(session, digests, frozenset(without))
    kept: defaultdict[int, set[str]] = defaultdict(set)
    for story, number in _keepers(session, groups).items():
        kept[number].add(story)
    settled = Settled()
    for number, group in enumerate(groups):
        _settle_group(session, group, kept[number], frozenset(new), settled)
    return settled


def _settle_group(
    session: Session,
    group: Sequence[Member],
    kept: Collection[str],
    new: frozenset[int],
    settled: Settled,
) -> None:
    story_id = _story(session, group, kept)
    canonical = min(group, key=lambda member: member.precedence)
    joined = any(member.pk in new or member.story_id != story_id for member in group)
    for member in _point(session, group, canonical, story_id):
        if member.pk not in new:
            came_here = member.story_id in kept and joined
            settled.changes.append(
                (member.id, ChangeKind.MERGED if came_here else ChangeKind.SPLIT)
            )
    settled.duplicates |= {member.pk for member in group if member.pk != canonical.pk}


def _groups(
    session: Session, digests: Collection[str], without: frozenset[int]
) -> list[list[Member]]:
    """The articles of each story, each group in the order in which they were stored."""
    components = relatives.components(session, digests)
    place = {digest: number for number, texts in enumerate(components) for digest in texts}
    groups: defaultdict[int, list[Member]] = defaultdict(list)
    for member in _members(session, sorted(place)):
        if member.pk not in without:
            groups[place[member.text_digest]].append(member)
    for group in groups.values():
        group.sort(key=lambda member: member.pk)
    return [groups[number] for number in sorted(groups)]


def _members(session: Session, digests: Sequence[str]) -> Iterator[Member]:
    columns = [getattr(Article, name) for name in Member.__dataclass_fields__]
    for start in range(0, len(digests), _LOOKUP):
        some = digests[start : start + _LOOKUP]
        for row in session.execute(select(*columns).where(Article.text_digest.in_(some))):
            yield Member(*row)


def _keepers(session: Session, groups: Sequence[Sequence[Member]]) -> Mapping[str, int]:
    """Which group keeps each story's id: the one that holds its canonical article.

    Where that is not there any more, the one with the article of it that was stored first.
    """
    place = {member.id: number for number, group in enumerate(groups) for member in group}
    in_order = sorted(
        (member.pk, member.story_id, number)
        for number, group in enumerate(groups)
        for member in group
    )
    first: dict[str, int] = {}
    for _, story, number in in_order:
        first.setdefault(story, number)
    keepers: dict[str, int] = {}
    ids = sorted(first)
    for start in range(0, len(ids), _LOOKUP):
        query = select(Story.id, Story.canonical_id).where(
            Story.id.in_(ids[start : start + _LOOKUP])
        )
        keepers |= {
            story: place.get(canonical, first[story]) for story, canonical in session.execute(query)
        }
    return keepers


def _story(session: Session, group: Sequence[Member], kept: Collection[str]) -> str:
    """The id of this group's story: the oldest of those it keeps, else a new one."""
    in_order = [member.story_id for member in group if member.story_id in kept]
    if not in_order:
        return mint(session, group[0].id)
    story_id = in_order[0]
    joined = set(in_order) - {story_id}
    if joined:
        session.execute(update(Story).where(Story.id.in_(joined)).values(merged_into=story_id))
        # Whoever asks for a story that came to one of these earlier goes one step, not two.
        session.execute(
            update(Story).where(Story.merged_into.in_(joined)).values(merged_into=story_id)
        )
    return story_id


def mint(session: Session, article: str) -> str:
    """A story id that was never used: the article's own, or that with a number behind it."""
    taken = set(session.scalars(select(Story.id).where(Story.id.startswith(article))))
    numbered = (f"{article}-{number}" for number in count(2))
    story_id = next(name for name in chain([article], numbered) if name not in taken)
    session.add(Story(id=story_id, canonical_id=article))
    session.flush()
    return story_id


def _point(
    session: Session, group: Sequence[Member], canonical: Member, story_id: str
) -> list[Member]:
    """Point all to the canonical article; return those for which that is new, as they were."""
    named = canonical.story_id == canonical.id and canonical.duplicate_of is None
    if len(group) > 1 or not named:
        session.execute(update(Story).where(Story.id == story_id).values(canonical_id=canonical.id))
    moved = []
    for member in group:
        points_to = None if member.pk == canonical.pk else canonical.id
        if (member.story_id, member.duplicate_of) != (story_id, points_to):
            session.execute(
                update(Article)
                .where(Article.pk == member.pk)
                .values(story_id=story_id, duplicate_of=points_to)
            )
            moved.append(member)
    if moved:
        search.follow_stories(session, [member.pk for member in moved])
    return moved


def stand_alone(session: Session, pks: Collection[int]) -> None:
    """Give articles that left their story one of their own, unless they were all there was of it."""
    rows = session.execute(
        select(Article.pk, Article.id, Article.story_id).where(Article.pk.in_(pks))
    ).all()
    for pk, article, story in rows:
        others = select(func.count()).where(Article.story_id == story, Article.pk != pk)
        if session.scalar(others):
            own = mint(session, article)
            session.execute(
                update(Article).where(Article.pk == pk).values(story_id=own, duplicate_of=None)
            )
            search.follow_stories(session, [pk])
