"""What a page says beside its article: buttons, counters, editors' lines, disclaimers.

The words stand in ``furniture.yaml``.
"""

import re
from functools import cache
from pathlib import Path

from lxml.etree import _Element as Element

from crawler.yamlfile import read_yaml

_WORDS = Path(__file__).with_name("furniture.yaml")
_LINE = 60
_PARAGRAPH = 240
"""Characters up to which a line may be a button's or an editor's, and one a disclaimer."""
_EDITOR = re.compile(r"(?:责任编辑|责编|責任編輯)\s*[：:\s]")


def is_furniture(text: str) -> bool:
    """Whether a line is a button, a counter, an editor's line, a disclaimer."""
    if len(text) <= _LINE and (_line().match(text) or _EDITOR.search(text)):
        return True
    return is_disclaimer(text)


def is_disclaimer(text: str) -> bool:
    """Whether a paragraph says whose the text is, not what it says."""
    return len(text) <= _PARAGRAPH and _disclaimer().search(text) is not None


def without_appendix(text: str) -> str:
    """A paragraph without the button or editor's name behind its last sentence."""
    return _appended().sub("", text)


class Names:
    """Tells whether an element, or one around it, is named for something beside the article."""

    def __init__(self, top: Element | None) -> None:
        self._known: dict[Element, bool] = {} if top is None else {top: False}

    def __contains__(self, element: Element) -> bool:
        found = self._known.get(element)
        if found is None:
            parent = element.getparent()
            found = _is_named(element) or (parent is not None and parent in self)
            self._known[element] = found
        return found


def _is_named(element: Element) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return names != " " and _names().search(names) is not None


@cache
def _words() -> dict[str, str]:
    """Each list of the file as one alternation."""
    lists: dict[str, list[str]] = read_yaml(_WORDS).content
    return {name: "|".join(words) for name, words in lists.items()}


@cache
def _line() -> re.Pattern[str]:
    begins, goes_on = r"^[\s【\[（(<《|]*", r"(?:[\s】\]）)>》:：|｜/].{0,60})?[】\]）)>》|\s]*$"
    return re.compile(f"{begins}(?:{_words()['lines']}){goes_on}", re.IGNORECASE)


@cache
def _disclaimer() -> re.Pattern[str]:
    return re.compile(_words()["disclaimers"])


@cache
def _appended() -> re.Pattern[str]:
    return re.compile(rf"(?<=[。！？”…）])\s*(?:{_words()['appended']})\s*$")


@cache
def _names() -> re.Pattern[str]:
    words = _words()
    part = rf"(?:^|[-_ ])(?:{words['names']})(?:$|[-_ ])"
    whole = rf"(?:^| )(?:{words['whole_names']})(?:$| )"
    return re.compile(f"{part}|{whole}", re.IGNORECASE)
