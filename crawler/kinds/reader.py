"""What every kind of source must be able to say of its lists; the walk itself is the spider's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Protocol

from parsel import Selector

from crawler.decode import decode
from crawler.lists import ListItem
from crawler.plan import ColumnPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """One list request of a walk."""

    url: str
    method: str = "GET"
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    number: int = 1
    """Which page of its list it asks for; the first is 1."""
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
    may_end: bool = True
    """Whether the list goes from new to old and the walk may end here, at items that are all known."""

    @property
    def empty(self) -> bool:
        """Whether it shows nothing, and does not say that there is nothing."""
        return not (self.items or self.onward) and self.total != 0


class Reader(Protocol):
    """How the lists of one column are asked for and read."""

    def first(self, plan: ColumnPlan, today: date) -> Iterable[ListRequest]:
        """Where a walk begins; `today` is the city's."""

    def read(self, answer: Answer, ask: ListRequest, bound: date) -> Shown:
        """What an answer shows. Raises Park where it is no such list.

        `bound` is the last day that its items can be of; it decides years that are not shown.
        """
