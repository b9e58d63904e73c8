"""The query language: from what somebody typed to a tree of what an article must be.

Words (all of them), "phrases" (also “ ” and 「 」), ``-without``, ``OR``, parentheses, and fields:
``title:``, ``source:``, ``topic:``, ``place:``, ``org:``, ``person:``, ``doc:``, ``type:``,
``after:`` and ``before:``. `docs/search.md` explains it to people.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

from storage import messages
from storage.errors import BadQuestion
from storage.folding import fold
from storage.messages import Message

MAX_QUERY = 200
"""Characters; a longer query is a mistake or an attack."""
MAX_TERMS = 32
"""Words, phrases and fields; a person asks for a handful."""
_MAX_DEPTH = 20

FIELDS = {
    "title": "title",
    "source": "source",
    "topic": "topic",
    "place": "place",
    "org": "organisation",
    "organisation": "organisation",
    "person": "person",
    "doc": "document",
    "document": "document",
    "type": "type",
    "after": "after",
    "before": "before",
}
"""What a field is called in a query → what it asks of an article."""
_CLOSING = {'"': '"', "“": "”", "「": "」", "„": "”"}
_FIELD = re.compile(r"([A-Za-z]{2,20})[:：]")
# What a terminal passes on of bytes that are no UTF-8. Folding drops it: everything would be found.
_BROKEN = re.compile("[\ud800-\udfff]")
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


@dataclass(frozen=True, slots=True)
class Text:
    """A stretch of folded text that title, body or an attachment must hold; or the title alone."""

    folded: str
    in_title: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A source or tag, by its id or name."""

    kind: str
    value: str
    at: int | None = field(default=None, compare=False)
    """Where in the query it stands, from 0; None where it is in none."""


@dataclass(frozen=True, slots=True)
class Days:
    """Published on these days, both included; None: no bound."""

    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """What must be together."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Of which one must be."""

    parts: tuple["Node", ...]


Node = Text | Named | Days | Not | All | Either


@dataclass(frozen=True, slots=True)
class Query:
    """A question. `root` is None where nothing is asked: every article answers it."""

    root: Node | None = None

    @property
    def texts(self) -> tuple[Text, ...]:
        """The words and phrases that may stand in a hit, each once: what is ranked and marked."""
        return tuple(dict.fromkeys(_texts(self.root))) if self.root else ()


def _texts(node: Node) -> Iterator[Text]:
    if isinstance(node, Text):
        yield node
    elif isinstance(node, All | Either):
        for part in node.parts:
            yield from _texts(part)


