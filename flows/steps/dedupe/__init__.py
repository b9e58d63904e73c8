"""Near-duplicates and stories: which articles say the same, and which of them is the canonical one.

`docs/stories.md` explains the method and its figures. Articles with one text share a *wording*;
wordings are linked as ``exact``, ``reprint`` or ``excerpt``; what the first two hold together is a
story.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from flows.steps.dedupe import relatives, stories
from flows.steps.dedupe.comparison import Kind, Relation, Text, compare
from flows.steps.dedupe.signatures import SHORT_TEXT, VERSION, signature, text_digest
from flows.steps.dedupe.stories import Settled
from storage import changes, fingerprints
from storage.database import Database
from storage.models import Article, Counter, FoldedText, Link, Wording

__all__ = [
    "SHORT_TEXT",
    "Kind",
    "Relation",
    "Settled",
    "Text",
    "catch_up",
    "compare",
    "depart",
    "leave",
    "settle",
    "signature",
    "text_digest",
]

_COUNTER = "stories"
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Departed:
    """What articles left behind that got, or will have, another text."""

    digests: frozenset[str] = frozenset()
    """Texts whose stories are to be settled."""
    stranded: tuple[int, ...] = ()
    """Wordings that a forgotten one held together."""


def depart(session: Session, pks: Collection[int]) -> Departed:
    """Take articles out of their texts: before the rows of `article` and `folded_text` change.

    A text that nobody has any more is forgotten with its keys and links.
    """
    if not pks:
        return Departed()
    query = select(Article.text_digest).where(Article.pk.in_(pks)).distinct()
    digests = set(session.scalars(query))
    still = select(Article.text_digest).where(
        Article.text_digest.in_(digests), Article.pk.not_in(pks)
    )
    held = set(session.scalars(still.distinct()))
    stranded = relatives.abandon(session, digests - held)
    return Departed(frozenset(held), tuple(stranded))


def settle(
    session: Session,
    texts: Mapping[str, Text],
    departed: Departed = Departed(),
    new: Collection[int] = (),
) -> Settled:
    """Bring in order the stories that articles came to, and those that they left.

    `texts` are the texts, by digest, of every article that came or changed, as they are stored now.
    """
    relatives.enter(session, texts)
    digests = {*texts, *departed.digests, *relatives.again(session, departed.stranded)}
    return stories.settle(session, digests, new)


def leave(session: Session, pks: Sequence[int], now: datetime) -> None:
    """Take articles out of their stories for good: the caller is about to delete them.

    The others keep the story's id and, where its canonical article leaves, get another one. The
    feed is told of those. Nothing finds the text of an article that left.
    """
    changes.hold(session)
    departed = depart(session, pks)
    digests = {*departed.digests, *relatives.again(session, departed.stranded)}
    settled = stories.settle(session, digests, without=pks)
    stories.stand_alone(session, pks)
    changes.record_changes(session, settled.changes, now)


def catch_up(database: Database, now: datetime) -> int:
    """Go through articles that were stored before this version of the method; return how many.

    To be called before anything is loaded. A batch a transaction: what dies goes on where it was.
    """
    done, last = 0, 0
    while True:
        with database.unit_of_work() as session:
            if session.scalar(select(Counter.value).where(Counter.name == _COUNTER)) == VERSION:
                return done
            changes.hold(session)
            _drop_outdated(session)
            batch = _articles_after(session, last)
            if not batch:
                session.execute(
                    update(Counter).where(Counter.name == _COUNTER).values(value=VERSION)
                )
                return done
            settled = settle(session, _with_digests(session, batch))
            changes.record_changes(session, settled.changes, now)
        done, last = done + len(batch), max(batch)


def _drop_outdated(session: Session) -> None:
    """Forget what another version of the method found."""
    if session.scalar(select(Wording.pk).where(Wording.version != VERSION).limit(1)) is None:
        return
    session.execute(delete(Link))
    fingerprints.forget_all(session)
    session.execute(delete(Wording))


def _articles_after(session: Session, pk: int) -> dict[int, Text]:
    query = (
        select(FoldedText.article_pk, FoldedText.title, FoldedText.body, FoldedText.attachments)
        .where(FoldedText.article_pk > pk)
        .order_by(FoldedText.article_pk)
        .limit(_BATCH)
    )
    return {pk: Text.of(*folded) for pk, *folded in session.execute(query)}


def _with_digests(session: Session, batch: Mapping[int, Text]) -> dict[str, Text]:
    """The texts by the digests that they have now, which the articles get too."""
    texts: dict[str, Text] = {}
    for pk, text in batch.items():
        digest = text_digest(text.title, text.body)
        texts[digest] = text
        session.execute(
            update(Article)
            .where(Article.pk == pk, Article.text_digest != digest)
            .values(text_digest=digest)
        )
    return texts
