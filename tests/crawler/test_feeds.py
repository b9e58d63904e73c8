"""Feeds and sitemaps: what they show, and what is refused."""

import gzip
import re
from datetime import date

import pytest

from crawler.errors import Park
from crawler.kinds import xml
from crawler.kinds.feed import FeedReader
from crawler.kinds.reader import Answer, ListRequest, Reader, Shown, Window
from crawler.kinds.sitemap import SitemapReader

URL = "http://a.cn/xw/list.xml"
TODAY = date(2026, 6, 30)
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
MAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def read(reader: Reader, body: str | bytes, since: date | None = None) -> Shown:
    raw = body if isinstance(body, bytes) else body.encode()
    return reader.read(
        Answer(URL, "text/xml", raw), ListRequest(url=URL), Window(since, TODAY, TODAY)
    )


def feed(body: str | bytes) -> list[tuple[str, str | None, str]]:
    return [
        (item.url, item.listed.title, str(item.listed.published))
        for item in read(FeedReader(URL), body).items
    ]


def sitemap(body: str | bytes, since: date | None = None, match: str = "") -> Shown:
    return read(SitemapReader(URL, re.compile(match)), body, since)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param(
            "<rss version='2.0'><channel><title>站</title><link>http://a.cn/</link><item>"
            "<title> 停水 通知 </title><link>/1.html</link>"
            "<pubDate>Tue, 30 Jun 2026 09:05:00 +0800</pubDate></item></channel></rss>",
            ("http://a.cn/1.html", "停水 通知", "2026-06-30T09:05:00+08:00"),
            id="rss",
        ),
        pytest.param(
            "<rss version='0.91'><channel><item><title>甲</title><guid>http://a.cn/2.html</guid>"
            "<pubDate>2026-06-30 09:05</pubDate></item></channel></rss>",
            ("http://a.cn/2.html", "甲", "2026-06-30T09:05:00+08:00"),
            id="an address as guid, a time as nobody should write it",
        ),
        pytest.param(
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'"
            " xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><items/></channel>"
            "<item><title>乙</title><link>3.html</link><dc:date>2026-06-30</dc:date></item></rdf:RDF>",
            ("http://a.cn/xw/3.html", "乙", "2026-06-30"),
            id="rdf",
        ),
        pytest.param(
            f"<feed {ATOM} xml:base='http://b.cn/x/'><entry><title type='html'>&lt;b&gt;丙&lt;/b&gt;</title>"
            "<link rel='enclosure' href='a.mp3'/><link href='4.html'/><updated>2026-06-29T20:00:00Z</updated>"
            "</entry></feed>",
            ("http://b.cn/x/4.html", "丙", "2026-06-30T04:00:00+08:00"),
            id="atom",
        ),
    ],
)
def test_an_entry_has_address_title_and_time(body: str, found: tuple[str, str, str]) -> None:
    assert feed(body) == [found]


def test_a_feed_is_read_in_the_charset_of_its_bytes() -> None:
    text = "<rss><channel><item><title>宿迁市发布停水通知</title><link>/1</link></item></channel></rss>"
    raw = f"<?xml version='1.0' encoding='UTF-8'?>{text}".encode("gb18030")
    assert [title for _, title, _ in feed(raw)] == ["宿迁市发布停水通知"]


def test_an_entry_without_an_address_is_no_item() -> None:
    item = "<item><title>甲</title><guid isPermaLink='false'>a.cn/1</guid></item>"
    assert feed(f"<rss><channel>{item}</channel></rss>") == []


def test_a_feed_goes_on_where_it_says_so() -> None:
    entry = "<entry><title>甲</title><link href='1.html'/></entry>"
    alone = read(FeedReader(URL), f"<feed {ATOM}>{entry}</feed>")
    paged = read(FeedReader(URL), f"<feed {ATOM}><link rel='next' href='?p=2'/>{entry}</feed>")
    assert (alone.onward, alone.newest_only) == ((), True)
    assert [(ask.url, ask.number) for ask in paged.onward] == [("http://a.cn/xw/list.xml?p=2", 2)]
    assert not paged.newest_only


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<rss><channel><item>", "broken XML"),
        ("<html><body>维护中</body></html>", "<html>"),
        (
            "<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;']><rss>&b;</rss>",
            "declares entities",
        ),
        (
            "<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><rss>&a;</rss>",
            "declares entities",
        ),
        ("<rss>" + "<a>" * 5_000 + "</a>" * 5_000 + "</rss>", "broken XML"),
        (gzip.compress(b"<rss/>" * 99, mtime=0)[:-9], "cut off"),
    ],
)
def test_what_is_no_feed_is_parked_with_its_reason(body: str | bytes, why: str) -> None:
    with pytest.raises(Park, match=re.escape(why)):
        feed(body)


