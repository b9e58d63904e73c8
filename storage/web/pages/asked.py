"""What a search page is asked: one value that reads addresses and writes the links of a page."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Annotated, Any, Self
from urllib.parse import urlencode

from fastapi import Query

from storage import messages
from storage.conditions import YEARS
from storage.errors import BadQuestion
from storage.records import Filters

FACETS = ("source", "topic", "place", "organisation", "person", "type", "year")
_OTHERS = ("main_place", "document", "open_on")
"""Filters that no facet offers: feeds and the API have them, and lead to this page."""
_WORD = Annotated[str, Query(max_length=200)]
_TYPED = Annotated[str, Query(max_length=2000)]
"""Longer than a query may be: who pastes too much is to be told on a page."""
_SHORT = Annotated[str, Query(max_length=10)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query with its filters, order and place, as the parameters of an address hold them."""

    q: str = ""
    source: str = ""
    topic: str = ""
    place: str = ""
    organisation: str = ""
    person: str = ""
    type: str = ""
    main_place: str = ""
    document: str = ""
    open_on: str = ""
    since: str = ""
    until: str = ""
    sort: str = ""
    reprints: str = ""
    after: str = ""

    @property
    def anything(self) -> bool:
        """Whether there is more to answer than the front page does."""
        return any(asdict(self).values())

    @property
    def year(self) -> str:
        """The year that the dates span, where they span one."""
        year = self.since[:4]
        whole = (f"{year}-01-01", f"{year}-12-31")
        return year if year and (self.since, self.until) == whole else ""

    def filters(self) -> Filters:
        """What the corpus is asked for. Raises ValueError for a day that is none."""
        names = {*FACETS, *_OTHERS} - {"year", "open_on"}
        named = {name: getattr(self, name) or None for name in names}
        return Filters(
            **named,
            since=_day(self.since),
            until=_day(self.until),
            open_on=_day(self.open_on),
        )

    def given(self) -> Iterator[tuple[str, str]]:
        """The filters that are set, by the name of their facet; dates that span no year apart."""
        for name in (*FACETS, *_OTHERS):
            if value := getattr(self, name):
                yield name, value
        if not self.year:
            yield from ((name, getattr(self, name)) for name in _DATES if getattr(self, name))

    def link(self, path: str = "/", **changes: str) -> str:
        """The address of this search with other values; it begins at the first page again."""
        changed = self._with({"after": ""} | changes)
        values = {_NAMES.get(name, name): value for name, value in asdict(changed).items() if value}
        return f"{path}?{urlencode(values)}" if values else path

    def without(self, name: str) -> str:
        """The address of this search without one of its filters."""
        return self.link(**{name: ""})

    def bare(self) -> str:
        """The address of the query without any filter."""
        return Asked(q=self.q).link()

    def hidden(self) -> list[tuple[str, str]]:
        """What a form that asks for other dates has to send along."""
        kept = replace(self, since="", until="", after="")
        return [(name, value) for name, value in asdict(kept).items() if value]

    def _with(self, changes: Mapping[str, str]) -> Self:
        values: dict[str, Any] = dict(changes)
        year = values.pop("year", None)
        if year is not None:
            values |= {"since": f"{year}-01-01", "until": f"{year}-12-31"} if year else _NO_DATES
        return replace(self, **values)


_DATES = ("since", "until")
_NO_DATES = dict.fromkeys(_DATES, "")
_NAMES = {"since": "from", "until": "to"}


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadQuestion(messages.NO_DAY, written=text) from error
    if day and day.year not in YEARS:
        raise BadQuestion(messages.NO_SUCH_YEAR, day=day)
    return day


def asked(
    q: _TYPED = "",
    source: _WORD = "",
    topic: _WORD = "",
    place: _WORD = "",
    organisation: _WORD = "",
    person: _WORD = "",
    kind: Annotated[str, Query(alias="type", max_length=200)] = "",
    main_place: _WORD = "",
    document: _WORD = "",
    open_on: _SHORT = "",
    since: Annotated[str, Query(alias="from", max_length=10)] = "",
    until: Annotated[str, Query(alias="to", max_length=10)] = "",
    sort: _SHORT = "",
    reprints: _SHORT = "",
    after: Annotated[str, Query(max_length=500)] = "",
) -> Asked:
    """What an address asks, as FastAPI reads it."""
    return Asked(
        q=q.strip(),
        source=source,
        topic=topic,
        place=place,
        organisation=organisation,
        person=person,
        type=kind,
        main_place=main_place,
        document=document,
        open_on=open_on,
        since=since,
        until=until,
        sort=sort if sort == "date" else "",
        reprints=reprints if reprints == "all" else "",
        after=after,
    )
