"""What a process keeps to be quick does not grow with what it reads."""

import ast
import tracemalloc
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from gc import get_objects
from pathlib import Path
from random import Random

import pytest
from lxml import html

from crawler.demo.damage import damage
from crawler.extract import _trafilatura as read
from crawler.repair import repair
from flows.steps.dedupe import skeleton
from flows.steps.dedupe.skeleton import MAX_LENGTH
from storage.folding import fold_with_offsets

ROOT = Path(__file__).parent.parent
_LETTERS = "letters, and bytes"
_OWN = "files and settings of our own, lines of the catalogue"
_DAYS = "days of the calendar"
UNBOUNDED = {
    "crawler.repairing.brackets.readings": _LETTERS,
    "crawler.repairing.gbk.character": _LETTERS,
    "crawler.repairing.gbk.characters_ending_in": _LETTERS,
    "crawler.repairing.gbk.characters_led_by": _LETTERS,
    "crawler.repairing.gbk.is_common": _LETTERS,
    "crawler.repairing.gbk.pair": _LETTERS,
    "crawler.repairing.gbk.silent_after": _LETTERS,
    "crawler.repairing.reading.fold_letter": _LETTERS,
    "crawler.repairing.script._everyday": _LETTERS,
    "crawler.repairing.script._weight": _LETTERS,
    "crawler.repairing.script.is_simplified": _LETTERS,
    "crawler.repairing.script.is_traditional": _LETTERS,
    "crawler.repairing.script.simplified_character": _LETTERS,
    "crawler.repairing.vanished.half_led_by": _LETTERS,
    "crawler.repairing.vanished.led_by": _LETTERS,
    "crawler.demo.damage._traditional": _LETTERS,
    "crawler.cron.longest_gap": _OWN,
    "crawler.demo.foreign._posts": _OWN,
    "crawler.demo.texts.load_data": _OWN,
    "crawler.repairing.grammar.load": _OWN,
    "flows.commands.completion._publishers": _OWN,
    "flows.health.thresholds.of": _OWN,
    "flows.steps.language._converter": _OWN,
    "storage.web.pages.language.translations": _OWN,
    "flows.health.days.day_kind": _DAYS,
}
"""Functions that remember every answer, and of what there are only so many different questions."""
_MEGABYTES = 128
"""That the texts of articles may take which are kept to be compared, were all of them the longest."""


def unbounded() -> Iterator[str]:
    """Functions of the three packages that are asked something and remember every answer."""
    for package in ("crawler", "flows", "storage"):
        for file in (ROOT / package).rglob("*.py"):
            module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef) and node.args.args and _remembers_all(node):
                    yield f"{module}.{node.name}"


def _remembers_all(function: ast.FunctionDef) -> bool:
    written = {ast.unparse(one).removeprefix("functools.") for one in function.decorator_list}
    return not written.isdisjoint({"cache", "lru_cache(None)", "lru_cache(maxsize=None)"})


def test_what_remembers_every_answer_is_asked_only_so_many_questions() -> None:
    assert set(unbounded()) == set(UNBOUNDED)


_LOST = damage(
    "要加快建设现代产业体系。\n他说：“我们在发展。”宿迁市委书记表示，\n", Random(0), loss=1.0
)
_WHOLE = "我们全面提高政治觉悟认真学习坚持发展推进人才教育工作落实安全生产建设园区"


def _kept() -> int:
    """Answers that this process remembers for good."""
    caches = (one for one in get_objects() if isinstance(one, _lru_cache_wrapper))
    known = (cache.cache_info() for cache in caches)
    return sum(one.currsize for one in known if one.maxsize is None)


def _broken(seed: int) -> str:
    """A text that a mirror has broken, behind the same letters in an order of their own."""
    return f"{''.join(Random(seed).sample(_WHOLE, len(_WHOLE)))}。\n{_LOST}"


def test_of_broken_texts_nothing_is_remembered_but_their_letters() -> None:
    for seed in range(10):
        assert repair(_broken(seed)).repairs
    before = _kept()
    for seed in range(10, 30):
        repair(_broken(seed))
    assert _kept() == before


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
def test_texts_that_are_compared_are_remembered_by_what_they_take() -> None:
    kept = skeleton._skeleton.cache_parameters()["maxsize"]
    assert kept is not None
    before = tracemalloc.get_traced_memory()[0]
    found = skeleton.skeleton("甲，" * MAX_LENGTH * 10)
    assert len(found.starts) == len(found.places)
    assert found.counts.any()
    assert found.pauses > found.stops
    one = tracemalloc.get_traced_memory()[0] - before
    assert one * kept < _MEGABYTES * 2**20


@pytest.mark.usefixtures("traced")
def test_a_letter_with_marks_without_end_is_not_remembered() -> None:
    fold_with_offsets("e\u0301")
    before = tracemalloc.get_traced_memory()[0]
    for length in range(100_000, 100_010):
        fold_with_offsets("e" + "\u0301" * length)
    assert tracemalloc.get_traced_memory()[0] - before < 200_000


@pytest.mark.usefixtures("traced")
def test_long_texts_of_pages_are_forgotten() -> None:
    before = tracemalloc.get_traced_memory()[0]
    for number in range(20):
        read(html.fragment_fromstring(f"<div><p>{number}{_WHOLE * 30_000}</p></div>"))
    assert tracemalloc.get_traced_memory()[0] - before < 30 * 2**20
