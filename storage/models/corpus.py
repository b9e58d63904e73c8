"""The tables of the corpus: articles, and all that hangs on them."""

from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class ChangeKind(StrEnum):
    """What the change feed tells of an article."""

    ADDED = "added"
    REVISED = "revised"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    FORGOTTEN = "forgotten"
    RETAGGED = "retagged"
    ATTACHED = "attached"
    """More is known of its files than before."""
    REREAD = "reread"
    """The same page, read better than before: its publisher changed nothing."""
    MOVED = "moved"
    """It stands at another address, and is the same article."""
    MERGED = "merged"
    SPLIT = "split"


def article_id(key: str) -> str:
    """The public id of the article at a canonical key: the same in every copy of the corpus."""
    return blake2b(key.encode(), digest_size=8).hexdigest()


class Story(Base):
    """A set of reprints with one canonical article. Its id is minted once and kept."""

    __tablename__ = "story"

    id: Mapped[str] = mapped_column(primary_key=True)
    canonical_id: Mapped[str]
    """Public id of the canonical article."""
    merged_into: Mapped[str | None] = mapped_column(index=True)
    """The story that this one became a part of; its id goes on to answer."""


class Article(Base):
    """An article as it stands now."""

    __tablename__ = "article"

    pk: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    source: Mapped[str]
    column: Mapped[str | None]
    title: Mapped[str]
    subtitle: Mapped[str | None]
    body: Mapped[str]
    body_raw: Mapped[str | None]
    body_html: Mapped[str | None]
    """The body as HTML, made safe; None where there is none."""
    published_at: Mapped[datetime | None]
    published_precision: Mapped[str | None]
    updated_at: Mapped[datetime | None]
    origin: Mapped[str | None]
    author: Mapped[str | None]
    editor: Mapped[str | None]
    document_number: Mapped[str | None] = mapped_column(index=True)
    document_key: Mapped[str | None] = mapped_column(index=True)
    """The document number in its one form (`storage.citations`): what citations of it look like."""
    issuer: Mapped[str | None]
    index_number: Mapped[str | None]
    validity: Mapped[str | None]
    keywords: Mapped[list[Any]]
    section: Mapped[str | None]
    """The column's name as the page gives it."""
    needs_ocr: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Its text, or an attachment's, is in pictures."""
    provenance: Mapped[dict[str, Any]]
    lang: Mapped[str | None]
    story_id: Mapped[str] = mapped_column(ForeignKey("story.id"), index=True)
    duplicate_of: Mapped[str | None]
    """Public id of the canonical article; None where this is the canonical one."""
    authority: Mapped[int]
    """The source's rank when it loaded this; decides between two articles of the same moment."""
    text_digest: Mapped[str] = mapped_column(index=True)
    """Digest of the folded text: equal for exact reprints."""
    digest: Mapped[str]
    """Digest of everything a reader sees: a difference makes a revision."""
    revision: Mapped[int] = mapped_column(default=1)
    first_seen: Mapped[datetime]
    revised_at: Mapped[datetime]
    """When the current revision was seen first."""
    withdrawn_at: Mapped[datetime | None]
    """When it was first found missing, where that is confirmed and it has not come back."""
    warc: Mapped[str]

    __table_args__ = (
        Index(None, "published_at"),
        Index(None, "source", "published_at"),
        Index(None, "source", "first_seen"),
        Index(None, "source", "story_id"),
        Index(None, "source", "column", "lang"),
        Index(None, "revised_at"),
    )


class Wording(Base):
    """A distinct text: a folded headline and body that one article has, or several."""

    __tablename__ = "wording"

    pk: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    """The `text_digest` of its articles."""
    version: Mapped[int]
    """Of the method that found its relatives; what an older one found is found anew."""


