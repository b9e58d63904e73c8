"""The tables that searches read: texts as they are folded, and what is counted."""

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class FoldedText(Base):
    """Folded title, body and attachments: for search and comparison only, never shown."""

    __tablename__ = "folded_text"

    article_pk: Mapped[int] = mapped_column(ForeignKey("article.pk"), primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    attachments: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """The texts of its attachments, a line each."""


class SearchLabel(Base):
    """What articles are filtered and counted by: a source, a tag, a year, month or day."""

    __tablename__ = "search_label"
    __table_args__ = (UniqueConstraint("kind", "value"),)

    pk: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    value: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]


OVERFLOWN = "(at + 2209017600) / 86400 < (docid >> 10) - 65536"
"""Of a `SearchEntry`: its day, counted from 1900 on, is earlier than the one whose room it is in.
There is an index of them, `storage.models.whole`."""


class SearchEntry(Base):
    """What the search index knows of an article beside its words.

    On PostgreSQL its words are in a column `terms` of this table, on SQLite in the FTS5 table
    `search` under the same number: neither is known to SQLAlchemy.
    """

    __tablename__ = "search_entry"

    docid: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Its place in the order of publication: see `storage.docids`."""
    article_pk: Mapped[int] = mapped_column(ForeignKey("article.pk"), unique=True)
    at: Mapped[int | None] = mapped_column(BigInteger)
    """When it was published, in seconds since 1970."""
    story: Mapped[int] = mapped_column(BigInteger)
    """A digest of its story's id."""
    duplicate: Mapped[bool] = mapped_column(index=True)
    labels: Mapped[bytes]
    """The numbers of its labels, four bytes each, the small end first."""
