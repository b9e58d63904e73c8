"""Text that was decoded in a wrong charset and saved like that, and clean text that looks odd."""

from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crawler.decode import decode
from crawler.errors import Park
from crawler.extract import extract
from crawler.likelihood import likelihood
from crawler.mojibake import undone
from crawler.records import Article
from tests.crawler.test_decode import SIMPLE, TEXT, TRADITIONAL, page
from tests.crawler.test_extract import PROSE
from tests.crawler.test_extract import page as fetched

EVEN = "宿迁市人民政府办公室通知"
EXAMPLE = "宿迁市科技局关于印发措施的通知书文"


def gbk(text: str) -> str:
    """UTF-8 read as GBK as browsers and Windows do: 0x80 is the euro sign."""
    pieces = text.encode().decode("gb18030", "surrogateescape")
    return pieces.replace("\udc80", "€").encode("utf-8", "replace").decode()


def latin(text: str) -> str:
    return text.encode().decode("latin-1")


def windows(text: str) -> str:
    """UTF-8 read as Windows-1252 as browsers do: its five unused bytes are controls."""
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in text.encode())


def gbk_as_latin(text: str) -> str:
    return text.encode("gb18030").decode("latin-1")


def intact(text: str) -> str:
    """The longest start of a text that loses no byte when its UTF-8 is read as GBK."""
    starts = (text[:end] for end in range(len(text), 0, -1))
    return next(start for start in starts if "?" not in gbk(start) and "\ufffd" not in gbk(start))


MISREADINGS = [latin, windows, gbk_as_latin]


@pytest.mark.parametrize("misread", MISREADINGS)
@pytest.mark.parametrize("text", [TEXT, SIMPLE, TRADITIONAL], ids=["rare", "simple", "traditional"])
def test_a_page_that_was_decoded_wrongly_is_put_right(
    misread: Callable[[str], str], text: str
) -> None:
    found = decode(misread(page("utf-8", text)).encode())
    assert found.text == page("utf-8", text)
    assert found.said
    assert "undone in the page" in found.said


def test_a_page_whose_utf8_was_read_as_gbk_is_put_right() -> None:
    body = "".join(f"<p>{one}</p>" for one in map(intact, (EVEN, EXAMPLE, SIMPLE)))
    found = decode(gbk(body).encode())
    assert found.text == body
    assert found.said == "utf-8: UTF-8 that was read as GBK, undone in the page"


def test_a_page_may_have_been_decoded_wrongly_two_times() -> None:
    body = f"<p>{SIMPLE}</p>"
    assert decode(latin(latin(body)).encode()).text == body


def test_small_things_are_put_right_in_a_page_that_is_wrong_as_a_whole() -> None:
    body = f"<p>{SIMPLE}</p><p>→ ©2024 ·</p><b>䶮</b>"
    assert decode(windows(body).encode()).text == body


@pytest.mark.parametrize("misread", [gbk, *MISREADINGS])
def test_a_title_alone_that_is_wrong_is_put_right(misread: Callable[[str], str]) -> None:
    body = f"<html><head><title>{misread(EVEN)}</title><meta name='ArticleTitle' content=\"{misread(EVEN)}\"></head><body><p>{PROSE}</p></body></html>"
    found = extract(fetched(body))
    assert isinstance(found, Article)
    assert found.title == EVEN
    assert PROSE in found.body
    assert "undone in 1 field" in found.provenance["charset"]


def test_a_title_that_lost_its_last_byte_loses_one_character_and_says_so() -> None:
    title = "宿迁市人民政府办公室印发通知书"
    lost = title.encode()[:-1].decode("gb18030") + "\ufffd"
    found = decode(f"<title>{lost}</title><p>{PROSE * 3}</p>".encode())
    assert f"<title>{title[:-1]}</title>" in found.text
    assert found.said
    assert "damaged characters left out in 1 place" in found.said


def test_a_byte_that_gbk_does_not_know_is_put_back() -> None:
    title = intact("宿迁市科技局的通知")
    lost = title.encode().decode("gb18030", "replace")
    assert "\ufffd" in lost
    assert undone(f"<p>{lost}</p>")[0] == f"<p>{title}</p>"


def test_a_page_that_lost_many_bytes_so_is_parked() -> None:
    lines = [title.encode()[:-1].decode("gb18030", "replace") + "\ufffd" for title in [EXAMPLE] * 9]
    with pytest.raises(Park, match=r"9 of \d+ characters are lost \(UTF-8 that was read as GBK"):
        decode("".join(f"<p>{line}</p>" for line in lines).encode())


def test_a_page_that_is_wrong_and_cannot_be_put_right_is_parked() -> None:
    torn = gbk(SIMPLE).replace("瀹", "某").replace("鐨", "某")
    with pytest.raises(Park, match="cannot be put right"):
        decode(f"<p>{torn}</p>".encode())


# --- clean text ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "clean",
    [
        TRADITIONAL,
        "龘靐齉爩鱻麤龗灪吁龖厵滟爨癵籱饢驫鲡鹂鸾麣纞",
        "泗洪县濉汴河、徐洪河；邳睢灌、沭泗淮；垛窑圩埝，芡菱荸荠。",
        "涓涓细流，鐨合金，锛子与斧头；銆（人名）与瀹茗。",
        "Müller, Señor Ibáñez, naïve café – “quoted” … €20, ×÷±°",
        "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏ àáâãäåæçèéêëìíîï",
        "ひらがなカタカナ混じりの文章です。",
        "한국어로 된 문장입니다.",
        "①②③ⅠⅡⅢ→←↑↓■□◆◇★☆〇〓々ㄅㄆㄇ",
    ],
)
def test_clean_text_is_never_changed(clean: str) -> None:
    assert undone(f"<title>{clean}</title><p>{clean}</p>") == (
        f"<title>{clean}</title><p>{clean}</p>",
        None,
    )


def test_a_page_about_such_text_keeps_its_examples() -> None:
    body = f"<p>打开文件出现乱码怎么办？{PROSE}</p><td>{gbk(EVEN)}</td><td>{latin(EVEN)}</td><p>又如“锟斤拷”和“烫烫烫”。</p>"
    found = decode(body.encode())
    assert (found.text, found.said) == (body, None)


def test_an_example_within_a_sentence_is_left() -> None:
    body = f"<p>{PROSE}文件名显示为{gbk(EVEN)}，无法打开。</p>"
    assert decode(body.encode()).text == body


sentences = st.lists(st.sampled_from(SIMPLE + TEXT + TRADITIONAL + PROSE), min_size=4).map("".join)


@given(sentences, st.sampled_from(MISREADINGS))
def test_any_chinese_text_read_as_latin_is_put_right(
    text: str, misread: Callable[[str], str]
) -> None:
    assume(likelihood(text) >= 0.6)
    assert undone(f"<p>{misread(text)}</p>")[0] == f"<p>{text}</p>"


@given(sentences)
def test_any_chinese_text_read_as_gbk_is_put_right_where_no_byte_was_lost(text: str) -> None:
    text = intact(EVEN + text)
    assume(likelihood(text) >= 0.6)
    assert undone(f"<p>{gbk(text)}</p>")[0] == f"<p>{text}</p>"


@given(st.text())
def test_no_text_that_is_not_known_to_be_wrong_is_changed(text: str) -> None:
    found, said = undone(text)
    assert said or found == text


@given(sentences)
def test_clean_chinese_is_left_as_it_is(text: str) -> None:
    assert undone(f"<p>{text}</p>") == (f"<p>{text}</p>", None)
