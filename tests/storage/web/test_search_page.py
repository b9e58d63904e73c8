"""The search page: facets, order, dates, reprints, errors that point, help."""

from dataclasses import astuple
from string import Formatter
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import HtmlElement

from storage import Corpus, messages
from storage.web.app import create_app
from storage.web.pages import search
from storage.web.pages.asked import FACETS, Asked
from tests.storage.web.conftest import EDITED, TITLE, Reader, text


def titles(page: HtmlElement) -> list[str]:
    return [text(one) for one in page.cssselect(".hits h3")]


def facet(page: HtmlElement, name: str) -> list[HtmlElement]:
    found: list[HtmlElement] = page.xpath(f"//section[@aria-labelledby='facet-{name}']//a")
    return found


def test_hits_are_marked_and_tell_of_reprints_edits_and_attachments(reader: Reader) -> None:
    page = reader.page("/?q=泗洪")
    (hit,) = page.cssselect(".hits > li")
    assert [text(one) for one in hit.cssselect("h3 mark")] == ["泗洪"]
    assert hit.cssselect(".snippet mark")
    assert "1 篇转载" in text(hit)
    assert "改过 1 次" in text(hit)
    assert hit.cssselect("h3 a")[0].get("href") == f"/articles/{EDITED}"


def test_a_facet_adds_to_the_query_and_its_chosen_value_takes_it_back(reader: Reader) -> None:
    page = reader.page("/?q=通知&sort=date")
    (daily,) = [one for one in facet(page, "source") if "daily" in text(one)]
    assert text(daily).endswith("10")
    narrowed = reader.page(daily.get("href", ""))
    assert len(titles(narrowed)) == 10
    asked = parse_qs(urlsplit(daily.get("href", "")).query)
    assert asked == {"q": ["通知"], "sort": ["date"], "source": ["daily"]}
    (chosen,) = [one for one in facet(narrowed, "source") if one.get("aria-current")]
    (given,) = narrowed.cssselect(".given a")
    assert given.get("href") == chosen.get("href")
    back = parse_qs(urlsplit(chosen.get("href", "")).query)
    assert back == {"q": ["通知"], "sort": ["date"]}


def test_a_chosen_topic_is_called_by_its_name(reader: Reader) -> None:
    page = reader.page("/?topic=shuili")
    assert text(page.cssselect(".given a")[0]) == "取消 主题：水利 ×"


def test_a_year_is_a_range_of_dates_and_stands_in_the_form(reader: Reader) -> None:
    page = reader.page("/?source=daily")
    (year,) = facet(page, "year")
    assert parse_qs(urlsplit(year.get("href", "")).query)["from"] == ["2026-01-01"]
    chosen = reader.page(year.get("href", ""))
    assert facet(chosen, "year")[0].get("aria-current") == "true"
    assert chosen.xpath("string(//input[@name='from']/@value)") == "2026-01-01"
    assert chosen.xpath("string(//input[@name='source']/@value)") == "daily"


def test_reprints_are_one_hit_until_they_are_asked_for(reader: Reader) -> None:
    assert titles(reader.page("/?q=防汛演练")) == [TITLE]
    page = reader.page("/?q=防汛演练&reprints=all")
    assert sorted(titles(page)) == [TITLE, f"{TITLE}（转载）"]


def test_a_query_that_makes_no_sense_is_shown_with_the_place_of_the_mistake(reader: Reader) -> None:
    page = reader.page('/?q=防汛 "未完', status=400)
    (alert,) = page.xpath("//*[@role='alert']")
    (pointed,) = alert.cssselect(".pointed")
    assert pointed.cssselect("mark")
    assert "个字符" in text(pointed)
    assert page.xpath("string(//input[@name='q']/@value)") == '防汛 "未完'


@pytest.mark.parametrize("day", ["2026-13-01", "gestern", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_an_error_on_the_page(reader: Reader, day: str) -> None:
    page = reader.page(f"/?q=防汛&from={day}", status=400)
    assert page.xpath("//*[@role='alert']")


@pytest.mark.parametrize(
    "path", ["/?q=%00", "/?topic=a%00", "/?q=%CB%DE", "/topics/a%00", "/why?url=%00"]
)
def test_what_no_database_can_hold_is_refused(reader: Reader, path: str) -> None:
    assert reader.get(path).status_code == 400


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("main_place=suqian/sihong", "Main place: suqian/sihong"),
        ("document=宿政发〔2024〕12号", "Document number: 宿政发〔2024〕12号"),
        ("open_on=2026-08-15", "Deadline not before: 2026-08-15"),
    ],
)
def test_the_page_keeps_to_the_filters_of_a_feed_that_leads_to_it(
    reader: Reader, asked: str, said: str
) -> None:
    page = reader.page(f"/?{asked}", lang="en")
    assert said in text(page.cssselect(".given a")[0])
    assert "0 results" in text(page.cssselect(".sum")[0])


