"""List pages of forms that `sources add` was not made on: what each shows, and its markup.

They stand apart from the looks of `crawler.demo.foreign`, on which the method was tuned. Each is put together
by chance from a form, a way to write a day, a frame, a pager and what stands beside the list.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from html import escape
from itertools import groupby
from random import Random
from urllib.parse import urljoin

from crawler.demo.foreign import Truth
from crawler.demo.world import World

_NEWEST = date(2026, 11, 20)
_ITEMS = 18


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a list."""

    href: str
    title: str
    day: date
    written: str
    """Its day as the list writes it."""


@dataclass(frozen=True, slots=True)
class UnseenList:
    """A list page, and what is to be found on it."""

    name: str
    url: str
    markup: str
    truth: Truth


def unseen_list(seed: int) -> UnseenList:
    """A page put together by chance: another for each number, the forms in turn."""
    chance = Random(f"unseen {seed}")
    form = [*_FORMS][seed % len(_FORMS)]
    folder = chance.choice(["/news/", "/xwzx/tzgg/", "/web/gsgg/", "/col/ywdt/"])
    url = f"http://www.u{seed}.example{folder}{chance.choice(['index.html', 'list.htm', ''])}"
    style = chance.choice([*_DAYS])
    entries = _entries(chance, folder, _DAYS[style])
    body = _FORMS[form](entries, chance)
    pager, following = _pager(chance, folder)
    page = _page(chance, folder, body, pager)
    items = tuple((urljoin(url, one.href), one.title, one.day.isoformat()) for one in entries)
    truth = Truth(items, urljoin(url, following) if following else None)
    return UnseenList(f"{form}/{style}", url, page, truth)


# --- what they show -------------------------------------------------------------------------------

_DAYS: Mapping[str, Callable[[date], str]] = {
    "iso": lambda day: day.isoformat(),
    "dots": lambda day: day.strftime("%Y.%m.%d"),
    "short": lambda day: day.strftime("%m-%d"),
    "short in brackets": lambda day: f"[{day.month}月{day.day}日]",
    "chinese": lambda day: f"{day.year}年{day.month:02}月{day.day:02}日",
    "in full-width brackets": lambda day: f"（{day.year}/{day.month}/{day.day}）",
    "with a clock": lambda day: f"{day.isoformat()} 08:{day.day:02}:00",
}


@cache
def _all_titles() -> tuple[str, ...]:
    posts = World.build(articles=240).truth()
    return tuple(sorted({post.title for post in posts if len(post.title) >= 8}))


def _titles(seed: int) -> list[str]:
    found = [*_all_titles()]
    Random(seed).shuffle(found)
    return found