def test_a_compressed_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "MAX_UNPACKED", 10_000)
    with pytest.raises(Park, match="more than 10000 bytes"):
        sitemap(gzip.compress(b"<urlset>" + b" " * 100_000 + b"</urlset>"))


def test_a_sitemap_that_was_compressed_in_parts_is_read_whole() -> None:
    parts = f"<urlset {MAP}><url><loc>http://a.cn/1.html</loc></url>", "</urlset>"
    body = b"".join(gzip.compress(part.encode(), mtime=0) for part in parts)
    assert [item.url for item in sitemap(body).items] == ["http://a.cn/1.html"]


def test_a_sitemap_shows_articles_with_the_day_of_their_change() -> None:
    shown = sitemap(
        f"<urlset {MAP}><url><loc> http://a.cn/ </loc></url>"
        "<url><loc>http://a.cn/20260301/1.html</loc><lastmod>2026-06-02</lastmod></url>"
        "<url><loc>http://a.cn/20260401/2.html</loc></url></urlset>",
        match=r"/\d+\.html$",
    )
    assert [
        (item.url, str(item.listed.published), str(item.listed.modified)) for item in shown.items
    ] == [
        ("http://a.cn/20260401/2.html", "2026-04-01", "None"),
        ("http://a.cn/20260301/1.html", "2026-03-01", "2026-06-02"),
    ]
    assert not shown.may_end


def test_another_day_of_change_is_something_new_about_an_item() -> None:
    [before], [after] = (
        sitemap(
            f"<urlset {MAP}><url><loc>http://a.cn/1</loc><lastmod>{day}</lastmod></url></urlset>"
        ).items
        for day in ("2026-06-01", "2026-06-02")
    )
    assert before.listed.digest != after.listed.digest


def test_what_has_not_changed_within_the_window_is_left_out() -> None:
    entries = "".join(
        f"<url><loc>http://a.cn/{day}</loc><lastmod>{day}T08:00:00+08:00</lastmod></url>"
        for day in ("2026-05-31", "2026-06-01")
    )
    shown = sitemap(f"<urlset {MAP}>{entries}</urlset>", since=date(2026, 6, 1))
    assert [item.url for item in shown.items] == ["http://a.cn/2026-06-01"]


def test_an_index_leads_to_the_sitemaps_of_the_window_the_newest_first() -> None:
    index = (
        f"<sitemapindex {MAP}><sitemap><loc>/old.xml</loc><lastmod>2024-01-01</lastmod></sitemap>"
        "<sitemap><loc>/may.xml.gz</loc><lastmod>2026-05-01</lastmod></sitemap>"
        "<sitemap><loc>/june.xml</loc><lastmod>2026-06-01</lastmod></sitemap></sitemapindex>"
    )
    shown = sitemap(index, since=date(2025, 1, 1))
    assert [ask.url for ask in shown.onward] == ["http://a.cn/june.xml", "http://a.cn/may.xml.gz"]
    nothing = sitemap(index, since=date(2026, 6, 2))
    assert not nothing.empty
    assert not nothing.onward


def test_a_news_sitemap_tells_titles_and_times() -> None:
    news = "http://www.google.com/schemas/sitemap-news/0.9"
    shown = sitemap(
        f"<urlset {MAP} xmlns:n='{news}'><url><loc>http://a.cn/1</loc><n:news><n:title>甲</n:title>"
        "<n:publication_date>2026-06-30T08:00+08:00</n:publication_date></n:news></url></urlset>"
    )
    [item] = shown.items
    assert (item.listed.title, str(item.listed.published)) == ("甲", "2026-06-30T08:00:00+08:00")
