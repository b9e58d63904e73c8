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
_SPELLED = r"(?<![一二三四五六七八九十百千万亿两第几数])[一二三四五六七八九十两][零〇一二三四五六七八九十百千万亿两]*"
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
_MONEY = re.compile(
    rf"({_NUMBER}|{_SPELLED})[ \u3000]?(元人民币|美元|港元|港币|欧元|日元|英镑|新台币|元)(?![旦件素老宵月代/])"
)
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
_AREA = re.compile(
    rf"({_NUMBER}|{_SPELLED})[ \u3000]?(平方公里|平方千米|平方米|公顷|㎡|m²|亩)(?![产均])"
)
_WRITTEN = re.compile(r"([\d,.]+)[ \u3000]?(.*)")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount and where it stands."""

    value: str
    """``CNY 1200000000`` or ``200000 m²``."""
    amount: float
    start: int
    end: int


def money(text: str) -> Iterator[Amount]:
    """Every sum with its currency."""
    for match in _MONEY.finditer(text):
        amount = number(match[1])
        if amount:
            yield Amount(f"{_CURRENCIES[match[2]]} {_plain(amount)}", float(amount), *match.span())


def areas(text: str) -> Iterator[Amount]:
    """Every area, in square metres."""
    for match in _AREA.finditer(text):
        metres = round(number(match[1]) * _SQUARE_METRES[match[2]], 2)
        if metres:
            yield Amount(f"{_plain(metres)} m²", float(metres), *match.span())


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
