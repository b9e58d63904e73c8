"""Writes invented texts that read like the real thing: a grammar in YAML, filled with words.

A text is a list of parts. A part is one paragraph, a list of which one is taken, or ``some`` of a
list (its own, or that of a text like another), numbered if told so. In a paragraph ``{word}`` is a word that stays the same all through the
text, ``{word2}`` another of its kind, ``{3-9}`` any number between, and ``[a|b]`` one of two wordings.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import yaml

_SLOT = re.compile(
    r"\{(?:(?P<low>\d+)-(?P<high>\d+)|year(?P<years>[+-]\d+)|(?P<word>[a-z]+)(?P<nth>\d?))\}"
)
_CHOICE = re.compile(r"\[([^\[\]]+)\]")
_HAN_NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
NEWS = "news"


@dataclass(frozen=True, slots=True)
class Text:
    """A headline and its paragraphs; ``| a | b |`` is a row of a table."""

    kind: str
    """``news``, ``notices`` or ``policy``."""
    title: str
    paragraphs: tuple[str, ...]
    attachments: tuple[str, ...] = ()
    """Suffixes of the files that go with it."""
    numbered: bool = False
    """Whether a document of this kind bears a document number."""
    signed: bool = False
    """Whether it ends with who issued it and when."""
    pages: int = 1


@cache
def load_data(name: str) -> Any:
    """One of the YAML files beside this module."""
    return yaml.safe_load((files("crawler.demo") / "data" / f"{name}.yaml").read_text("utf-8"))


@cache
def forms() -> Mapping[str, Any]:
    """Every form of text by its name, with the kind that it belongs to."""
    kinds = {kind: load_data(kind) for kind in (NEWS, "notices", "policy")}
    return {
        form: entry | {"kind": kind} for kind, all_ in kinds.items() for form, entry in all_.items()
    }


def write(form: str, day: date, random: Random, place: str | None = None) -> Text:
    """A text of a form as of a day; about one place if a place is given."""
    entry = forms()[form]
    pen = Pen(day, random)
    if place is not None:
        pen.settle("place", place)
    return Text(
        kind=entry["kind"],
        title=pen.fill(random.choice(entry["titles"])),
        paragraphs=tuple(pen.paragraphs(entry["body"])),
        attachments=tuple(entry.get("attachments", ())),
        numbered=entry.get("numbered", False),
        signed=entry.get("sign", False),
        pages=entry.get("pages", 1),
    )


@dataclass
class Pen:
    """Fills the slots of one text."""

    day: date
    random: Random
    _words: dict[str, list[str]] = field(default_factory=dict)

    def settle(self, word: str, choice: str) -> None:
        """Make a word this one from here on."""
        options: list[str] = load_data("words")[word]
        others = [option for option in options if option != choice]
        self._words[word] = [choice, *self.random.sample(others, len(others))]

    def paragraphs(self, parts: list[Any]) -> Iterator[str]:
        """The paragraphs of a text, filled."""
        for part in parts:
            yield from map(self.fill, self._chosen(part))

    def fill(self, template: str) -> str:
        """A paragraph with a word in each slot."""
        worded = _CHOICE.sub(lambda found: self.random.choice(found[1].split("|")), template)
        return _SLOT.sub(self._slot, worded)

    def _chosen(self, part: Any) -> list[str]:
        if isinstance(part, str):
            return [part]
        if isinstance(part, list):
            return [self.random.choice(part)]
        options = part.get("of") or _list_of(part["like"])
        low, high = part["some"]
        # In their own order: some of them lead over to others.
        chosen = sorted(self.random.sample(range(len(options)), self.random.randint(low, high)))
        return [_numbered(part.get("number"), nth) + options[at] for nth, at in enumerate(chosen)]

    def _slot(self, found: re.Match[str]) -> str:
        if found["low"]:
            return str(self.random.randint(int(found["low"]), int(found["high"])))
        if found["years"]:
            return str(self.day.year + int(found["years"]))
        word = found["word"]
        if word not in self._words:
            self._words[word] = self._options(word)
        return self._words[word][int(found["nth"] or 1) - 1]

    def _options(self, word: str) -> list[str]:
        """What a word can be in this text, the one to take first."""
        if word in load_data("words"):
            options: list[str] = load_data("words")[word]
            return self.random.sample(options, len(options))
        return [self._of_the_day(word)]

    def _of_the_day(self, word: str) -> str:
        soon = self.day + timedelta(days=self.random.randint(5, 9))
        later = self.day + timedelta(days=self.random.randint(20, 90))
        return {
            "year": str(self.day.year),
            "month": str(self.day.month),
            "date": f"{self.day.month}月{self.day.day}日",
            "today": written(self.day),
            "soon": written(soon),
            "later": written(later),
        }[word]


def _list_of(form: str) -> list[str]:
    """The longest list that texts of a form choose some of."""
    lists = (
        part["of"] for part in forms()[form]["body"] if isinstance(part, dict) and "of" in part
    )
    return max(lists, key=len)


def cells(paragraph: str) -> list[str]:
    """The cells of a table row, ``| a | b |``; any other paragraph is one cell."""
    return paragraph.strip("| ").split(" | ") if paragraph.startswith("| ") else [paragraph]


def written(day: date) -> str:
    """A day as documents write it."""
    return f"{day.year}年{day.month}月{day.day}日"


def _numbered(style: str | None, nth: int) -> str:
    if style is None:
        return ""
    return f"（{_HAN_NUMERALS[nth]}）" if style == "han" else f"{nth + 1}."
