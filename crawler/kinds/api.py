"""Lists that an interface for programs gives: JSON, or HTML inside of it, a page at a time."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from parsel import Selector

from crawler.errors import Park
from crawler.kinds.options import PLACES, ListApi
from crawler.kinds.reader import Answer, ListRequest, Shown, Window
from crawler.layouts import ListTemplate
from crawler.lists import ListItem, data_items, find_items

_JSON = {"Content-Type": "application/json"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class ApiReader:
    """A list by an interface: one page after another, the newest first."""

    start: str
    api: ListApi
    template: ListTemplate | None = None
    """How its HTML is read."""
    keyword: str = ""
    newest_first: ClassVar[bool] = True
    within_window: ClassVar[bool] = False

    def first(self, window: Window) -> Iterable[ListRequest]:
        """The first page."""
        return (self._request(1, 0),)

    def read(self, answer: Answer, ask: ListRequest, window: Window) -> Shown:
        """The items of a page, and the page behind it where there is one."""
        value = _value(answer) if self.api.data or self.api.markup else None
        items = list({item.key: item for item in self._items(answer, value, window)}.values())
        total = _number(value, self.api.total)
        pages = _number(value, self.api.pages)
        behind = ask.behind + len(items)
        more = behind < total if total is not None else pages is None or ask.number < pages
        onward: tuple[ListRequest, ...] = ()
        if items and more and self._is_paged():
            guessed = total is None and pages is None
            onward = (self._request(ask.number + 1, behind, guessed=guessed),)
        return Shown(items=items, onward=onward, total=total, pages=pages)

    def _items(self, answer: Answer, value: Any, window: Window) -> Iterator[ListItem]:
        if self.api.data is not None:
            entries = within(value, self.api.data.items)
            if not isinstance(entries, list):
                raise Park(
                    f"there is no list at {self.api.data.items or 'its top'!r} of the answer"
                )
            yield from data_items(entries, answer.url, answer.url, self.api.data)
            return
        markup = within(value, self.api.markup or "") if self.api.markup else answer.text
        if not isinstance(markup, str) or self.template is None:
            raise Park(f"there is no HTML at {self.api.markup!r} of the answer")
        yield from find_items(Selector(markup or "<p/>"), answer.url, self.template, window.before)

    def _is_paged(self) -> bool:
        sent = chain([self.start], _texts(self.api.form), _texts(self.api.document))
        return any(place != "keyword" for text in sent for place in PLACES.findall(text))

    def _request(self, number: int, behind: int, *, guessed: bool = False) -> ListRequest:
        places = {
            "page": str(number),
            "page-1": str(number - 1),
            "offset": str(behind),
            "keyword": self.keyword,
        }
        body, headers = "", dict(self.api.headers)
        if self.api.form is not None:
            body, headers = urlencode(filled(self.api.form, places)), _FORM | headers
        elif self.api.document is not None:
            document = filled(self.api.document, places)
            body, headers = json.dumps(document, ensure_ascii=False), _JSON | headers
        quoted = {name: quote(value, safe="") for name, value in places.items()}
        return ListRequest(
            url=filled(self.start, quoted),
            method=self.api.method,
            body=body,
            headers=headers,
            number=number,
            behind=behind,
            guessed=guessed,
            chain=self.keyword,
        )


def filled(value: Any, places: Mapping[str, str]) -> Any:
    """A value with what stands in the places of its texts."""
    if isinstance(value, str):
        return PLACES.sub(lambda place: places[place[1]], value)
    if isinstance(value, dict):
        return {key: filled(one, places) for key, one in value.items()}
    return [filled(one, places) for one in value] if isinstance(value, list) else value


def within(value: Any, keys: str) -> Any:
    """What keys with dots between lead to; None where they lead nowhere. JSON that is written as a
    text on the way is read."""
    for key in filter(None, keys.split(".")):
        value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str) and value[:1] in {"{", "["}:
            value = _parsed(value)
    return value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _value(answer: Answer) -> Any:
    try:
        return json.loads(answer.text)
    except (ValueError, RecursionError) as error:
        raise Park(f"JSON was expected: {error}") from error


def _number(value: Any, keys: str | None) -> int | None:
    found = within(value, keys) if keys else None
    if isinstance(found, bool) or not isinstance(found, int | str):
        return None
    return int(found) if str(found).isdigit() else None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
