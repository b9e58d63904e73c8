"""Cycles over a replica that ages: cases of `benchmarks.soak`."""

from benchmarks.soak import soak
from tests.faults.cases import Cases


def measure(cycles: int, seed: int, *, here: bool, articles: int = 40) -> Cases:
    """Go through so many cycles, with the crawl here or in children."""
    cases = Cases(f"soak, crawl {'here' if here else 'in children'}")
    soaked = soak(cycles, here=here, articles=articles, seed=seed)
    first, last = soaked.counted[0], soaked.counted[-1]
    held = f"{first.memory:.0f} MB, then {last.memory:.0f} MB; {last.files} files"
    cases.add(f"{cycles:,} cycles", "; ".join(soaked.grown) or held, good=not soaked.grown)
    wrong = "; ".join(soaked.wrong[:3])
    cases.add(f"{last.articles} articles", wrong or "as the replica", good=not soaked.wrong)
    return cases
