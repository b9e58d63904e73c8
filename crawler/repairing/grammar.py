"""Which kinds of word follow which: the transitions of jieba's tagger, as gain over chance.

The tagger is a hidden Markov model over characters; its states are a place in a word (begin, end,
single) and the word's kind (noun, verb, …). The transitions between words are all that is used here.
"""

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Kind = str
"""``n``, ``v``, …, with an ``S`` before it for words of one character; empty where it is unknown."""
MARK: Kind = "mark"
"""What stands before the first word of a clause."""
_WEIGHT = 0.7
"""The kinds come from a dictionary that knows one for each word, so they say less than they could."""
_LEAST, _MOST = -3.0, 2.0
MOST_GAIN = _WEIGHT * _MOST
"""More a word never gains by its kind."""

_Gains = Mapping[Kind, Mapping[Kind, float]]


@dataclass(frozen=True, eq=False)
class Grammar:
    """The logarithmic gain of a word's kind behind another."""

    gains: _Gains

    def gain(self, before: Kind, after: Kind) -> float:
        """How much likelier `after` is behind `before` than elsewhere; 0 if either is unknown."""
        known = self.gains.get(before)
        return known.get(after, _WEIGHT * _LEAST) if known and after and after != MARK else 0.0


def kind_of(word: str, tag: str) -> Kind:
    """The kind of a word with a tag of the dictionary."""
    return f"S{tag}" if len(word) == 1 else tag


@cache
def load(shares: tuple[tuple[Kind, float], ...]) -> Grammar:
    """The grammar; `shares` are how often each kind of word stands in any place."""
    chance = dict(shares)
    follows: dict[Kind, dict[Kind, float]] = {MARK: _first(_table("prob_start"))}
    for (place, tag), next_ in _table("prob_trans").items():
        if place in "ES":
            follows[f"S{tag}" if place == "S" else tag] = _first(next_)
    return Grammar({kind: _gains(next_, chance) for kind, next_ in follows.items()})


def _first(states: Mapping[tuple[str, str], float]) -> dict[Kind, float]:
    """The shares of the kinds that a word can be of, from those of the states that begin a word."""
    begin = {state: math.exp(value) for state, value in states.items() if state[0] in "BS"}
    total = sum(begin.values()) or 1.0
    return {
        f"S{tag}" if place == "S" else tag: share / total for (place, tag), share in begin.items()
    }


def _gains(follows: Mapping[Kind, float], chance: Mapping[Kind, float]) -> dict[Kind, float]:
    gains = {
        kind: math.log(share / chance[kind])
        for kind, share in follows.items()
        if share and kind in chance
    }
    return {kind: _WEIGHT * min(max(gain, _LEAST), _MOST) for kind, gain in gains.items()}


def _table(name: str) -> Any:
    # The file is one assignment. Importing it would import jieba.
    text = (data() / "posseg" / f"{name}.py").read_text("utf-8")
    return ast.literal_eval(text.partition("=")[2].strip())


def data() -> Path:
    """The folder of jieba, whose data are read; it is not imported, which takes long."""
    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("jieba is not installed")
    return Path(spec.origin).parent
