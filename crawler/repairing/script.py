"""Simplified and traditional characters: which a text is written in, and the way back."""

from collections.abc import Iterator
from functools import cache

from opencc import OpenCC

from crawler.repairing.gbk import common_characters, is_common


def simplified(text: str) -> str:
    """A text in simplified characters, as long as before.

    The reverse of conversion character by character to Taiwan's forms: `著力點` was `着力点`, while
    `著名` was `著名`, which OpenCC's `tw2s` knows by the words, and its `t2s` does not. Where it knows
    none, the everyday character is taken that becomes this one: `鍾` was `钟`, hardly ever `锺`.
    """
    folded = _to_simplified().convert(text)
    if len(folded) != len(text):
        return "".join(map(simplified_character, text))
    return "".join(map(_everyday, text, folded))


@cache
def _everyday(letter: str, folded: str) -> str:
    return folded if letter == folded or is_common(folded) else _converted().get(letter, folded)


@cache
def _converted() -> dict[str, str]:
    """What everyday characters become one by one, with those characters."""
    every = "".join(common_characters())
    become = (str(_to_traditional().convert(letter)) for letter in every)
    return {after: letter for letter, after in zip(every, become, strict=True) if letter != after}


@cache
def simplified_character(letter: str) -> str:
    """One character in its simplified form."""
    folded = _to_simplified().convert(letter)
    return folded if len(folded) == 1 else letter


@cache
def is_traditional(letter: str) -> bool:
    """Whether simplified text would not have this character."""
    return simplified_character(letter) != letter


@cache
def is_simplified(letter: str) -> bool:
    """Whether traditional text would not have this character."""
    return bool(_to_traditional().convert(letter) != letter)


def leaning(text: str) -> int:
    """How many more characters of a text are traditional only than simplified only."""
    return sum(map(_weight, text))


@cache
def _weight(letter: str) -> int:
    return is_traditional(letter) - is_simplified(letter) if is_han(letter) else 0


def is_han(letter: str) -> bool:
    """Whether this is a Chinese character, not a mark."""
    return "\u3400" <= letter <= "\u9fff" or "\U00020000" <= letter <= "\U000323af"


def han_runs(text: str) -> Iterator[str]:
    """The stretches of Chinese characters in a text."""
    run = ""
    for letter in text:
        if is_han(letter):
            run += letter
        elif run:
            yield run
            run = ""
    if run:
        yield run


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("tw2s")


@cache
def _to_traditional() -> OpenCC:
    return OpenCC("s2tw")
