"""Every regular expression of the three packages against texts made to make it slow.

``python -m tests.faults.patterns [--full]`` imports every module, takes each pattern that the source compiles
or that stands in a module, and times it on growing texts made of what the pattern itself looks for: from the
beginning and behind a whole match; in full, behind every part of one. One whose time grows much faster than the
text is named.
"""

import importlib
import pkgutil
import re
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from re import _constants as parts  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

from tests.faults.cases import Cases

PACKAGES = ("crawler", "flows", "storage")
_SKIPPED = ("storage.migrations", "flows.prefect_server")
_SIZES = (500, 1000, 2000)
_SECONDS = 0.5
"""Of CPU for a text of the largest size: everything that takes less is fast enough."""
_NOTABLE, _TIMES = 0.05, 3
_GROWTH = 6.0
"""Twice the text may take four times as long at the worst of what is tolerated, and noise."""
_NEGLIGIBLE = _NOTABLE / 4**3
"""Seconds for the smallest text: with four times of it even the third power of its length stays unnoticed, and
what grows by a higher one takes longer from the start."""
_SHOWN = 5
BOUNDED = {
    "(?:本文|本页|文章|页面|该文)?(?:累计)?(?:浏览|": "lines of 80 characters at the most",
    ".*(?:根据|按照|依据|": "the letters of one document number",
    "(?:（[^（）]{1,4}）)?(?:[ \\u3000]?(?:上午|": "matched at one place, behind a day",
    "(?:编辑|责编|編輯)\\s*[：:\\s]\\s*(": "the last 40 characters of a line",
}
"""Beginnings of patterns that are slow on long texts, and why they never meet one."""
_ENDS = ("", "\x00", "。!")
_REPEATS = {parts.MAX_REPEAT, parts.MIN_REPEAT, parts.POSSESSIVE_REPEAT}


@dataclass(frozen=True)
class Slow:
    """A text on which a pattern takes its time."""

    text: str
    seconds: tuple[float, ...]
    """For each size, up to the last that was tried."""

    def __str__(self) -> str:
        return f"{', '.join(f'{one:.4f}' for one in self.seconds)} s on {self.text}"


@dataclass(frozen=True)
class Tried:
    """What came of a pattern."""

    texts: int
    worst: Slow
    too_slow: bool


def patterns() -> dict[str, re.Pattern[str]]:
    """Every compiled pattern that a module, a class or a container of one holds."""
    found: dict[str, re.Pattern[str]] = {}
    for module in modules():
        for value in vars(module).values():
            for one in _patterns_in(value, depth=3):
                found.setdefault(one.pattern, one)
    return found


def modules() -> Iterator[ModuleType]:
    """The modules of the packages, imported, but for those of extras that are not installed."""
    for package in map(importlib.import_module, PACKAGES):
        yield package
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not info.name.startswith(_SKIPPED) and not info.name.endswith("__main__"):
                yield from _imported(info.name)


def _imported(name: str) -> Iterator[ModuleType]:
    try:
        yield importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in PACKAGES:
            raise


