from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.catalogue import ArticleLayout
from crawler.errors import Park
from crawler.extract import extract, page_address
from crawler.records import Article, Dropped, Listed, Page

PROSE = "近年来，宿迁市把科技创新摆在突出位置，推动高质量发展取得新成效。记者在采访中了解到，全市高新技术企业数量持续增长。"


def page(
    body: str | bytes, content_type: str = "text/html; charset=utf-8", **changes: object
) -> Page:
    content = body.encode() if isinstance(body, str) else body
    values = {
        "url": "http://kjj.suqian.gov.cn/skjk/zcfg/202407/a.shtml",
        "key": "k",
        "source": "kjj",
        "body": content,
        "content_type": content_type,
        "fetched_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Page(**(values | changes))  # type: ignore[arg-type]


def article(body: str | bytes, layout: ArticleLayout | None = None, **changes: object) -> Article:
    found = extract(page(body, **changes), layout)  # type: ignore[arg-type]
    assert isinstance(found, Article), found
    return found


def html(body: str, head: str = "", title: str = "关于科技创新的通知") -> str:
    return f"<html><head><title>{title}_通知公告_宿迁市科技局</title>{head}</head><body>{body}</body></html>"


def test_government_meta_tags_are_trusted_first() -> None:
    head = (
        '<meta name="ArticleTitle" content="正式标题"><meta name="PubDate" content="2024-07-31 09:05">'
        '<meta name="ContentSource" content="宿迁市科技局">'
    )
    found = article(html(f"<h1>别的标题</h1><p>来源：别处 2020-01-01</p><div>{PROSE}</div>", head))
    assert (found.title, str(found.published), found.origin) == (
        "正式标题",
        "2024-07-31T09:05:00+08:00",
        "宿迁市科技局",
    )
    assert found.provenance["published"] == "meta:PubDate"


def test_labelled_lines_give_fields_with_their_provenance() -> None:
    line = "发布时间：2024-07-31 09:05　来源：宿迁日报　作者：周景行　编辑：许怀瑾"
    found = article(
        html(f"<h1>关于科技创新的通知</h1><div class='info'>{line}</div><div><p>{PROSE}</p></div>")
    )
    assert (found.origin, found.author, found.editor) == ("宿迁日报", "周景行", "许怀瑾")
    assert str(found.published) == "2024-07-31T09:05:00+08:00"
    assert found.provenance["origin"] == "label:来源"


def test_the_disclosure_table_gives_number_issuer_and_index() -> None:
    table = (
        "<table><tr><td>索引号：</td><td>014320123/2024-00012</td><td>发布机构：</td><td>市科技局</td></tr>"
        "<tr><td>文号：</td><td>宿科发[2024]5号</td><td>时效：</td><td>有效</td></tr></table>"
    )
    found = article(html(f"{table}<h1>关于科技创新的通知</h1><div><p>{PROSE}</p></div>"))
    assert found.document_number == "宿科发〔2024〕5号"
    assert (found.issuer, found.index_number, found.validity) == (
        "市科技局",
        "014320123/2024-00012",
        "有效",
    )


def test_a_number_that_is_only_cited_is_not_the_documents() -> None:
    found = article(
        html(f"<h1>关于科技创新的通知</h1><div><p>根据宿政发〔2023〕1号文件，{PROSE}</p></div>")
    )
    assert found.document_number is None


def test_a_date_in_the_body_is_not_the_articles() -> None:
    found = article(
        html(f"<h1>关于科技创新的通知</h1><div><p>2019年5月1日，{PROSE}{PROSE}</p></div>")
    )
    assert found.published is None


def test_what_the_list_said_fills_what_the_page_leaves_out() -> None:
    from crawler.days import first_day

    listed = Listed("http://kjj.suqian.gov.cn/list.shtml", "列表标题", first_day("2024-07-31"))
    found = article(f"<html><body><div><p>{PROSE}</p></div></body></html>", listed=listed)
    assert (found.title, str(found.published)) == ("列表标题", "2024-07-31")
    assert found.provenance["title"] == found.provenance["published"] == "list"


def test_the_declared_container_is_read_and_its_noise_left_out() -> None:
    body = f"<div class='a'><p>{PROSE * 3}</p></div><div class='b'><p>正文在这里，只有这一句话是要的。</p><p class='x'>扫一扫</p></div>"
    found = article(html(body), ArticleLayout(bodies=("div.b",), noise=(".x",)))
    assert found.body == "正文在这里，只有这一句话是要的。"
    assert found.provenance["body"].startswith("layout:div.b")


def test_a_declared_container_that_is_gone_is_said_to_be() -> None:
    found = article(html(f"<div><p>{PROSE}</p></div>"), ArticleLayout(bodies=("div.gone",)))
    assert PROSE in found.body
    assert "declared container missing" in found.provenance["body"]


def test_navigation_share_bars_and_related_links_are_left_out() -> None:
    links = "".join(
        f"<li><a href='/{n}'>第{n}条相关新闻的标题，很长很长</a></li>" for n in range(8)
    )
    tools = (
        "<div>【打印页面】【关闭页面】</div><div>分享到：</div><div>扫一扫在手机打开当前页</div>"
    )
    found = article(
        html(f"<ul>{links}</ul><div><p>{PROSE}</p><p>{PROSE}</p>{tools}</div><ul>{links}</ul>")
    )
    assert found.body == f"{PROSE}\n{PROSE}"


def test_pages_of_one_article_are_joined_in_order() -> None:
    later = page(html(f"<div><p>第二页的内容。{PROSE}</p></div>"))
    found = article(html(f"<div><p>第一页的内容。{PROSE}</p></div>"), continuations=(later,))
    assert found.body.index("第一页") < found.body.index("第二页")


def test_attachments_are_listed_by_absolute_address() -> None:
    links = (
        '<a href="../files/名单.xlsx">附件1：名单</a><a href="b.pdf"></a><a href="c.html">网页</a>'
    )
    found = article(html(f"<h1>关于科技创新的通知</h1><div><p>{PROSE}</p>{links}</div>"))
    assert [(a.url, a.name) for a in found.attachments] == [
        ("http://kjj.suqian.gov.cn/skjk/zcfg/files/名单.xlsx", "附件1：名单"),
        ("http://kjj.suqian.gov.cn/skjk/zcfg/202407/b.pdf", "b.pdf"),
    ]


def test_a_page_that_is_only_an_attachment_is_an_article() -> None:
    assert article(
        html('<h1>关于科技创新的通知</h1><div><a href="a.pdf">附件</a></div>')
    ).attachments


def test_table_cells_of_a_row_stay_in_one_line() -> None:
    rows = "".join(
        f"<tr><td>{n}</td><td>江苏某某科技有限公司</td><td>{n}0万元</td></tr>" for n in range(1, 6)
    )
    found = article(html(f"<div><p>{PROSE}</p><table>{rows}</table></div>"))
    assert any("3" in line and "30万元" in line for line in found.body.split("\n"))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty"),
        ("   \n ", "empty"),
        ("<html><body></body></html>", "empty"),
        (
            html("<h1>2026年未制发行政规范性文件</h1>", title="2026年未制发行政规范性文件"),
            "placeholder",
        ),
        (html("您访问的页面不存在", title="404"), "missing"),
        (html("<form>用户名 密码</form>", title="用户登录"), "login"),
        (
            html("".join(f"<li><a href='/{n}'>第{n}条新闻的标题文字</a></li>" for n in range(30))),
            "list",
        ),
        (b"%PDF-1.4 and so on", "not-html"),
        (b"\x89PNG\r\n", "not-html"),
    ],
)
def test_what_is_no_article_is_dropped_with_its_reason(body: str | bytes, reason: str) -> None:
    found = extract(page(body))
    assert isinstance(found, Dropped)
    assert found.reason == reason


