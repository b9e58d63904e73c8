"""Exact substring search in Chinese: folding, overlapping terms, and verification on the text.

Text is cut into overlapping pairs of characters, and the last character of each run stands alone:
so every character begins some term, a query of one character is a prefix query, and the index
finds every article that can hold the query. What the index finds is then verified on the folded
text, so that nothing is found that does not hold it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from opencc import OpenCC
from sqlalchemy import ColumnElement, Dialect, Integer, and_, cast, column, func, or_, select, text
from sqlalchemy.orm import Session

from storage.errors import BadQuestion
from storage.models import FoldedText

MAX_QUERY = 200
"""Characters; a longer query is a mistake or an attack."""

_HAN = "\u2e80-\u2fff\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
# A space means something only between two words of letters or digits ("new york", "12 000").
_IDLE_SPACE = re.compile(rf"(?<![^\W{_HAN}]) | (?![^\W{_HAN}])")
_SPACE = re.compile(r"\s+")
_RUN = re.compile(r"[^\W_]+")
_WORDS = re.compile(r'["“”„]([^"“”„]*)["“”„]|(\S+)')
# Variants that OpenCC tells apart, though a reader means the same character.
_VARIANTS = {"著": "着", "臺": "台", "檯": "台", "颱": "台", "裏": "里", "爲": "为", "衆": "众"}
# Soft hyphen, zero-width characters, direction and byte order marks: never seen, never searched.
_INVISIBLE = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
# A tsvector holds at most 1 MB; an article beyond that is always a candidate instead.
_MAX_TSVECTOR_BYTES = 600_000


@cache
def _characters() -> dict[int, str]:
    """What each character folds to, for those that change.

    One character at a time, unlike OpenCC's phrases: then a part of a text always folds to a part
    of its folded text, and nothing is missed for the sake of its neighbours.
    """
    codes = [*range(0x3400, 0xA000), *range(0xF900, 0xFB00), *range(0x20000, 0x2A6E0)]
    characters = [chr(code) for code in codes]
    simplified = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    table = {ord(old): new for old, new in zip(characters, simplified, strict=True) if old != new}
    table |= {ord(old): new for old, new in _VARIANTS.items()}
    # Python's lower case writes a sigma at the end of a word in another way than inside of it.
    return table | {ord("ς"): "σ"} | {ord(mark): "" for mark in _INVISIBLE}


def fold(raw: str) -> str:
    """Fold a text for comparison: never shown, and the same for query and text.

    NFKC, lower case, simplified characters, variants unified; white space and line breaks go,
    except one space between two words of letters or digits.
    """
    folded = unicodedata.normalize("NFKC", raw).lower().translate(_characters())
    return _IDLE_SPACE.sub("", _SPACE.sub(" ", folded)).strip()


def terms(folded: str) -> Iterator[str]:
    """The index terms of a folded text, in order."""
    for run in _RUN.findall(folded):
        yield from (run[at : at + 2] for at in range(len(run)))


@dataclass(frozen=True, slots=True)
class Entry:
    """One article's folded text, to be found by."""

    article_pk: int
    title: str
    body: str
    attachments: str = ""


def index(session: Session, entries: Iterable[Entry]) -> None:
    """Add articles to the index. Each must not be in it, or have been taken out by `unindex`."""
    _write(session, entries, _INSERT)


