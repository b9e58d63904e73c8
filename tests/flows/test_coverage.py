"""What a column says it has, against what a crawl found of it; on the replica."""

import json

from flows.request import Request
from tests.flows.conftest import Crawled, Lab
from tests.flows.test_cli import Shell, suqian

__all__ = ["suqian"]


def test_after_a_whole_crawl_every_column_is_known_to_be_complete(crawled: Crawled) -> None:
    world = crawled.lab.replica.world
    columns = {(one.source, one.column): one for one in crawled.lab.corpus().coverage()}
    for site in world.sites.values():
        for name in site.columns:
            listed = len(world.listed(site.id, name))
            found = columns[site.id, name]
            assert (found.says, found.unseen, found.missing) == ((listed, listed), 0, 0)
            assert found.found == found.standing == found.held + found.aside
            assert found.back_to == "beginning"
    assert sum(one.held for one in columns.values()) >= len(world.truth())


def test_a_page_that_stands_in_two_lists_is_known_of_both(crawled: Crawled) -> None:
    world = crawled.lab.replica.world
    (post,) = (p for p in world.listed("demo_shuyang", "gggs") if (p.link or "").startswith("@"))
    owner, _, path = (post.link or "")[1:].partition("/")
    why = crawled.lab.corpus().why(world.url((owner, f"/{path}"), crawled.lab.replica.port))
    assert why is not None
    assert {(one.source, one.column) for one in why.lists} == {
        ("demo_city", "sygsgg"),
        ("demo_shuyang", "gggs"),
    }
    assert {one.run for one in why.lists} == {crawled.report.run_id}


def test_a_crawl_of_a_part_knows_how_much_is_left_and_the_next_finds_it(small_lab: Lab) -> None:
    newest = small_lab.replica.world.newest()
    listed = len(small_lab.replica.world.listed("demo_sthj", "jsxm"))
    small_lab.ingest(Request(sources=("demo_sthj",), since=newest))
    (before,) = small_lab.corpus().coverage("demo_sthj")
    assert before.says == (listed, listed)
    assert (before.found + before.unseen, before.back_to) == (listed, newest.isoformat())
    assert before.held < listed
    small_lab.ingest(Request(sources=("demo_sthj",), since=newest.replace(year=2020)))
    (after,) = small_lab.corpus().coverage("demo_sthj")
    assert (after.held, after.missing, after.unseen) == (listed, 0, 0)


def test_the_command_shows_columns_and_a_publishers_months(crawled: Crawled, suqian: Shell) -> None:
    suqian.home = crawled.lab.app.settings.home
    rows = json.loads(suqian("sources", "coverage", "--json")[1])
    assert {"source", "column", "says", "found", "held", "missing", "months"} <= set(rows[0])
    assert "demo_sthj/jsxm" in suqian("sources", "coverage")[1]
    shown = suqian("sources", "coverage", "demo_sthj")[1]
    assert "beginning" in shown
    (months,) = (row["months"] for row in rows if row["column"] == "jsxm")
    assert all(month["month"] in shown for month in months)


def test_a_publisher_that_does_not_exist_is_no_publisher_without_lists(
    crawled: Crawled, suqian: Shell
) -> None:
    suqian.home = crawled.lab.app.settings.home
    assert suqian("sources", "coverage", "kjj")[0] == 0
    code, _, said = suqian("sources", "coverage", "kj")
    assert (code, "did you mean kjj" in said) == (2, True)
