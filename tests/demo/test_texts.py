"""Texts read like the real thing, and are the same for the same seed."""

import re
from datetime import date
from random import Random

import pytest

from crawler.demo import texts

DAY = date(2025, 3, 28)


def text_of(form: str, seed: int = 1, place: str | None = None) -> texts.Text:
    return texts.write(form, DAY, Random(seed), place)


@pytest.mark.parametrize("form", texts.forms())
def test_every_slot_and_choice_of_a_form_is_filled(form: str) -> None:
    for seed in range(20):
        text = text_of(form, seed)
        assert not re.search(r"[{}\[\]]", "".join([text.title, *text.paragraphs]))


@pytest.mark.parametrize("form", texts.forms())
def test_a_text_is_the_same_for_the_same_seed_only(form: str) -> None:
    assert text_of(form) == text_of(form)
    assert text_of(form).paragraphs != text_of(form, seed=2).paragraphs


@pytest.mark.parametrize(
    ("kind", "least", "most"), [("news", 200, 1500), ("notices", 150, 800), ("policy", 300, 4000)]
)
def test_lengths_are_those_of_real_texts(kind: str, least: int, most: int) -> None:
    forms = [form for form, entry in texts.forms().items() if entry["kind"] == kind]
    lengths = [len("".join(text_of(form, seed).paragraphs)) for form in forms for seed in range(20)]
    assert least <= min(lengths)
    assert max(lengths) <= most
    assert max(lengths) >= most / 2


def test_a_word_stays_the_same_all_through_a_text_and_its_second_is_another() -> None:
    pen = texts.Pen(DAY, Random(4))
    first, again, other = pen.fill("{company}/{company}/{company2}").split("/")
    assert first == again
    assert first != other


def test_a_text_about_one_place_names_it() -> None:
    assert "沭阳县" in "".join(text_of("project", place="沭阳县").paragraphs)


def test_notices_of_one_family_differ_only_in_what_is_filled_in() -> None:
    one, two = (text_of("road", seed).paragraphs for seed in (1, 2))
    assert len(one) == len(two)
    assert one != two
    assert one[-2:] == two[-2:]


def test_chosen_paragraphs_are_numbered_without_a_gap() -> None:
    tasks = [p for p in text_of("measures").paragraphs if re.match(r"\d+\.", p)]
    assert [p.partition(".")[0] for p in tasks] == [str(n) for n in range(1, len(tasks) + 1)]
    assert len(tasks) >= 7


def test_a_table_row_has_as_many_cells_as_its_head() -> None:
    rows = [texts.cells(p) for p in text_of("land").paragraphs if p.startswith("|")]
    assert [len(row) for row in rows] == [6, 6, 6]
