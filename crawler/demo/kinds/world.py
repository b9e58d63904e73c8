"""A world of publishers with one kind of list each."""

from crawler.demo.founding import originals
from crawler.demo.sites import Site, load_kinds
from crawler.demo.world import World


def kinds_world(*kinds: str, seed: int = 1996, articles: int = 120) -> World:
    """The publishers that have lists of these kinds, or all, with about that many articles over
    three years; the same for the same numbers."""
    sites = {
        name: site for name, site in load_kinds().items() if not kinds or kind_of(site) in kinds
    }
    return World(seed, sites, tuple(originals(seed, sites, articles)))


def kind_of(site: Site) -> str:
    """The kind of list that a publisher of such a world has."""
    return next(iter(site.columns.values())).kind
