"""Texts found by keys they share: indexed rows, read a bounded number a key."""

import json
from collections.abc import Collection, Mapping

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from storage.among import parts
from storage.arrays import int4_array
from storage.models import Fingerprint

_SHARING = {
    "sqlite": """
        SELECT wanted.value, (
            SELECT group_concat(wording_pk) FROM (
                SELECT wording_pk FROM fingerprint WHERE hash = wanted.value LIMIT :most))
        FROM json_each(:hashes) AS wanted
        WHERE EXISTS (SELECT 1 FROM fingerprint WHERE hash = wanted.value)""",
    "postgresql": """
        SELECT wanted.hash, found.pks
        FROM unnest(CAST(:hashes AS integer[])) AS wanted (hash), LATERAL (
            SELECT string_agg(CAST(wording_pk AS text), ',') AS pks FROM (
                SELECT wording_pk FROM fingerprint WHERE hash = wanted.hash LIMIT :most) AS first
        ) AS found
        WHERE found.pks IS NOT NULL""",
}
_INSERT = {
    "sqlite": "INSERT OR IGNORE INTO fingerprint (hash, wording_pk) VALUES (?, ?)",
    "postgresql": """
        INSERT INTO fingerprint (hash, wording_pk)
        SELECT * FROM unnest(CAST(:hashes AS integer[]), CAST(:pks AS integer[]))
        ON CONFLICT DO NOTHING""",
}
_PART = 5000


def sharing(session: Session, hashes: Collection[int], most: int) -> dict[int, list[int]]:
    """The wordings that have each of these keys, up to `most` a key."""
    dialect = session.get_bind().dialect.name
    found: dict[int, list[int]] = {}
    wanted = sorted(hashes)
    for part in parts(wanted, _PART):
        values = int4_array(part) if dialect == "postgresql" else json.dumps(part)
        given = {"hashes": values, "most": most}
        rows = session.execute(text(_SHARING[dialect]), given).all()
        found |= {hash_: [int(pk) for pk in pks.split(",")] for hash_, pks in rows}
    return found


def add(session: Session, keys: Mapping[int, Collection[int]]) -> None:
    """Store the keys of wordings, given by primary key; those that are stored already stay."""
    # In the index's order, so that neighbours go in together.
    rows = sorted((hash_, pk) for pk, hashes in keys.items() for hash_ in hashes)
    if not rows:
        return
    if session.get_bind().dialect.name == "postgresql":
        hashes, pks = (int4_array(column) for column in zip(*rows, strict=True))
        session.execute(text(_INSERT["postgresql"]), {"hashes": hashes, "pks": pks})
    else:
        session.connection().exec_driver_sql(_INSERT["sqlite"], rows)


def remove(session: Session, keys: Mapping[int, Collection[int]]) -> None:
    """Forget the keys of wordings."""
    for pk, hashes in keys.items():
        for part in parts(sorted(hashes), _PART):
            these = Fingerprint.hash.in_(part), Fingerprint.wording_pk == pk
            session.execute(delete(Fingerprint).where(*these))


def forget_all(session: Session) -> None:
    """Forget every key, as when the method changes."""
    session.execute(delete(Fingerprint))