def _patterns_in(value: Any, depth: int) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif depth and isinstance(value, dict):
        for one in (*value.keys(), *value.values()):
            yield from _patterns_in(one, depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _patterns_in(one, depth - 1)


# --- what a pattern looks for ---------------------------------------------------------------------


def pumps(pattern: str, flags: int = 0) -> set[str]:
    """Short texts that the repeats of a pattern match, each alone and beside its neighbours."""
    found: set[str] = set()
    _walk(parser.parse(pattern, flags), found)
    found |= {"a", " ", "\n", "1", "中", "　", ",", ".", "：", "(", "<", "年", "\t "}
    return {one for one in found if one}


def _walk(tree: Any, found: set[str]) -> str:
    """One text that a part of a pattern matches; what repeats in it goes to `found`."""
    text = ""
    for operator, argument in tree:
        text += _one(operator, argument, found)
    return text


def _one(operator: Any, argument: Any, found: set[str]) -> str:  # noqa: C901, PLR0911 - a table
    if operator in _REPEATS:
        least, most, inner = argument
        one = _walk(inner, found)
        if most > 1:
            found.add(one)
        return str(one * max(1, min(least, 3)))
    if operator is parts.LITERAL:
        return chr(argument)
    if operator is parts.NOT_LITERAL:
        return "a" if chr(argument) != "a" else "b"
    if operator is parts.ANY:
        return "x"
    if operator is parts.IN:
        return _of_set(argument)
    if operator is parts.SUBPATTERN:
        return _walk(argument[-1], found)
    if operator is parts.ATOMIC_GROUP:
        return _walk(argument, found)
    if operator is parts.BRANCH:
        texts = [_walk(one, found) for one in argument[1]]
        found.update(texts)
        return texts[0]
    if operator in {parts.ASSERT, parts.ASSERT_NOT}:
        _walk(argument[1], found)
    return ""


def _behind_parts(tree: Any, before: str = "") -> Iterator[str]:
    """One text for each part of a pattern, that matches up to its end."""
    for operator, argument in tree:
        if operator is parts.BRANCH:
            for one in argument[1]:
                yield from _behind_parts(one, before)
        elif operator in {parts.SUBPATTERN, parts.ATOMIC_GROUP, *_REPEATS}:
            inner = argument if operator is parts.ATOMIC_GROUP else argument[-1]
            yield from _behind_parts(inner, before)
        before += _one(operator, argument, set())
        yield before


_OF_CATEGORY = {
    parts.CATEGORY_DIGIT: "1",
    parts.CATEGORY_SPACE: " ",
    parts.CATEGORY_WORD: "a",
    parts.CATEGORY_NOT_DIGIT: "a",
    parts.CATEGORY_NOT_SPACE: "a",
    parts.CATEGORY_NOT_WORD: " ",
}


def _of_set(members: Any) -> str:
    negated = members and members[0][0] is parts.NEGATE
    if negated:
        held = {chr(argument) for operator, argument in members if operator is parts.LITERAL}
        return next(one for one in "a中1 x-" if one not in held)
    operator, argument = members[0]
    if operator is parts.RANGE:
        return chr(argument[0])
    if operator is parts.CATEGORY:
        return str(_OF_CATEGORY[argument])
    return chr(argument)


# --- time -----------------------------------------------------------------------------------------


def tried(pattern: re.Pattern[str], *, full: bool = False) -> Tried:
    """What came of a pattern: the first text on which it is too slow, else the one that takes longest."""
    worst, number = Slow("", (0.0,)), 0
    for number, (said, texts) in enumerate(_attacks(pattern, full=full), 1):
        seconds = _seconds(pattern, texts)
        if _is_too_slow(seconds):
            return Tried(number, Slow(said, seconds), too_slow=True)
        worst = max(worst, Slow(said, seconds), key=lambda one: (len(one.seconds), one.seconds[-1]))
    return Tried(number, worst, too_slow=False)


def slow(pattern: re.Pattern[str], *, full: bool = False) -> Slow | None:
    """The text on which a pattern is too slow, if there is one."""
    found = tried(pattern, full=full)
    return found.worst if found.too_slow else None


def _attacks(pattern: re.Pattern[str], *, full: bool) -> Iterator[tuple[str, list[str]]]:
    """Texts made of one part over and over, in every size, and how they are made."""
    flags = pattern.flags & ~re.UNICODE
    tree = parser.parse(pattern.pattern, flags)
    beginnings = {"", _walk(tree, set())} | (set(_behind_parts(tree)) if full else set())
    for pump in sorted(pumps(pattern.pattern, flags)):
        for begin in sorted({one[:20] for one in beginnings}):
            for end in _ENDS:
                texts = [begin + pump * (size // len(pump)) + end for size in _SIZES]
                yield f"{begin!r} + {pump!r} * n + {end!r}", texts


def _seconds(pattern: re.Pattern[str], texts: list[str]) -> tuple[float, ...]:
    """The seconds for each text, where they are too many each time: a busy machine makes some."""
    seconds: tuple[float, ...] = ()
    for _ in range(_TIMES):
        seconds = _timed(pattern, texts)
        if not _is_too_slow(seconds):
            break
    return seconds


def _is_too_slow(seconds: tuple[float, ...]) -> bool:
    grows = len(seconds) > 1 and seconds[-1] > _GROWTH * max(seconds[-2], 1e-4)
    return seconds[-1] > _SECONDS or (seconds[-1] > _NOTABLE and grows)


def _timed(pattern: re.Pattern[str], texts: list[str]) -> tuple[float, ...]:
    """Seconds of CPU for each text, up to the first that takes too long, or so little that none will."""
    seconds: list[float] = []
    for text in texts:
        seconds.append(_once(pattern, text))
        if seconds[-1] > _SECONDS or seconds[-1] < _NEGLIGIBLE:
            break
    return tuple(seconds)


def _once(pattern: re.Pattern[str], text: str) -> float:
    """Seconds of CPU for one text; somewhat above `_SECONDS` where it was given up."""
    before = signal.signal(signal.SIGVTALRM, _give_up)
    began = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, 1.2 * _SECONDS)
    try:
        for _ in pattern.finditer(text):
            pass
    except TimeoutError:
        pass
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return time.process_time() - began


def _give_up(*_: object) -> None:
    raise TimeoutError


def measure(*, full: bool = False) -> Cases:
    """Try every pattern."""
    cases = Cases("regular expressions")
    found = {
        text: tried(pattern, full=full)
        for text, pattern in patterns().items()
        if not text.startswith(tuple(BOUNDED))
    }
    for text, one in found.items():
        if one.too_slow:
            cases.add(f"`{text[:80]}`", str(one.worst), good=False)
    fast = {text: one for text, one in found.items() if not one.too_slow}
    texts = sum(one.texts for one in found.values())
    cases.add(f"{len(fast)} patterns", f"fast on every one of {texts:,} texts", good=True)
    cases.add(f"{len(BOUNDED)} patterns", "meet short texts only", good=True)
    for text, one in sorted(fast.items(), key=lambda item: -item[1].worst.seconds[-1])[:_SHOWN]:
        cases.add(f"`{text[:80]}`", str(one.worst), good=True)
    return cases


def main() -> None:
    """Try every pattern; print those that are slow."""
    cases = measure(full="--full" in sys.argv[1:])
    cases.show()
    sys.exit(not cases.good)


if __name__ == "__main__":
    main()
