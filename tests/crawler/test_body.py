"""What of an article's element is its text, and how it reads as text and as HTML."""

import gc
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.blocks import parse
from crawler.errors import Park
from crawler.extract import extract
from crawler.furniture import Names, is_furniture
from crawler.records import Article, Dropped, Page

PROSE = "近年来，宿迁市把科技创新摆在突出位置，推动高质量发展取得新成效。记者在采访中了解到，全市高新技术企业数量持续增长。"
URL = "http://kjj.suqian.gov.cn/skjk/zcfg/202407/a.shtml"


def read(inside: str) -> Article:
    body = f'<html><body><h1>关于科技创新的通知</h1><div id="zoom"><p>{PROSE}</p>{inside}<p>{PROSE}</p></div></body></html>'
    found = extract(
        Page(
            url=URL,
            key="k",
            source="s",
            body=body.encode(),
            content_type="text/html; charset=utf-8",
            fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
    )
    assert isinstance(found, Article), found
    return found


def middle(inside: str) -> list[str]:
    """The lines between the two paragraphs of prose."""
    lines = read(inside).body.split("\n")
    assert lines[0] == lines[-1] == PROSE
    return lines[1:-1]


@pytest.mark.parametrize(
    ("inside", "lines"),
    [
        (
            "<table><tr><th>项目</th><th>金额（万元）</th></tr><tr><td>道路</td><td>120</td></tr></table>",
            ["| 项目 | 金额（万元） |", "| 道路 | 120 |"],
        ),
        (
            "<table><tr><td>道路</td><td></td><td><p>黄河路</p><p>北海路</p></td></tr></table>",
            ["| 道路 |  | 黄河路 北海路 |"],
        ),
        ("<table><tr><td><p>一、总体要求</p><p>二、目标任务</p></td></tr></table>", ["一、总体要求", "二、目标任务"]),
        ("<ul><li>身份证</li><li>户口簿</li></ul>", ["身份证", "户口簿"]),
        ("<p>联系人：<br>张三<br/>李四</p>", ["联系人：", "张三", "李四"]),
        ("<p>中文在源代码里\n换行不留空格</p>", ["中文在源代码里换行不留空格"]),
        ("<p>English wraps\nwith a space</p>", ["English wraps with a space"]),
        ("<p><span>分成</span><b>几段</b><i>的一句</i>话</p>", ["分成几段的一句话"]),
        ("<figure><img src=a.jpg><figcaption>会议现场。王五 摄</figcaption></figure>", ["会议现场。王五 摄"]),
        ("<p>前面<div>中间</div>后面</p>", ["前面", "中间", "后面"]),
        ("<h2>一、基本情况</h2>", ["一、基本情况"]),
        ("<script>var a='不是正文';</script><style>p{}</style><p> </p>", []),
        ("<p>附件下载：</p><p>视频：</p>", []),
        ("<p>附件：<a href=1.doc>申报表.doc</a></p><p>已有3人阅读</p>", ["已有3人阅读"]),
        ("<p>【TOP】【打印页面】【关闭页面】</p>", []),
        ("<div class='related'><p>另一篇文章的标题，不是这篇的。</p></div>", []),
        ("<p>版权声明：本文未经授权不得转载。</p>", []),
    ],
)  # fmt: skip
def test_what_stands_between_two_paragraphs_is_read_whole_and_in_order(
    inside: str, lines: list[str]
) -> None:
    assert middle(inside) == lines


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("来源：宿迁日报", True),
        ("编辑：许怀瑾 校核：孙八 审签：周九", True),
        ("责任编辑：王五", True),
        ("浏览次数：123", True),
        ("分享到：", True),
        ("上一篇：关于某某的通知", True),
        ("扫一扫在手机打开当前页", True),
        ("（本文原标题：某某大会召开）", True),
        ("本网站转载的作品仅代表作者本人观点，不代表本网立场。", True),
        ("苏ICP备05009020号 网站标识码：3213000001", True),
        ("附件：", True),
        ("附件：1.申报表", False),
        ("扫描二维码填写报名表", False),
        ("举报电话：0527-84368889", False),
        ("来源于农业的收入占比持续下降。", False),
        ("编辑部的故事发生在上世纪八十年代。", False),
        ("收藏家协会成立大会在宿迁召开。", False),
        ("打印机采购项目中标公告", False),
        ("完成固定资产投资120亿元。", False),
        ("声明：本人遗失身份证一张，特此声明。", False),
        ("关注老年人的精神生活。", False),
    ],
)
def test_furniture_is_told_from_sentences_that_begin_alike(line: str, expected: bool) -> None:
    assert is_furniture(line) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("comment-list", True),
        ("bdsharebuttonbox", True),
        ("related", True),
        ("editor", True),
        ("TRS_Editor", False),
        ("print-content", False),
        ("news_view", False),
        ("article-content", False),
        ("shareholder", False),
    ],
)
def test_names_of_elements_tell_what_stands_beside_the_article(name: str, expected: bool) -> None:
    root = parse(f'<div><div class="{name}"><p>文</p></div></div>')
    inner = root.find(".//p")
    assert inner is not None
    assert (inner in Names(root)) is expected


