"""A world of publishers with one kind of list each."""

from crawler.demo.founding import originals
from crawler.demo.sites import load_kinds
from crawler.demo.world import World


def kinds_world(seed: int = 1996, articles: int = 120) -> World:
    """Their sites with about that many articles over three years, the same for the same numbers."""
    sites = load_kinds()
    return World(seed, sites, tuple(originals(seed, sites, articles)))
