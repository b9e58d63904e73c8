"""Which of the candidates answer best: words in the title, how often, how recent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.among import among
from storage.models import FoldedText, SearchEntry
from storage.query import Text

_TITLE = 4.0
"""For all words in the title."""
_WHOLE = 1.0
"""More, where the title is nothing else."""
_OFTEN = 2.0
"""For words that come up without end (BM25 with the two constants that everybody uses)."""
_K1, _B = 1.2, 0.75
_LENGTH = 1000
"""Characters of a usual article."""
_A_YEAR = 0.1
_YEAR = 365 * 86_400
_OLD = 25 * _YEAR
"""1995: what is older, or has no date, is old."""


@dataclass(frozen=True, slots=True)
class _Folded:
    docid: int
    at: int | None
    title: str
    text: str


def scores(session: Session, docids: Sequence[int], texts: Sequence[Text]) -> dict[int, float]:
    """A score for each article. It depends on the article and the words alone, so that pages that
    are asked for one after the other fit together."""
    words = [text.folded for text in texts]
    return {one.docid: _score(one, words) for one in _read(session, docids)}


def _score(one: _Folded, words: Sequence[str]) -> float:
    newness = _A_YEAR * max(0, (one.at or 0) - _OLD) / _YEAR
    if not words:
        return round(newness, 6)
    in_title = sum(word in one.title for word in words) / len(words)
    whole = _WHOLE * min(1.0, sum(map(len, words)) / max(1, len(one.title))) * in_title
    length = _K1 * (1 - _B + _B * len(one.text) / _LENGTH)
    counts = [one.text.count(word) + one.title.count(word) for word in words]
    often = sum(count / (count + length) for count in counts) / len(words)
    return round(_TITLE * in_title + whole + _OFTEN * often + newness, 6)


def _read(session: Session, docids: Sequence[int]) -> Iterator[_Folded]:
    entry, folded = SearchEntry, FoldedText
    columns = (entry.docid, entry.at, folded.title, folded.body, folded.attachments)
    query = select(*columns).join(folded, folded.article_pk == entry.article_pk)
    these = among(entry.docid, docids, session.get_bind().dialect)
    for docid, at, title, body, attachments in session.connection().execute(query.where(these)):
        yield _Folded(docid, at, title, f"{body}\n{attachments}" if attachments else body)