def test_a_query_that_is_too_long_is_told_on_a_page(reader: Reader) -> None:
    page = reader.page(f"/?q={'字' * 201}", status=400)
    assert "查询有 201 个字符，最多 200 个" in text(page.xpath("//*[@role='alert']")[0])


def test_a_search_can_be_followed_as_a_feed(reader: Reader) -> None:
    page = reader.page("/?q=泗洪&topic=shuili&sort=date&reprints=all")
    (feed,) = page.xpath("//link[@rel='alternate']/@href")
    told = urlsplit(feed)
    assert (told.path, parse_qs(told.query)) == ("/feed.atom", {"q": ["泗洪"], "topic": ["shuili"]})
    assert page.xpath("count(//main//a[@href=$feed])", feed=feed) == 1


def test_nothing_found_gives_help_and_a_way_out_of_the_filters(reader: Reader) -> None:
    page = reader.page("/?q=没有这样的文字&source=daily")
    assert titles(page) == []
    assert '"新质生产力"' in text(page.cssselect(".help")[0])
    links = [one.get("href") for one in page.cssselect(".help a")]
    assert [parse_qs(urlsplit(link or "").query) for link in links] == [{"q": ["没有这样的文字"]}]


def test_pages_follow_each_other_without_a_gap(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PER_PAGE", 5)
    link, found = "/?sort=date&reprints=all", []
    while link:
        page = reader.page(link)
        found += titles(page)
        link = "".join(page.xpath("//a[@rel='next']/@href"))
    assert len(found) == len(set(found)) == 13
    assert page.xpath("//nav/a[text()='回到第一页']/@href") == ["/?sort=date&reprints=all"]


SHORT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), max_size=5)


@given(st.dictionaries(st.sampled_from(["q", *FACETS[:-1], "sort", "reprints"]), SHORT), SHORT)
def test_a_link_holds_what_was_asked_and_what_is_added(given_: dict[str, str], added: str) -> None:
    asked = Asked(**given_)
    link = asked.link(topic=added)
    found = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert found == {name: value for name, value in (given_ | {"topic": added}).items() if value}
    assert Asked(**found).without("topic") == asked.without("topic")


@pytest.mark.parametrize(
    ("asked", "chinese", "english"),
    [
        ("/?q=(防汛", "这个括号没有闭合", "this parenthesis is not closed"),
        ("/?q=topik:水", "没有字段 topik:；请写 topic:", "there is no field topik:; write topic:"),
        ("/?q=after:{x}", "{x} 不是日期", "{x} is no day"),
        ("/?from=gestern", "gestern 不是日期", "gestern is no day"),
        ("/?from=1800-01-01", "年份从 1900 到 2199", "years go from 1900 to 2199"),
        ("/?from=2026-02-02&to=2026-01-01", "请先写较早的一天", "give the earlier day first"),
        ("/?q=汛&after=x", "请从第一页重新开始", "pass on what a search gave as next"),
    ],
)
def test_a_mistake_is_told_in_the_language_of_the_page(
    reader: Reader, asked: str, chinese: str, english: str
) -> None:
    told = {
        lang: reader.page(asked, lang, status=400).cssselect(".error")[0].text_content()
        for lang in ("zh", "en")
    }
    assert chinese in told["zh"]
    assert english not in told["zh"]
    assert english in told["en"]


def test_messages_say_the_same_in_both_languages() -> None:
    every = [one for one in vars(messages).values() if isinstance(one, messages.Message)]
    assert len(every) > 10
    for one in every:
        fields = [
            {name for _, name, *_ in Formatter().parse(text) if name} for text in astuple(one)
        ]
        assert fields[1] == fields[0] - {"place"}, one


def test_a_source_goes_by_its_name_where_a_person_reads(shelf: Corpus) -> None:
    named = Reader(create_app(shelf, publishers={"suqian-gov": "宿迁市人民政府"}))
    front = named.page("/?source=suqian-gov")
    assert "宿迁市人民政府" in front.cssselect(".given")[0].text_content()
    assert (
        "宿迁市人民政府"
        in front.cssselect("section[aria-labelledby=facet-source]")[0].text_content()
    )
    assert named.page("/sources/suqian-gov").cssselect("h1")[0].text_content() == "宿迁市人民政府"
    for path in ("/sources", "/coverage"):
        linked = named.page(path).cssselect('a[href^="/sources/suqian-gov"]')
        assert [one.text_content() for one in linked] == ["宿迁市人民政府"]
    assert "<name>宿迁市人民政府</name>" in named.get("/feed.atom?source=suqian-gov").text
