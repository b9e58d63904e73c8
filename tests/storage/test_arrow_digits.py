"""What is passed over in columns holds nothing to mask."""

import random
import re

import pyarrow as pa
import pytest

from storage.arrow.digits import suspects
from storage.masking import DIGIT, JOINT, LONG

DIGITS = "012345678９０５𝟎𝟿"
JOINTS = " \t\r\n\u00a0\u00ad\u180e\u2000\u200a\u200b\u2060\u3000\ufeff_-‐—－"
OTHERS = "年月，。：.:,/aXé\u0660①宿迁ー𠮷<>&;\"'"
PIECES = (*DIGITS * 6, *JOINTS, *OTHERS)


def texts(seed: int, pieces: tuple[str, ...]) -> list[str | None]:
    chance = random.Random(seed)
    lengths = [chance.choice((0, 1, 3, 9, 15, 30, 60)) for _ in range(400)]
    return [None, *("".join(chance.choices(pieces, k=length)) for length in lengths)]


def found(written: list[str | None]) -> set[int]:
    """The suspects, among other texts and in a slice of a column too."""
    whole = set(suspects(pa.array(written, pa.string())).tolist())
    around = pa.array(["1234567", *written, "7654321"], pa.string())
    part = around.slice(1, len(written))
    assert set(suspects(part).tolist()) == whole
    return whole


@pytest.mark.parametrize("seed", range(20))
def test_every_text_with_a_long_number_is_a_suspect(seed: int) -> None:
    written = texts(seed, PIECES)
    long = {at for at, text in enumerate(written) if text and LONG.search(text)}
    assert 20 < len(long) < 300
    assert long <= found(written)


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
