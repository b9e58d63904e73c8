"""Labelled lines: ``来源：宿迁日报　作者：周景行　发布时间：2024-07-31 09:05`` as fields."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from crawler.dates import first_moment
from crawler.yamlfile import read_yaml


class Found(NamedTuple):
    """A value for a field and where it came from (``meta:PubDate``, ``label:来源`` …)."""

    value: Any
    where: str


_WORDS = Path(__file__).with_name("labels.yaml")
# What a page says next behind a label's value.
_AFTER = (
    r"\s{2,}|\s+[\u4e00-\u9fff]{2,5}\s*[：:]|\u2028|[|｜丨►▪●■]|(?:19|20)\d{2}\s*[-年/.]|"
    r"\s*(?:调整字体|字体|字号|浏览|阅读|点击|访问|打印|分享|评论|我要|关注|举报|收藏|人气|原文|原创稿|原标题|手机(?:看|版)|"
    r"扫码|关闭|繁体|大\s*中\s*小|【字|\[字|（字|\d+\s*次|\d+\s*(?:条)?评论|\d+人参与|投稿|选稿|审核|校对|摄影|初审|复审|终审|编审|监制)"
)
_EDGES = " \u3000:：,，;；。.)）】]|(（[【/／-—·>"
_REACH = 80
"""Characters behind a label among which its value lies."""
_LONGEST = 2000
"""Characters among which the end of a value is looked for: what is longer is no value of a label."""
_TIMES = frozenset(["published", "updated"])


@dataclass(frozen=True)
class Labels:
    """The labels of ``labels.yaml``, and what finds them in a line."""

    lines: Mapping[str, str]
    """Label → field, in a line of text."""
    cells: Mapping[str, str]
    """Label → field, in a cell of the disclosure table."""
    vague: frozenset[str]
    """Labels of a time that may be an event's."""
    nobody: frozenset[str]
    """Values that name nobody."""

    @cached_property
    def _names(self) -> str:
        # Short labels are set wide on many pages: "来　源：", "时 间：".
        return "|".join(" ?".join(name) for name in sorted(self.lines, key=len, reverse=True))

    @cached_property
    def label(self) -> re.Pattern[str]:
        """A label ends in a colon; the few that are no other word may go without one before a gap."""
        return re.compile(
            rf"(?<![\u4e00-\u9fff])({self._names})\s*(?:[：:﹕]\s*)+"
            r"|(?<![\u4e00-\u9fff])(来源|來源|责任编辑|责编|编辑|发表于|发布于|作者)(?:\s+|(?=[A-Z\d]))(?=\S)"
            r"|(?<=[\s\d【\[（(|｜])(来源|來源|责任编辑|责编)[】\]]\s*"
        )

    @cached_property
    def end(self) -> re.Pattern[str]:
        """What ends a label's value: another label, a gap, a date, or what the page says next."""
        # Asked once for a run of brackets, not for each of them: some pages have thousands.
        opened = r"(?<![\s【\[（(])[\s【\[（(]*+"
        return re.compile(rf"{opened}(?:{self._names})\s*[】\]]?[：:﹕]|{_AFTER}")


@cache
def labels() -> Labels:
    """The shipped labels."""
    words = read_yaml(_WORDS).content
    return Labels(
        lines=_by_label(words["lines"]),
        cells=_by_label(words["cells"]),
        vague=frozenset(words["vague"]),
        nobody=frozenset(words["nobody"]),
    )


def _by_label(fields: Mapping[str, list[str]]) -> dict[str, str]:
    return {label: field for field, labels in fields.items() for label in labels}


def labelled(text: str) -> Iterator[tuple[str, Found]]:
    """The labelled values of a text as (field, value)."""
    for match in labels().label.finditer(text):
        label = next(group for group in match.groups() if group).replace(" ", "")
        rest = text[match.end() : match.end() + _REACH].split("\n", 1)[0]
        field = labels().lines[label]
        value: Any = first_moment(rest[:40]) if field in _TIMES else _value(rest)
        if value:
            yield field, Found(value, f"label:{label}")


def without_label(text: str) -> str:
    """A value that repeats its label (``来源：宿迁日报`` as a meta tag's content) without it."""
    match = labels().label.match(text)
    return _value(text[match.end() :]) if match else _value(text)


def is_label(text: str) -> bool:
    """Whether a text is a label and nothing else."""
    return re.sub(r"[\s：:\[\]【】﹕]", "", text) in labels().lines


def has_label(text: str) -> bool:
    """Whether a text has a label in it."""
    return labels().label.search(text) is not None


def _value(rest: str) -> str:
    end = labels().end.search(rest, 0, _LONGEST)
    return (rest[: end.start()] if end else rest).strip(_EDGES)
