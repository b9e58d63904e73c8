"""How well and how fast articles are tagged, on the hand-labelled sample.

    uv run python -m benchmarks.tagging [--errors]

Each half of the sample has its own figures: rules were tuned on the one, never on the held-out one.
With ``--errors``, what was missed and what was wrong in the first half.
"""

import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.sample import KINDS, Example, load_sample, wider_topics
from flows.steps.tag import Tagger
from flows.tagging.gazetteer import Gazetteer
from flows.taxonomy import Taxonomy
from flows.taxonomy.models import Level, Place

ROUNDS = 7
TARGETS = {"topic": 0.90, "place": 0.97, "organisation": 0.95, "person": 0.93}


@dataclass(frozen=True)
class Score:
    """Right, wrong and missed tags of one kind."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of the tags given that are right."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of the labels that were found."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / both if both else 1.0


def main() -> None:
    """Print the tables."""
    taxonomy = Taxonomy.load()
    sample = load_sample(wider_topics(taxonomy.topics))
    tagger = Tagger(taxonomy)
    if "--errors" in sys.argv:
        for line in errors(tagger, [one for one in sample.examples if not one.held_out]):
            print(line)
        return
    print(f"{len(sample.examples)} articles, {len(sample.missing)} without their text")
    halves = {"tuned": False, "held out": True}
    heads = "".join(f"  {name:<13}{'P':>8}{'R':>8}{'F1':>8}" for name in ("all", "", ""))
    print(f"{heads}{'target':>8}")
    for kind, target in TARGETS.items():
        parts = [
            _column(name, score(tagger, [e for e in sample.examples if e.held_out is held], kind))
            for name, held in halves.items()
        ]
        whole = _column(kind, score(tagger, sample.examples, kind))
        print(f"{whole}{''.join(parts)}{target:>8.2f}")
    _print_speed(taxonomy, tagger, sample.examples)


def _column(name: str, found: Score) -> str:
    return f"  {name:<13}{found.precision:>8.3f}{found.recall:>8.3f}{found.f1:>8.3f}"


def score(tagger: Tagger, examples: Sequence[Example], kind: str) -> Score:
    """One kind of tags on some examples, all added up."""
    sums: Counter[str] = Counter()
    for example in examples:
        gold, maybe = example.gold[kind], example.maybe[kind]
        found = labels(tagger, example, kind)
        sums["right"] += len(found & gold)
        sums["wrong"] += len(found - gold - maybe)
        sums["missed"] += len(gold - found)
    return Score(sums["right"], sums["wrong"], sums["missed"])


def labels(tagger: Tagger, example: Example, kind: str) -> frozenset[str]:
    """What the tagger finds of one kind."""
    tags = tagger.tag(example.title, example.body, example.day)
    return frozenset(tag.label for tag in tags if tag.kind == kind)


def errors(tagger: Tagger, examples: Sequence[Example]) -> Iterator[str]:
    """One line for each text and kind with something missed or wrong."""
    for example in examples:
        for kind in KINDS:
            found = labels(tagger, example, kind)
            wrong = sorted(found - example.gold[kind] - example.maybe[kind])
            missed = sorted(example.gold[kind] - found)
            if wrong or missed:
                yield f"{example.key:<16}{kind:<14}missed {missed} wrong {wrong}  {example.title[:30]}"


# --- speed ----------------------------------------------------------------------------------------


def _print_speed(taxonomy: Taxonomy, tagger: Tagger, examples: Sequence[Example]) -> None:
    characters = statistics.mean(len(one.title) + len(one.body) for one in examples)
    print(f"\narticles a second, one core ({characters:.0f} characters each on average)")
    for name, people in (("all", True), ("without people", False)):

        def tag(one: Example, people: bool = people) -> object:
            return tagger.tag(one.title, one.body, one.day, people=people)

        print(f"{name:<16}{len(examples) / _seconds(tag, examples):>8.0f}")
    small, large = Gazetteer(taxonomy), Gazetteer(with_ten_times_the_names(taxonomy))
    times = [_seconds(lambda one, g=g: g.find(one.body), examples) for g in (small, large)]  # type: ignore[misc]
    print(
        f"gazetteer of {len(large.names.words):,} names in the place of {len(small.names.words):,}: "
        f"{times[1] / times[0]:.2f} times the time"
    )


def with_ten_times_the_names(taxonomy: Taxonomy) -> Taxonomy:
    """The same taxonomy with invented towns until the gazetteer has ten times its names."""
    wanted = 10 * len(Gazetteer(taxonomy).names.words)
    characters = "江河湖海山水田园林木花草石土金银铜铁东西南北前后左右上下高低大小新旧红黄蓝白"
    places = dict(taxonomy.places)
    pairs = (a + b + c for a in characters for b in characters for c in characters)
    # A town has bodies of its own: about six names each.
    per_town = 6
    for number, name in zip(range(wanted // per_town), pairs, strict=False):
        place = Place(label=f"{name}镇", level=Level.TOWN, names=(f"{name}镇",))
        places[f"suqian/invented{number}"] = place
    return replace(taxonomy, places=places)


def _seconds(work: Callable[[Example], object], examples: Sequence[Example]) -> float:
    """Processor seconds for all examples: the best round, as others only make it slower."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for example in examples:
            work(example)
        rounds.append(time.process_time() - start)
    return min(rounds)


if __name__ == "__main__":
    main()
