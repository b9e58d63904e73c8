"""Chinese or English: chosen, remembered, complete."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from storage.web.pages import language
from tests.storage.web.conftest import EDITED, Reader, text

WEB = Path(language.__file__).parents[1]
HAN = re.compile(r"[一-鿿]")
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}


@pytest.mark.parametrize(
    ("asked", "cookie", "accepted", "chosen"),
    [
        (None, None, "", "zh"),
        (None, None, "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, None, "fr,de;q=0.7", "zh"),
        (None, None, "en;q=0,zh;q=0.1", "zh"),
        (None, None, "zh;q=0.2, en;q=0.7", "en"),
        (None, None, "en;q=high", "zh"),
        (None, "zh", "en", "zh"),
        ("en", "zh", "zh", "en"),
        ("xx", "en", "zh", "en"),
        ("xx", "yy", "zz", "zh"),
    ],
)
def test_the_address_counts_before_the_cookie_and_that_before_the_browser(
    asked: str | None, cookie: str | None, accepted: str, chosen: str
) -> None:
    assert language.choose(asked, cookie, accepted) == chosen


def test_what_the_address_asks_for_is_remembered(reader: Reader) -> None:
    answer = reader.get("/topics?lang=en")
    assert answer.headers["Content-Language"] == "en"
    cookie = answer.headers["Set-Cookie"]
    assert "lang=en" in cookie
    assert "HttpOnly" in cookie
    again = reader.get("/topics", {"Cookie": "lang=en"})
    assert '<html lang="en">' in again.text
    assert "Set-Cookie" not in again.headers
    assert "Cookie" in again.headers["Vary"]


def test_the_switch_leads_to_the_same_question_in_the_other_language(reader: Reader) -> None:
    page = reader.page("/?q=泗洪&sort=date")
    (link,) = page.cssselect("a.language")
    assert text(link) == "English"
    english = reader.page(link.get("href", ""))
    assert english.get("lang") == "en"
    assert text(english.cssselect("h1")[0]) == "Search: “泗洪”"
    assert english.cssselect("a.language")[0].get("lang") == "zh"


@pytest.mark.parametrize(
    "path",
    ["/", "/?q=泗洪", "/?q=zzz", "/topics", "/coverage", "/sources", "/runs", "/why", f"/articles/{EDITED}", f"/articles/{EDITED}/history"],
)  # fmt: skip
def test_an_english_page_has_chinese_only_where_it_says_so(reader: Reader, path: str) -> None:
    page = reader.page(path, lang="en")
    for shown in page.xpath("//*[@lang and not(self::html) and not(@lang='en')]"):
        shown.drop_tree()
    for code in page.cssselect("code, title, h1, input, pre, .warning"):
        code.drop_tree()  # queries that are quoted
    assert HAN.findall(text(page.body)) == []


def test_every_message_of_the_templates_has_its_english() -> None:
    methods = [("**.html", "jinja2.ext:babel_extract")]
    options = {"**.html": {"trim_blocks": "true"}}
    found = extract_from_dir(WEB / "templates", methods, options, KEYWORDS)
    with (WEB / "locale" / "en.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    wanted = {(message, context) for _, _, message, _, context in found}
    known = {(m.id, m.context): m for m in catalogue if m.id}
    assert wanted - known.keys() == set()
    assert known.keys() - wanted == set(), "nobody says these any more"
    assert all(
        HAN.search(str(m.string)) is None or "例" in str(m.id) or "如" in str(m.id)
        for m in known.values()
    )
    assert [m.id for m in known.values() if list(m.check(catalogue))] == []
