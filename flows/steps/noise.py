"""What changes on a page without the article changing: counters, today's date, links to others.

Two versions of an article differ when their *essence* does. Left out of it are

- visit counters, in whatever words (浏览次数：12, 已有3人阅读, 您是第5位访客),
- the date of today and the tools that stand around a text (今天是…, 字号：大 中 小, 打印本页),
- links to other articles behind the text (相关阅读, 上一篇 …), whichever they are at the moment,
- white space, line breaks, and whether a character is of full or half width,
- the order of attachments, and what their addresses carry beside the file (session, share, scheme).

Only short lines without a sentence in them can be furniture: prose that speaks of 点击量 is prose,
and a figure that changes in it is a change.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from crawler.urls import canonical_key
from storage.folding import compatible

_FURNITURE_LENGTH = 80
"""Characters; a line that is longer is the article's."""
_LINK_LENGTH = 60
"""Characters; a line that is longer is no headline."""
_SENTENCE = re.compile(r"[。！？；!?;]")
_THIS = "(?:本文|本页|文章|页面|该文)?"
_COUNTED = "浏览|阅读|点击|访问|查看|点赞|转发|评论|收藏|人气"
_NUMBER = r"\d[\d,，.]*\s*[万千]?\+?\s*(?:人次|次|人|条)?"
_DATE = r"[\d年月日号/.\-:：时分秒\s]*(?:(?:星期|周)[一二三四五六日天])?\s*(?:农历\S{2,12})?"
_NOISE = re.compile(
    "|".join(
        [
            rf"{_THIS}(?:累计)?(?:{_COUNTED})(?:次数|人数|总数|量|数|率)?\s*[:：]\s*(?:{_NUMBER})?",
            rf"{_THIS}(?:{_COUNTED})(?:次数|人数|总数|量|数)?\s*{_NUMBER}",
            rf"{_THIS}(?:已有|共有?)\s*{_NUMBER}\s*(?:{_COUNTED})(?:过)?(?:本文|本页)?",
            rf"{_NUMBER}\s*(?:次)?(?:{_COUNTED})",
            rf"您是(?:本站|本页)?第\s*{_NUMBER}\s*(?:位)?(?:访客|访问者|读者|浏览者)",
            rf"(?:今天是|今日[:：]|现在是(?:北京时间)?|当前(?:时间|日期)[:：]?)\s*{_DATE}",
            r"字(?:号|体)(?:大小)?\s*+[:：]?\s*+(?:[\[【(（]?\s*+(?:超大|特大|大|中|小|默认)\s*+[\]】)）]?[\s|｜/]*+)+",
            r"(?:打印|关闭|收藏|分享)(?:本页|本文|页面|窗口|到)?\s*[:：]?(?=\s|$|[】\]）)|｜])",
        ]
    )
)
_LEFTOVERS = re.compile(r"[\s|｜/·•【】\[\]()（）<>《》「」,，:：\-—–]*")
_OTHERS = re.compile(
    r"[\s【\[]*(?:相关(?:信息|阅读|链接|新闻|文章|推荐|报道|稿件)|(?:推荐|延伸|扩展)阅读|热点(?:新闻|推荐)|热门文章|"
    r"猜你喜欢|最新文章)[\s】\]]*[:：]?\s*"
)
_NEIGHBOUR = re.compile(r"[\s【\[]*(?:上|下)一(?:篇|条|则|页)[\s】\]]*[:：]?.*")
_ALIKE = dict.fromkeys("“”„‟＂", '"') | dict.fromkeys("‘’‚‛＇", "'")
_INVISIBLE = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"


def essence_digest(seen: Mapping[str, Any]) -> str:
    """SHA-256 over what a reader sees of an article, without noise; hexadecimal.

    `seen` holds its fields by name: ``body`` and the others as text or None, ``attachments`` as
    mappings with ``url`` and ``name``.
    """
    essence = {name: _essence(name, value) for name, value in sorted(seen.items())}
    return sha256(json.dumps(essence, ensure_ascii=False).encode()).hexdigest()


def without_noise(body: str) -> str:
    """The lines of a text that are the article's own."""
    lines = [line.strip() for line in body.split("\n")]
    return "\n".join(line for line in map(_without_furniture, _without_others(lines)) if line)


def _essence(name: str, value: Any) -> Any:
    if name == "attachments":
        return sorted((_file(one["url"]), _plain(one["name"])) for one in value)
    if value is None or name == "published":
        return value
    text = str(value)
    return _plain(text if name == "title" else without_noise(text)) or None


def _file(url: str) -> str:
    try:
        return canonical_key(url)
    except ValueError:
        return url


def _plain(text: str) -> str:
    """A text without white space and whatever is only of another width."""
    # One after another takes a fifth of the time of a pattern, which looks at each character.
    for mark, alike in _ALIKE.items():
        text = text.replace(mark, alike)
    text = "".join(compatible(text).split())
    for mark in _INVISIBLE:
        text = text.replace(mark, "")
    return text


def _without_furniture(line: str) -> str:
    if len(line) > _FURNITURE_LENGTH or _SENTENCE.search(line):
        return line
    if _NEIGHBOUR.fullmatch(line):
        return ""
    left, found = _NOISE.subn(" ", line)
    if not found:
        return line
    return "" if _LEFTOVERS.fullmatch(left) else left.strip()


def _without_others(lines: Iterable[str]) -> Iterator[str]:
    """The lines before the headlines of other articles that stand at the end, if any do."""
    waiting: list[str] = []
    for line in lines:
        if _OTHERS.fullmatch(line):
            yield from waiting
            waiting = [line]
        elif waiting and line and not _is_headline(line):
            yield from waiting
            waiting = []
            yield line
        elif waiting:
            waiting.append(line)
        else:
            yield line


def _is_headline(line: str) -> bool:
    return len(line) <= _LINK_LENGTH and not line.endswith(("。", "；", "："))
