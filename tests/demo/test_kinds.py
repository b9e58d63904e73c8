"""The replica's publishers of other kinds."""

from typing import get_args

from crawler.catalogue import Column
from crawler.demo.kinds.world import kind_of, kinds_world


def test_every_kind_that_can_be_walked_has_a_publisher_in_the_replica() -> None:
    known = set(get_args(Column.model_fields["kind"].annotation))
    served = {kind_of(site) for site in kinds_world().sites.values()}
    assert served == known - {"listing", "manual"}


def test_the_same_numbers_give_the_same_world() -> None:
    assert kinds_world("epaper").posts == kinds_world("epaper").posts
    assert set(kinds_world("epaper", "api").sites) == {"demo_paper", "demo_ggzy"}