def quoted(text: str) -> str:
    """A text as the phrase that asks for it, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def parse(text: str) -> Query:
    """Read a query. Raises BadQuestion, which says where, for one that cannot be meant."""
    if len(text) > MAX_QUERY:
        raise BadQuestion(messages.TOO_LONG, position=MAX_QUERY, length=len(text), most=MAX_QUERY)
    if broken := _BROKEN.search(text):
        where = broken.start()
        raise BadQuestion(at_character(where, messages.NO_TEXT), position=where)
    return Query(_Reader(text).either(0))


def all_of(parts: list[Node]) -> Node | None:
    """The node that asks for all of these; None for none."""
    return parts[0] if len(parts) == 1 else All(tuple(parts)) if parts else None


def at_character(place: int, what: Message) -> Message:
    """What is wrong at a place of a query, from 0."""
    return Message(
        messages.AT_CHARACTER.english.format(place=place + 1, what=what.english),
        messages.AT_CHARACTER.chinese.format(what=what.chinese),
    )


class _Reader:
    """Recursive descent over the characters of a query."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.terms = 0

    def wrong(self, what: Message, at: int | None = None, **values: object) -> BadQuestion:
        place = self.at if at is None else at
        return BadQuestion(at_character(place, what), position=place, **values)

    def either(self, depth: int) -> Node | None:
        """Parts with ``OR`` between them, to the end or a closing parenthesis."""
        if depth > _MAX_DEPTH:
            raise self.wrong(messages.TOO_DEEP, most=_MAX_DEPTH)
        found = [self._all(depth)]
        while self._at_or():
            place = self.at
            self.at += 2
            found.append(self._all(depth))
            if found[-2] is None or found[-1] is None:
                raise self.wrong(messages.LONELY_OR, place)
        parts = tuple(part for part in found if part is not None)
        return parts[0] if len(parts) == 1 else Either(parts) if parts else None

    def _all(self, depth: int) -> Node | None:
        parts: list[Node] = []
        while not self._ended(depth) and not self._at_or():
            part = self._unary(depth)
            if part is not None and part not in parts:
                parts.append(part)
        return all_of(parts)

    def _ended(self, depth: int) -> bool:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at == len(self.text) or (self.text[self.at] in ")）" and depth > 0)

    def _at_or(self) -> bool:
        behind = self.text[self.at + 2 : self.at + 3]
        return self.text.startswith("OR", self.at) and (not behind or behind.isspace())

    def _unary(self, depth: int) -> Node | None:
        rest = self.text[self.at + 1 : self.at + 2]
        if self.text[self.at] in "-－" and rest and not rest.isspace():
            self.at += 1
            part = self._primary(depth)
            return None if part is None else Not(part)
        return self._primary(depth)

    def _primary(self, depth: int) -> Node | None:
        if self.text[self.at] in "(（":
            return self._group(depth)
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise self.wrong(messages.TOO_MANY, most=MAX_TERMS)
        field = _FIELD.match(self.text, self.at)
        if field and (kind := self._kind(field[1])):
            return self._field(kind, field, depth)
        folded = fold(self._value(depth))
        return Text(folded) if folded else None

    def _group(self, depth: int) -> Node | None:
        opened = self.at
        self.at += 1
        part = self.either(depth + 1)
        if self.at == len(self.text):
            raise self.wrong(messages.OPEN_PARENTHESIS, opened)
        self.at += 1
        return part

    def _kind(self, name: str) -> str | None:
        kind = FIELDS.get(name.lower())
        if kind is None and (meant := get_close_matches(name.lower(), FIELDS, 1, 0.8)):
            raise self.wrong(messages.UNKNOWN_FIELD, name=name, meant=meant[0])
        return kind

    def _field(self, kind: str, field: re.Match[str], depth: int) -> Node | None:
        self.at = field.end()
        value = self._value(depth).strip()
        if not fold(value):
            raise self.wrong(messages.NO_VALUE, field.start(), field=field[0], like=_LIKE[kind])
        if kind == "title":
            return Text(fold(value), in_title=True)
        if kind in {"after", "before"}:
            first, last = self._days(value, field.end())
            return Days(first, None) if kind == "after" else Days(None, last)
        return Named(kind, value, field.end())

    def _days(self, written: str, at: int) -> tuple[date, date]:
        """The first and the last day of a day, a month or a year."""
        match = _DAY.fullmatch(written)
        try:
            if match is None:
                raise ValueError
            year, month, day = int(match[1]), match[2], match[3]
            first = date(year, int(month or 1), int(day or 1))
            last_month = int(month or 12)
            last_day = int(day) if day else monthrange(year, last_month)[1]
            return first, date(year, last_month, last_day)
        except ValueError as error:
            raise self.wrong(messages.NO_DAY, at, written=written) from error

    def _value(self, depth: int) -> str:
        """A phrase without its marks, or a word as it stands."""
        if self.at < len(self.text) and self.text[self.at] in _CLOSING:
            return self._phrase()
        return self._word(depth)

    def _phrase(self) -> str:
        opened, closing = self.at, {_CLOSING[self.text[self.at]], '"'}
        said: list[str] = []
        self.at += 1
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter == "\\" and self.text[self.at + 1 : self.at + 2] in {"\\", '"', "”", "」"}:
                self.at += 1
                letter = self.text[self.at]
            elif letter in closing:
                self.at += 1
                return "".join(said)
            said.append(letter)
            self.at += 1
        raise self.wrong(messages.OPEN_QUOTE, opened)

    def _word(self, depth: int) -> str:
        """To the next white space, or to the parenthesis that closes a group."""
        start, inside = self.at, 0
        while self.at < len(self.text) and not self.text[self.at].isspace():
            letter = self.text[self.at]
            inside += (letter in "(（") - (letter in ")）")
            if inside < 0 and depth:
                break
            self.at += 1
        return self.text[start : self.at]


_LIKE = {
    "title": "防汛",
    "source": "suqian",
    "topic": "教育",
    "place": "泗洪县",
    "organisation": "市科技局",
    "person": "张三",
    "document": "宿政发〔2024〕12号",
    "type": "通知",
    "after": "2026-07",
    "before": "2026",
}
