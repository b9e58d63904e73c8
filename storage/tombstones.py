"""Tombstones: which addresses are forgotten, without saying what they said."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.among import parts
from storage.bulk import upsert
from storage.models import Tombstone, article_id


def key_digest(key: str) -> str:
    """How a tombstone names a canonical key."""
    return sha256(key.encode()).hexdigest()


def bury(session: Session, key: str, reason: str, now: datetime) -> None:
    """Put a tombstone over a canonical key; one that stands there stays as it is."""
    row = {
        "key_digest": key_digest(key),
        "article_id": article_id(key),
        "forgotten_at": now,
        "reason": reason,
    }
    session.execute(upsert(session, Tombstone).values(**row).on_conflict_do_nothing())


def find(session: Session, key: str) -> Tombstone | None:
    """The tombstone over a canonical key, if there is one."""
    return session.get(Tombstone, key_digest(key))


def forgotten(session: Session, keys: Iterable[str]) -> set[str]:
    """Which of these canonical keys are forgotten."""
    by_digest = {key_digest(key): key for key in keys}
    found: set[str] = set()
    for some in parts(list(by_digest)):
        query = select(Tombstone.key_digest).where(Tombstone.key_digest.in_(some))
        found |= {by_digest[digest] for digest in session.scalars(query)}
    return found


def forgotten_ids(session: Session) -> list[str]:
    """The public ids of everything forgotten."""
    return list(session.scalars(select(Tombstone.article_id).order_by(Tombstone.article_id)))
