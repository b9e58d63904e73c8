"""Labelled lines: ``来源：宿迁日报　作者：周景行　发布时间：2024-07-31 09:05`` as fields."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from crawler.dates import first_moment


class Found(NamedTuple):
    """A value for a field and where it came from (``meta:PubDate``, ``label:来源`` …)."""

    value: Any
    where: str


FIELD_OF_LABEL = {
    **dict.fromkeys(
        [
            *("来源", "信息来源", "文章来源", "稿件来源", "新闻来源", "消息来源", "内容来源", "出处"),
            *("来源于", "转载自", "转自", "摘自", "稿源", "來源", "新聞來源", "供稿单位", "发布单位"),
        ],
        "origin",
    ),
    **dict.fromkeys(
        [
            *("发布日期", "发布时间", "发表时间", "发表日期", "发表于", "发布于", "时间", "日期"),
            *("发稿时间", "成稿时间", "公开日期", "發佈時間", "發布時間", "時間", "日期时间", "发文时间"),
        ],
        "published",
    ),
    **dict.fromkeys(["更新时间", "更新日期", "修改时间", "最后更新", "更新時間", "更新于"], "updated"),
    **dict.fromkeys(
        [
            *("作者", "记者", "撰稿", "撰文", "文", "文字", "通讯员", "供稿", "信息员", "采写", "作者姓名"),
            *("撰稿人", "供稿人", "記者"),
        ],
        "author",
    ),
    **dict.fromkeys(
        ["编辑", "责任编辑", "责编", "編輯", "責任編輯", "网络编辑", "本文编辑", "执行编辑", "值班编辑"], "editor"
    ),
    **dict.fromkeys(["文号", "发文字号", "文件编号", "公文文号", "文件号"], "document_number"),
    **dict.fromkeys(["索引号", "信息索引", "索引号码", "信息索引号"], "index_number"),
    **dict.fromkeys(
        ["发布机构", "发文机关", "发文机构", "公开机构", "制发机关", "发文单位", "发布部门", "责任部门", "公开责任部门"],
        "issuer",
    ),
    **dict.fromkeys(["时效", "有效性", "效力状态", "时效性", "文件状态", "信息时效"], "validity"),
    **dict.fromkeys(["关键词", "主题词", "關鍵字"], "keywords"),
    **dict.fromkeys(["副标题"], "subtitle"),
}  # fmt: skip
"""Labels as pages write them, without their colon, and the field each names."""

# Short labels are set wide on many pages: "来　源：", "时 间：".
_NAMES = "|".join(" ?".join(name) for name in sorted(FIELD_OF_LABEL, key=len, reverse=True))
# A label ends in a colon; the few that are no other word may go without one before a gap.
_LABEL = re.compile(
    rf"(?<![\u4e00-\u9fff])({_NAMES})\s*(?:[：:﹕]\s*)+"
    r"|(?<![\u4e00-\u9fff])(来源|來源|责任编辑|责编|编辑|发表于|发布于|作者)(?:\s+|(?=[A-Z\d]))(?=\S)"
    r"|(?<=[\s\d【\[（(|｜])(来源|來源|责任编辑|责编)[】\]]\s*"
)
# What ends a label's value: another label, a gap, a date, or what the page says next.
_NEXT = re.compile(
    r"\s{2,}|\u2028|[|｜丨►▪●■]|[\s【\[（(]*(?:"
    + _NAMES
    + r")\s*[】\]]?[：:﹕]|(?:19|20)\d{2}\s*[-年/.]|"
    r"\s*(?:调整字体|字体|字号|浏览|阅读|点击|访问|打印|分享|评论|我要|关注|举报|收藏|人气|原文|原创稿|原标题|手机(?:看|版)|"
    r"扫码|关闭|繁体|大\s*中\s*小|【字|\[字|（字|\d+\s*次|\d+\s*(?:条)?评论|\d+人参与|投稿|选稿|审核|校对|摄影|初审|复审|终审|编审|监制)"
)
_EDGES = " \u3000:：,，;；。.)）】]|(（[【/／-—·>"
_REACH = 80
"""Characters behind a label among which its value lies."""
_TIMES = frozenset(["published", "updated"])


def labelled(text: str) -> Iterator[tuple[str, Found]]:
    """The labelled values of a text as (field, value)."""
    for match in _LABEL.finditer(text):
        label = next(group for group in match.groups() if group).replace(" ", "")
        rest = text[match.end() : match.end() + _REACH].split("\n", 1)[0]
        field = FIELD_OF_LABEL[label]
        value: Any = first_moment(rest[:40]) if field in _TIMES else _value(rest)
        if value:
            yield field, Found(value, f"label:{label}")


def without_label(text: str) -> str:
    """A value that repeats its label (``来源：宿迁日报`` as a meta tag's content) without it."""
    match = _LABEL.match(text)
    return _value(text[match.end() :]) if match else _value(text)


def is_label(text: str) -> bool:
    """Whether a text is a label and nothing else."""
    return re.sub(r"[\s：:\[\]【】﹕]", "", text) in FIELD_OF_LABEL


def has_label(text: str) -> bool:
    """Whether a text has a label in it."""
    return _LABEL.search(text) is not None


def _value(rest: str) -> str:
    end = _NEXT.search(rest)
    return (rest[: end.start()] if end else rest).strip(_EDGES)