@pytest.mark.parametrize(
    ("inside", "where"),
    [
        ("<p>（此件公开发布）</p>", "locator"),
        (
            '<p><a href="/a.html">宿迁市科技创新平台建设三年行动方案解读</a></p>',
            "locator, trafilatura",
        ),
    ],
)
def test_trafilatura_is_asked_of_doubtful_lines_alone(inside: str, where: str) -> None:
    assert read(inside).provenance["body"] == where


def test_a_page_that_was_read_goes_at_once_with_its_whole_tree() -> None:
    read("<p>（此件公开发布）</p>")
    gc.collect()
    gc.disable()
    try:
        read("<p>（此件公开发布）</p>")
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_the_html_is_the_same_text_safe_to_show_with_absolute_addresses() -> None:
    found = read(
        '<p onclick="steal()">见<a href="../b.shtml" style="x">办法</a><script>steal()</script></p>'
        '<img src="/i/1.png" alt="图" onerror="steal()"><img data-src="2.png" src="lazy.gif">'
        '<a href="javascript:steal()">点</a><table><tr><td colspan="2" bgcolor="red">格</td></tr></table>'
        '<div class="share"><a href="http://share.example/">分享</a></div>'
    ).body_html
    assert found is not None
    assert '<a href="http://kjj.suqian.gov.cn/skjk/zcfg/b.shtml">办法</a>' in found
    assert '<img src="http://kjj.suqian.gov.cn/i/1.png" alt="图">' in found
    assert '<img src="http://kjj.suqian.gov.cn/skjk/zcfg/202407/2.png">' in found
    assert '<td colspan="2">格</td>' in found
    for unwanted in ("steal", "onclick", "onerror", "script", "style", "share.example", "bgcolor"):
        assert unwanted not in found


_TAGS = st.sampled_from(
    [
        *("<p>", "</p>", "<div class=a>", "</div>", "<td>", "<table>", "</tr>", "<br>", "<a href='//[x'>"),
        *("<a href=b.pdf>", "</a>", "<img src='http://[::1'>", "<!--", "-->", "<script>", "</script>"),
        *("<h1>", "<title>", "<meta name=PubDate content='2024-13-45'>", "&#xFFFE;", "&#0;", "<![CDATA["),
        *(PROSE, "来源：", "2024-07-31", "〔2024〕1号", "，。", "\x00", "\ufffe", "\ud7ff", "𠮷"),
    ]
)  # fmt: skip


@given(st.lists(_TAGS | st.text(max_size=8), max_size=60))
def test_any_heap_of_tags_is_an_article_dropped_or_parked(parts: list[str]) -> None:
    body = "".join(parts).encode("utf-8", "ignore")
    page = Page(
        url=URL,
        key="k",
        source="s",
        body=body,
        content_type="text/html; charset=utf-8",
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    with suppress(Park):
        assert isinstance(extract(page), Article | Dropped)


@pytest.mark.parametrize("tag", ["div", "span", "table", "b", "ul"])
def test_thousands_of_nested_tags_are_read_or_dropped(tag: str) -> None:
    found = extract(
        Page(
            url=URL,
            key="k",
            source="s",
            body=(f"<{tag}>" * 20000 + PROSE).encode(),
            content_type="text/html; charset=utf-8",
            fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
    )
    assert isinstance(found, Article | Dropped)
