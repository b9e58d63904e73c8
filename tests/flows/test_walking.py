"""Lists that shift while they are read, or are not what their pagers promise. On the replica."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.demo.aging import Operation
from crawler.demo.render import PER_PAGE
from crawler.demo.world import FIRST_DAY, Post, World
from flows.request import Request
from storage.coverage import ColumnCoverage
from storage.models import Outcome
from tests.flows.conftest import Lab, lab

SITE, COLUMN = "demo_sthj", "jsxm"


class Column:
    """A column of the replica with a few list pages."""

    def __init__(self, opened: Lab) -> None:
        self.lab, self.replica = opened, opened.replica
        self.happen("publish", count=2 * PER_PAGE, day="2026-06-30")

    def happen(self, op: str, **how: object) -> None:
        self.replica.age(self.operation(op, **how))

    def operation(self, op: str, **how: object) -> Operation:
        column = {} if "path" in how else {"site": SITE, "column": COLUMN}
        return Operation(op, **column, **how)  # type: ignore[arg-type]

    def while_reading(self, page: int, op: str, **how: object) -> None:
        self.replica.later[self.page(page)] = [self.operation(op, **how)]

    def page(self, number: int) -> str:
        column = self.replica.world.sites[SITE].columns[COLUMN]
        return f"{column.path}/{column.list}{f'_{number}' if number > 1 else ''}.shtml"

    def listed(self) -> list[Post]:
        return self.replica.world.listed(SITE, COLUMN)

    def ingest(self, **request: object) -> ColumnCoverage:
        self.replica.requests.clear()
        asked = {"sources": (SITE,), "since": FIRST_DAY} | request
        self.report = self.lab.ingest(Request(**asked))  # type: ignore[arg-type]
        (found,) = self.lab.corpus().coverage(SITE)
        return found

    def pages_asked(self) -> list[str]:
        asked = [one.path for one in self.replica.requests if one.kind == "list"]
        return [path.rpartition("/")[2].partition(".")[0] for path in asked]

    def articles_twice(self) -> set[str]:
        paths = [one.path for one in self.replica.requests if one.kind == "article"]
        return {path for path in paths if paths.count(path) > 1}


@pytest.fixture
def column(tmp_path: Path, small_world: World) -> Iterator[Column]:
    with lab(tmp_path, small_world) as opened:
        yield Column(opened)


@pytest.mark.parametrize(
    ("how", "doubt"), [("404", "answers 404"), ("repeat", "shows what pages before it show")]
)
def test_the_walk_goes_on_behind_a_dead_page_and_says_what_it_cannot_tell(
    column: Column, how: str, doubt: str
) -> None:
    column.happen("break-list", count=2, how=how)
    found = column.ingest()
    assert found.doubts == (f"page 2 {doubt}",)
    assert (found.unseen, found.missing) == (PER_PAGE, 0)
    assert found.found == len(column.listed()) - PER_PAGE
    assert found.back_to not in {None, "beginning"}


def test_a_list_that_runs_into_another_publishers_ends_there(column: Column) -> None:
    pages = -(-len(column.listed()) // PER_PAGE)
    column.happen("break-list", count=pages, how="foreign")
    found = column.ingest()
    assert "on the hosts of others" in found.doubts[0]
    assert (found.says, found.unseen) == (None, 0)
    assert {article.source for article in column.lab.corpus().articles()} == {SITE}


def test_what_is_put_on_top_while_the_list_is_read_is_found_in_that_walk(column: Column) -> None:
    before = len(column.listed())
    column.while_reading(2, "publish", count=2, day="2026-07-01")
    found = column.ingest()
    assert found.held + found.aside == found.found == before + 2
    assert (found.unseen, column.articles_twice()) == (0, set())
    assert column.pages_asked().count("xxgk_list") == 2


def test_what_slips_on_to_a_page_that_was_read_is_found_in_that_walk(column: Column) -> None:
    first = column.listed()[0]
    column.while_reading(1, "unlist", path=first.path, site=SITE)
    found = column.ingest()
    assert {post.path for post in column.listed()} <= {
        "/" + article.url.partition("//")[2].partition("/")[2]
        for article in column.lab.corpus().articles()
    }
    assert (found.unseen, column.articles_twice()) == (0, set())
    assert column.pages_asked().count("xxgk_list") == 2


def test_what_is_put_in_late_behind_known_pages_is_found_by_the_lists_own_count(
    column: Column,
) -> None:
    column.ingest()
    assert column.ingest().unseen == 0
    assert len(column.pages_asked()) == 1
    column.happen("publish", count=1, day="2023-08-01")
    found = column.ingest()
    assert column.report.outcomes[Outcome.NEW] == 1
    assert (found.unseen, found.missing) == (0, 0)
    column.ingest()
    assert len(column.pages_asked()) == 1
