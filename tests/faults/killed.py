"""Backfills whose worker, crawl child and database are killed: cases of `benchmarks.kills`."""

from datetime import date
from random import Random

from benchmarks import kills
from tests.faults.cases import Cases


def measure(database: str, count: int, seed: int, *, articles: int, since: date) -> Cases:
    """Kill so many times, then go on undisturbed, and compare with the replica."""
    cases, random = Cases(f"killed backfills on {database}"), Random(seed)
    kinds = [kills.KINDS[number % len(kills.KINDS)] for number in range(count)]
    random.shuffle(kinds)
    with kills.stage_on(database, articles, seed, since) as stage:
        result = kills.measure(stage, kinds)
    for number, kill in enumerate(result.kills, start=1):
        again = f"{kill.again} pages asked for again"
        cases.add(f"{number} of seed {seed}: {kill.kind}", f"at: {kill.at}; {again}", good=True)
    said = f"{result.lost} lost, {result.doubled} doubled, {len(result.amiss)} unaccounted"
    good = not (result.lost or result.doubled or result.amiss)
    cases.add(f"the corpus after {count} kills", "; ".join([said, *result.amiss[:3]]), good=good)
    return cases
