"""Folding that knows where it came from agrees with plain folding, character for character."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from storage.folding import _characters, compatible, fold, fold_with_offsets
from storage.terms import fts_text

ALPHABET = (
    "宿遷市臺着著〇𬭎ＡＢab１２ Σς①㎡㍿ﬁİéñ\u0301\u3099か゚ｶﾞ가\u1100\u1161\u11a8.，_\n\u3000\u200b"
)
texts = st.one_of(st.text(max_size=60), st.text(st.sampled_from(ALPHABET), max_size=60))


@given(texts)
@example("a b\n 宿 迁 _ x")
@example("ᄀ\u1161\u11a8ﾊ゙")
def test_both_ways_of_folding_give_the_same(raw: str) -> None:
    assert fold_with_offsets(raw).text == fold(raw)


@given(texts, st.integers(0, 60), st.integers(1, 9))
def test_a_place_in_the_original_folds_to_what_was_found(raw: str, start: int, size: int) -> None:
    folded = fold_with_offsets(raw)
    word = folded.text[start : start + size].strip()
    for begin, end in folded.places(word) if word else ():
        assert word in fold(raw[begin:end])


def test_traditional_text_is_found_where_it_stands() -> None:
    raw = "宿遷市\n 臺 風 ＡＢ"
    [(start, end)] = fold_with_offsets(raw).places(fold("台风ab"))
    assert raw[start:end] == "臺 風 ＡＢ"


@given(texts)
@example("，：；！？（）％\u3000…\u0338")
def test_a_text_without_its_commonest_wide_marks_has_the_same_normal_form(raw: str) -> None:
    assert compatible(raw) == unicodedata.normalize("NFKC", raw)


def test_no_character_folds_to_one_that_is_still_to_come() -> None:
    table = _characters()
    assert not any(
        ord(one) in table and ord(one) > old for old, new in table.items() for one in new
    )


def test_every_character_begins_a_pair_and_no_mark_parts_one() -> None:
    comma, end = chr(0x10F000 + ord(",")), chr(0x10F000 + ord("\n"))
    assert fts_text("宿迁,a1") == f"宿迁 迁{comma} {comma}a a1 1{end}"
    assert fts_text("") == ""