def unindex(session: Session, article_pks: Sequence[int]) -> None:
    """Take articles out of the index, while their folded text still stands in `folded_text`."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            text("DELETE FROM search WHERE article_pk = ANY(:pks)"), {"pks": list(article_pks)}
        )
        return
    rows = session.execute(
        select(
            FoldedText.article_pk, FoldedText.title, FoldedText.body, FoldedText.attachments
        ).where(FoldedText.article_pk.in_(article_pks))
    )
    # The FTS5 table keeps no content of its own: it is told what to forget.
    _write(session, [Entry(*row) for row in rows], _DELETE)


_INSERT = {
    "sqlite": "INSERT INTO search (rowid, title, body) VALUES (:pk, :title, :body)",
    "postgresql": "INSERT INTO search (article_pk, terms) VALUES (:pk, array_to_tsvector(:terms))",
}
_DELETE = {
    "sqlite": "INSERT INTO search (search, rowid, title, body) VALUES ('delete', :pk, :title, :body)"
}


def _write(session: Session, entries: Iterable[Entry], statements: dict[str, str]) -> None:
    dialect = session.get_bind().dialect.name
    row = _tsvector_row if dialect == "postgresql" else _fts_row
    rows = [row(entry) for entry in entries]
    if rows:
        session.execute(text(statements[dialect]), rows)


def _fts_row(entry: Entry) -> dict[str, object]:
    title, body, attachments = (
        " ".join(terms(part)) for part in (entry.title, entry.body, entry.attachments)
    )
    # What attachments say goes in with the body: the folded text tells them apart.
    return {"pk": entry.article_pk, "title": title, "body": f"{body} {attachments}".strip()}


def _tsvector_row(entry: Entry) -> dict[str, object]:
    found = sorted({*terms(entry.title), *terms(entry.body), *terms(entry.attachments)})
    fits = sum(len(term.encode()) + 6 for term in found) <= _MAX_TSVECTOR_BYTES
    return {"pk": entry.article_pk, "terms": found if fits else None}


def parse(query: str) -> list[str]:
    """The folded words and "phrases" of a query, all of which an article must hold."""
    if len(query) > MAX_QUERY:
        raise BadQuestion(f"the query has {len(query)} characters; {MAX_QUERY} are allowed")
    found = (fold(phrase or word) for phrase, word in _WORDS.findall(query))
    words = list(dict.fromkeys(word for word in found if word))
    if not words:
        raise BadQuestion("the query is empty; give a word, or a phrase in quotation marks")
    return words


def holds(words: Sequence[str], dialect: Dialect) -> ColumnElement[bool]:
    """The condition on `folded_text` that its title, body or attachments hold every word."""
    find = func.strpos if dialect.name == "postgresql" else func.instr
    parts = (FoldedText.title, FoldedText.body, FoldedText.attachments)
    verified = [or_(*(find(part, word) > 0 for part in parts)) for word in words]
    candidates = _candidates(words, dialect)
    return and_(*verified) if candidates is None else and_(candidates, *verified)


def in_title(words: Sequence[str], dialect: Dialect) -> ColumnElement[int]:
    """How many of the words the title holds."""
    find = func.strpos if dialect.name == "postgresql" else func.instr
    # A comparison, not `sign`: not every SQLite is built with the mathematical functions.
    hits = [cast(find(FoldedText.title, word) > 0, Integer) for word in words]
    return sum(hits[1:], hits[0])


def _candidates(words: Sequence[str], dialect: Dialect) -> ColumnElement[bool] | None:
    """The articles whose terms allow the words; None where the index says nothing (punctuation)."""
    runs = [run for word in words for run in _RUN.findall(word)]
    if not runs:
        return None
    if dialect.name == "postgresql":
        query = " & ".join(_tsquery(run) for run in runs)
        found = text(
            "SELECT article_pk FROM search WHERE terms IS NULL OR terms @@ CAST(:found AS tsquery)"
        )
    else:
        query = " AND ".join(_fts_query(run) for run in runs)
        found = text("SELECT rowid FROM search WHERE search MATCH :found")
    return FoldedText.article_pk.in_(
        found.bindparams(found=query).columns(column("article_pk", Integer))
    )


def _fts_query(run: str) -> str:
    return f'"{" ".join(_pairs(run))}"' if len(run) > 1 else f'"{run}"*'


def _tsquery(run: str) -> str:
    return " & ".join(f"'{pair}'" for pair in _pairs(run)) if len(run) > 1 else f"'{run}':*"


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]
