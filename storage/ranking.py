"""Which of the candidates answer best: words in the title, how often, how recent."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.among import among
from storage.models import FoldedText, SearchEntry
from storage.packed import Numbers
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


def scores(session: Session, docids: Sequence[int], texts: Sequence[Text]) -> dict[int, float]:
    """A score for each article. It depends on the article and the words alone, so that pages that
    are asked for one after the other fit together."""
    words = [text.folded for text in texts]
    return {
        docid: _score(at, title, f"{body}\n{attachments}" if attachments else body, words)
        for docid, at, title, body, attachments in _read(session, docids)
    }


def titles_lead(titled: Numbers, others: Numbers) -> bool:
    """Whether articles of these times with the only word in their titles are all better than those
    without it there, however often that has it."""
    if not len(others):
        return True
    return _TITLE + _newness(int(titled.min())) > _OFTEN + _newness(int(others.max()))


def _newness(at: int) -> float:
    return _A_YEAR * max(0, at - _OLD) / _YEAR


def _score(at: int | None, title: str, said: str, words: Sequence[str]) -> float:
    newness = _newness(at or 0)
    if not words:
        return round(newness, 6)
    in_title = sum(word in title for word in words) / len(words)
    whole = _WHOLE * min(1.0, sum(map(len, words)) / max(1, len(title))) * in_title
    length = _K1 * (1 - _B + _B * len(said) / _LENGTH)
    counts = [said.count(word) + title.count(word) for word in words]
    often = sum(count / (count + length) for count in counts) / len(words)
    return round(_TITLE * in_title + whole + _OFTEN * often + newness, 6)


def _read(session: Session, docids: Sequence[int]) -> Sequence[Any]:
    """Number, time, title, body and attachments of each, as plain tuples: there are hundreds."""
    these = among(SearchEntry.docid, docids, session.get_bind().dialect)
    found = session.connection().execute(_TEXTS.where(these))
    rows: Sequence[Any] = found.cursor.fetchall()
    return rows


_TEXTS = select(
    SearchEntry.docid, SearchEntry.at, FoldedText.title, FoldedText.body, FoldedText.attachments
).join(FoldedText, FoldedText.article_pk == SearchEntry.article_pk)
