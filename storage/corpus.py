"""The corpus: one function a question. Opens, reads, answers with frozen records; never writes."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Self, TypeVar

from sqlalchemy import func, select

from storage import messages, models
from storage.changes import last_change
from storage.database import Database
from storage.errors import BadQuestion
from storage.kept import Kept
from storage.lazily import lazily
from storage.personal import see_all, sees_all
from storage.records import EVERYTHING, Change, FacetValue, Status, Story, city_time
from storage.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
    from datetime import date
    from types import TracebackType

    from sqlalchemy.orm import Session

    from storage.checks import Check
    from storage.citations import Citations
    from storage.coverage import ColumnCoverage
    from storage.figures import Figure
    from storage.finding import Sort
    from storage.history import History
    from storage.hosts import HostAsked
    from storage.listing import Articles
    from storage.pace import Paced
    from storage.past import PastCorpus
    from storage.records import (
        CITY_TIME,
        Article,
        ColumnHealth,
        Count,
        Counts,
        Explanation,
        Filters,
        HealthChange,
        Hit,
        Link,
        Listed,
        Piece,
        Revision,
        RunDetails,
        RunSummary,
        SearchResult,
        SourceHealth,
        SourceStatus,
        Tag,
        Totals,
        Visited,
    )
else:
    __getattr__ = lazily(
        __name__,
        {
            "storage.citations": "Citations",
            "storage.history": "History",
            "storage.listing": "Articles",
            "storage.records": (
                "CITY_TIME Article ColumnHealth Count Counts Explanation Filters HealthChange Hit Link "
                "Listed Piece Revision RunDetails RunSummary SearchResult SourceHealth SourceStatus Tag "
                "Totals Visited"
            ),
        },
    )

__all__ = [
    "CITY_TIME",
    "EVERYTHING",
    "Article",
    "Articles",
    "Change",
    "Citations",
    "ColumnHealth",
    "Corpus",
    "Count",
    "Counts",
    "Explanation",
    "FacetValue",
    "Filters",
    "HealthChange",
    "History",
    "Hit",
    "Link",
    "Listed",
    "Piece",
    "Revision",
    "RunDetails",
    "RunSummary",
    "SearchResult",
    "SourceHealth",
    "SourceStatus",
    "Status",
    "Story",
    "Tag",
    "Totals",
    "Visited",
    "city_time",
]

_T = TypeVar("_T")


class Corpus:
    """An open corpus. Use it as a context manager, or close it.

    Each question imports what answers it: who asks one does not wait for the others.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept = Kept()

    @classmethod
    def open(
        cls,
        url: str | None = None,
        *,
        settings: Settings | None = None,
        unmasked: bool = False,
        seconds: float | None = None,
        names: Callable[[str], Mapping[str, str]] | None = None,
    ) -> Self:
        """Open the corpus of a database URL, of given settings, or of the environment's; the
        database itself then refuses to be written to. Numbers of ID cards, bank cards and private
        telephones are masked (docs/masking.md) unless `unmasked` is set.
        A transaction that takes more than `seconds` is broken off and raises Unavailable. `names` gives
        for a kind of what may be asked for (`storage.names.KINDS`) each name there may be of it → its id:
        such a name is understood too, and one that nobody knows is refused (BadQuestion).
        """
        from storage.limits import limit_time
        from storage.names import give_names

        address = url or (settings or Settings.load()).database_url
        database = Database.open(address, readonly=True)
        if seconds is not None:
            limit_time(database.engine, seconds)
        if unmasked:
            see_all(database.sessions)
        if names is not None:
            give_names(database.sessions, names)
        return cls(database)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    def _repr_html_(self) -> str:
        from storage.notebook import corpus_html

        return corpus_html(self)

    def search(  # noqa: PLR0913 - each is a question of its own, and all but two have an answer
        self,
        query: str = "",
        filters: Filters = EVERYTHING,
        *,
        limit: int = 20,
        after: str | None = None,
        sort: Sort = "relevance",
        reprints: bool = False,
        facets: Sequence[str] = (),
        exact: bool = False,
    ) -> SearchResult:
        """The articles that a query asks for (`docs/search.md` has its language); every article
        that the filters allow, the newest first, where the query is empty.

        Nothing that holds a word is missed and nothing else is found; writing in traditional
        characters, in full width or across a line break makes no difference. Reprints collapse into
        their story's canonical article where that is a hit, else into one of them, unless
        `reprints` is set. `after` is the `next` of the result that is to be read on. `facets` are
        names of `storage.finding.FACETS`. Beyond 10,000 matches `total` and facets are estimates,
        unless `exact` asks to count them all. Raises BadQuestion.
        """
        from storage.finding import Asked, find
        from storage.names import settled
        from storage.numbers import asks_for_number, find_numbers
        from storage.query import parse

        asked = Asked(
            query=parse(query),
            filters=filters,
            limit=limit,
            after=after,
            sort=sort,
            reprints=reprints,
            facets=facets,
            exact=exact,
        )
        with self._database.reading() as session:
            words, only = settled(session, asked.query, filters)
            asked = replace(asked, query=words, filters=only)
            if sees_all(session) and asks_for_number(asked.query):
                return find_numbers(session, asked)
            return find(session, asked, kept=self._kept)

    def get(self, which: str) -> Article | None:
        """The article with this id, canonical key or address, whatever its scheme; else None."""
        from storage.articles import find_pk, load_articles

        with self._database.reading() as session:
            pk = find_pk(session, which)
            return next(load_articles(session, [pk]), None) if pk is not None else None

    def citations(self, which: str) -> Citations | None:
        """What an article cites by document number, and what cites it; None if there is none."""
        from storage.articles import find_pk
        from storage.citations import citations

        with self._database.reading() as session:
            pk = find_pk(session, which)
            return citations(session, pk) if pk is not None else None

    def revisions(self, which: str) -> tuple[Revision, ...]:
        """How an article stood before each of its changes, the first version first."""
        from storage.articles import as_revision, find_pk

        with self._database.reading() as session:
            revision = models.Revision
            query = select(revision).where(revision.article_pk == find_pk(session, which))
            rows = session.scalars(query.order_by(revision.number))
            return tuple(as_revision(session, row) for row in rows)

    def history(self, which: str) -> History | None:
        """Every version of an article with what changed between them, and when it was missing at
        its publisher; None for an article that is not there."""
        from storage.articles import find_pk
        from storage.history import read_history

        with self._database.reading() as session:
            pk = find_pk(session, which)
            return read_history(session, pk) if pk is not None else None

    def at(self, time: datetime) -> PastCorpus:
        """The corpus as it stood at a time, which must have a time zone: `PastCorpus` says what
        it answers and how exactly. Times are shown to the second: one without a fraction means
        the whole of its second. Raises BadQuestion for a time without a zone.
        """
        from storage.past import PastCorpus

        if not isinstance(time, datetime) or time.utcoffset() is None:
            raise BadQuestion(messages.NO_ZONE, time=time)
        whole = time if time.microsecond else time.replace(microsecond=999_999)
        return PastCorpus(self._database, whole)

    def articles(
        self, filters: Filters = EVERYTHING, query: str = "", *, canonical: bool = False
    ) -> Articles:
        """Every article, reprints included unless only `canonical` ones are asked for, in the
        order in which they were stored; lazily, in constant memory. With a query, as `search`
        takes it, only what it finds.
        """
        from storage.listing import Articles

        return Articles(self._database, filters, query, canonical=canonical)

    def count(self, filters: Filters = EVERYTHING) -> int:
        """How many articles there are."""
        return self.articles(filters).count()

    def counts(self, by: Sequence[str], filters: Filters = EVERYTHING, query: str = "") -> Counts:
        """How many articles there are, reprints included, grouped by one to four of ``day``,
        ``month``, ``year`` (of publication, in the city), ``source``, ``column``, ``lang``,
        ``topic``, ``place``, ``organisation``, ``person``, ``type``.

        An article with several topics counts under each of them, one with none under None. With
        a query, as `search` takes it, only what it finds is counted. Raises BadQuestion.
        """
        from storage.counts import read_counts

        question = ("counts", tuple(by), filters, query)
        return self._keep(question, lambda session: read_counts(session, by, filters, query))

    def story(self, story_id: str) -> Story:
        """The articles of a story, the canonical one first."""
        from storage.articles import load_articles

        with self._database.reading() as session:
            kept = session.scalar(
                select(models.Story.merged_into).where(models.Story.id == story_id)
            )
            article = models.Article
            query = select(article.pk).where(article.story_id == (kept or story_id))
            order = (article.duplicate_of.is_not(None), article.published_at, article.pk)
            pks = list(session.scalars(query.order_by(*order)))
            return Story(kept or story_id, load_articles(session, pks))

    def topics(self) -> tuple[FacetValue, ...]:
        """The topics that articles have, the commonest first."""
        counts = {one.key[0]: one.count for one in self.counts(["topic"]) if one.key[0]}
        names = self.labels("topic", counts)
        found = (FacetValue(value, names.get(value, value), n) for value, n in counts.items())
        return tuple(sorted(found, key=lambda one: (-one.count, one.value)))

    def links(self, which: str) -> tuple[Link, ...]:
        """The articles that an article has a text in common with: reprints, excerpts, round-ups."""
        article = self.get(which)
        return article.links if article else ()

    def why(self, which: str) -> Explanation | None:
        """What the ledger knows of an address or canonical key; None if it was never seen."""
        from storage.articles import named
        from storage.standing import explanation, forgotten

        with self._database.reading() as session:
            page = session.scalar(select(models.Page).where(named(which)).order_by(models.Page.id))
            if page is None:
                return forgotten(session, which)
            return explanation(session, page)

    def coverage(self, source: str | None = None) -> tuple[ColumnCoverage, ...]:
        """What is known of each walked column's items and what is missing, by month; of all sources
        or of one."""
        from storage.coverage import read_coverage

        with self._database.reading() as session:
            return read_coverage(session, source)

    def totals(self) -> Totals:
        """How much there is."""
        from storage.standing import totals

        return self._keep("totals", totals)

    def sources(self) -> tuple[SourceStatus, ...]:
        """How each source stands, by id."""
        from storage.standing import source_statuses, stored

        known = self._keep("stored", stored)
        with self._database.reading() as session:
            return tuple(source_statuses(session, known))

    def runs(self, limit: int = 5) -> tuple[RunSummary, ...]:
        """The latest runs and their outcomes, the latest first."""
        from storage.runs import latest_runs

        with self._database.reading() as session:
            return tuple(latest_runs(session, limit))

    def paces(self) -> Mapping[tuple[str, str], Paced]:
        """(source, column) → how often a scheduled run asks it, and when next."""
        from storage.pace import paces

        with self._database.reading() as session:
            return paces(session)

    def asked_on(self, day: date) -> Mapping[str, HostAsked]:
        """Host → what it was asked on a day of the city's calendar."""
        from storage.hosts import asked_on

        with self._database.reading() as session:
            return asked_on(session, day)

    def status(self, runs: int = 5) -> Status:
        """How things stand: articles, pages by outcome, the latest runs, each source."""
        with self._database.reading() as session:
            page = models.Page
            by_outcome = select(page.outcome, func.count()).group_by(page.outcome)
            pages = {row[0]: row[1] for row in session.execute(by_outcome)}
        return Status(
            **asdict(self.totals()),
            pages=pages,
            runs=self.runs(runs),
            sources=self.sources(),
        )

    def keep(self, question: Hashable, find: Callable[[], _T]) -> _T:
        """What `find` makes of answers about the whole corpus: made once, and given to whoever has the
        same question until the change feed goes on."""
        return self._keep(("made", question), lambda _session: find())

    def _keep(self, question: Hashable, find: Callable[[Session], _T]) -> _T:
        def ask() -> _T:
            with self._database.reading() as session:
                return find(session)

        # In a transaction of its own: who waits for another's answer is to hold none meanwhile.
        with self._database.reading() as session:
            seq = last_change(session)
        return self._kept.get(seq, question, ask)

    def health(self) -> tuple[SourceHealth, ...]:
        """How each source stands, as `suqian health` judged it last."""
        from storage.health import healths

        with self._database.reading() as session:
            return healths(session)

    def health_changes(
        self, source: str | None = None, limit: int = 100
    ) -> tuple[HealthChange, ...]:
        """The states that sources went into, the latest first."""
        from storage.health import state_changes

        with self._database.reading() as session:
            return state_changes(session, source, limit=limit)

    def figures(self, now: datetime) -> list[Figure]:
        """The numbers of `/metrics`."""
        from storage.figures import figures

        with self._database.reading() as session:
            return list(figures(session, now))

    def checks(self, now: datetime) -> list[Check]:
        """Whether the system is well, as far as the database tells."""
        from storage.checks import database_checks

        with self._database.reading() as session:
            return database_checks(session, now)

    def run(self, run_id: str) -> RunDetails | None:
        """A run with what each source cost in it and came to; None if there is no such run."""
        from storage.standing import run_details

        with self._database.reading() as session:
            return run_details(session, run_id)

    def labels(self, kind: str, values: Iterable[str]) -> dict[str, str]:
        """What the tags of a kind are called, by their ids; those that no article has are left out."""
        from storage.standing import tag_labels

        with self._database.reading() as session:
            return tag_labels(session, kind, values)

    def changes(self, since: int = 0, limit: int = 1000) -> tuple[Change, ...]:
        """What happened to which article after change number `since`, in order."""
        with self._database.reading() as session:
            change = models.Change
            rows = session.scalars(
                select(change).where(change.seq > since).order_by(change.seq).limit(limit)
            )
            return tuple(
                Change(row.seq, row.article_id, row.kind, city_time(row.at) or "") for row in rows
            )
