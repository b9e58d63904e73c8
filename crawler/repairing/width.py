"""Narrowed punctuation: which marks were full-width before NFKC, told by what stands beside them."""

import re
from collections.abc import Iterator

from crawler.repairing.script import is_han

_WIDE = dict(zip(",:;?!()", "，：；？！（）", strict=True))
_MARK = re.compile(r"\.{6}|\.{3}|°C|[,:;?!()~]")
_CHINESE_MARKS = frozenset("，。、；：？！“”‘’（）《》〈〉【】〔〕「」『』—…·～℃")
_BESIDE_HAN = re.compile(r"[\u3400-\u9fff”’》][,:;?!(]|[,:;?!)][\u3400-\u9fff“‘《]")
_WIDE_MARK = re.compile("[，：；？！（）]")


def narrowed(text: str) -> bool:
    """Whether a text's punctuation has been narrowed: nearly all beside Chinese characters."""
    narrow = len(_BESIDE_HAN.findall(text))
    return narrow > 4 * len(_WIDE_MARK.findall(text))


def widened(text: str) -> Iterator[tuple[int, int, str]]:
    """The marks of one line that were full-width: start, end and the mark. Those inside numbers,
    addresses and foreign words stay as they are."""
    brackets = _brackets(text)
    chinese = sum(map(is_han, text)) > sum(letter.isascii() and letter.isalpha() for letter in text)
    wide_up_to = 0
    for found in _MARK.finditer(text):
        mark, start, end = found[0], found.start(), found.end()
        wide = brackets.get(start)
        if wide is None:
            # Behind a mark that was wide, such as a bracket, there is Chinese text.
            beside_wide = start > 0 and wide_up_to == start
            wide = beside_wide or _belongs(text, start, end, chinese=chinese)
        if wide:
            wide_up_to = end
            yield start, end, _full(mark)


def _full(mark: str) -> str:
    if mark[0] == ".":
        return "…" * (len(mark) // 3)
    return {"°C": "℃", "~": "～"}.get(mark) or _WIDE[mark]


def _belongs(text: str, start: int, end: int, *, chinese: bool) -> bool:
    """Whether a mark belongs to Chinese text rather than to a number or a foreign word."""
    before, after = text[:start].rstrip()[-1:], text[end:].lstrip()[:1]
    if text[start] in "~°":
        return chinese and (_is_chinese(before) or before.isdigit())
    if _is_chinese(before) or _is_chinese(after):
        return True
    return chinese and (not before or not after or before in "%℃")


def _brackets(text: str) -> dict[int, bool]:
    """The brackets of a line, and whether each is full-width: as its partner is."""
    found: dict[int, bool] = {}
    open_: list[int] = []
    for at, letter in enumerate(text):
        if letter == "(":
            open_.append(at)
        elif letter == ")":
            start = open_.pop() if open_ else None
            found[at] = _surround(text, start, at)
            if start is not None:
                found[start] = found[at]
    return found | {at: _is_chinese(text[at - 1 : at]) for at in open_}


def _surround(text: str, start: int | None, end: int) -> bool:
    if start is None:
        return _is_chinese(text[end - 1 : end]) or _is_chinese(text[end + 1 : end + 2])
    inside = text[start + 1 : end]
    beside = text[start - 1 : start] if start else ""
    return any(map(_is_chinese, inside + beside + text[end + 1 : end + 2]))


def _is_chinese(letter: str) -> bool:
    return letter != "" and (is_han(letter) or letter in _CHINESE_MARKS)
