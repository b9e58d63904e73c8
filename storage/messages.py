"""What is said in English, and in Chinese for who reads the pages; here: of a question that makes no sense."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence in both languages; what stands in braces is filled in."""

    english: str
    chinese: str

    def said(self, **values: object) -> str:
        """The English one, filled in."""
        return self.english.format(**values)


AT_CHARACTER = Message("character {place} of the query: {what}", "{what}")
"""The page points at the character itself."""
TOO_LONG = Message(
    "the query has {length} characters; {most} are allowed",
    "查询有 {length} 个字符，最多 {most} 个",
)
NO_TEXT = Message(
    "this is no character; is the query in UTF-8?", "这不是字符；查询是否为 UTF-8 编码？"
)
NOT_UTF8 = Message("{text!r} is no text; is it in UTF-8?", "{text!r} 不是文字；是否为 UTF-8 编码？")
TOO_DEEP = Message(
    "more than {most} parentheses in each other; use fewer", "括号嵌套超过 {most} 层，请减少"
)
TOO_MANY = Message(
    "more than {most} words, phrases and fields; ask for fewer",
    "词、短语和字段超过 {most} 个，请减少",
)
LONELY_OR = Message(
    'OR stands between two words; to look for it write "OR"',
    'OR 要放在两个词之间；要查找这个词本身，请写成 "OR"',
)
OPEN_PARENTHESIS = Message(
    "this parenthesis is not closed; close it, or quote it", "这个括号没有闭合；请补上，或放进引号"
)
OPEN_QUOTE = Message(
    "this quotation mark is not closed; close it behind the phrase",
    "这个引号没有闭合；请在短语后补上",
)
UNKNOWN_FIELD = Message(
    "there is no field {name}:; write {meant}:, or quote it to look for it as text",
    "没有字段 {name}:；请写 {meant}:，要当作文字查找请加引号",
)
NO_VALUE = Message(
    "{field} has no value; write one right behind it, such as {field}{like}",
    "{field} 后面没有内容；请紧接着写，例如 {field}{like}",
)
DID_YOU_MEAN = Message("did you mean {near}?", "是不是 {near}？")
SEE_FACETS = Message("the facets of a search show what there is", "检索结果的分面列有现有的名称")
_CALLED = {
    "source": ("source", "来源"),
    "topic": ("topic", "主题"),
    "place": ("place", "地点"),
    "main_place": ("place", "地点"),
    "organisation": ("organisation", "机构"),
    "type": ("type", "文种"),
}


def unknown_name(kind: str, advice: Message) -> Message:
    """That nothing of a kind is called as somebody wrote."""
    english, chinese = _CALLED[kind]
    return Message(
        f"unknown {english} {{name!r}}; {advice.english}",
        f"没有名为“{{name}}”的{chinese}；{advice.chinese}",
    )


NO_DAY = Message(
    "{written} is no day; write 2026-07-01, 2026-07 or 2026",
    "{written} 不是日期；请写 2026-07-01、2026-07 或 2026",
)
NO_SUCH_YEAR = Message(
    "{day} is no day of this corpus; years go from 1900 to 2199",
    "{day} 不在本库范围内；年份从 1900 到 2199",
)
DAYS_SWAPPED = Message(
    "from {since} is after to {until}; give the earlier day first",
    "起始日期 {since} 晚于截止日期 {until}；请先写较早的一天",
)
NO_PLACE = Message(
    "after {after!r}: pass on what a search gave as next",
    "翻页参数 {after!r} 无效；请从第一页重新开始",
)
NO_LIMIT = Message("limit {limit}: it cannot be below zero", "条数 {limit} 无效：不能小于零")
NO_ORDER = Message("sort {sort!r}: choose one of {known}", "没有排序方式 {sort!r}；可用：{known}")
NO_FACET = Message("facet {name!r}: choose among {known}", "没有分面 {name!r}；可用：{known}")
NOT_COUNTED_BY = Message(
    "nothing is counted by {name!r}; use {known}", "不能按 {name!r} 统计；可用：{known}"
)
COUNTED_BY_FEW = Message(
    "count by one to {most} different things, not by {by!r}",
    "统计项须为一至 {most} 个不同的项目，而不是 {by!r}",
)
NO_ZONE = Message(
    "{time} is no time with a time zone; give one: 2026-07-01T00:00:00+08:00, in Python "
    "datetime(2026, 7, 1, tzinfo=CITY_TIME)",
    "{time} 不是带时区的时间；例如 2026-07-01T00:00:00+08:00",
)
NO_SUCH_TIME = Message(
    "{at} is no time of this corpus; years go from 1900 to 2199",
    "{at} 不在本库范围内；年份从 1900 到 2199",
)
