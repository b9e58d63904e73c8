"""A small sample of what `make faults` does, and that its suites can fail."""

import re
from collections import Counter
from dataclasses import replace
from mmap import ACCESS_READ, mmap
from pathlib import Path
from random import Random

from benchmarks.soak import Counted, Soaked, held
from tests.faults import crowd, fuzz, requests
from tests.faults.patterns import modules, patterns, slow, tried

_HANGS = 30.0


def test_a_pattern_that_explodes_is_found() -> None:
    assert slow(re.compile(r"(?:、[^，]{1,25}?){0,5}等行动")) is not None
    assert slow(re.compile(r"[、，]+等行动")) is None


def test_a_pattern_that_would_never_end_is_given_up() -> None:
    found = slow(re.compile(r"(?:a|a?b?a)+c"))
    assert found is not None
    assert len(found.seconds) == 1


def test_a_pattern_that_is_slow_behind_one_of_its_parts_is_found_in_full() -> None:
    found = tried(re.compile(r"编辑\s*[：\s]\s*([王\s]{2,20}?)\s*）?\s*$"), full=True)
    assert found.too_slow
    assert not tried(re.compile(r"编辑\s*+：\s*+(王{2,20})$"), full=True).too_slow


def test_the_patterns_of_every_package_are_tried() -> None:
    found = patterns()
    assert len(found) > 150
    assert {module.__name__.partition(".")[0] for module in modules()} == {
        "crawler",
        "flows",
        "storage",
    }


def test_broken_pages_and_made_up_questions_break_nothing() -> None:
    # On a machine that does other work, too, a page may well take the two seconds that it has.
    assert list(fuzz.tried(fuzz.Pages(articles=8).read, range(25), seed=1, limit=_HANGS)) == []
    assert list(fuzz.tried(fuzz.ask, range(2000), seed=1, limit=_HANGS)) == []


def test_each_of_a_crowd_is_answered_or_told_to_come_again() -> None:
    assert crowd.measure(200).good


def test_made_up_requests_break_nothing() -> None:
    with requests.small_corpus() as corpus:
        asking = requests.Asking(corpus)
        assert list(fuzz.tried(asking.ask, range(100), seed=1, limit=_HANGS)) == []


def test_what_grows_in_a_soak_is_named() -> None:
    warm = Counted(2, 300.0, files=20, threads=3, connections=0, left=0, segments=3, articles=60)
    more = replace(warm, cycles=10, memory=310.0, segments=12, articles=70)
    assert Soaked([warm, more], Counter(), [], 1.0).grown == []
    leaking = replace(more, memory=330.0, files=21, connections=1)
    found = Soaked([warm, leaking], Counter(), [], 1.0).grown
    assert [one.partition(":")[0] for one in found] == ["memory", "files", "connections"]


def test_a_soak_does_not_count_what_is_free() -> None:
    before = held()
    texts = [b"x" * 64_000 for _ in range(1_000)]
    assert held() > before + 40
    del texts[:-1]
    assert held() < before + 5
    assert len(texts) == 1


def test_a_soak_does_not_count_what_files_have(tmp_path: Path) -> None:
    file = tmp_path / "library"
    file.write_bytes(b"x" * 40 * 2**20)
    before = held()
    with file.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as mapped:
        assert mapped.find(b"y") == -1
        assert held() < before + 5


def test_what_breaks_or_hangs_is_named() -> None:
    def divide(random: Random) -> float:
        return 1 / 0

    [failure] = fuzz.tried(divide, range(1), seed=1)
    assert "ZeroDivisionError" in failure.said
