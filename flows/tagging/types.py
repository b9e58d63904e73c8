"""What kind of paper an article is: a notice, a plan, a news item …"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from flows.tagging.records import Tag, Text
from flows.taxonomy.models import DocumentType

# What may stand behind the word that ends a title: （试行）, （2024年第3号）.
_TAIL = r"(?=(?:[（(〔\[][^（）()〔〕\[\]]{1,30}[）)〕\]]|[ \u3000。》]){0,3}$)"
# What a notice passes on: 关于印发《…管理办法（试行）》的通知, 印发…实施方案的通知.
_PASSED_ON = re.compile(
    r"(?:印发|转发|发布|公布|颁布)(.{2,80}?)(?:[（(][^（）()]{1,30}[）)])*》?的?通知"
)
# News says who reports at its beginning or its end.
_EDGE = 200
_PRIMARY, _SECONDARY = 2.0, 1.0
_Patterns = Sequence[tuple[str, re.Pattern[str]]]


class TypeTagger:
    """Tells types by their words, in the order of the taxonomy."""

    def __init__(self, types: Mapping[str, DocumentType]) -> None:
        self._title: _Patterns = [
            (key, re.compile("|".join((*_ending(one.ends), *_anywhere(one.title)))))
            for key, one in types.items()
            if one.ends or one.title
        ]
        self._form = _compiled((key, *_ending(one.ends)) for key, one in types.items() if one.ends)
        self._inside = [
            (key, re.compile(f"(?:{_alternatives(one.inside)})$"))
            for key, one in types.items()
            if one.inside
        ]
        self._text = _compiled((key, *_anywhere(one.text)) for key, one in types.items())
        self._body = _compiled((key, *_anywhere(one.body)) for key, one in types.items())

    def tag(self, text: Text) -> list[Tag]:
        """The type of a text, then the form of its title and the type of what it passes on."""
        title, passed = text.title, _PASSED_ON.search(text.title)
        found = [
            *_first(text, self._title, (0, len(title)), _PRIMARY),
            *_first(text, self._form, (0, len(title)), _SECONDARY),
            *(_first(text, self._inside, passed.span(1), _SECONDARY) if passed else ()),
        ] or list(self._reported(text))
        return list({tag.value: tag for tag in reversed(found)}.values())[::-1]

    def _reported(self, text: Text) -> Iterator[Tag]:
        body, end = len(text.title) + 1, len(text.whole)
        edges = ((body, body + _EDGE), (max(body, end - _EDGE), end))
        near = (tag for edge in edges for tag in _first(text, self._text, edge, _PRIMARY))
        anywhere = _first(text, self._body, (body, end), _PRIMARY)
        if tag := next(chain(near, anywhere), None):
            yield tag


def _first(text: Text, types: _Patterns, span: tuple[int, int], score: float) -> Iterator[Tag]:
    """The first type with a word in a span of the text."""
    for key, pattern in types:
        if match := pattern.search(text.whole, *span):
            yield Tag("type", key, key, score, (text.evidence(*match.span(), "type"),))
            return


def _compiled(types: Iterable[tuple[str, ...]]) -> _Patterns:
    return [(key, re.compile(words[0])) for key, *words in types if words]


def _ending(words: Sequence[str]) -> Iterator[str]:
    if words:
        yield f"(?:{_alternatives(words)}){_TAIL}"


def _anywhere(words: Sequence[str]) -> Iterator[str]:
    if words:
        yield _alternatives(words)


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))
