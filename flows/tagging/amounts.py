"""Sums of money and areas in a text, in one unit each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"〇": 0, "两": 2}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "亿": 10**8}
_SCALE = r"(?:[十百千]?[万亿]|[百千])?"
_NUMBER = rf"(?<![\d.,〇一二三四五六七八九十百千万亿两第])(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)[ \u3000]?{_SCALE}"
# Nor does one begin behind a zero, which is its middle: a text of ones and zeros is read once.
_SPELLED = r"(?<![零〇一二三四五六七八九十百千万亿两第几数])[一二三四五六七八九十两][零〇一二三四五六七八九十百千万亿两]*"
_CURRENCIES = {
    "元": "CNY",
    "元人民币": "CNY",
    "美元": "USD",
    "港元": "HKD",
    "港币": "HKD",
    "欧元": "EUR",
    "日元": "JPY",
    "英镑": "GBP",
    "新台币": "TWD",
}
# 亩 is a fifteenth of a hectare.
_SQUARE_METRES = {
    "平方公里": Decimal(10**6),
    "平方千米": Decimal(10**6),
    "公顷": Decimal(10**4),
    "平方米": Decimal(1),
    "㎡": Decimal(1),
    "m²": Decimal(1),
    "亩": Decimal(10**4) / 15,
}
_UNITS = "|".join(sorted((*_CURRENCIES, *_SQUARE_METRES), key=len, reverse=True))
# 元旦, 元件 and 万元/亩 go on; 亩产 is no area.
_AMOUNT = re.compile(
    rf"(?=[\d一二三四五六七八九十两])({_NUMBER}|{_SPELLED})[ \u3000]?({_UNITS})(?![旦件素老宵月代/产均])"
)
_WRITTEN = re.compile(r"([\d,.]+)[ \u3000]?(.*)")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount and where it stands."""

    kind: str
    """``money`` or ``area``."""
    value: str
    """``CNY 1200000000`` or ``200000 m²``."""
    amount: float
    start: int
    end: int


def amounts(text: str) -> Iterator[Amount]:
    """Every sum of money with its currency, and every area."""
    for match in _AMOUNT.finditer(text):
        count, unit = number(match[1]), match[2]
        if not count:
            continue
        if unit in _CURRENCIES:
            value = f"{_CURRENCIES[unit]} {_plain(count)}"
            yield Amount("money", value, float(count), *match.span())
        else:
            metres = round(count * _SQUARE_METRES[unit], 2)
            yield Amount("area", f"{_plain(metres)} m²", float(metres), *match.span())


def number(written: str) -> Decimal:
    """What a written number says: ``3,000``, ``1.5亿``, ``二十五万``."""
    if digits := _WRITTEN.fullmatch(written):
        return Decimal(digits[1].replace(",", "")) * _scale(digits[2])
    return Decimal(_spelled(written))


def _scale(units: str) -> int:
    scale = 1
    for unit in units:
        scale *= _SMALL.get(unit) or _LARGE[unit]
    return scale


def _spelled(written: str) -> int:
    """三百二十万 → 3 200 000: a digit counts for the unit behind it, what is small for 万 and 亿."""
    total = section = digit = 0
    for character in written:
        if character == "亿":
            total, section, digit = (total + section + digit) * _LARGE["亿"], 0, 0
        elif character == "万":
            total, section, digit = total + (section + digit) * _LARGE["万"], 0, 0
        elif character in _SMALL:
            section, digit = section + (digit or 1) * _SMALL[character], 0
        else:
            digit = _DIGITS[character]
    return total + section + digit


def _plain(amount: Decimal) -> str:
    return format(amount.normalize(), "f")