def _entries(chance: Random, folder: str, written: Callable[[date], str]) -> list[Entry]:
    gap, first = chance.choice([1, 2, 4]), chance.randrange(1000, 9000)
    address = chance.choice(
        [
            "{folder}{day:%Y%m}/t{day:%Y%m%d}_{n}.html",
            "{folder}{n}.html",
            "/content/detail?id={n}",
            "{folder}{day:%Y}/{n}.shtml",
            "../{day:%Y-%m}/{day:%d}/content_{n}.htm",
        ]
    )
    found = []
    for index, title in enumerate(_titles(first)[:_ITEMS]):
        day = _NEWEST - timedelta(days=index * gap + index // 4)
        href = address.format(folder=folder, day=day, n=first * 10 - 7 * index)
        found.append(Entry(href, title, day, written(day)))
    return found


# --- forms ----------------------------------------------------------------------------------------

_Form = Callable[[Sequence[Entry], Random], str]


def _link(one: Entry, inner: str = "") -> str:
    return f'<a href="{escape(one.href)}" target="_blank">{inner or escape(one.title)}</a>'


def _definitions(entries: Sequence[Entry], _: Random) -> str:
    pairs = (f"<dt>{_link(one)}</dt><dd>{one.written}</dd>" for one in entries)
    return f"<dl>{''.join(pairs)}</dl>"


def _data_attributes(entries: Sequence[Entry], chance: Random) -> str:
    name = chance.choice(["data-time", "data-date", "data-pubtime"])
    rows = (f'<li {name}="{one.day.isoformat()} 10:00:00">{_link(one)}</li>' for one in entries)
    return f'<ul class="data-list">{"".join(rows)}</ul>'


def _numbered_table(entries: Sequence[Entry], chance: Random) -> str:
    head = "<tr><th>序号</th><th>标题</th><th>文号</th><th>发布日期</th></tr>"
    rows = (
        f"<tr><td>{number}</td><td>{_link(one)}</td>"
        f"<td>宿某发〔{one.day.year}〕{number + 3}号</td><td>{one.written}</td></tr>"
        for number, one in enumerate(entries, start=1)
    )
    opening = chance.choice(['<table class="tb">', '<table width="100%" border="1">', "<table>"])
    return f"{opening}<thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _picture_cards(entries: Sequence[Entry], _: Random) -> str:
    cards = (
        f'<div class="card">{_link(one, "<img src=/i.jpg>")}<div class="txt"><h3>{_link(one)}</h3>'
        f"<p>{escape(one.title[:12])}，现将有关事项通知如下……{_link(one, '[详细]')}</p>"
        f'<span class="t">{one.written}</span></div></div>'
        for one in entries
    )
    return f'<div class="cards">{"".join(cards)}</div>'


def _clicked(entries: Sequence[Entry], chance: Random) -> str:
    call = chance.choice(["window.open('{}')", "location.href='{}'", "openUrl('{}')"])
    rows = (
        f'<li onclick="{escape(call.format(one.href))}"><span>{escape(one.title)}</span>'
        f"<em>{one.written}</em></li>"
        for one in entries
    )
    return f'<ul class="click-list">{"".join(rows)}</ul>'


def _json_in_script(entries: Sequence[Entry], chance: Random) -> str:
    rows = [
        {"id": number, "articleUrl": one.href, "subject": one.title, "pubDate": one.day.isoformat()}
        for number, one in enumerate(entries)
    ]
    text = json.dumps({"code": 0, "data": {"records": rows}}, ensure_ascii=False)
    opening = chance.choice(['<script type="application/json" id="d">', "<script>window.__D__ = "])
    return f'<div id="app"></div>{opening}{text}</script>'


def _months(entries: Sequence[Entry], _: Random) -> str:
    parts = []
    for (year, month), group in groupby(entries, key=lambda one: (one.day.year, one.day.month)):
        rows = (f"<li><i>{one.day.day:02}日</i>{_link(one)}</li>" for one in group)
        parts.append(f"<h3>{year}年{month}月</h3><ul>{''.join(rows)}</ul>")
    return f'<div class="by-month">{"".join(parts)}</div>'


def _two_columns(entries: Sequence[Entry], _: Random) -> str:
    half = len(entries) // 2
    columns = (
        "".join(f"<li>{_link(one)}<span>{one.written}</span></li>" for one in part)
        for part in (entries[:half], entries[half:])
    )
    return "".join(f'<div class="half"><ul>{column}</ul></div>' for column in columns)


def _split_days(entries: Sequence[Entry], _: Random) -> str:
    rows = (
        f'<div class="item"><div class="day"><b>{one.day:%d}</b><span>{one.day:%Y-%m}</span></div>'
        f"<h4>{_link(one)}</h4></div>"
        for one in entries
    )
    return f'<div class="box">{"".join(rows)}</div>'


def _links_around(entries: Sequence[Entry], _: Random) -> str:
    rows = (
        _link(one, f"<div class=tt>{escape(one.title)}</div><div class=tm>{one.written}</div>")
        for one in entries
    )
    return f'<div class="rows">{"".join(rows)}</div>'


def _days_in_links(entries: Sequence[Entry], _: Random) -> str:
    rows = (
        f"<li>{_link(one, f'<span>{one.written}</span>{escape(one.title)}')}</li>"
        for one in entries
    )
    return f"<ul>{''.join(rows)}</ul>"


def _paragraphs(entries: Sequence[Entry], _: Random) -> str:
    return "".join(f"<p>·&nbsp;{_link(one)}&nbsp;{one.written}</p>" for one in entries)


def _relative_times(entries: Sequence[Entry], _: Random) -> str:
    rows = (
        f'<article><header><h2>{_link(one)}</h2><time datetime="{one.day.isoformat()}T09:30:00+08:00">'
        f"{(_NEWEST - one.day).days + 1}天前</time></header><p>{escape(one.title[:10])}……</p></article>"
        for one in entries
    )
    return f"<main>{''.join(rows)}</main>"


def _broken_lines(entries: Sequence[Entry], _: Random) -> str:
    rows = "".join(f"{_link(one)} <font color=gray>{one.written}</font><br>" for one in entries)
    return f'<td class="main"><div>{rows}</div></td>'


def _tables_in_tables(entries: Sequence[Entry], _: Random) -> str:
    rows = (
        f"<tr><td><table width=100%><tr><td width=12><img src=/dot.gif></td><td>{_link(one)}</td>"
        f"<td width=90>{one.written}</td></tr></table></td></tr>"
        for one in entries
    )
    return f"<table>{''.join(rows)}</table>"


_FORMS: Mapping[str, _Form] = {
    "definitions": _definitions,
    "data attributes": _data_attributes,
    "numbered table": _numbered_table,
    "picture cards": _picture_cards,
    "clicked": _clicked,
    "json in script": _json_in_script,
    "months": _months,
    "two columns": _two_columns,
    "split days": _split_days,
    "links around": _links_around,
    "days in links": _days_in_links,
    "paragraphs": _paragraphs,
    "relative times": _relative_times,
    "broken lines": _broken_lines,
    "tables in tables": _tables_in_tables,
}


# --- around the list ------------------------------------------------------------------------------


def _pager(chance: Random, folder: str) -> tuple[str, str | None]:
    """The markup of a pager, and where it leads."""
    kind = chance.choice(["word", "arrow", "query", "none", "select"])
    onward = f"{folder}index_2.html" if kind != "query" else "?page=2"
    links = "".join(f'<a href="{folder}index_{number}.html">{number}</a>' for number in range(2, 6))
    return {
        "word": (f'<div class="fy">共9页 <b>1</b>{links}<a href="{onward}">下页</a></div>', onward),
        "arrow": (f'<nav><span>1</span>{links}<a href="{onward}">›</a></nav>', onward),
        "query": (
            f'<p>首页 上一页 <a href="{onward}">下一页</a> <a href="?page=9">尾页</a></p>',
            onward,
        ),
        "select": (
            f'<div class="page">第1/9页 <a href="{onward}">后一页</a> <select><option>1</option></select></div>',
            onward,
        ),
        "none": ("", None),
    }[kind]


def _page(chance: Random, folder: str, body: str, pager: str) -> str:
    """The list in its page: a menu, a trail, what others read, links to friends."""
    names = ["首页", "机构概况", "新闻动态", "通知公告", "政务公开", "办事服务", "互动交流"]
    menu = "".join(
        f'<li><a href="/m{number}/">{name}</a></li>' for number, name in enumerate(names)
    )
    hot = "".join(
        f'<li><a href="/hot/{number}.html">{escape(title)}</a></li>'
        for number, title in enumerate(_titles(7)[: chance.choice([0, 6, 10])])
    )
    side = f'<div class="{chance.choice(["hot", "rank", "side-box"])}"><h2>热点关注</h2><ol>{hot}</ol></div>'
    friends = "".join(f'<a href="http://www.f{n}.example/">友情链接{n}</a> ' for n in range(8))
    main = f'<div class="{chance.choice(["main", "content", "wrap", "right"])}">{body}{pager}</div>'
    parts = [side, main] if chance.random() < 0.5 else [main, side]
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>通知公告-某某局</title></head><body>"
        f'<ul class="nav">{menu}</ul><div class="pos">当前位置：<a href="/">首页</a> &gt; '
        f'<a href="{folder}">通知公告</a></div>{"".join(parts)}'
        f'<div class="foot">{friends}<p>主办单位：某某局 苏ICP备00000000号</p></div></body></html>'
    )
