"""How well damage is undone, how often it is seen where there is none, and what looking costs.

    uv run python -m benchmarks.repair [SHARED_FOLDER]

The folder holds ``seed/`` and ``eval/gold.jsonl``; by default the one beside the checkout. Undamaged
texts are broken by `crawler.demo.damage` in several ways, repaired, and compared character by
character (1 - Levenshtein distance / length).
"""

import json
import re
import statistics
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from pypinyin import Style, pinyin

from crawler.demo.damage import Mirror, damage
from crawler.demo.texts import forms, write
from crawler.repair import repair
from crawler.repairing.script import is_traditional, leaning

DEFAULT = Path(__file__).parents[2] / "shared"
ANY_MARK = re.compile("[、。“”‘’《》【】—…，：；？！（）]")
STATES = 3


@dataclass(frozen=True)
class Way:
    """A way to break a text."""

    name: str
    loss: float
    mirror: Mirror


def table(share: float) -> dict[str, str]:
    """Another mirror's table: a share of the traditional characters, each with its first reading."""
    random = Random(share)
    every = (chr(code) for code in range(0x4E00, 0xA000))
    chosen = [c for c in every if is_traditional(c) and random.random() < share]
    return {c: pinyin(c, style=Style.TONE)[0][0] for c in chosen}


def ways() -> list[Way]:
    """As the seed was broken, and other ways of the kind."""
    other = table(0.3)
    return [
        Way("as the seed, no byte lost", 0.0, Mirror()),
        Way("as the seed", 0.67, Mirror()),
        Way("as the seed, always", 1.0, Mirror()),
        Way("all of NFKC, another table", 0.67, Mirror(nfkc=True, readings=other)),
        Way("at 5% of all marks", 0.05, Mirror(loses=ANY_MARK, readings=other)),
        Way(
            "at 5%, narrowed last",
            0.05,
            Mirror(loses=ANY_MARK, narrows_first=False, readings=other),
        ),
    ]


def accuracy(expected: str, found: str) -> float:
    """The share of the characters that are right."""
    return 1 - distance(expected, found) / max(len(expected), len(found), 1)


def distance(one: str, other: str) -> int:
    """Levenshtein's, over what the two do not share at both ends of each line."""
    lines, others = one.split("\n"), other.split("\n")
    if len(lines) != len(others):
        return _levenshtein(one, other)
    return sum(_levenshtein(a, b) for a, b in zip(lines, others, strict=True) if a != b)


def _levenshtein(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


def figures(texts: list[str], way: Way) -> Iterator[float]:
    """The accuracy of each text, broken and repaired; neighbours are broken in different states.

    The width of marks that were narrow before the damage is past knowing, and not counted."""
    for number, text in enumerate(texts):
        broken = damage(text, Random(number % STATES), loss=way.loss, mirror=way.mirror)
        yield accuracy(_narrow(text), _narrow(repair(broken).text))


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def replica() -> list[str]:
    """The replica's texts: some of each form."""
    return [
        "\n".join(write(form, date(2024, 7, 31), Random(f"{form}{nth}")).paragraphs)
        for form in forms()
        for nth in range(STATES)
    ]


def main() -> None:
    """Print the figures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    gold = (folder / "eval" / "gold.jsonl").read_text("utf-8").splitlines()
    bodies = [json.loads(line)["body"] for line in gold]
    broken = (folder / "seed" / "mirror-article.txt").read_text("utf-8")
    whole = (folder / "seed" / "mirror-article.repaired.txt").read_text("utf-8")
    print(f"the seed: {accuracy(whole, repair(broken).text):.4%} of {len(whole)} characters right")
    changed = sum(repair(body).text != body for body in bodies)
    print(f"undamaged pages changed: {changed} of {len(bodies)}\n")
    print(f"{'broken':<28}{'texts':<10}{'mean':>10}{'worst':>10}{'exact':>8}")
    simplified = [body for body in bodies if leaning(body) <= 0]
    for way in ways():
        for name, texts in (("eval", simplified), ("replica", replica())):
            found = list(figures(texts, way))
            exact = statistics.mean(one == 1 for one in found)
            print(
                f"{way.name:<28}{name:<10}{statistics.mean(found):>10.3%}{min(found):>10.3%}{exact:>8.1%}",
                flush=True,
            )
    print(f"\nthe seed takes {seconds(repair, broken) * 1e3:.0f} ms")
    page = max((body for body in simplified if len(body) >= 2000), key=len)[:2000]
    look, fold = (
        seconds(repair, page),
        seconds(lambda text: unicodedata.normalize("NFKC", text), page),
    )
    print(
        f"an undamaged page of 2,000 characters: {look * 1e6:.0f} µs, {look / fold:.2f} times its NFKC"
    )


def seconds(do: Callable[[str], object], text: str) -> float:
    """The shortest of many calls."""

    def once() -> float:
        start = time.perf_counter()
        do(text)
        return time.perf_counter() - start

    do(text)
    return min(once() for _ in range(7))


if __name__ == "__main__":
    main()
