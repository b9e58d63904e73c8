"""What health finds, in words: kept in English, and read back for who reads the pages in Chinese."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from storage.messages import Message

LACKS: Mapping[str, Message] = MappingProxyType(
    {
        field: Message(
            f"{{missing}} of its newest {{of}} articles {english}; before it were {{usual}}",
            f"最新 {{of}} 篇文章中有 {{missing}} 篇{chinese}，此前为 {{usual}}",
        )
        for field, english, chinese in (
            ("title", "have no title", "没有标题"),
            ("date", "have no date, or one in the future", "没有日期或日期在将来"),
            ("body", "have no body, or a fraction of the usual one", "没有正文或正文远少于平常"),
            (
                "layout",
                "have none of the containers that the catalogue declares",
                "不含目录中声明的正文容器",
            ),
            ("copies", "only repeat what is stored already", "只重复已收录的内容"),
        )
    }
)
"""By field."""
NONE_HAS: Mapping[str, Message] = MappingProxyType(
    {
        "title": Message(
            "{missing} of {of} articles have no title", "{of} 篇文章中有 {missing} 篇没有标题"
        ),
        "body": Message(
            "{missing} of {of} articles have no body", "{of} 篇文章中有 {missing} 篇没有正文"
        ),
    }
)
STILL_LACKS: Mapping[str, Message] = MappingProxyType(
    {
        field: Message(
            f"the {field} is missing again, as in the batch that is held",
            f"与待确认的一批相同，仍缺少{chinese}",
        )
        for field, chinese in (
            ("title", "标题"),
            ("date", "日期"),
            ("body", "正文"),
            ("layout", "正文容器"),
        )
    }
)
REPEATS = Message(
    "{copies} of {of} articles repeat what the source has under other addresses",
    "{of} 篇文章中有 {copies} 篇重复该来源其他网址的内容",
)
FEW_ITEMS = Message(
    "the list shows {items} items, {usual} are usual", "列表只有 {items} 条，通常有 {usual} 条"
)
NO_ITEMS = Message(
    "the list shows no items: has its layout changed?", "列表中没有条目：版式是否已改变？"
)
IN_LOOKS = Message(
    "{problem}, in {looks} looks since {since}", "{problem}（自 {since} 起检查 {looks} 次均如此）"
)
UNSEEN = Message(
    "its own count says {least}, {standing} are known: {unseen} were never seen, since {since}; "
    "suqian sources coverage {source} says more",
    "栏目自称有 {least} 篇，已知 {standing} 篇，自 {since} 起有 {unseen} 篇从未见到；"
    "详见 suqian sources coverage {source}",
)
HELD = Message("held since {since}: {evidence}", "自 {since} 起待人工确认：{evidence}")
NEVER_READ = Message("its lists were never read", "从未读到它的列表")
NOTHING_STORED = Message("nothing of it is stored", "尚未收录任何内容")
NOBODY_LOOKED = Message("nobody has looked since {since}", "自 {since} 起未再检查")
_NEWEST = ("its newest article is of {newest}", "最新文章为 {newest}")
USED_TO = Message(
    f"is used to have something new within {{count}} {{days}}; {_NEWEST[0]}",
    f"通常 {{count}} {{days}}内有新内容，{_NEWEST[1]}",
)
EXPECTED_TO = Message(
    f"is expected to have something new within {{count}} {{days}}; {_NEWEST[0]}",
    f"预期 {{count}} {{days}}内有新内容，{_NEWEST[1]}",
)
_WORDS = {
    "workdays": "个工作日",
    "days": "天",
    "days that are no holidays": "天（节假日除外）",
    "challenge": "返回验证页面",
    "robots-unreachable": "无法读取 robots.txt",
    "skipped:robots": "robots.txt 不允许",
}
_NESTED = ("problem", "evidence")
"""Fields that hold what is evidence itself."""
_NUMBER = r"[\w.%+-]+"
_TIME = r"[\d: -]+"
_FIELDS = {"problem": ".+", "evidence": ".+", "days": "[a-z ]+", "since": _TIME, "newest": _TIME}
_COLUMN = re.compile(r"([\w-]+): (?=.)")
_MOST_PIECES = 30


def in_chinese(said: str) -> str | None:
    """The same in Chinese; None where a part of it is none of these messages.

    A column's id, with which evidence may begin, stays as it is.
    """
    parts = list(_translated(said))
    return "；".join(filter(None, parts)) if all(parts) else None


def _translated(said: str) -> Iterator[str | None]:
    """The messages that a text is made of, joined by "; " as some of them hold it themselves."""
    pieces = said.split("; ")
    if len(pieces) > _MOST_PIECES:
        pieces = [said]
    while pieces:
        found = ((n, _one("; ".join(pieces[:n]))) for n in range(len(pieces), 0, -1))
        end, translated = next((pair for pair in found if pair[1]), (1, None))
        yield translated
        pieces = pieces[end:]


def _one(said: str) -> str | None:
    column = _COLUMN.match(said)
    if column and (rest := _message(said[column.end() :])):
        return f"{column[1]}：{rest}"
    return _message(said)


def _message(said: str) -> str | None:
    if said in _WORDS:
        return _WORDS[said]
    for pattern, message in _patterns():
        if match := pattern.fullmatch(said):
            return message.chinese.format(**dict(map(_value, match.groupdict().items())))
    return None


def _value(field: tuple[str, str]) -> tuple[str, str]:
    name, value = field
    nested = in_chinese(value) if name in _NESTED else None
    return name, nested or _WORDS.get(value, value)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Message], ...]:
    """The English of each message as what reads it."""
    single = (
        *(*LACKS.values(), *NONE_HAS.values(), *STILL_LACKS.values(), REPEATS, FEW_ITEMS, NO_ITEMS),
        *(UNSEEN, NEVER_READ, NOTHING_STORED, NOBODY_LOOKED, USED_TO, EXPECTED_TO, IN_LOOKS, HELD),
    )
    return tuple((_reading(one.english), one) for one in single)


def _reading(english: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", english)
    return re.compile(
        "".join(
            f"(?P<{part}>{_FIELDS.get(part, _NUMBER)})" if number % 2 else re.escape(part)
            for number, part in enumerate(parts)
        )
    )