def test_a_challenge_page_is_parked_not_dropped() -> None:
    with pytest.raises(Park, match="challenge"):
        extract(
            page('<html><script>document.cookie="HWWAFSESID=1";location.reload()</script></html>')
        )


def test_a_plain_text_is_an_article_with_its_first_line_as_title() -> None:
    found = extract(page(f"短标题\n{PROSE}\n第二段。", "text/plain"))
    assert isinstance(found, Article)
    assert (found.title, found.body) == ("短标题", f"{PROSE}\n第二段。")


def test_a_plain_text_without_a_title_keeps_all_of_its_text() -> None:
    found = extract(page(PROSE, "text/plain"))
    assert isinstance(found, Article)
    assert found.body == PROSE
    assert PROSE.startswith(found.title.rstrip("…"))


@pytest.mark.parametrize(
    ("head", "address"),
    [
        ('<link rel="canonical" href="https://a.cn/x.html">', "https://a.cn/x.html"),
        ('<meta property="og:url" content="https://a.cn/y.html">', "https://a.cn/y.html"),
        ('<link rel="canonical" href="https://a.cn/">', None),
        ('<link rel="canonical" href="/x.html">', None),
        ("", None),
    ],
)
def test_a_saved_page_is_known_by_its_canonical_link(head: str, address: str | None) -> None:
    assert page_address(page(html(PROSE, head))) == address


@pytest.mark.parametrize("href", ["https://a.cn/x.html", None])
def test_an_article_says_which_address_its_page_names_as_its_own(href: str | None) -> None:
    found = extract(page(html(PROSE, f'<link rel="canonical" href="{href}">' if href else "")))
    assert isinstance(found, Article)
    assert found.canonical == href


@given(st.binary(max_size=2000))
def test_any_bytes_are_an_article_dropped_or_parked(body: bytes) -> None:
    with suppress(Park):
        assert isinstance(extract(page(body, "text/html")), Article | Dropped)


@given(st.text(alphabet="<>/apdivlih1 科技。，\n&#;\"'=", max_size=400))
def test_any_markup_is_an_article_dropped_or_parked(text: str) -> None:
    assert isinstance(extract(page(text)), Article | Dropped)
