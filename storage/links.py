"""How articles are related to others: reprints of one text, excerpts, round-ups."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from storage import models
from storage.records import Link

COPIES = 20
"""Articles with the very same text that one links to; its story has all of them."""
_ORDER = ("exact", "reprint", "excerpt")


@dataclass(frozen=True, slots=True)
class _Relation:
    """How a wording is related to another, seen from the first."""

    other: str
    """The other one's digest."""
    kind: str
    evidence: dict[str, Any]


def links_of(session: Session, pks: Collection[int]) -> dict[int, tuple[Link, ...]]:
    """The links of articles: to articles with the same text, and to one of each related text."""
    article = models.Article
    found: dict[int, tuple[Link, ...]] = dict.fromkeys(pks, ())
    # Few articles have any, and to look for those of one costs far more than to know that: by a
    # statement that stands, since to put it together takes longer than to run it.
    some = session.connection().execute(_LINKED, {"pks": list(pks)}).scalars().all()
    if not some:
        return found
    rows = session.execute(
        select(article.pk, article.text_digest).where(article.pk.in_(some))
    ).all()
    related = _relations(session, {row.text_digest for row in rows})
    others = {one.other for same in related.values() for one in same}
    copies = _holders(session, {row.text_digest for row in rows}, COPIES + 1)
    first = _holders(session, others, 1)
    for pk, digest in rows:
        links = [_copy(row) for row in copies[digest] if row.pk != pk][:COPIES]
        links += [_link(row, one) for one in related[digest] for row in first[one.other]]
        found[pk] = tuple(sorted(links, key=_precedence))
    return found


def _those_linked() -> Select[Any]:
    """Those of the articles ``pks`` that have a link at all."""
    article, wording, link = models.Article, models.Wording, models.Link
    # Asked of each article by itself: what a statement gathers first is made anew for each batch.
    other = aliased(article)
    copied = select(other.pk).where(
        other.text_digest == article.text_digest, other.pk != article.pk
    )
    related = select(wording.pk).where(
        wording.digest == article.text_digest,
        or_(
            select(link.a_pk).where(link.a_pk == wording.pk).exists(),
            select(link.b_pk).where(link.b_pk == wording.pk).exists(),
        ),
    )
    these = article.pk.in_(bindparam("pks", expanding=True))
    return select(article.pk).where(these, or_(copied.exists(), related.exists()))


_LINKED = _those_linked()


def _relations(session: Session, digests: Collection[str]) -> defaultdict[str, list[_Relation]]:
    link, one, other = (
        models.Link,
        models.Wording.__table__.alias(),
        models.Wording.__table__.alias(),
    )
    found: defaultdict[str, list[_Relation]] = defaultdict(list)
    for here, there, turned in ((link.a_pk, link.b_pk, False), (link.b_pk, link.a_pk, True)):
        query: Select[*tuple[Any, ...]] = (
            select(one.c.digest, other.c.digest, link.kind, link.evidence)
            .select_from(link)
            .join(one, one.c.pk == here)
            .join(other, other.c.pk == there)
            .where(one.c.digest.in_(digests))
        )
        for own, foreign, kind, evidence in session.execute(query):
            seen = _turned(evidence) if turned else evidence
            found[own].append(_Relation(foreign, kind, seen))
    return found


def _turned(evidence: dict[str, Any]) -> dict[str, Any]:
    """What shows a relation, seen from the other side."""
    swapped = {"−": "+", "+": "−"}
    differs = [
        swapped[text[0]] + text[1:]
        if text[0] in swapped
        else "→".join(reversed(text.split("→", 1)))
        for text in evidence["differs"]
    ]
    return evidence | {"shared": evidence["shared"][::-1], "differs": differs}


def _holders(
    session: Session, digests: Collection[str], most: int
) -> defaultdict[str, list[Row[Any]]]:
    """Of each text the first articles that have it, the canonical one before all."""
    article = models.Article
    order = (article.duplicate_of.is_not(None), article.published_at, article.pk)
    place = func.row_number().over(partition_by=article.text_digest, order_by=order)
    placed = (
        select(
            *(article.pk, article.id, article.url, article.title, article.text_digest),
            place.label("place"),
        )
        .where(article.text_digest.in_(digests))
        .subquery()
    )
    length = func.length(models.FoldedText.body).label("length")
    query = (
        select(placed, length)
        .join(models.FoldedText, models.FoldedText.article_pk == placed.c.pk)
        .where(placed.c.place <= most)
        .order_by(placed.c.place)
    )
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(query):
        found[row.text_digest].append(row)
    return found


def _copy(row: Row[Any]) -> Link:
    evidence = {"shared": [1.0, 1.0], "run": row.length, "differs": []}
    return _link(row, _Relation(row.text_digest, "exact", evidence))


def _link(row: Row[Any], relation: _Relation) -> Link:
    return Link(
        id=row.id,
        url=row.url,
        title=row.title,
        kind=relation.kind,
        shared=tuple(relation.evidence["shared"]),
        run=relation.evidence["run"],
        differs=tuple(relation.evidence["differs"]),
    )


def _precedence(link: Link) -> tuple[int, float, str]:
    return (_ORDER.index(link.kind), -sum(link.shared), link.id)