class Fingerprint(Base):
    """A key by which a wording is found; wordings with equal keys are compared.

    No foreign key: it would be looked up for each of some thirty keys a text.
    """

    __tablename__ = "fingerprint"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own idiom

    hash: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Signed, 32 bits."""
    wording_pk: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Link(Base):
    """How two wordings are related. `a_pk` is the smaller."""

    __tablename__ = "link"

    a_pk: Mapped[int] = mapped_column(ForeignKey("wording.pk"), primary_key=True)
    b_pk: Mapped[int] = mapped_column(ForeignKey("wording.pk"), primary_key=True, index=True)
    kind: Mapped[str]
    """``exact``, ``reprint`` or ``excerpt``."""
    evidence: Mapped[dict[str, Any]]
    """Seen from a: ``{"shared": [of a, of b], "run": characters, "differs": [text, …]}``"""


class Revision(Base):
    """An earlier version of an article, whole."""

    __tablename__ = "revision"

    article_pk: Mapped[int] = mapped_column(ForeignKey("article.pk"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    fields: Mapped[dict[str, Any]]
    """The other fields, as JSON values."""
    tags: Mapped[list[Any] | None]
    """The tags that it had, each with the columns of `tag`; None where nobody kept them."""
    digest: Mapped[str]
    seen_at: Mapped[datetime]
    seen_until: Mapped[datetime | None]
    """When it was last seen; None where nobody noted that."""
    warc: Mapped[str]


class Withdrawal(Base):
    """A time for which an article was not to be found at its publisher."""

    __tablename__ = "withdrawal"

    article_pk: Mapped[int] = mapped_column(ForeignKey("article.pk"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    gone_at: Mapped[datetime]
    """The check that missed it first."""
    confirmed_at: Mapped[datetime]
    """The check that missed it again, hours later: from here on the corpus says so."""
    reason: Mapped[str]
    """``http-404``, ``http-410``, ``front-page`` or ``missing``."""
    restored_at: Mapped[datetime | None]


class Move(Base):
    """An article that stands at another address than before: it keeps its id and its key."""

    __tablename__ = "move"

    article_pk: Mapped[int] = mapped_column(ForeignKey("article.pk"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    from_url: Mapped[str]
    to_url: Mapped[str]
    to_key: Mapped[str] = mapped_column(index=True)
    """The canonical key of its new address."""
    how: Mapped[str]
    """How it showed: ``redirect``, ``canonical`` (the old page names the new one as its own), ``host`` (the
    catalogue says that its host was renamed) or ``text`` (the same text in its place in the list)."""
    moved_at: Mapped[datetime]
    """When that was seen."""


class Attachment(Base):
    """A file that an article links to, and what it says."""

    __tablename__ = "attachment"

    article_pk: Mapped[int] = mapped_column(ForeignKey("article.pk"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    text: Mapped[str] = mapped_column(default="", server_default=text("''"))
    text_status: Mapped[str] = mapped_column(default="not fetched", server_default="not fetched")
    """``read``, ``needs_ocr``, ``unreadable: <reason>`` or ``not fetched``, with a reason as well."""
    digest: Mapped[str | None]
    """SHA-256 of its bytes; None where they were never fetched."""
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    warc: Mapped[str | None]
    """Where its bytes lie."""


class Tag(Base):
    """What an article is about, names, cites or states (`docs/tagging.md`), with its evidence."""

    __tablename__ = "tag"

    article_pk: Mapped[int] = mapped_column(ForeignKey("article.pk"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]
    score: Mapped[float]
    evidence: Mapped[list[Any]]
    """``[{"field": "title" | "body", "start": int, "end": int, "text": str, "rule": str}, …]``"""
    taxonomy: Mapped[str]
    """Version of the taxonomy that gave it."""
    amount: Mapped[float | None]
    """Of a sum of money, in its currency; of an area, in square metres."""
    roles: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """Of a person: ``[{"title": str, "organisation": id | null, "body": str}, …]``"""

    __table_args__ = (Index(None, "kind", "value", "article_pk"),)


class Change(Base):
    """What happened to which article, numbered without gaps in commit order."""

    __tablename__ = "change"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    article_id: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    at: Mapped[datetime]


class Counter(Base):
    """A number that is given out in the transaction that uses it, so that none is ever missing."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
