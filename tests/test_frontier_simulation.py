"""What the plans of docs/scale.md rest on: the computation agrees with what happens step by step."""

import pytest

from benchmarks.frontier_simulation import fluid, share_done, simulate, sizes


@pytest.mark.parametrize("rate", [5.0, 20.0, 100.0, 1000.0])
def test_the_computation_agrees_with_the_simulation(rate: float) -> None:
    pages = sizes(60, 20_000)
    assert fluid(pages, 2.0, rate) == pytest.approx(simulate(pages.tolist(), 2.0, rate), rel=0.02)


def test_one_large_site_bounds_the_whole() -> None:
    assert fluid([10, 10, 1000], 2.0, 1e6) == 2000.0


def test_a_slow_crawler_bounds_the_whole() -> None:
    assert fluid([100] * 50, 0.001, 10.0) == pytest.approx(500.0)


def test_all_pages_are_done_when_the_last_site_is() -> None:
    pages = sizes(50, 10_000)
    assert share_done(pages, 2.0, 30.0, fluid(pages, 2.0, 30.0)) == pytest.approx(1.0)
    assert share_done(pages, 2.0, 30.0, 0.0) == 0.0
