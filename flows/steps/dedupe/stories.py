"""Stories: which articles tell one text, and which of them is the canonical one."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from flows.steps.dedupe import relatives
from storage import search
from storage.among import parts
from storage.bulk import insert_rows, update_rows
from storage.models import Article, ChangeKind, Story

_LAST = datetime.max.replace(tzinfo=UTC)


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
    named = _named(session, groups)
    kept = _kept(groups, named)
    settled, moved, pointed = Settled(), list[_Moved](), list[dict[str, str]]()
    for group, own, story_id in zip(groups, kept, _stories(session, groups, kept), strict=True):
        canonical = min(group, key=lambda member: member.precedence)
        if named.get(story_id) != canonical.id:
            pointed.append({"id": story_id, "canonical_id": canonical.id})
        joined = any(member.pk in new or member.story_id != story_id for member in group)
        for one in _moved(group, canonical, story_id):
            moved.append(one)
            if one.member.pk not in new:
                came_here = one.member.story_id in own and joined
                kind = ChangeKind.MERGED if came_here else ChangeKind.SPLIT
                settled.changes.append((one.member.id, kind))
        settled.duplicates |= {member.pk for member in group if member.pk != canonical.pk}
    update_rows(session, Story, pointed)
    _move(session, moved)
    return settled


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
    for some in parts(digests):
        for row in session.execute(select(*columns).where(Article.text_digest.in_(some))):
            yield Member(*row)


def _named(session: Session, groups: Sequence[Sequence[Member]]) -> dict[str, str]:
    """The stories of these articles as they are stored: id → id of the canonical article."""
    found: dict[str, str] = {}
    for some in parts(sorted({member.story_id for group in groups for member in group})):
        query = select(Story.id, Story.canonical_id).where(Story.id.in_(some))
        found |= {row.id: row.canonical_id for row in session.execute(query)}
    return found


def _kept(groups: Sequence[Sequence[Member]], named: Mapping[str, str]) -> list[list[str]]:
    """The stories whose ids each group keeps, the oldest first.

    An id is kept by the group that holds its canonical article; where that is not there any more,
    by the one with the article of it that was stored first.
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
    keeper = {story: place.get(canonical, first[story]) for story, canonical in named.items()}
    return [
        list(dict.fromkeys(one.story_id for one in group if keeper.get(one.story_id) == number))
        for number, group in enumerate(groups)
    ]


def _stories(
    session: Session, groups: Sequence[Sequence[Member]], kept: Sequence[Sequence[str]]
) -> list[str]:
    """The id of each group's story: the oldest of those that it keeps, else a new one."""
    each = list(zip(groups, kept, strict=True))
    minted = mint(session, [group[0].id for group, own in each if not own])
    _merge(session, {one: own[0] for own in kept for one in own[1:]})
    return [own[0] if own else minted[group[0].id] for group, own in each]


def _merge(session: Session, into: Mapping[str, str]) -> None:
    """Have stories redirect to those that they became a part of."""
    merged = dict(into)
    # Whoever asks for a story that came to one of these earlier goes one step, not two.
    for some in parts(list(into)):
        earlier = select(Story.id, Story.merged_into).where(Story.merged_into.in_(some))
        merged |= {story: into[one] for story, one in session.execute(earlier) if one is not None}
    update_rows(session, Story, [{"id": one, "merged_into": to} for one, to in merged.items()])


def mint(session: Session, articles: Collection[str]) -> dict[str, str]:
    """A story of its own for each article, with an id that was never used: the article's, or that with
    a number behind it."""
    minted: dict[str, str] = {}
    for number in count(1):
        waiting = [one for one in articles if one not in minted]
        if not waiting:
            break
        names = {one if number == 1 else f"{one}-{number}": one for one in waiting}
        taken: set[str] = set()
        for some in parts(list(names)):
            taken |= set(session.scalars(select(Story.id).where(Story.id.in_(some))))
        minted |= {article: name for name, article in names.items() if name not in taken}
    stories = [{"id": name, "canonical_id": article} for article, name in minted.items()]
    insert_rows(session, Story, stories)
    return minted


@dataclass(frozen=True, slots=True)
class _Moved:
    """An article as it was, and where it belongs and points now."""

    member: Member
    story_id: str
    duplicate_of: str | None


def _moved(group: Sequence[Member], canonical: Member, story_id: str) -> Iterator[_Moved]:
    for member in group:
        points_to = None if member.pk == canonical.pk else canonical.id
        if (member.story_id, member.duplicate_of) != (story_id, points_to):
            yield _Moved(member, story_id, points_to)


def _move(session: Session, moved: Sequence[_Moved]) -> None:
    rows = [
        {"pk": one.member.pk, "story_id": one.story_id, "duplicate_of": one.duplicate_of}
        for one in moved
    ]
    update_rows(session, Article, rows)
    search.follow_stories(session, [one.member.pk for one in moved])


def stand_alone(session: Session, pks: Collection[int]) -> None:
    """Give articles that left their story one of their own, unless they were all there was of it."""
    rows = session.execute(
        select(Article.pk, Article.id, Article.story_id).where(Article.pk.in_(pks))
    ).all()
    for pk, article, story in rows:
        others = select(func.count()).where(Article.story_id == story, Article.pk != pk)
        if session.scalar(others):
            own = mint(session, [article])[article]
            session.execute(
                update(Article).where(Article.pk == pk).values(story_id=own, duplicate_of=None)
            )
            search.follow_stories(session, [pk])
