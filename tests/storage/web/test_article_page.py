"""The page of an article and what hangs on it: tags in place, story, history, files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from storage.records import Evidence, Tag
from storage.web.pages import marks
from tests.storage.web.conftest import BODY, EDITED, REPRINT, TITLE, WITHDRAWN, Reader, text


def tag(kind: str, value: str, *spans: tuple[int, int], field: str = "body") -> Tag:
    evidence = tuple(
        Evidence(field=field, start=start, end=end, text="", rule="term") for start, end in spans
    )
    return Tag(kind=kind, value=value, label=value, score=1, evidence=evidence)


def test_an_article_tells_where_it_is_from_and_what_became_of_it(reader: Reader) -> None:
    page = reader.page(f"/articles/{EDITED}")
    assert text(page.cssselect("h1")[0]) == TITLE
    assert page.cssselect(".text table td")
    assert "发布后改过 1 次" in text(page.cssselect(".notices")[0])
    provenance = text(page.xpath("//section[@aria-labelledby='origin']")[0])
    assert "https://www.a.cn/1" in provenance
    assert "20261124T040000Z-ab12cd34@0" in provenance
    assert "meta:ArticleTitle" in provenance
    (reprint,) = page.xpath("//section[@aria-labelledby='story']//li")
    links = [one.get("href") for one in reprint.cssselect("a")]
    assert links == [f"/articles/{REPRINT}", f"/articles/{EDITED}/compare/{REPRINT}"]


def test_tags_are_marked_in_the_text_when_that_is_asked_for(reader: Reader) -> None:
    page = reader.page(f"/articles/{EDITED}")
    assert page.cssselect("mark") == []
    (toggle,) = page.cssselect(".toggle a")
    marked = reader.page(toggle.get("href", ""))
    found = marked.cssselect("h1 mark")
    assert text(found[0]) == "泗洪"
    assert "宿迁市泗洪县" in (found[0].get("title") or "")
    assert [text(one) for one in marked.cssselect(".legend mark")] == ["主题", "地点", "机构"]
    assert [text(one) for one in marked.cssselect(".text td")] == ["乡镇", "人数", "双沟镇", "120"]
    assert marked.cssselect(".toggle a")[0].get("href") == f"/articles/{EDITED}"


def test_a_withdrawn_article_says_so_first(reader: Reader) -> None:
    page = reader.page(f"/articles/{WITHDRAWN}")
    assert "原发布者已撤下这篇文章" in text(page.cssselect(".notice.bad")[0])
    events = reader.page(f"/articles/{WITHDRAWN}/history").cssselect(".events li")
    assert "已被撤下" in text(events[-1])
    assert "网页返回 404" in text(events[-1])


def test_a_reprint_leads_to_the_first_publication_and_to_the_comparison(reader: Reader) -> None:
    page = reader.page(f"/articles/{REPRINT}")
    links = [one.get("href") for one in page.cssselect(".notices a")]
    assert links == [f"/articles/{EDITED}", f"/articles/{EDITED}/compare/{REPRINT}"]
    compared = reader.page(links[1] or "")
    assert [text(one) for one in compared.cssselect("dd ins")] == ["（转载）"]
    assert "正文没有不同" in text(compared.body)
    assert compared.cssselect(".diff") == []


def test_the_history_shows_what_went_and_what_came(reader: Reader) -> None:
    page = reader.page(f"/articles/{EDITED}/history")
    assert [text(one) for one in page.cssselect(".diff del")] == ["牢"]
    added = [text(one) for one in page.cssselect(".diff ins")]
    assert added == ["稳", "| 乡镇 | 人数 |", "| 双沟镇 | 120 |"]
    assert text(page.cssselect(".facts ins")[0]) == "防汛"
    kinds = [one.get("class") for one in page.cssselect(".events li")]
    assert kinds == ["seen", "revised"]


@pytest.mark.parametrize("asked", ["", "?from=2&to=1", "?from=1&to=2", "?from=1&to=99"])
def test_any_two_versions_are_compared_the_earlier_one_first(reader: Reader, asked: str) -> None:
    page = reader.page(f"/articles/{EDITED}/history{asked}")
    assert text(page.xpath("//h2")[0]) == "第 1 版与第 2 版的不同"


def test_the_text_of_a_file_has_pages_of_its_own(reader: Reader) -> None:
    page = reader.page(f"/articles/{EDITED}")
    (item,) = page.cssselect(".files li")
    assert "已读出文字" in text(item)
    (read,) = item.xpath(".//a[contains(@href, '/files/')]")
    parts, link = 0, read.get("href", "")
    while link:
        shown = reader.page(link)
        parts += len(text(shown.cssselect("pre")[0]))
        link = "".join(f"{read.get('href')}{one}" for one in shown.xpath("//a[@rel='next']/@href"))
    assert parts == 60_000


@pytest.mark.parametrize("path", ["/articles/none", f"/articles/{EDITED}/files/2", f"/articles/{EDITED}/compare/none", "/articles/none/history", "/topics/none", "/sources/none", "/runs/none"])  # fmt: skip
def test_what_is_not_there_is_a_page_that_says_so(reader: Reader, path: str) -> None:
    page = reader.page(path, status=404)
    assert "none" in text(page.xpath("//*[@role='alert']")[0]) or "files/2" in path
    assert page.cssselect("nav")


def test_an_address_that_no_page_has_is_answered_to_a_browser_by_a_page(reader: Reader) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    answer = reader.get("/<b>nowhere", browser)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    page = html.fromstring(answer.text)
    (alert,) = page.cssselect("[role=alert]")
    assert "/<b>nowhere" in text(alert)
    assert page.cssselect("nav")
    for path, headers in (("/nowhere", {}), ("/api/v1/nowhere", browser)):
        answer = reader.get(path, headers)
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/coverage?year=abc", f"/articles/{EDITED}/files/x", "/feed.atom?sorce=kj"])  # fmt: skip
def test_what_is_refused_is_told_to_a_browser_by_a_page(reader: Reader, path: str) -> None:
    shown = reader.get(path, {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    told = reader.get(path)
    assert told.headers["content-type"] == "application/problem+json"
    assert (shown.status_code, told.status_code) == (told.json()["status"],) * 2
    page = html.fromstring(shown.text)
    assert text(page.cssselect("[role=alert]")[0]) == told.json()["detail"]
    assert page.cssselect("nav")


SPANS = st.lists(
    st.tuples(st.sampled_from(marks.KINDS), st.integers(-2, 60), st.integers(-2, 60)), max_size=8
)


@given(SPANS)
def test_marks_change_nothing_of_the_text(spans: list[tuple[str, int, int]]) -> None:
    tags = [tag(kind, str(n), (start, end)) for n, (kind, start, end) in enumerate(spans)]
    lines = marks.lines(BODY, "body", tags)
    assert "\n".join("".join(piece.text for piece in line) for line in lines) == BODY


def test_where_tags_overlap_the_narrower_one_colours_and_both_are_named() -> None:
    body = "宿迁市水利局负责"
    tags = [tag("organisation", "slj", (0, 6)), tag("place", "suqian", (0, 3))]
    (line,) = marks.lines(body, "body", tags)
    told = [(piece.text, [one.value for one in piece.tags]) for piece in line]
    assert told == [("宿迁市", ["suqian", "slj"]), ("水利局", ["slj"]), ("负责", [])]
    assert line[0].kind == "place"


def test_the_evidence_of_the_main_place_and_of_files_is_not_marked() -> None:
    tags = [tag("main_place", "suqian", (0, 3)), tag("place", "suqian", (0, 3), field="files")]
    (line,) = marks.lines("宿迁市水利局", "body", tags)
    assert [piece.tags for piece in line] == [()]
