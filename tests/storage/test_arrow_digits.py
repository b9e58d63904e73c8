"""What is passed over in columns holds nothing to mask."""

import random
import re
from html import unescape

import pyarrow as pa
import pytest

from storage.arrow.digits import suspects
from storage.masked_html import mask_html
from storage.masking import DIGIT, JOINT, LONG

_MARKUP = "<[^<>]*>"
LONG_IN_HTML = re.compile(
    f"[{DIGIT}](?:(?:{_MARKUP})*(?:{JOINT}(?:{_MARKUP})*){{0,3}}[{DIGIT}]){{6}}"
)
DIGITS = "012345678９０５𝟎𝟿"
JOINTS = " \t\r\n\u00a0\u00ad\u180e\u2000\u200a\u200b\u2060\u3000\ufeff_-‐—－"
OTHERS = "年月，。：.:,/aXé\u0660①宿迁ー𠮷<>&;\"'"
PIECES = (*DIGITS * 6, *JOINTS, *OTHERS, "<b>", "</td><td>", '<a href="0527">', "&nbsp;", "&#49;")


def texts(seed: int, pieces: tuple[str, ...]) -> list[str | None]:
    chance = random.Random(seed)
    lengths = [chance.choice((0, 1, 3, 9, 15, 30, 60)) for _ in range(400)]
    return [None, *("".join(chance.choices(pieces, k=length)) for length in lengths)]


def found(written: list[str | None], *, html: bool = False) -> set[int]:
    """The suspects, among other texts and in a slice of a column too."""
    whole = set(suspects(pa.array(written, pa.string()), html=html).tolist())
    around = pa.array(["1234567", *written, "7654321"], pa.string())
    part = around.slice(1, len(written))
    assert set(suspects(part, html=html).tolist()) == whole
    return whole


@pytest.mark.parametrize("seed", range(20))
def test_every_text_with_a_long_number_is_a_suspect(seed: int) -> None:
    written = texts(seed, PIECES[: len(DIGITS) * 6 + len(JOINTS) + len(OTHERS)])
    long = {at for at, text in enumerate(written) if text and LONG.search(text)}
    assert 20 < len(long) < 300
    assert long <= found(written)


@pytest.mark.parametrize("seed", range(20))
def test_every_html_with_a_long_number_in_or_between_its_tags_is_a_suspect(seed: int) -> None:
    written = texts(seed, PIECES)
    long = {
        at
        for at, text in enumerate(written)
        if text
        and (
            LONG.search(text)
            or LONG_IN_HTML.search(text)
            or any(LONG.search(unescape(re.sub(_MARKUP, by, text))) for by in ("", "\n"))
        )
    }
    assert 20 < len(long) < 380
    assert long <= found(written, html=True)


NUMBERS = ("138", "1234", "5678", "13812345678", "11010519491231002X", "１３８", "&#49;", "电话")
TAGS = (
    "<b>",
    "</p><p>",
    '<a title="x>7y8" href="tel:13812345678">',
    '<i title="a=">',
    "&nbsp;",
    "<",
    '"',
)


@pytest.mark.parametrize("seed", range(10))
def test_all_html_that_is_masked_is_a_suspect(seed: int) -> None:
    chance = random.Random(seed)
    pieces = (*NUMBERS * 3, *TAGS, " ", "-", "宿迁", "，")
    written: list[str | None] = ["".join(chance.choices(pieces, k=9)) for _ in range(400)]
    masked = {at for at, html in enumerate(written) if html and mask_html(html) != html}
    assert 100 < len(masked) < 400
    assert masked <= found(written, html=True)


def test_every_digit_and_every_joint_is_known() -> None:
    every = [
        chr(code) for code in (*range(0x3100), *range(0xF900, 0x10000), *range(0x1D700, 0x1D800))
    ]
    for one in every:
        if re.match(JOINT, one):
            assert found([f"1{one * 3}2{one}3{one}４{one * 3}𝟓{one * 3}𝟔{one}7"]) == {0}, one
        if re.match(f"[{DIGIT}]", one):
            assert found([one * 7]) == {0}, one


def test_dates_sums_and_what_stands_in_two_texts_are_no_suspects() -> None:
    written = ["2024年7月31日", "1,234,567.89元", "第123号、第456号、第789号", "", "号", None]
    assert found([*written, "0527-84368000"]) == {len(written)}
    assert (
        found(["<p>2024年</p><p>宿政发12号</p>", '<img width="100" alt="2000">'], html=True)
        == set()
    )
