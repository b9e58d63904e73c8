"""Personal data in texts, made unreadable: numbers of ID cards, bank cards and private telephones.

`mask` puts a ``*`` in the place of each digit, so that every offset into a text stays right.
docs/masking.md says what counts as private and why. Digits are put together into *chains* first (full
width, in groups, hyphened), and only whole groups of a chain are tried, so that nothing is taken out of
a longer number. The time is linear in the length of the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

DIGIT = "0-9０-９\U0001d7ce-\U0001d7ff"
_INVISIBLE = "\u00ad\u180e\u200b-\u200f\u2060\ufeff"
JOINT = f"[ \t\r\n\u00a0\u2000-\u200a\u3000_\\-‐‑‒–—－{_INVISIBLE}]"
_LEAST = 7
LONG = re.compile(f"[{DIGIT}](?:{JOINT}{{0,3}}[{DIGIT}]){{{_LEAST - 1}}}")
"""A text without seven digits in a row holds nothing to mask."""
_CHAIN = re.compile(f"[{DIGIT}](?:{JOINT}{{0,3}}[{DIGIT}])*")
_GROUP = re.compile(f"[{DIGIT}](?:[{_INVISIBLE}]{{0,3}}[{DIGIT}])*")
_ADDRESS = re.compile(r"\b(?:https?|ftp)://[!-~]+")
_NEAR = 200
"""How far before a number a word may stand that says what the numbers there are."""
_BESIDE = 30
"""…and a word that belongs to this very number."""
_LONGEST = 20

_PERSONAL_ID = re.compile("身份证|身份号码|公民身份|证件号|证件编号")
_DISABLED = re.compile("残疾")
_CARD = re.compile("银行卡|卡号|一卡通|存折|储蓄卡|借记卡|信用卡|个人[账帐][户号]")
_ACCOUNT = re.compile("银行|[账帐][号户]|卡")
_PHONE = re.compile("电话|手机|联系方式|座机|固话|(?i:tel|phone|mobile)")
_OTHER = re.compile(
    "(?:编号|编码|代码|单号|流水号?|文号|批号|票号|序列号|条形?码|注册号|登记号|许可证号?|备案号?|宗地号?"
    "|合同号|案号|产权证号?|项目号|单元号|货号|型号|发票号?|\\b(?i:no)[.．]?)码?[：:为是#＃\\s]*$"
)
"""What stands directly before a number that is none of a person."""
_PUBLIC = re.compile(
    "(?:监督|举报|投诉|值班|热线|报警|救援|抢修|求助|客服|服务|咨询|应急|维权|受理|防汛|报修|预约)"
    "(?:电话|热线|专线|手机|号码){0,2}(?:[（(][^（()）]{1,12}[)）])?[：:为是\\s]{0,4}$"
)
"""What stands directly before a telephone that the public is to call."""
_NAMED = re.compile(
    r"[\s（(，,、]{0,3}(?:联系人|[\u4e00-\u9fff]{1,4}(?:先生|女士|老师|主任|科长|同志|经理|书记|师傅))"
)
_BETWEEN = re.compile(r"[、，,;；/或和及\s]{1,3}")
_HOME = re.compile(
    "(?:(?:家庭|住宅|本人|个人|私人|家长|户主|申请人|当事人|监护人)(?:的?联系)?(?:电话|固话|座机|方式)"
    "|宅电)(?:号码)?[：:\\s]*$"
)
_LANDLINE = re.compile("(?:0[1-9][0-9]{1,2})?[2-8][0-9]{6,7}")
_QUANTITY = re.compile(
    f"[.．][{DIGIT}]{{1,2}}(?![{DIGIT}])|\\s?(?:元|美元|万元|亿|万吨|吨|%|％|平方|立方|千瓦|公里|㎡)"
)
_WHOLE_PART = re.compile(f"(?:[{DIGIT}]{{2}}|(?<![{DIGIT}])[0０])[.．]$|[¥￥$]\\s?$")
_LETTERS = re.compile("[A-Za-z][-_]?$")
_MOBILE = re.compile("(?:0|86|0086)?(1[3-9][0-9]{9})")
_REGIONS = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
"""The provinces, as ID-card numbers begin with them (GB/T 2260)."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def mask(text: str) -> str:
    """A text with a ``*`` in the place of each digit of a personal number; of the same length."""
    if not LONG.search(text):
        return text
    found = list(_personal(text))
    if not found:
        return text
    masked = list(text)
    for start, end in found:
        masked[start:end] = ("*" if _is_digit(one) else one for one in masked[start:end])
    return "".join(masked)


