from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from crawler.decode import decode
from crawler.errors import Park
from crawler.likelihood import beyond_ascii, likelihood

EVAL = Path(__file__).parents[3] / "shared" / "eval"
needs_eval = pytest.mark.skipif(
    not EVAL.exists(), reason="the evaluation pages are not beside this checkout"
)
TEXT = "宿迁市人民政府办公室关于印发《科技创新若干措施》的通知，镕、喆、㙍。" * 4
SIMPLE = "宿迁市人民政府办公室关于印发科技创新若干措施的通知。" * 4
TRADITIONAL = "臺灣青年創業基地在宿遷揭牌，兩岸企業家共話發展，縣長與會並講話。" * 4
CHARSETS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
LIES = ("utf-8", "gb2312", "gbk", "big5", "utf-16", "iso-8859-1", "windows-1252", "nonsense", "")


def page(charset: str, text: str = TEXT) -> str:
    meta = f'<meta charset="{charset}">' if charset else ""
    return f"<html><head>{meta}<title>通知公告</title></head><body><p>{text}</p></body></html>"


def read(body: bytes, content_type: str = "") -> str:
    return decode(body, content_type).text


def parked(body: bytes, content_type: str = "") -> str:
    with pytest.raises(Park) as caught:
        decode(body, content_type)
    return str(caught.value)


@pytest.mark.parametrize("meta", LIES)
@pytest.mark.parametrize("header", LIES)
@pytest.mark.parametrize("charset", CHARSETS)
def test_a_page_is_read_whatever_header_and_page_declare(
    charset: str, header: str, meta: str
) -> None:
    content_type = f"text/html; charset={header}" if header else ""
    assert read(page(meta).encode(charset), content_type) == page(meta)


@pytest.mark.parametrize("meta", LIES)
def test_big5_is_read_whatever_the_page_declares(meta: str) -> None:
    assert TRADITIONAL in read(page(meta, TRADITIONAL).encode("big5hkscs"))


@pytest.mark.parametrize(
    ("mark", "charset"),
    [
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"\xef\xbb\xbf", "gb18030"),
        (b"\xff\xfe", "gb18030"),
        (b"\xfe\xff", "utf-8"),
    ],
    ids=["utf-8", "le", "be", "utf-8 on gbk", "le on gbk", "be on utf-8"],
)
def test_a_byte_order_mark_is_left_out_and_believed_unless_it_lies(
    mark: bytes, charset: str
) -> None:
    assert read(mark + page("gbk").encode(charset)) == page("gbk")


@pytest.mark.parametrize(
    "head",
    [" " * 3000, "<script>var a = 1;</script>" * 400, "<!-- 注释 -->" * 200],
    ids=["space", "scripts", "comments"],
)
def test_a_declaration_may_stand_late(head: str) -> None:
    assert TRADITIONAL in read((head + page("big5", TRADITIONAL)).encode("big5hkscs", "ignore"))


def test_an_xml_declaration_counts() -> None:
    text = f'<?xml version="1.0" encoding="gb2312"?><html><body>{TEXT}</body></html>'
    assert read(text.encode("gb18030")) == text


def test_two_characters_that_are_valid_utf8_too_are_read_as_chinese() -> None:
    assert "联通" in read("<p>联通</p>".encode("gb18030"))


@pytest.mark.parametrize("charset", ["windows-1252", "iso-8859-1"])
def test_a_western_page_stays_as_it_declares(charset: str) -> None:
    text = "<p>Suqian’s mayor met Müller & Söhne at the café.</p>"
    assert read(text.encode("cp1252"), f"text/html; charset={charset}") == text


# --- damage ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-16"])
def test_a_sequence_cut_off_at_the_end_costs_one_character_and_is_said(charset: str) -> None:
    found = decode(SIMPLE.encode(charset)[:-1], f"text/html; charset={charset}")
    assert found.text == SIMPLE[:-1]
    assert found.said
    assert "ends within a character" in found.said


@pytest.mark.parametrize("declared", ["utf-8", "gbk", "big5", ""])
@pytest.mark.parametrize("damage", [b"\xff", b"", b"?"], ids=["changed", "lost", "replaced"])
def test_a_broken_byte_in_a_long_utf8_page_costs_one_character(
    declared: str, damage: bytes
) -> None:
    paragraphs = [f"<p>{text}</p>" for text in (TEXT, SIMPLE, "宿迁发布", TRADITIONAL)]
    for number, paragraph in enumerate(paragraphs):
        broken = paragraph.encode().replace("宿".encode(), "宿".encode()[:2] + damage, 1)
        body = b"".join(p.encode() if n != number else broken for n, p in enumerate(paragraphs))
        found = decode(body, f"text/html; charset={declared}")
        mark = "?" if damage == b"?" else ""
        expected = [
            p.replace("宿", mark, 1) if n == number else p for n, p in enumerate(paragraphs)
        ]
        assert found.text == "".join(expected)
        assert found.said == "utf-8: damaged characters left out in 1 place"


@pytest.mark.parametrize("charset", ["gb18030", "big5hkscs"])
@pytest.mark.parametrize(("taken", "put"), [(1, b"\xff"), (0, b"\xff"), (2, b"\xff")])
def test_a_broken_byte_does_not_misread_what_stands_behind_it(
    charset: str, taken: int, put: bytes
) -> None:
    first, rest = "縣長與會講話", "兩岸企業家共話發展，推動高質量發展取得新成效"
    around = f"<p>{TRADITIONAL}</p>".encode(charset, "ignore") * 5
    broken = first.encode(charset) + put + rest.encode(charset)[taken:]
    found = decode(around + b"<p>" + broken + b"</p>" + around, f"text/html; charset={charset}")
    assert f"<p>{first}{rest[(taken + 1) // 2 :]}</p>" in found.text
    assert found.said == f"{found.charset}: damaged characters left out in 1 place"


