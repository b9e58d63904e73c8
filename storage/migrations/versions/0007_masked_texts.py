"""Folded texts and search terms are made of masked texts: no search finds a personal number.

Stories are gone through again by the next run that loads anything, as the counter says; only the
texts that changed are compared anew.
"""

from collections.abc import Callable, Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from storage import search
from storage.folding import fold
from storage.masking import mask

revision = "0007"
down_revision = "0006"

_BATCH = 200
_ARTICLES = """
SELECT pk, title, body, text_digest FROM article WHERE pk > :last ORDER BY pk LIMIT :batch
"""
_FILES = "SELECT text FROM attachment WHERE article_pk = :pk AND text <> '' ORDER BY position"
_UPDATE = """
UPDATE folded_text SET title = :title, body = :body, attachments = :attachments
WHERE article_pk = :article_pk
"""


def upgrade() -> None:
    _fold_again(mask)


def downgrade() -> None:
    _fold_again(lambda text: text)


def _fold_again(shown: Callable[[str], str]) -> None:
    """Fold what `mask` changes, of the text as it is to be shown."""
    connection = op.get_bind()
    digests: set[str] = set()
    with Session(connection, join_transaction_mode="rollback_only") as session:
        for digest, entry in _personal(session, shown):
            search.unindex(session, [entry.article_pk])
            values = ("article_pk", "title", "body", "attachments")
            session.execute(sa.text(_UPDATE), {name: getattr(entry, name) for name in values})
            search.index(session, [entry])
            digests.add(digest)
        session.flush()
    if digests:
        _forget_wordings(connection, sorted(digests))


def _personal(session: Session, shown: Callable[[str], str]) -> Iterator[tuple[str, search.Entry]]:
    """The articles with a personal number: the digest of the text, and how it folds now."""
    last = 0
    while True:
        batch = session.execute(sa.text(_ARTICLES), {"last": last, "batch": _BATCH}).all()
        for pk, title, body, digest in batch:
            files = list(session.scalars(sa.text(_FILES), {"pk": pk}))
            if any(mask(text) != text for text in (title, body, *files)):
                folded = [fold(shown(text)) for text in (title, body, *files)]
                yield digest, search.Entry(pk, folded[0], folded[1], "\n".join(folded[2:]))
        if not batch:
            return
        last = batch[-1].pk


def _forget_wordings(connection: sa.Connection, digests: list[str]) -> None:
    for start in range(0, len(digests), _BATCH):
        wording = sa.text("SELECT pk FROM wording WHERE digest IN :digests").bindparams(
            sa.bindparam("digests", digests[start : start + _BATCH], expanding=True)
        )
        pks = list(connection.scalars(wording))
        for statement in (
            "DELETE FROM link WHERE a_pk IN :pks OR b_pk IN :pks",
            "DELETE FROM fingerprint WHERE wording_pk IN :pks",
            "DELETE FROM wording WHERE pk IN :pks",
        ):
            chosen: sa.BindParameter[int] = sa.bindparam("pks", pks, expanding=True)
            connection.execute(sa.text(statement).bindparams(chosen))
    connection.execute(sa.text("UPDATE counter SET value = 0 WHERE name = 'stories'"))
