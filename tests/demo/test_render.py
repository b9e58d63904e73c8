"""Pages are marked up as the facts about the real sites say."""

import re
import zipfile
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from parsel import Selector

from crawler.demo.posts import Post
from crawler.demo.render import PER_PAGE, Renderer
from crawler.demo.sites import Column, Site
from crawler.demo.world import World
from crawler.pagers import find_pager
from crawler.urls import canonical_key, host_of

PORT = 8321


@pytest.fixture(scope="module")
def renderer(whole: World) -> Renderer:
    return Renderer(whole, PORT)


def page(renderer: Renderer, site: str, path: str) -> Selector:
    one = renderer.world.sites[site]
    answer = renderer.answer(one.host, path)
    assert answer.status == 200, path
    return Selector(answer.body.decode("gb18030" if one.charset == "gbk" else "utf-8"))


def first(world: World, **wanted: object) -> Post:
    return next(
        post
        for post in world.truth()
        if all(getattr(post, name) == value for name, value in wanted.items())
    )


# --- lists ---


@pytest.mark.parametrize(
    ("site", "path", "items", "link", "date"),
    [
        ("demo_city", "/cnsq/sygsgg/list", "ul.list li", "a", "::text"),
        ("demo_wjw", "/swsj/wsyw/list_wz", "ul.list li", "a", "::text"),
        ("demo_city", "/cnsq/szfwj/xxgk_list", "ul.listContent > li", "a[title]", "span::text"),
        ("demo_city", "/cnsq/xxgkzcjd/xxgk_list", "div.list ul li", "a", None),
        ("demo_siyang", "/siyang/xzgfxwj/xzgfxwj_list", "ul.gzklist > li.flex.btime", "div.bt h4 a[title]", "::attr(stime)"),
        ("demo_news", "/sqyw/list", "ul.list li", "a", "::text"),
    ],
)  # fmt: skip
def test_each_list_template_shows_its_items_in_its_own_way(
    renderer: Renderer, site: str, path: str, items: str, link: str, date: str | None
) -> None:
    shown = page(renderer, site, f"{path}.shtml").css(items)
    assert PER_PAGE <= len(shown) <= 2 * PER_PAGE
    for item in shown:
        assert len(item.css(link)) == 1
        dates = re.findall(r"\d{4}-\d\d-\d\d", "".join(item.css(date).getall() if date else []))
        assert len(dates) <= 1
        if date is None:
            assert not re.search(r"\d{4}-\d\d-\d\d", item.get())
    if date is not None:
        assert (
            len(re.findall(r"\d{4}-\d\d-\d\d", "".join(shown.css(date).getall()))) >= PER_PAGE - 3
        )


def all_columns(world: World) -> list[tuple[Site, Column]]:
    return [(site, column) for site in world.sites.values() for column in site.columns.values()]


def test_the_pages_of_a_list_hold_each_post_once(whole: World, renderer: Renderer) -> None:
    for site, column in all_columns(whole):
        start = f"{column.path}/{column.list}.shtml"
        pager = find_pager(page(renderer, site.id, start).get())
        assert pager is not None
        assert (pager.prefix, pager.suffix) == (column.list, "shtml")
        urls = [pager.page_url(start, number) for number in range(1, pager.pages + 1)]
        links = [
            canonical_key(link) if "//" in link else f"{site.bare_host}:{PORT}{link}"
            for url in urls
            for link in page(renderer, site.id, url)
            .css("li a::attr(href), h4 a::attr(href)")
            .getall()
            if "/" in link and not link.endswith(f"{column.list}.shtml")
        ]
        paths = {link.partition("/")[2] for link in links}
        expected = {post.path[1:] for post in whole.listed(site.id, column.id) if not post.link}
        assert expected <= paths
        assert pager.total == len(whole.listed(site.id, column.id))


def test_one_article_is_linked_by_several_addresses_with_one_key(
    whole: World, renderer: Renderer
) -> None:
    listing = page(renderer, "demo_city", "/cnsq/sygsgg/list.shtml").css("ul.list a::attr(href)")
    links = [link for link in listing.getall() if f":{PORT}/" in link]
    assert {link.partition(":")[0] for link in links} == {"http", "https"}
    assert {host_of(link) for link in links} == {"www.suqian.localhost", "suqian.localhost"}
    for link in links:
        assert whole.post_at("www.suqian.localhost", link.partition(f":{PORT}")[2])


def test_a_column_links_to_another_publishers_article(renderer: Renderer) -> None:
    listing = page(renderer, "demo_shuyang", "/zgsy/gggs/list.shtml")
    hosts = {host_of(link) for link in listing.css("ul.list a::attr(href)").getall()}
    assert "www.suqian.localhost" in hosts


# --- articles ---


@pytest.mark.parametrize(
    ("site", "container"),
    [
        ("demo_city", "div.article-content#zoomcon"),
        ("demo_kjj", "#zoomcon ucapcontent"),
        ("demo_jyj", "div.xxgkcont"),
        ("demo_shuyang", "div.contentMain"),
        ("demo_news", "div#content"),
    ],
)
def test_a_container_holds_the_whole_text_and_no_furniture(
    whole: World, renderer: Renderer, site: str, container: str
) -> None:
    post = first(whole, site=site, pages=1, attachments=(), document_number=None)
    body = page(renderer, site, post.path).css(container)
    lines = [line.strip() for line in body.css("p::text").getall()]
    text = [line for line in post.paragraphs if not line.startswith("|")]
    assert lines[: len(text)] == text
    rest = lines[len(text) :]
    assert all(line.startswith("来源：") for line in rest)
    assert bool(rest) == whole.sites[site].tail


