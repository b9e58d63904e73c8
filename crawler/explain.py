"""Why a page was read as it was: for each field the candidates, the choice and the reason."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lxml.etree import _Element as Element

from crawler.blocks import han_length, inner_text
from crawler.catalogue import ArticleLayout
from crawler.extract import FIELDS, Reading
from crawler.labels import Found
from crawler.locate import weigh
from crawler.records import Moment, Page

_MOST = 8
"""Candidates of a field that are shown."""
_RIVALS = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that the page offers for a field."""

    value: str
    where: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A field: what the page offers for it, the most trusted first, and why one was taken."""

    field: str
    why: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Container:
    """An element that may hold the article, as a selector for the catalogue."""

    selector: str
    weight: float
    han: int
    """Han characters in it."""
    chosen: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a page was read."""

    located: str
    containers: tuple[Container, ...]
    choices: tuple[Choice, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def explain(page: Page, layout: ArticleLayout | None = None) -> Explanation:
    """Read a page and say why each field is what it is. Raises Park where it cannot be read."""
    reading = Reading(page, layout)
    return Explanation(
        located=reading.how,
        containers=tuple(_containers(reading)),
        choices=tuple(_choice(reading, field) for field in FIELDS),
    )


def _containers(reading: Reading) -> list[Container]:
    """The element that was read, and its strongest rivals."""
    document = reading.document
    around = document.root.find("body")
    scores = weigh(document.root if around is None else around)
    strongest = sorted(scores, key=scores.__getitem__, reverse=True)[:_RIVALS]
    if document.body is not None and document.body not in strongest:
        strongest.insert(0, document.body)
    return [
        Container(
            selector=selector_of(element),
            weight=round(scores.get(element, 0.0), 1),
            han=han_length(inner_text(element)),
            chosen=element is document.body,
        )
        for element in strongest
    ]


def selector_of(element: Element) -> str:
    """A CSS selector as a catalogue would name the element: tag, id, classes."""
    name = str(element.tag)
    if element.get("id"):
        name += f"#{element.get('id')}"
    classes = (element.get("class") or "").split()
    return ".".join([name, *classes])


def _choice(reading: Reading, field: str) -> Choice:
    offered = list(_distinct(list(reading.candidates(field))))
    chosen = reading.chosen(field)
    return Choice(
        field=field,
        why=_why(offered, chosen),
        candidates=tuple(
            Candidate(_shown(one.value), one.where, chosen=one == chosen) for one in offered[:_MOST]
        ),
    )


def _distinct(found: Sequence[Found]) -> list[Found]:
    return [one for one in dict.fromkeys(found) if one.value]


def _why(offered: Sequence[Found], chosen: Found | None) -> str:
    if chosen is None or not chosen.value:
        return "the page offers nothing"
    first = offered[0]
    if chosen != first and isinstance(chosen.value, Moment):
        return f"the day of {first.where}, made exact by {chosen.where}"
    if chosen != first:
        return "the most trusted that names somebody"
    others = [one for one in offered[1:] if one.value != chosen.value]
    agreeing = len(offered) - 1 - len(others)
    if not others and not agreeing:
        return "the only candidate"
    agreed = f", {agreeing} more say the same" if agreeing else ""
    return f"the most trusted of {len(offered)}{agreed}"


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
