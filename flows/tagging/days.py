"""Days that a text sets: until when one can apply, object or bid, and how long a rule holds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

# What ends when: the label and the words that stand before the day, nearer to it than any mark.
_ENDS = {
    "报名截止": r"报名(?:时间|期限|日期|截止|起止)|报名",
    "投标截止": r"投标(?:文件)?(?:递交|提交)?截止|递交(?:投标|响应)文件(?:的)?截止|响应文件(?:提交|递交)截止|开标时间|投标截止|竞买|挂牌(?:时间|期限|截止)",
    "公示期": r"公示(?:时间|期限|期|日期)|公告期(?:限)?|公示",
    "意见征集": r"(?:意见)?反馈(?:截止)?时间|征求意见(?:时间|期限|截止)|征集(?:时间|期限)|意见反馈",
    "申报截止": r"申报(?:截止|时间|期限)|报送(?:截止)?时间|受理(?:时间|期限)|提交(?:截止)?时间|申请(?:截止|时间|期限)",
    "缴费截止": r"缴费(?:时间|期限|截止)",
}
_Y, _M, _D = (
    r"(?:(?P<y>(?:19|20)\d{2})[年.\-/])?",
    r"(?P<m>1[0-2]|0?[1-9])[月.\-/]",
    r"(?P<d>3[01]|[12]\d|0?[1-9])(?:日|号|(?!\d))",
)
_DAY = rf"{_Y}[ \u3000]?{_M}[ \u3000]?{_D}"
_CLOCK = r"(?:[ \u3000]?(?:上午|下午|中午|晚上?|凌晨)?[ \u3000]?\d{1,2}(?:[:：时点]\d{0,2}分?)?(?:[:：]\d{2})?(?:整)?)?"
_DAY_FOUND = re.compile(_DAY)
_TO = rf"(?:（[^（）]{{1,4}}）)?{_CLOCK}[ \u3000]?起?[ \u3000]?[至到—－–~～-]+[ \u3000]?"
# The end of a span leaves out what its beginning has said: 7月1日至5日.
_LAST = re.compile(
    rf"{_TO}(?:(?P<y>(?:19|20)\d{{2}})[年.\-/])?[ \u3000]?(?:(?P<m>1[0-2]|0?[1-9])[月.\-/])?[ \u3000]?{_D}"
)
_LABELLED = re.compile(
    "(?=[报投递响开竞挂公意反征申受提缴截])(?:"
    + "|".join(f"(?P<k{nth}>{words})" for nth, words in enumerate(_ENDS.values()))
    + r"|(?P<other>截止(?:时间|日期)|截止))[^，。；\n\d]{0,12}?(?=(?:19|20)\d{2}[年.\-/]|\d{1,2}月)"
)
_LABELS = (*_ENDS, "截止")
# 公示 alone before a single day is when it was put up.
_SAYS_WHEN = re.compile("时间|期|截止|起止")
# 请于7月5日前将…报送, 2024年8月1日17:00前报名
_BEFORE = re.compile(
    rf"(?:请|须|应|务必|应当|需|并|统一)?[于在]{_DAY}{_CLOCK}(?:之?前|以前)[^。；\n]{{0,40}}?(?P<verb>报送|报名|提交|递交|申报|反馈|缴纳|缴费|报至|寄送|寄至|送至|送达|登记|发送|上报|报市|报我)"
)
_VERBS = {"报名": "报名截止", "递交": "投标截止", "反馈": "意见征集", "缴费": "缴费截止"}
_VALID_YEARS = re.compile(
    r"有效期(?:限)?(?:为|至)?[ \u3000]?(?P<years>\d{1,2}|[一二三四五六七八九十])[ \u3000]?年"
)
_VALID_UNTIL = re.compile(
    rf"(?:有效期(?:限)?(?:至|到|截至)|(?:实施|执行|试行|有效|施行)(?:期限)?至)[ \u3000]?{_DAY}"
)
_FROM = re.compile(
    rf"自[ \u3000]?{_DAY}[ \u3000]?(?:起|开始)[^。；\n]{{0,8}}?(?:施行|实施|执行|试行|生效)"
)
_HAN_YEARS = {character: nth for nth, character in enumerate("一二三四五六七八九十", 1)}


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day, or a span of days, that a text sets."""

    value: str
    """``2024-08-15``; of a validity ``2024-08-01/2029-07-31``, either end empty if open."""
    label: str
    rule: str
    start: int
    end: int


def deadlines(text: str, published: date | None) -> Iterator[Deadline]:
    """The last day of each period that is named; dates without a year have that of publication."""
    year = published.year if published else None
    for match in _LABELLED.finditer(text):
        first = _DAY_FOUND.match(text, match.end())
        if first is None:
            continue
        last = _LAST.match(text, first.end())
        label = _LABELS[next(nth for nth, words in enumerate(match.groups()) if words)]
        day = _last_day(first, last, year) if last or _SAYS_WHEN.search(match[0]) else None
        if day:
            end = (last or first).end()
            yield Deadline(day.isoformat(), label, f"deadline:{label}", match.start(), end)
    for match in _BEFORE.finditer(text):
        if day := _date(match, year):
            label = _VERBS.get(match["verb"], "申报截止")
            yield Deadline(day.isoformat(), label, f"deadline:{label}", *match.span())


def _last_day(first: re.Match[str], last: re.Match[str] | None, year: int | None) -> date | None:
    begin = _date(first, year)
    if last is None or begin is None:
        return begin
    end = _date(last, begin.year, begin.month)
    # 12月28日至1月5日 ends in the next year.
    return _made(begin.year + 1, end.month, end.day) if end and end < begin else end


def validities(text: str, published: date | None) -> Iterator[Deadline]:
    """From when until when a paper holds, as far as it says so: one for each place that says it."""
    year = published.year if published else None
    begin, until = _FROM.search(text), _VALID_UNTIL.search(text)
    years = None if until else _VALID_YEARS.search(text)
    since = _date(begin, year) if begin else None
    end = _date(until, year) if until else _years_after(since, years)
    if since or end:
        value = f"{since or ''}/{end or ''}"
        for match in filter(None, (begin, until or years)):
            yield Deadline(value, value, "validity", *match.span())


def _years_after(since: date | None, years: re.Match[str] | None) -> date | None:
    """The last day of so many years."""
    if since is None or years is None:
        return None
    count = _HAN_YEARS.get(years["years"]) or int(years["years"])
    day = _made(since.year + count, since.month, since.day)
    return day - timedelta(days=1) if day else None


def _date(match: re.Match[str], year: int | None, month: int | None = None) -> date | None:
    """The day of a match, its missing parts from elsewhere; None where there is none like it."""
    found_year, found_month = match["y"] or year, match["m"] or month
    if found_year is None or found_month is None:
        return None
    return _made(int(found_year), int(found_month), int(match["d"]))


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
