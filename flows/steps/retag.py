"""Tagging stored articles again: only what comes out otherwise is written, and told of."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, tuple_
from sqlalchemy.orm import Session

from crawler.records import city_day
from flows.steps.tag import Tagger, tag_rows
from storage import changes, search
from storage.bulk import insert_rows
from storage.database import Database
from storage.models import Article
from storage.models import Tag as TagRow

RETAGGED = "retagged"
# What is read at once; what of it changes is written in one transaction.
_BATCH = 200
_SAMPLES = 20
_SHOWN = ("label", "score", "evidence", "amount", "roles")
TagRows = dict[tuple[str, str], dict[str, Any]]
"""(kind, value) → the columns of a tag's row."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How the tags of one article change; a tag is its kind, value and label."""

    article_id: str
    title: str
    gained: tuple[tuple[str, str, str], ...]
    lost: tuple[tuple[str, str, str], ...]
    altered: tuple[tuple[str, str, str], ...]
    """Tags that stay, but with another score or other evidence."""


@dataclass(slots=True)
class Report:
    """What tagging again changed, or would change."""

    taxonomy: str
    dry_run: bool
    articles: int = 0
    changed: int = 0
    gained: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(kind, label) → how many articles."""
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)
    altered: Counter[str] = field(default_factory=Counter)
    """Kind → how many tags."""
    samples: list[Difference] = field(default_factory=list)

    def add(self, found: Difference) -> None:
        """Count one article that changes; the first ones are kept as samples."""
        self.changed += 1
        self.gained.update((kind, label) for kind, _, label in found.gained)
        self.lost.update((kind, label) for kind, _, label in found.lost)
        self.altered.update(kind for kind, _, _ in found.altered)
        if len(self.samples) < _SAMPLES:
            self.samples.append(found)


@dataclass(frozen=True, slots=True)
class _Retagged:
    """An article beside its tags as they are stored and as they come out now."""

    article: Row[Any]
    old: TagRows
    new: TagRows

    @property
    def differs(self) -> set[tuple[str, str]]:
        """The tags that are on one side only, or not the same on both."""
        return differing(self.old, self.new)

    def difference(self) -> Difference:
        """The same for a person to read."""
        differs = sorted(self.differs)
        named = {key: (*key, (self.new.get(key) or self.old[key])["label"]) for key in differs}
        return Difference(
            article_id=self.article.id,
            title=self.article.title,
            gained=tuple(named[key] for key in differs if key not in self.old),
            lost=tuple(named[key] for key in differs if key not in self.new),
            altered=tuple(named[key] for key in differs if key in self.old and key in self.new),
        )


def count(database: Database) -> int:
    """How many articles there are to tag."""
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Article)) or 0


def retag(
    database: Database,
    tagger: Tagger,
    clock: Callable[[], datetime],
    home_of: Callable[[str], str | None],
    *,
    dry_run: bool = False,
    on_batch: Callable[[int], None] = lambda _: None,
) -> Report:
    """Tag every article again; tags that come out as they are stored are left alone.

    `home_of` gives the place of a source. With `dry_run` nothing is written. Stopped and started again, it goes on with what still differs.
    """
    report = Report(tagger.taxonomy.version, dry_run)
    for batch in _batches(database):
        tagged = [
            _retagged(tagger, article, old, home_of(article.source)) for article, old in batch
        ]
        changed = [one for one in tagged if one.differs]
        if changed and not dry_run:
            with database.unit_of_work() as session:
                _write(session, changed, clock())
        for one in changed:
            report.add(one.difference())
        report.articles += len(batch)
        on_batch(report.articles)
    return report


def _batches(database: Database) -> Iterator[list[tuple[Row[Any], TagRows]]]:
    """Every article with its stored tags, some at a time."""
    last = 0
    columns = (Article.pk, Article.id, Article.title, Article.body, Article.published_at)
    query = select(*columns, Article.source, Article.digest).order_by(Article.pk).limit(_BATCH)
    while True:
        with database.reading() as session:
            articles: list[Row[Any]] = [*session.execute(query.where(Article.pk > last))]
            stored = _stored(session, [article.pk for article in articles])
        if not articles:
            return
        yield [(article, stored[article.pk]) for article in articles]
        last = articles[-1].pk


def _stored(session: Session, pks: Sequence[int]) -> dict[int, TagRows]:
    found: dict[int, TagRows] = defaultdict(dict)
    columns = [getattr(TagRow, name) for name in ("article_pk", "kind", "value", *_SHOWN)]
    for row in session.execute(select(*columns).where(TagRow.article_pk.in_(pks))):
        found[row.article_pk][row.kind, row.value] = dict(row._mapping)  # noqa: SLF001 - the documented way to a mapping
    return found


def _retagged(tagger: Tagger, article: Row[Any], old: TagRows, home: str | None) -> _Retagged:
    published = article.published_at and city_day(article.published_at)
    tags = tagger.tag(article.title, article.body, published, home=home)
    rows = tag_rows(article.pk, tags, tagger.taxonomy.version)
    return _Retagged(article, old, by_name(rows))


def by_name(rows: Iterable[dict[str, Any]]) -> TagRows:
    """An article's tags by kind and value."""
    return {(row["kind"], row["value"]): row for row in rows}


def differing(old: TagRows, new: TagRows) -> set[tuple[str, str]]:
    """The tags that are on one side only, or that a reader would not see the same on both."""
    return {key for key in old.keys() | new.keys() if _shown(old.get(key)) != _shown(new.get(key))}


def _shown(row: dict[str, Any] | None) -> tuple[Any, ...] | None:
    """What a reader sees of a tag; the version that gave it is none of it."""
    return None if row is None else tuple(row[name] for name in _SHOWN)


def _write(session: Session, changed: Sequence[_Retagged], now: datetime) -> None:
    """Replace the tags that differ. An article that was revised in between has new ones already."""
    pks = [one.article.pk for one in changed]
    query = select(Article.pk, Article.digest).where(Article.pk.in_(pks)).with_for_update()
    digests = {row.pk: row.digest for row in session.execute(query)}
    same = [one for one in changed if digests.get(one.article.pk) == one.article.digest]
    for one in same:
        key = tuple_(TagRow.kind, TagRow.value)
        session.execute(
            delete(TagRow).where(TagRow.article_pk == one.article.pk, key.in_(one.differs))
        )
    rows = [one.new[key] for one in same for key in sorted(one.differs & one.new.keys())]
    insert_rows(session, TagRow, rows)
    search.relabel(session, [one.article.pk for one in same])
    changes.record_changes(session, [(one.article.id, RETAGGED) for one in same], now)