def numbers(text: str) -> Iterator[str]:
    """The digits of each personal number of a text, as plain ones."""
    if LONG.search(text):
        yield from (_plain(text[start:end]) for start, end in _personal(text))


def _is_digit(character: str) -> bool:
    return character.isdecimal() or character in "XxＸｘ"


def _personal(text: str) -> Iterator[tuple[int, int]]:
    """Where personal numbers stand."""
    seen = _Seen()
    for start, end in _chains(text):
        if end - start < _LEAST or not LONG.match(text, start, end):
            seen.short.append((start, end))
            continue
        chain = _Chain(text, start, end)
        public = _is_public(chain, seen)
        yield from _in_chain(chain, seen, public=public)
        seen.public = end if public else seen.public
        seen.short.clear()


def _chains(text: str) -> Iterator[tuple[int, int]]:
    """Where digits stand, but for those of web addresses."""
    there = "://" in text
    addresses = [found.span() for found in _ADDRESS.finditer(text)][::-1] if there else []
    for found in _CHAIN.finditer(text):
        while addresses and addresses[-1][1] <= found.start():
            addresses.pop()
        if not (addresses and addresses[-1][0] < found.start()):
            yield found.span()


@dataclass(slots=True)
class _Seen:
    """What was found further up: tables name their columns only once."""

    id: int = -_NEAR - _BESIDE
    """Where the last ID-card number ended."""
    public: int = -1
    """Where the last telephone for the public ended."""
    short: list[tuple[int, int]] = field(default_factory=list)
    """Where digits stood since the last long chain, too few of them to be masked. They may be a
    telephone for the public, which matters only where a long chain follows directly."""


@dataclass(frozen=True, slots=True)
class _Chain:
    """Digits with nothing but spaces and hyphens between them."""

    text: str
    start: int
    end: int

    def before(self, length: int = _BESIDE) -> str:
        return self.text[max(0, self.start - length) : self.start]


@dataclass(frozen=True, slots=True)
class _Number:
    """Some whole groups of a chain, read as one number."""

    chain: _Chain
    digits: str
    start: int
    end: int
    groups: tuple[str, ...]
    alone: bool
    """Whether it is all of its chain."""

    @property
    def behind(self) -> str:
        """What follows, as far as it matters."""
        return self.chain.text[self.end : self.end + 12]

    def near(self, words: re.Pattern[str], length: int = _NEAR) -> bool:
        """Whether one of these words stands before it, so many characters away at the most."""
        return bool(words.search(self.chain.text, max(0, self.start - length), self.start))

    def is_other(self) -> bool:
        """Whether it is said to be a number of another kind, or is a sum or a part of a code."""
        before = self.chain.before()
        first = self.chain.text[self.chain.start : min(self.start, self.chain.start + _BESIDE)]
        joined = self.start - self.chain.start <= _BESIDE and len(first.split()) <= 1
        if joined and _OTHER.search(before) and not _PERSONAL_ID.search(before):
            return True
        return bool(_QUANTITY.match(self.behind) or _WHOLE_PART.search(before)) or self._in_code()

    def _in_code(self) -> bool:
        """Whether letters stand directly at it, and nothing says what it is by itself."""
        behind = self.behind[:1]
        lettered = _LETTERS.search(self.chain.before()) or (behind.isascii() and behind.isalpha())
        named = (_PHONE, _PERSONAL_ID, _CARD)
        return bool(lettered) and not any(self.near(words, 16) for words in named)


def _is_public(chain: _Chain, seen: _Seen) -> bool:
    """Whether this is a telephone for the public, or another one behind such a one."""
    text, start = chain.text, chain.start
    while not _PUBLIC.search(text, max(0, start - _BESIDE), start):
        if not (seen.short and _BETWEEN.fullmatch(text, seen.short[-1][1], start)):
            return seen.public >= 0 and bool(_BETWEEN.fullmatch(text, seen.public, start))
        start, _ = seen.short.pop()
    return True


def _in_chain(chain: _Chain, seen: _Seen, *, public: bool) -> Iterator[tuple[int, int]]:
    groups = [found.span() for found in _GROUP.finditer(chain.text, chain.start, chain.end)]
    at = 0
    while at < len(groups):
        taken = 1
        for number, count in _candidates(chain, groups, at):
            kind = _kind(number, seen)
            if kind is None:
                continue
            taken = count
            if kind == "id":
                seen.id = number.end
            if not (public and kind == "phone" and not _NAMED.match(number.behind)):
                yield number.start, number.end
            break
        at += taken


