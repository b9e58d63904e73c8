"""Who cites whom: document numbers in their one form, and the articles on both ends."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from storage.masking import mask
from storage.models import Article, Tag
from storage.personal import masked_evidence, sees_all
from storage.records import Evidence, city_time

# 宿政发〔2024〕12号 as it is written, typed and mistyped: any brackets, spaces, 第 and zeros. The year is
# looked for first, the code then before it: far quicker than trying every run of characters.
_YEAR_AND_NUMBER = re.compile(
    r"[〔\[［（(【]((?:19|20)\d{2})[〕\]］）)】][ \u3000]?第?[ \u3000]?(\d{1,4})[ \u3000]?号"
)
_CODE = re.compile(r"[\u4e00-\u9fff]{2,14}(?=[ \u3000]?$)")
_LONGEST_CODE = 15


@dataclass(frozen=True, slots=True)
class Written:
    """A document number in a text: its parts, and where it stands."""

    code: str
    year: str
    number: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Citation:
    """One end of a citation: the number, and an article that carries or cites it."""

    number: str
    article_id: str | None = None
    """None where the corpus has no article that carries the number."""
    title: str | None = None
    url: str | None = None
    published_at: str | None = None
    evidence: tuple[Evidence, ...] = ()
    """Where the citing article cites it."""


@dataclass(frozen=True, slots=True)
class Citations:
    """What an article cites by number, and what cites it."""

    cites: tuple[Citation, ...]
    cited_by: tuple[Citation, ...]

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return asdict(self)


def find_numbers(text: str) -> Iterator[Written]:
    """Every document number of a text; its code may hold words of the sentence before."""
    for found in _YEAR_AND_NUMBER.finditer(text):
        start = max(0, found.start() - _LONGEST_CODE)
        if code := _CODE.search(text[start : found.start()]):
            yield Written(code[0], found[1], found[2], start + code.start(), found.end())


def canonical_number(written: str) -> str | None:
    """A document number in its one form, ``宿政发〔2024〕12号``; None where it is none."""
    found = next(find_numbers(written), None)
    return number_of(found.code, found.year, found.number) if found else None


def number_of(code: str, year: str, number: str) -> str:
    """The one form of a number from its parts."""
    return f"{code}〔{year}〕{int(number)}号"


def citations(session: Session, pk: int) -> Citations:
    """Both ends, as they stand now: which of the two was loaded first makes no difference.

    Reprints stand behind their canonical article, and no article cites its own story.
    """
    row = session.execute(
        select(Article.document_key, Article.story_id).where(Article.pk == pk)
    ).one()
    cites = _cites(session, pk, row.document_key)
    cited_by = _cited_by(session, row.document_key, row.story_id)
    shown = _as_it_is if sees_all(session) else _masked
    return Citations(tuple(map(shown, cites)), tuple(map(shown, cited_by)))


def _as_it_is(citation: Citation) -> Citation:
    return citation


def _masked(citation: Citation) -> Citation:
    title = citation.title and mask(citation.title)
    return replace(citation, title=title, evidence=masked_evidence(citation.evidence))


def _cites(session: Session, pk: int, own_key: str | None) -> Iterator[Citation]:
    cited = select(Tag.value, Tag.evidence, Tag.score).where(
        Tag.article_pk == pk, Tag.kind == "document", Tag.value != (own_key or "")
    )
    rows = sorted(session.execute(cited).all(), key=lambda row: (-row.score, row.value))
    carriers = _canonical_first(session, Article.document_key.in_([row.value for row in rows]))
    for number, evidence, _ in rows:
        found = _one_a_story(one for one in carriers if one.document_key == number)
        for article in found:
            yield _citation(number, article, evidence)
        if not found:
            yield Citation(number, evidence=tuple(Evidence(**one) for one in evidence))


def _cited_by(session: Session, key: str | None, story_id: str) -> Iterator[Citation]:
    if key is None:
        return
    citing = select(Tag.article_pk, Tag.evidence).where(Tag.kind == "document", Tag.value == key)
    evidence = {row.article_pk: row.evidence for row in session.execute(citing)}
    others = Article.pk.in_(evidence) & (Article.story_id != story_id)
    for article in _one_a_story(_canonical_first(session, others)):
        yield _citation(key, article, evidence[article.pk])


def _canonical_first(session: Session, condition: ColumnElement[bool]) -> list[Article]:
    order = (Article.duplicate_of.is_not(None), Article.published_at, Article.pk)
    return list(session.scalars(select(Article).where(condition).order_by(*order)))


def _one_a_story(articles: Iterable[Article]) -> list[Article]:
    found: dict[str, Article] = {}
    for article in articles:
        found.setdefault(article.story_id, article)
    return list(found.values())


def _citation(number: str, article: Article, evidence: Sequence[dict[str, Any]]) -> Citation:
    return Citation(
        number,
        article.id,
        article.title,
        article.url,
        city_time(article.published_at, article.published_precision),
        tuple(Evidence(**one) for one in evidence),
    )
