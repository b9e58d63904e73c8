"""What every kind of source must be able to say of its lists; the walk itself is the spider's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import ClassVar, Protocol

from parsel import Selector

from crawler.decode import decode
from crawler.lists import ListItem


@dataclass(frozen=True, slots=True)
class Window:
    """The days that a walk is about."""

    since: date | None
    """None: all the way back."""
    until: date
    before: date
    """The last day that what is shown next can be of: it decides years that are not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """One list request of a walk."""

    url: str
    method: str = "GET"
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    number: int = 1
    """Which page of its list it asks for; the first is 1."""
    behind: int = 0
    """How many items the pages before it have shown."""
    day: date | None = None
    """The day of a newspaper that it asks for."""
    left: int = 0
    """Of the pages that belong together: how many are to be asked for from this one on."""
    chain: str = ""
    """Which list of several that a column has, each with an end of its own."""
    guessed: bool = False
    """Whether nothing that was read names the address: there may be no such page (404)."""


@dataclass(frozen=True)
class Answer:
    """An answer to such a request, as the bytes came."""

    url: str
    content_type: str
    body: bytes

    @cached_property
    def text(self) -> str:
        """Its text, in the charset of its bytes. Raises Park where it cannot be decoded."""
        return decode(self.body, self.content_type).text

    @cached_property
    def page(self) -> Selector:
        """The text as HTML."""
        return Selector(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one answer shows."""

    items: Sequence[ListItem]
    onward: tuple[ListRequest, ...] = ()
    """What the walk asks for next, in this order, before what it had still to ask for."""
    total: int | None = None
    """How many items the whole list says it has."""
    pages: int | None = None
    """How many pages it says it has."""
    may_end: bool = True
    """Whether the list goes from new to old and the walk may end here, at items that are all known."""
    may_be_empty: bool = False
    """Whether it is nothing strange that it shows nothing."""
    newest_only: bool = False
    """Whether the column has had more items than it goes on to show."""

    @property
    def empty(self) -> bool:
        """Whether it shows nothing, where something is to be expected."""
        return not (self.items or self.onward or self.may_be_empty) and self.total != 0


def newest_first(items: Iterable[ListItem]) -> list[ListItem]:
    """Items of a list that need not have an order, each address once; the undated ones first."""
    unique = {item.key: item for item in items}
    return sorted(unique.values(), key=_day, reverse=True)


def _day(item: ListItem) -> date:
    return item.listed.published.day if item.listed.published else date.max


class Reader(Protocol):
    """How the lists of one column are asked for and read."""

    newest_first: ClassVar[bool]
    """Whether all that a walk shows goes from new to old, so that it reaches back to its last item's day."""
    within_window: ClassVar[bool]
    """Whether it asks for what is in the window only, so that the end of a walk is no column's end."""

    def first(self, window: Window) -> Iterable[ListRequest]:
        """Where a walk begins."""

    def read(self, answer: Answer, ask: ListRequest, window: Window) -> Shown:
        """What an answer shows. Raises Park where it is no such list."""