def test_the_head_has_the_government_meta_tags(whole: World, renderer: Renderer) -> None:
    post = first(whole, site="demo_fgw")
    head = page(renderer, "demo_fgw", post.path)
    meta = {tag.attrib["name"]: tag.attrib["content"] for tag in head.css("meta[name]")}
    assert set(meta) == {
        "SiteName", "SiteDomain", "SiteIDCode", "ColumnName", "ColumnType", "ArticleTitle", "PubDate",
        "ContentSource", "Keywords", "Author", "Description", "Image", "Url",
    }  # fmt: skip
    assert meta["ArticleTitle"] == post.title
    assert meta["PubDate"] == post.at.strftime("%Y-%m-%d %H:%M")
    assert meta["ContentSource"] == post.origin
    assert head.css("publishtime::text").get() == meta["PubDate"]


def test_a_disclosure_page_has_its_table(whole: World, renderer: Renderer) -> None:
    post = next(p for p in whole.truth() if p.column == "szfwj")
    found = page(renderer, post.site, post.path).css("table.xxgk td::text").getall()
    table = dict(zip(found[::2], found[1::2], strict=True))
    assert table["信息名称："] == post.title
    assert table["文号："] == post.document_number
    assert table["发布机构："] == post.origin
    assert {"索引号：", "分类：", "生成日期：", "关键词：", "时效："} <= set(table)


def test_a_table_in_a_text_is_a_table(whole: World, renderer: Renderer) -> None:
    post = first(whole, form="land")
    rows = page(renderer, post.site, post.path).css("#zoomcon table tr")
    cells = ["| " + " | ".join(row.css("td::text").getall()) + " |" for row in rows]
    assert cells == [line for line in post.paragraphs if line.startswith("|")]


def test_news_pages_have_their_own_layout(whole: World, renderer: Renderer) -> None:
    post = first(whole, site="demo_news")
    assert re.fullmatch(r"/\w+/\d{4}/\d{4}/\d+\.shtml", post.path)
    found = page(renderer, "demo_news", post.path)
    assert found.css("div#title::text").get() == post.title
    assert not found.css("meta[name=ArticleTitle]")


def test_a_picture_article_has_its_picture_and_no_text(whole: World, renderer: Renderer) -> None:
    post = next(p for p in whole.truth() if not p.paragraphs and p.picture)
    source = page(renderer, post.site, post.path).css("#zoomcon img::attr(src)").get("")
    assert source == post.path.replace(".shtml", "/images/1.png")
    answer = renderer.answer("www.suqian.localhost", source)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.body.startswith(b"\x89PNG")


def test_a_placeholder_says_nothing(whole: World, renderer: Renderer) -> None:
    post = next(p for p in whole.posts if p.placeholder)
    assert "未制发行政规范性文件" in post.title
    body = page(renderer, post.site, post.path).css("#zoomcon")
    assert "".join(body.css("::text").getall()).strip() == ""


def test_only_sites_that_count_show_another_page_each_time(
    whole: World, renderer: Renderer
) -> None:
    for site in whole.sites.values():
        post = first(whole, site=site.id)
        one, two = (renderer.answer(site.host, post.path, visits) for visits in (41, 42))
        assert (one.body != two.body) == site.counter
        if site.validators == "honest":
            assert (one.headers["ETag"] != two.headers["ETag"]) == site.counter


# --- files ---


def file_of(whole: World, renderer: Renderer, suffix: str) -> tuple[Post, bytes]:
    post = next(p for p in whole.truth() if suffix in p.attachments and p.paragraphs)
    listed = page(renderer, post.site, post.path).css(f"a[href$='.{suffix}']")
    assert listed.css("::text").get() == f"{post.title}.{suffix}"
    host = whole.sites[post.site].host
    return post, renderer.answer(host, listed.attrib["href"]).body


@pytest.mark.parametrize(
    ("suffix", "part"), [("docx", "word/document.xml"), ("xlsx", "xl/worksheets/sheet1.xml")]
)
def test_office_files_hold_the_text(
    whole: World, renderer: Renderer, suffix: str, part: str
) -> None:
    post, body = file_of(whole, renderer, suffix)
    with zipfile.ZipFile(BytesIO(body)) as package:
        assert package.testzip() is None
        assert package.namelist()[0] == "[Content_Types].xml"
        texts = [e.text for e in ET.fromstring(package.read(part)).iterfind(".//{*}t")]
    assert texts[:2] == [post.title, post.paragraphs[0]]


def test_a_pdf_says_where_its_objects_are(whole: World, renderer: Renderer) -> None:
    post, body = file_of(whole, renderer, "pdf")
    table = int(body.rpartition(b"startxref\n")[2].split()[0])
    offsets = [int(line[:10]) for line in body[table:].splitlines()[3:] if line.endswith(b" n ")]
    for number, offset in enumerate(offsets, start=1):
        assert body[offset:].startswith(b"%d 0 obj" % number)
    assert post.title[:36].encode("utf-16-be").hex().encode() in body
