from datetime import UTC, date, datetime

import pytest

from crawler.catalogue import ArticleLayout
from crawler.explain import Choice, Explanation, explain
from crawler.extract import FIELDS, extract
from crawler.records import Article, Listed, Moment, Page

PROSE = "近年来，宿迁市把科技创新摆在突出位置，推动高质量发展取得新成效。记者在采访中了解到，企业数量持续增长。"
PAGE = f"""<html><head><title>科技创新大会召开_要闻_宿迁网</title><meta name="PubDate" content="2024-07-31">
</head><body><div class="menu"><a href="/">首页</a></div><h1>科技创新大会召开</h1>
<p>2024-07-31 09:05 来源：宿迁日报</p><div class="text" id="zoom"><p>{PROSE}</p><p>{PROSE}</p></div>
<div class="side"><p>{PROSE}</p></div></body></html>"""


def page(body: str = PAGE, listed: Listed | None = None) -> Page:
    return Page(
        url="http://news.example.org/a.shtml",
        key="k",
        source="s",
        body=body.encode(),
        content_type="text/html; charset=utf-8",
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        listed=listed,
    )


def choice(found: Explanation, field: str) -> Choice:
    return next(one for one in found.choices if one.field == field)


def test_every_field_is_explained_and_its_choice_is_what_extraction_takes() -> None:
    article = extract(page())
    assert isinstance(article, Article)
    found = explain(page())
    assert [one.field for one in found.choices] == list(FIELDS)
    for one in found.choices:
        chosen = [candidate.where for candidate in one.candidates if candidate.chosen]
        assert chosen == [
            where for field, where in article.provenance.items() if field == one.field
        ]


def test_a_day_that_another_candidate_made_exact_is_said_to_be() -> None:
    found = choice(explain(page()), "published")
    assert found.why == "the day of meta:PubDate, made exact by line"
    assert [one.value for one in found.candidates if one.chosen] == ["2024-07-31T09:05:00+08:00"]


def test_candidates_that_were_not_taken_are_shown() -> None:
    listed = Listed("http://news.example.org/", "别的标题", Moment.local(date(2024, 7, 30)))
    found = choice(explain(page(listed=listed)), "title")
    assert ("别的标题", "list", False) in [(c.value, c.where, c.chosen) for c in found.candidates]


def test_the_element_that_was_read_stands_beside_its_rivals() -> None:
    found = explain(page())
    assert found.located == "locator"
    assert [one.selector for one in found.containers if one.chosen] == ["div#zoom.text"]
    assert len(found.containers) > 1


def test_a_declared_element_is_shown_even_where_the_locator_would_take_another() -> None:
    found = explain(page(), ArticleLayout(bodies=("div.side",)))
    assert found.located == "layout:div.side"
    assert [one.selector for one in found.containers if one.chosen] == ["div.side"]


@pytest.mark.parametrize("body", ["<html></html>", "<p>", "<html><body><img src=x></body></html>"])
def test_a_page_without_anything_has_nothing_to_explain(body: str) -> None:
    assert all("nothing" in one.why for one in explain(page(body)).choices)