def test_a_page_that_is_broken_throughout_is_parked() -> None:
    broken = b"\xff".join(one.encode("gb18030") for one in SIMPLE)
    assert "cannot be decoded as any of gb18030" in parked(broken)


def test_a_page_whose_characters_were_lost_before_is_parked() -> None:
    saved = page("utf-8").encode("gb18030").decode("utf-8", "replace").encode()
    assert "characters are lost" in parked(saved)
    again = saved.decode("utf-8").encode().decode("gb18030", "replace").encode()
    assert parked(again)
    assert "锟斤拷" in parked(("<p>" + "锟斤拷" * 40 + "。通知</p>").encode())


def test_one_lost_character_of_a_long_page_is_left_out_and_said() -> None:
    found = decode(page("utf-8", f"{TEXT}\ufffd{TEXT}").encode())
    assert f"{TEXT}{TEXT}" in found.text
    assert found.said == "utf-8: damaged characters left out in 1 place"


def test_bytes_that_are_no_text_are_parked_with_a_reason() -> None:
    assert "NUL" in parked(b"\x00\x01\x02" * 100)
    assert "NUL" in parked(bytes(500))


def test_a_page_padded_with_zeroes_is_read() -> None:
    assert read(page("gbk").encode("gb18030") + bytes(4096)) == page("gbk")
    found = decode(page("gbk").encode().replace(b"<p>", b"<p>\x00"))
    assert (found.text, found.said) == (page("gbk"), "utf-8: NUL bytes left out: 1")


# --- two charsets in one page ----------------------------------------------------------------------


@pytest.mark.parametrize(("outer", "inner"), [("gb18030", "utf-8"), ("utf-8", "gb18030")])
def test_a_page_with_an_include_in_another_charset_is_read_piece_by_piece(
    outer: str, inner: str
) -> None:
    include = (
        "<div>主办单位：宿迁市人民政府办公室 <a href='/'>网站地图</a> 技术支持：市大数据中心</div>"
    )
    body = page("gbk").encode(outer) + include.encode(inner)
    found = decode(body, "text/html; charset=gbk")
    assert found.text == page("gbk") + include
    assert found.charset == "gb18030 and utf-8"


# --- what has no place in a text -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("宿\ufeff迁", "宿迁"),
        ("宿\u200b迁", "宿迁"),
        ("宿&#65279;迁&#x200B;市", "宿迁市"),
        ("宿&#xFFFD;迁", "宿迁"),
        ("2024&#150;2025", "2024–2025"),
        ("&#147;宿迁&#148;", "“宿迁”"),
        ("宿\u00a0迁&nbsp;&#160;&#1500;", "宿\u00a0迁&nbsp;&#160;&#1500;"),
        ("\ue600图标", "\ue600图标"),
    ],
)
def test_invisible_marks_go_and_references_are_read_as_browsers_do(
    written: str, read_as: str
) -> None:
    assert read(page("utf-8", written).encode()) == page("utf-8", read_as)


def test_characters_that_gb18030_moved_out_of_private_use_are_the_standard_ones() -> None:
    moved = b"\xfe\x59\xfe\x61\xa6\xd9\xa8\xbc\xfe\x51\xfe\x9f"
    body = page("gbk", SIMPLE).encode("gb18030").replace(b"<p>", b"<p>" + moved)
    assert "<p>龴龵︐ḿ𠂇䶮" in read(body)


# --- any bytes, any text ---------------------------------------------------------------------------


@given(st.binary(max_size=3000), st.text(max_size=40))
def test_any_bytes_are_decoded_or_parked_and_never_stored_broken(
    body: bytes, content_type: str
) -> None:
    with suppress(Park):
        assert "\ufffd" not in read(body, content_type)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), max_size=60))
def test_any_han_text_survives_utf8_whatever_is_declared(text: str) -> None:
    for declared in ("gbk", "big5", "iso-8859-1"):
        assert text in read(page(declared, text).encode())


chinese = st.text(
    st.sampled_from("，。的一是在不了有和人这中大为上个国我以要他时来用们"), max_size=6
)
written = st.lists(
    st.tuples(st.text(st.sampled_from(SIMPLE + TEXT), min_size=5, max_size=60), chinese), min_size=1
).map(lambda parts: "".join(a + b for a, b in parts))


@example("、、公办干", "gb18030", "utf-8", "big5")
@given(written, st.sampled_from(CHARSETS), st.sampled_from(LIES), st.sampled_from(LIES))
def test_decoding_gives_back_what_was_encoded_however_it_was_declared(
    text: str, charset: str, header: str, meta: str
) -> None:
    assume(likelihood(text) > 0.6)
    content_type = f"text/html; charset={header}"
    assert read(page(meta, text).encode(charset), content_type) == page(meta, text)


def test_what_lies_beyond_ascii_keeps_its_order() -> None:
    assert beyond_ascii("a宿b迁\ud800c") == "宿迁" + "\ufffd" * 3
    assert likelihood("plain text") == 0


# --- real pages ------------------------------------------------------------------------------------


@needs_eval
@pytest.mark.parametrize("charset", [*CHARSETS, "utf-8-sig", "utf-16", "big5hkscs"])
def test_real_pages_are_read_in_every_charset_whatever_they_declare(charset: str) -> None:
    for number, file in enumerate(sorted((EVAL / "pages").glob("*.html"))[::3]):
        text = read(file.read_bytes())
        body = text.encode(charset, "ignore")
        header = f"text/html; charset={LIES[number % len(LIES)]}"
        found = decode(body, header)
        assert found.text == body.decode(charset), file.name
        assert found.problems == ()
