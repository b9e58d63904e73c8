"""Records as they may be seen: with every personal number in them masked (docs/masking.md).

A session of an unmasked corpus says so (`see_all`); every other one gets records without such numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from storage.masked_html import mask_html
from storage.masking import mask, numbers
from storage.records import Article, AttachedFile, Evidence, Link, Revision, Role, Tag

_UNMASKED = "unmasked"
TEXTS = (
    "title",
    "subtitle",
    "body",
    "body_raw",
    "origin",
    "author",
    "editor",
    "issuer",
    "validity",
)
"""The fields that are text somebody wrote; document and index numbers are looked up as they are."""


def see_all(sessions: sessionmaker[Session]) -> None:
    """Have the sessions made from here on show personal numbers."""
    sessions.configure(info={**sessions.kw.get("info", {}), _UNMASKED: True})


def sees_all(session: Session) -> bool:
    """Whether records of this session show personal numbers."""
    return bool(session.info.get(_UNMASKED))


def masked_article(article: Article) -> Article:
    """An article with its personal numbers masked; itself where it has none."""
    texts = _masked_texts({name: getattr(article, name) for name in TEXTS})
    values: dict[str, Any] = texts | {
        "keywords": tuple(map(mask, article.keywords)),
        "section": mask(article.section) if article.section else article.section,
        "body_html": _html(article),
        "attachments": tuple(map(_file, article.attachments)),
        "links": tuple(map(masked_link, article.links)),
        "provenance": masked_values(article.provenance),
    }
    changed = {name: value for name, value in values.items() if value != getattr(article, name)}
    if not changed:
        return article
    seen = {name: values.get(name, getattr(article, name)) for name in ("title", "body")}
    return replace(
        article,
        **changed,
        tags=tuple(_tag(tag, seen) for tag in article.tags),
        digest=masked_digest(article.revision, values["title"], values["body"]),
    )


def masked_revision(revision: Revision) -> Revision:
    """An earlier version with its personal numbers masked."""
    title, body, fields = mask(revision.title), mask(revision.body), masked_fields(revision.fields)
    if (title, body, fields) == (revision.title, revision.body, revision.fields):
        return revision
    digest = masked_digest(revision.number, title, body)
    return replace(revision, title=title, body=body, fields=fields, digest=digest)


def masked_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a version, by name, masked."""
    found: dict[str, Any] = {
        name: mask(value) if name in TEXTS and isinstance(value, str) else value
        for name, value in fields.items()
    }
    if files := found.get("attachments"):
        found["attachments"] = [masked_values(file) | {"url": file["url"]} for file in files]
    if words := found.get("keywords"):
        found["keywords"] = [mask(str(word)) for word in words]
    if origins := found.get("provenance"):
        found["provenance"] = masked_values(origins)
    return found


def masked_digest(number: int, title: str, body: str) -> str:
    """A digest in the place of one that is made of personal numbers, which could be tried out."""
    return sha256("\x1f".join(("masked", str(number), title, body)).encode()).hexdigest()


def masked_link(link: Link) -> Link:
    """A link with its personal numbers masked."""
    title, differs = mask(link.title), tuple(map(mask, link.differs))
    if (title, differs) == (link.title, link.differs):
        return link
    return replace(link, title=title, differs=differs)


def masked_evidence(
    evidence: Sequence[Evidence], seen: Mapping[str, str] = {}
) -> tuple[Evidence, ...]:
    """The words that show a tag. `seen` are the masked title and body that they were taken from."""
    return tuple(replace(one, text=_words(one, seen)) for one in evidence)


def masked_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping with its texts masked."""
    return {
        name: mask(value) if isinstance(value, str) else value for name, value in values.items()
    }


def _words(one: Evidence, seen: Mapping[str, str]) -> str:
    there = seen.get(one.field, "")[one.start : one.end]
    return there if len(there) == len(one.text) else mask(one.text)


def _masked_texts(texts: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name: mask(text) if text else text for name, text in texts.items()}


def _html(article: Article) -> str | None:
    if not article.body_html:
        return article.body_html
    return mask_html(article.body_html, frozenset(numbers(article.body)))


def _file(file: AttachedFile) -> AttachedFile:
    return replace(file, name=mask(file.name), text=mask(file.text))


def _role(role: Role) -> Role:
    return replace(role, title=mask(role.title), body=mask(role.body))


def _tag(tag: Tag, seen: Mapping[str, str]) -> Tag:
    return replace(
        tag,
        label=mask(tag.label),
        value=mask(tag.value),
        evidence=masked_evidence(tag.evidence, seen),
        roles=tuple(map(_role, tag.roles)),
    )
