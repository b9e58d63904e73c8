"""How long a polite crawl of very many sites takes, and what bounds it.

    uv run python -m benchmarks.frontier_simulation [--delay SECONDS] [--rate PAGES_A_SECOND …]

A host is asked one request at a time, `delay` seconds apart; the crawlers together do at most `rate`
pages a second. `simulate` lets every single request happen. `fluid` computes the same for sizes at
which nobody can: every host goes on equally until it has no page left. The program shows that both
agree on a sample, then the three plans of docs/scale.md.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heapreplace

import numpy as np
from numpy.typing import NDArray

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be crawled once."""

    name: str
    sites: int
    pages: int


PLANS = (
    Plan("10 cities", 450, 10_000_000),
    Plan("300 cities", 13_500, 300_000_000),
    Plan("all government sites", 15_000, 1_000_000_000),
)


def sizes(sites: int, pages: int, seed: int = 7, spread: float = 1.8) -> NDArray[np.int64]:
    """How many pages each site has: log-normal, as sizes of sites are; about `pages` together."""
    drawn = np.random.default_rng(seed).lognormal(0, spread, sites)
    found: NDArray[np.int64] = np.maximum(1, drawn / drawn.sum() * pages).astype(np.int64)
    return found


def simulate(pages: Sequence[int], delay: float, rate: float) -> float:
    """Seconds until the last page, request by request: whoever may be asked first is."""
    hosts = [(0.0, number, left) for number, left in enumerate(pages)]
    heapify(hosts)
    free = last = 0.0
    while hosts:
        ready, number, left = hosts[0]
        last = max(ready, free)
        free = last + 1 / rate
        if left == 1:
            heappop(hosts)
        else:
            heapreplace(hosts, (last + delay, number, left - 1))
    return last


def fluid(pages: Sequence[int] | NDArray[np.int64], delay: float, rate: float) -> float:
    """The same, as if pages could be divided."""
    ordered = np.sort(np.asarray(pages, np.float64))
    steps = np.diff(ordered, prepend=0.0)
    at_work = np.arange(len(ordered), 0, -1)
    return float((steps * np.maximum(delay, at_work / rate)).sum())


def share_done(pages: NDArray[np.int64], delay: float, rate: float, seconds: float) -> float:
    """Which part of all pages is there after some time."""
    ordered = np.sort(pages.astype(np.float64))
    at_work = np.arange(len(ordered), 0, -1)
    took = np.cumsum(np.diff(ordered, prepend=0.0) * np.maximum(delay, at_work / rate))
    reached = float(np.interp(seconds, np.append(0.0, took), np.append(0.0, ordered)))
    return float(np.minimum(ordered, reached).sum() / ordered.sum())


def main() -> None:
    """Print the check and the plans."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, nargs="+", default=[2.0, 0.5])
    parser.add_argument("--rate", type=float, nargs="+", default=[200.0, 1_000.0, 5_000.0])
    given = parser.parse_args()
    for rate in (20.0, 100.0, 1_000.0):
        sample = sizes(300, 200_000)
        each, together = simulate(sample.tolist(), 2.0, rate), fluid(sample, 2.0, rate)
        print(
            f"300 sites, {sample.sum():,} pages, {rate:,.0f} pages/s at most: simulated "
            f"{each / _DAY:.2f} days, computed {together / _DAY:.2f}"
        )
    for plan in PLANS:
        pages = sizes(plan.sites, plan.pages)
        for delay in given.delay:
            for rate in given.rate:
                _print(plan, pages, delay, rate)


def _print(plan: Plan, pages: NDArray[np.int64], delay: float, rate: float) -> None:
    whole = fluid(pages, delay, rate)
    month = share_done(pages, delay, rate, 30 * _DAY)
    print(
        f"{plan.name:21} {delay:4.1f} s apart, {rate:6,.0f} pages/s: all in {whole / _DAY:8,.1f} days, "
        f"{month:6.1%} in 30; largest site {pages.max():,} pages, {pages.max() * delay / _DAY:,.1f} days"
    )


if __name__ == "__main__":
    main()
