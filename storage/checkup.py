"""Whether a database is whole: its schema, its pages, and its tables among each other."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import and_, func, select, text
from sqlalchemy.orm import Session

from storage import migrations
from storage.database import Database
from storage.models import Article, Change, Counter, FoldedText, SearchEntry, Story

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    good: bool
    found: str


def check(database: Database) -> tuple[Finding, ...]:
    """Look at everything; reads the whole database."""
    with database.reading() as session:
        return (
            Finding("schema", good=True, found=f"version {migrations.HEAD}"),
            *_of_the_database(session),
            _in_number(session),
            _changes(session),
            _stories(session),
        )


def _of_the_database(session: Session) -> Iterator[Finding]:
    if session.get_bind().dialect.name == "postgresql":
        open_ = (
            "SELECT conrelid::regclass || '.' || conname FROM pg_constraint WHERE NOT convalidated"
        )
        yield _finding("foreign keys", list(session.scalars(text(open_))), "all validated")
        return
    said = [row for row in session.scalars(text("PRAGMA integrity_check")) if row != "ok"]
    yield _finding("integrity", said, "whole")
    broken = session.execute(text("PRAGMA foreign_key_check")).all()
    yield _finding(
        "foreign keys", [f"{row[0]} row {row[1]} → {row[2]}" for row in broken], "all met"
    )


def _in_number(session: Session) -> Finding:
    """Every article has its folded text; a search for nothing but what is there finds them all."""
    lost = select(Article.id).outerjoin(FoldedText, FoldedText.article_pk == Article.pk)
    lost = lost.where(FoldedText.article_pk.is_(None)).limit(_SHOWN)
    missing = [f"{one} has no folded text" for one in session.scalars(lost)]
    articles = session.scalar(select(func.count(Article.pk))) or 0
    indexed = _indexed(session)
    if articles != indexed:
        missing.append(f"{indexed:,} of {articles:,} articles are in the search index")
    return _finding("search", missing, f"{articles:,} articles, as many texts and entries")


def _indexed(session: Session) -> int:
    """How many of the articles that there are the search index has."""
    there = SearchEntry.article_pk.in_(select(Article.pk))
    return session.scalar(select(func.count()).select_from(SearchEntry).where(there)) or 0


def _changes(session: Session) -> Finding:
    """The feed has every number up to the one that was given out last."""
    rows, last = session.execute(select(func.count(), func.max(Change.seq))).one()
    given = session.scalar(select(Counter.value).where(Counter.name == "change"))
    wrong = (
        [] if rows == (last or 0) == given else [f"{rows} changes, the last {last}, given {given}"]
    )
    return _finding("change feed", wrong, f"{rows:,} changes without a gap")


def _stories(session: Session) -> Finding:
    """Every story's canonical article is there and one of its own."""
    own = and_(Article.id == Story.canonical_id, Article.story_id == Story.id)
    told = select(Article.pk).where(Article.story_id == Story.id).exists()
    lost = select(Story.id).where(told, ~select(Article.pk).where(own).exists()).limit(_SHOWN)
    wrong = [f"story {one} has no canonical article" for one in session.scalars(lost)]
    return _finding("stories", wrong, "each has its canonical article")


def _finding(name: str, wrong: list[str], right: str) -> Finding:
    more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    return Finding(name, not wrong, "; ".join(wrong[:_SHOWN]) + more if wrong else right)
