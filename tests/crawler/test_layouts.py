"""Pages in the manner of the software that Chinese publishers run, each with what it says.

The texts are made up; the ways in which title, date, source and text are set are the sites'.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from crawler.extract import extract
from crawler.records import Article, Page

FIRST = "近日，宿迁市人民政府办公室印发《关于加快推进科技创新的若干政策措施》，明确了今后三年全市科技创新工作的目标任务。"
SECOND = "通知要求，各县（区）、各功能区要高度重视，结合实际制定具体实施方案，确保各项政策措施落到实处、见到实效。"
THIRD = (
    "市科技局有关负责人表示，将会同有关部门加强跟踪督查，定期通报进展情况，推动政策红利充分释放。"
)
TEXT = [FIRST, SECOND, THIRD]
TITLE = "宿迁市出台若干政策措施加快推进科技创新"
MENU = "".join(f'<li><a href="/{n}/">栏目{n}要闻动态</a></li>' for n in range(12))
NEWEST = "".join(
    f'<li><a href="/{n}">关于第{n}号道路停水检修的有关事项的通知公告</a><span>2024-0{n}-12</span></li>'
    for n in range(1, 9)
)
FOOT = (
    '<div class="bottom"><p>主办：宿迁市人民政府办公室　承办：宿迁市数据局　联系电话：0527-84368000</p>'
    "<p>苏ICP备05009020号　网站标识码：3213000001　苏公网安备32130202080208号</p></div>"
)


def text(tag: str = "p", inner: str = "") -> str:
    closing = f"</{inner}>" if inner else ""
    opening = f"<{inner}>" if inner else ""
    return "".join(f"<{tag}>{opening}　　{line}{closing}</{tag}>" for line in TEXT)


def page(head: str, body: str) -> str:
    menu = f'<div class="nav"><ul>{MENU}</ul></div>'
    return f'<html><head><meta charset="utf-8">{head}</head><body>{menu}{body}{FOOT}</body></html>'


LAYOUTS: dict[str, tuple[str, dict[str, Any]]] = {
    "disclosure table with wide labels": (
        page(
            "<title>市政府关于科技创新的意见_科技_门户网站</title>",
            "<table><tr><td>索 引 号：</td><td>014319/2024-00012</td><td>主题分类：</td><td>科技</td></tr>"
            "<tr><td>发文机关：</td><td>市人民政府</td><td>成文日期：</td><td>2024年07月20日</td></tr>"
            "<tr><td>标　　题：</td><td colspan=3>市政府关于科技创新的意见</td></tr>"
            "<tr><td>发文字号：</td><td>宿政发〔2024〕15号</td><td>发布日期：</td><td>2024年07月31日</td></tr></table>"
            f"<table><tr><td id=UCAP-CONTENT><p>市政府关于科技创新的意见</p>{text()}</td></tr></table>",
        ),
        {
            "title": "市政府关于科技创新的意见",
            "day": "2024-07-31",
            "document_number": "宿政发〔2024〕15号",
            "index_number": "014319/2024-00012",
            "issuer": "市人民政府",
            "origin": None,
        },
    ),
    "labels set wide in one line": (
        page(
            f"<title>{TITLE}-宿迁网</title>",
            f"<h2>{TITLE}</h2><div>时 间：2024-07-31 09:05　来 源：宿迁日报　作 者：张三丰　编 辑：李四光</div>"
            f"<div>{text()}</div>",
        ),
        {"day": "2024-07-31", "origin": "宿迁日报", "author": "张三丰", "editor": "李四光"},
    ),
    "messenger article in nested sections": (
        page(
            f'<meta property="og:title" content="{TITLE}"><title></title>',
            f'<h1 id="activity-name">{TITLE}</h1><div><span>宿小政</span><a id="js_name">宿迁发布</a>'
            f'<em id="publish_time">2024-07-31 09:05</em></div><div id="js_content">{text("section", "span")}</div>',
        ),
        {"day": "2024-07-31"},
    ),
    "date in pieces": (
        page(
            f"<title>\r\n{TITLE}-新华网\r\n</title>",
            '<div class="header"><div><span class="year"><em>2024</em></span><span class="day"><em>07</em>/<em>31</em>'
            '</span><span class="time">09:05:16</span></div><div class="source">来源：新华网</div>'
            f'<h1><span>{TITLE}</span></h1></div><div id="detail">{text()}<div class="editor">【责任编辑:王五】</div></div>',
        ),
        {"day": "2024-07-31", "origin": "新华网", "editor": "王五"},
    ),
    "source in a link, editor in a table": (
        page(
            f"<title>{TITLE}-中新网</title>",
            f'<h1>{TITLE}</h1><div>2024年07月31日 09:05　来源：<a href="/">中国新闻网</a> <span>参与互动</span></div>'
            f"<div class=left_zw>{text()}<table><tr><td><div>【编辑:钱七】</div></td></tr></table></div>",
        ),
        {"day": "2024-07-31", "origin": "中国新闻网", "editor": "钱七"},
    ),
    "editors in brackets": (
        page(
            f"<title>{TITLE}--江苏频道--人民网</title>",
            f'<h1>{TITLE}</h1><div>2024年07月31日09:05 | 来源：<a href="#">人民网－江苏频道</a></div>'
            f'<div class="rm_txt_con cf">{text()}<div class="edit cf">(责编：张鑫、李娜)</div></div>',
        ),
        {"day": "2024-07-31", "origin": "人民网－江苏频道", "editor": "张鑫、李娜"},
    ),
    "subtitle, counter and type size": (
        page(
            f'<title>宿迁市科技局 通知公告 {TITLE}</title><meta name="ContentSource" content="">'
            '<meta name="PubDate" content="2024-07-31 09:05:00">',
            f"<div>首页 &gt; 通知公告</div><h1>{TITLE}</h1><h2>——我市召开科技创新工作会议</h2>"
            f"<div>发布日期:2024-07-31 09:05 浏览次数:123 字号:[ 大 中 小 ]</div><div id=zoom>{text()}</div>",
        ),
        {"day": "2024-07-31", "subtitle": "我市召开科技创新工作会议", "section": "通知公告"},
    ),
    "paragraphs that are divs in an editor's container": (
        page(
            f'<title>{TITLE}</title><meta name="ArticleTitle" content="{TITLE}"><meta name="PubDate" content="2024-07-31 09:05">'
            '<meta name="ContentSource" content="市科技局"><meta name="ColumnName" content="工作动态">'
            '<meta name="Keywords" content="科技;创新">',
            f'<div class="TRS_Editor"><style>.TRS_Editor P{{margin:0}}</style>{text("div")}</div>',
        ),
        {
            "day": "2024-07-31",
            "origin": "市科技局",
            "section": "工作动态",
            "keywords": ("科技", "创新"),
        },
    ),
    "one table cell with line breaks": (
        page(
            f"<title>{TITLE} - 沭阳网</title>",
            f"<table><tr><td><b>{TITLE}</b></td></tr>"
            "<tr><td>发布时间：2024/7/31 9:05:00　　来源：沭阳日报　　点击数：123</td></tr>"
            f"<tr><td>　　{'<br><br>　　'.join(TEXT)}</td></tr></table>",
        ),
        {"day": "2024-07-31", "origin": "沭阳日报"},
    ),
    "platform article with its disclaimer": (
        page(
            f"<title>{TITLE}_澎湃新闻-The Paper</title>",
            f"<h1>{TITLE}</h1><div><div>宿迁发布</div><div><span>2024-07-31 09:05</span>"
            f"<span>来源：<!-- -->澎湃新闻·澎湃号·政务</span></div></div><div>{text()}</div>"
            "<div>本文为澎湃号作者或机构上传并发布，仅代表该作者或机构观点，不代表澎湃新闻的观点或立场。</div>",
        ),
        {"day": "2024-07-31", "origin": "澎湃新闻·澎湃号·政务"},
    ),
    "page of a printed paper": (
        page(
            "<title>宿迁日报</title>",
            '<div><ul><li><a href="1">第01版：要闻</a></li><li><a href="2">第02版：综合</a></li></ul></div>'
            f"<div><h4>引题文字在上</h4><h1>{TITLE}</h1><h2>副题文字在下边</h2>"
            f"<div>2024年07月31日 星期三 宿迁日报 第01版</div><div id=ozoom>{text()}</div></div>",
        ),
        {"day": "2024-07-31", "origin": "宿迁日报"},
    ),
    "editors' tail and neighbours": (
        page(
            f"<title>{TITLE}_宿迁市教育局</title>",
            f"<div class=content_title>{TITLE}</div>"
            "<div>来源：宿迁市教育局 发布日期：2024-07-31 编辑：赵六 【字体：大 中 小】</div>"
            f"<div class=content>{text()}<p>编辑：赵六 校核：孙八 审签：周九</p><p>【TOP】【打印页面】【关闭页面】</p></div>"
            "<div>上一篇：<a>关于某某的通知</a></div><div>下一篇：<a>关于某某的公告</a></div>",
        ),
        {"day": "2024-07-31", "origin": "宿迁市教育局", "editor": "赵六"},
    ),
}


def read(body: str) -> Article:
    found = extract(
        Page(
            url="http://x.example.org/a/b.html",
            key="k",
            source="s",
            body=body.encode(),
            fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
    )
    assert isinstance(found, Article), found
    return found


@pytest.mark.parametrize(("body", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_the_text_and_the_fields_of_every_layout_are_read(
    body: str, expected: dict[str, Any]
) -> None:
    article = read(body)
    found = {name: getattr(article, name) for name in ("title", *expected) if name != "day"}
    day = {"day": article.published.day.isoformat()} if article.published else {}
    assert found | day == {"title": TITLE} | expected
    assert article.body.split("\n") == TEXT


def test_a_short_notice_is_not_lost_beside_a_long_list_of_newest_ones() -> None:
    lines = [
        "因管道检修，定于2024年8月1日8:00至17:00对黄河路沿线停水，请相关用户提前储水。",
        "特此通知。",
        "宿迁市水务集团有限公司",
        "2024年7月30日",
    ]
    article = read(
        page(
            "<title>停水通知_公告公示_宿迁水务</title>",
            "<h1>关于黄河路停水的通知</h1><div>日期：2024-07-31</div>"
            f"<div class=con>{''.join(f'<p>{line}</p>' for line in lines)}</div><div><h3>最新公告</h3><ul>{NEWEST}</ul></div>",
        )
    )
    assert article.body.split("\n") == lines
    assert article.title == "关于黄河路停水的通知"


def test_a_list_of_names_is_read_as_rows() -> None:
    rows = "".join(
        f"<tr><td>{n}</td><td>王小{name}</td><td>教师</td></tr>"
        for n, name in enumerate("明红军丽华强伟芳", 1)
    )
    article = read(
        page(
            "<title>公示_人社局</title>",
            "<h1>2024年宿迁市事业单位拟聘用人员公示</h1><p>发布日期：2024-07-31 信息来源：市人社局</p>"
            "<div><p>根据有关规定，现将拟聘用人员名单公示如下：</p><table><tr><th>序号</th><th>姓名</th><th>岗位</th></tr>"
            f"{rows}</table><p>公示期：2024年7月31日至8月6日。</p></div>",
        )
    )
    assert "| 序号 | 姓名 | 岗位 |\n| 1 | 王小明 | 教师 |" in article.body
    assert (article.title, article.origin) == ("2024年宿迁市事业单位拟聘用人员公示", "市人社局")


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("宿政发〔2024〕12号", "宿政发〔2024〕12号"),
        ("宿政办发[2023]5 号", "宿政办发〔2023〕5号"),
        ("（宿科发（2024）第07号）", "宿科发〔2024〕7号"),
        ("宿迁市人民政府令第5号", "宿迁市人民政府令第5号"),
        ("宿迁市交通运输局公告2024年第3号", "宿迁市交通运输局公告2024年第3号"),
        ("苏政办发﹝2020﹞1号", "苏政办发〔2020〕1号"),
    ],
)
def test_a_document_number_on_a_line_of_its_own_is_the_documents(line: str, number: str) -> None:
    article = read(page("", f"<h1>{TITLE}</h1><div><p>{line}</p>{text()}</div>"))
    assert article.document_number == number
    assert article.provenance["document_number"] == "text"


def test_a_document_number_in_brackets_behind_the_title_is_the_documents() -> None:
    title = "关于印发科技创新若干措施的通知（宿科发〔2024〕7号）"
    article = read(page(f"<title>{title}</title>", f"<h1>{title}</h1><div>{text()}</div>"))
    assert article.document_number == "宿科发〔2024〕7号"


@pytest.mark.parametrize(
    "behind",
    [
        "<p>时间：2024年8月10日上午9:00</p><p>地点：市会议中心</p>",
        "</div><div><ul><li>2024-03-12</li></ul>",
        "</div><div class=side><span>日期：2024-03-12</span>",
    ],
)
def test_a_date_that_is_the_events_or_the_sidebars_is_not_the_articles(behind: str) -> None:
    article = read(page("", f"<h1>{TITLE}</h1><div>{text()}{behind}</div>"))
    assert article.published is None


def test_a_date_behind_the_text_that_is_called_the_publications_is_taken() -> None:
    article = read(page("", f"<h1>{TITLE}</h1><div>{text()}</div><p>发布时间：2024-07-31</p>"))
    assert str(article.published) == "2024-07-31"


def test_names_that_name_nobody_are_no_names() -> None:
    line = "2024-07-31 来源：未知 作者：佚名 编辑：系统管理员"
    article = read(page("", f"<h1>{TITLE}</h1><div>{line}</div><div>{text()}</div>"))
    assert (article.origin, article.author, article.editor) == (None, None, None)


def test_a_value_ends_where_any_other_label_begins() -> None:
    tail = "来源：市住建局 编辑：赵远岫 校核：钱初晓 审签：顾临川"
    article = read(page("", f"<h1>{TITLE}</h1><div>{text()}<p>{tail}</p></div>"))
    assert (article.origin, article.editor) == ("市住建局", "赵远岫")
    assert article.body.split("\n") == TEXT
