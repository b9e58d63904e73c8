"""`sources check --online`: one question a column, whatever its kind."""

from collections import Counter
from pathlib import Path

from crawler.catalogue import Catalogue
from crawler.demo.catalogue import write_catalogue
from crawler.demo.kinds.world import kinds_world
from crawler.demo.server import serve
from crawler.plan import Limits
from crawler.probe import probe


def test_every_kind_answers_as_declared(tmp_path: Path) -> None:
    world = kinds_world("feed", "sitemap", "api", "search", "epaper")
    with serve(world) as replica:
        write_catalogue(tmp_path, replica.port, world.sites.values())
        catalogue = Catalogue.load(tmp_path, shipped=False)
        limits = Limits(delay=0, autothrottle=False)
        found = probe(catalogue, [tmp_path], contact=None, limits=limits, private_hosts=True)
        said = {(one.source, one.column): one for one in found}
        # The paper's last issue is older than the days on which one is looked for.
        paper = said.pop(("demo_paper", "sqrb"))
        assert (paper.good, paper.answer) == (False, "no answer")
        assert all(one.good for one in said.values()), said
        index = said["demo_sitemap", "all"]
        assert index.items == 0
        assert said["demo_ggzy", "rows"].total == len(world.listed("demo_ggzy", "rows"))
        asked = Counter(host for host, path, _ in replica.requests if path != "/robots.txt")
        assert asked["epaper.suqian.localhost"] == 8
        assert asked["ggzy.suqian.localhost"] == 2
