"""The history of one article: its versions, what changed between them, when it was not there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import models
from storage.diff import Line, Mark, compare, compare_line
from storage.masking import mask
from storage.personal import masked_digest, masked_fields, sees_all
from storage.records import city_time

FIELDS = (
    *("title", "subtitle", "published_at", "origin", "author", "editor", "document_number"),
    *("issuer", "index_number", "validity", "attachments"),
)
"""What a reader sees beside the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An article as it read from one time on. Times are text, as the city reads them."""

    number: int
    seen_at: str
    """When this version was seen first."""
    title: str
    body: str
    fields: Mapping[str, Any]
    """The other fields that a reader sees; ``attachments`` as a list of ``{"url", "name"}``."""
    digest: str
    warc: str

    def value(self, name: str) -> str:
        """A field as a line of text."""
        value: Any = self.title if name == "title" else self.fields.get(name)
        if name == "attachments":
            return "、".join(f"{one['name']} {one['url']}" for one in value or ())
        return str(value or "")

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        names = ("number", "seen_at", "title", "body", "digest", "warc")
        return {name: getattr(self, name) for name in names} | {"fields": dict(self.fields)}


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed from one version to the next."""

    older: int
    newer: int
    fields: Mapping[str, Line]
    """The fields that differ, each as one line."""
    body: tuple[Line, ...]
    """Every line of both bodies; see `storage.diff`."""

    def as_dict(self) -> dict[str, Any]:
        """As JSON values; of the body only the lines that differ, with their place among all."""
        return {
            "older": self.older,
            "newer": self.newer,
            "fields": {name: _line(line) for name, line in self.fields.items()},
            "body": [
                {"line": number, **_line(line)}
                for number, line in enumerate(self.body, start=1)
                if line.mark is not Mark.SAME
            ],
        }


def _line(line: Line) -> dict[str, Any]:
    return {
        "mark": line.mark,
        "parts": [{"mark": part.mark, "text": part.text} for part in line.parts],
    }


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an article."""

    at: str
    kind: str
    """``seen`` first, ``revised``, ``missed`` (in a check that none has confirmed yet),
    ``withdrawn``, ``restored``, ``moved`` (its reason: how that showed, from where, to where)."""
    version: int | None = None
    """The number of the version that came with it."""
    reason: str | None = None
    """How a withdrawal showed."""
    confirmed_at: str | None = None
    """The check that settled that it is withdrawn; `at` is the one that missed it first."""


@dataclass(frozen=True, kw_only=True)
class History:
    """All that is known of an article's past."""

    id: str
    url: str
    title: str
    withdrawn_at: str | None
    versions: tuple[Version, ...]
    """The first one first; the last is how it reads now."""
    events: tuple[Event, ...]
    """In the order of their times."""

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """What changed, version by version."""
        return tuple(difference(old, new) for old, new in pairwise(self.versions))

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        names = Event.__dataclass_fields__
        return {
            "id": self.id,
            "url": self.url,
            "title": self.title,
            "withdrawn_at": self.withdrawn_at,
            "versions": [version.as_dict() for version in self.versions],
            "events": [{name: getattr(e, name) for name in names} for e in self.events],
            "differences": [one.as_dict() for one in self.differences],
        }

    def _repr_html_(self) -> str:
        from storage.notebook import history_html

        return history_html(self)


def difference(old: Version, new: Version) -> Difference:
    """What changed between any two versions."""
    fields = {
        name: compare_line(old.value(name), new.value(name))
        for name in FIELDS
        if old.value(name) != new.value(name)
    }
    return Difference(old.number, new.number, fields, compare(old.body, new.body))


# --- from the tables ------------------------------------------------------------------------------


def read_history(session: Session, pk: int) -> History:
    """The history of the article with a primary key."""
    article = session.get_one(models.Article, pk)
    query = select(models.Revision).where(models.Revision.article_pk == pk)
    earlier = session.scalars(query.order_by(models.Revision.number)).all()
    versions = (*map(_earlier, earlier), _current(session, article))
    if not sees_all(session):
        versions = tuple(map(_masked, versions))
    return History(
        id=article.id,
        url=article.url,
        title=versions[-1].title,
        withdrawn_at=city_time(article.withdrawn_at),
        versions=versions,
        events=tuple(_events(session, article, versions)),
    )


def _earlier(row: models.Revision) -> Version:
    return Version(
        number=row.number,
        seen_at=city_time(row.seen_at) or "",
        title=row.title,
        body=row.body,
        fields=_fields(row.fields, row.fields.get("attachments") or []),
        digest=row.digest,
        warc=row.warc,
    )


def _masked(version: Version) -> Version:
    title, body, fields = mask(version.title), mask(version.body), masked_fields(version.fields)
    if (title, body, fields) == (version.title, version.body, version.fields):
        return version
    digest = masked_digest(version.number, title, body)
    return replace(version, title=title, body=body, fields=fields, digest=digest)


def _current(session: Session, article: models.Article) -> Version:
    attachment = models.Attachment
    files = session.execute(
        select(attachment.url, attachment.name)
        .where(attachment.article_pk == article.pk)
        .order_by(attachment.position)
    )
    return Version(
        number=article.revision,
        seen_at=city_time(article.revised_at) or "",
        title=article.title,
        body=article.body,
        fields=_fields(vars(article), [{"url": url, "name": name} for url, name in files]),
        digest=article.digest,
        warc=article.warc,
    )


def _fields(values: Mapping[str, Any], attachments: list[dict[str, str]]) -> dict[str, Any]:
    at = values.get("published_at")
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    own = {name: values.get(name) for name in FIELDS if name not in {"title", "attachments"}}
    published = city_time(at, values.get("published_precision"))
    return own | {"published_at": published, "attachments": attachments}


def _events(
    session: Session, article: models.Article, versions: tuple[Version, ...]
) -> list[Event]:
    first, *later = versions
    found = [Event(first.seen_at, "seen", first.number)]
    found += [Event(version.seen_at, "revised", version.number) for version in later]
    withdrawal = models.Withdrawal
    query = select(withdrawal).where(withdrawal.article_pk == article.pk)
    for row in session.scalars(query.order_by(withdrawal.number)):
        confirmed = city_time(row.confirmed_at)
        found.append(Event(city_time(row.gone_at) or "", "withdrawn", None, row.reason, confirmed))
        if row.restored_at is not None:
            found.append(Event(city_time(row.restored_at) or "", "restored"))
    found += _moves(session, article.pk)
    watched = session.get(models.Watch, article.page_id)
    if watched is not None and watched.gone_since is not None:
        found.append(Event(city_time(watched.gone_since) or "", "missed"))
    return sorted(found, key=lambda event: event.at)


def _moves(session: Session, pk: int) -> Iterator[Event]:
    move = models.Move
    rows = session.scalars(select(move).where(move.article_pk == pk).order_by(move.number))
    for row in rows:
        reason = f"{row.how}: {row.from_url} → {row.to_url}"
        yield Event(city_time(row.moved_at) or "", "moved", reason=reason)