def _candidates(
    chain: _Chain, groups: list[tuple[int, int]], at: int
) -> Iterator[tuple[_Number, int]]:
    """The numbers that may begin with a group, the longest first, with how many groups they have."""
    parts: list[str] = []
    size = 0
    for start, end in groups[at : at + _LONGEST]:
        part = _plain(chain.text[start:end])
        size += len(part)
        if size > _LONGEST:
            break
        parts.append(part)
    for count in range(len(parts), 0, -1):
        digits = "".join(parts[:count])
        if len(digits) < _LEAST:
            return
        start, end = groups[at][0], groups[at + count - 1][1]
        if len(digits) == 17 and chain.text[end : end + 1] in {*"XxＸｘ"}:
            digits, end = f"{digits}X", end + 1
        alone = count == len(groups)
        yield _Number(chain, digits, start, end, tuple(parts[:count]), alone), count


def _plain(group: str) -> str:
    return "".join(str(int(one)) for one in group if one.isdecimal())


# --- kinds ----------------------------------------------------------------------------------------


def _kind(number: _Number, seen: _Seen) -> str | None:
    """``id``, ``card``, ``phone`` or ``home`` for a personal number."""
    if _is_id(number, seen):
        return "id"
    if _is_card(number):
        return "card"
    if _is_mobile(number):
        return "phone"
    return "home" if _is_home(number, seen) else None


def _is_id(number: _Number, seen: _Seen) -> bool:
    digits = number.digits
    if len(digits) == 18 and _has_birthday(digits[6:14]):
        labelled = number.near(_PERSONAL_ID, _BESIDE)
        return labelled or (_has_checksum(digits) and not number.is_other())
    if len(digits) == 15 and _has_birthday(f"19{digits[6:12]}"):
        follows = number.start - seen.id <= _NEAR
        return bool(_REGIONS.match(digits)) and (number.near(_PERSONAL_ID) or follows)
    # The number on a certificate of disability: the ID card's, then the kind and the degree.
    if len(digits) == 20 and _has_birthday(digits[6:14]):
        return _has_checksum(digits[:18]) and number.near(_DISABLED)
    return False


def _has_birthday(digits: str) -> bool:
    if not digits.isdecimal() or digits[:2] not in {"18", "19", "20"}:
        return False
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _has_checksum(digits: str) -> bool:
    """ISO 7064 MOD 11-2, and a province that there is."""
    if not _REGIONS.match(digits):
        return False
    total = sum(int(one) * weight for one, weight in zip(digits, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == digits[17]


def _is_card(number: _Number) -> bool:
    digits = number.digits
    if not 16 <= len(digits) <= 19 or not digits.isdecimal():
        return False
    if number.near(_CARD, _BESIDE):
        return not number.is_other()
    known = digits[0] in "3456" or digits.startswith("9558")
    if not known or not _has_luhn(digits) or number.is_other():
        return False
    grouped = len(number.groups) > 1
    issued_here = digits.startswith(("62", "9558"))
    return number.near(_CARD) or (issued_here and (not grouped or number.near(_ACCOUNT)))


def _has_luhn(digits: str) -> bool:
    doubled = (int(one) * 2 for one in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(two // 10 + two % 10 for two in doubled)) % 10 == 0


def _is_mobile(number: _Number) -> bool:
    if not _MOBILE.fullmatch(number.digits) or number.is_other():
        return False
    own = [group for group in number.groups if group not in {"86", "0086", "0"}]
    if len(own) == 1:
        return True
    written = number.chain.text[number.start : number.end]
    usual = len(own[0]) in {3, 7} or set(map(len, own)) == {1}
    years = all(len(one) == 4 and one[:2] in {"19", "20"} for one in own[1:])
    if usual and number.alone and "\n" not in written and not years:
        return True
    return number.near(_PHONE)


def _is_home(number: _Number, seen: _Seen) -> bool:
    """A landline that is said to be somebody's own, or stands on one line with an ID card."""
    if not _LANDLINE.fullmatch(number.digits) or number.is_other():
        return False
    if _HOME.search(number.chain.text[max(0, number.start - _BESIDE) : number.start]):
        return True
    if number.start - seen.id > _NEAR or "\n" in number.chain.text[seen.id : number.start]:
        return False
    dated = len(number.digits) == 8 and _has_birthday(number.digits)
    return number.near(_PHONE) and not dated
