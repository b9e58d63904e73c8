import re
from datetime import date
from pathlib import Path

import pytest

from crawler.catalogue import Catalogue, Level, shipped_folder
from crawler.errors import CatalogueError, StopRun
from crawler.floors import Floors

SHIPPED = sorted((shipped_folder() / "sources").glob("*.yaml"))
GOOD = """\
name: 测试局
level: bureau
hosts: [test.suqian.gov.cn]
columns:
  tzgg:
    name: 通知公告
    start: http://test.suqian.gov.cn/x/tzgg/list.shtml
    template: plain
"""


def write(folder: Path, text: str, name: str = "test.yaml") -> Path:
    (folder / "sources").mkdir(exist_ok=True)
    (folder / "sources" / name).write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_source_can_be_planned(path: Path) -> None:
    catalogue = Catalogue.load()
    source = catalogue.source(path.stem)
    for column_id, column in source.columns.items():
        assert column.verified is None  # nothing here was ever tried: no network reaches the sites
        if column.kind == "listing":
            assert catalogue.list_template(source.id, column_id, date(2026, 1, 1)).item
            assert catalogue.layout(source.id, column_id, date(2026, 1, 1)) is not None


def test_the_shipped_catalogue_covers_the_city() -> None:
    sources = Catalogue.load().sources.values()
    columns = [column for source in sources for column in source.columns.values()]
    assert len(columns) >= 100
    assert len({source.hosts[0] for source in sources}) == len(sources) >= 45
    assert {source.level for source in sources} == set(Level)


def test_no_two_sources_or_columns_share_what_tells_them_apart() -> None:
    sources = Catalogue.load().sources.values()
    for told in (
        [host for source in sources for host in source.hosts],
        [source.name for source in sources],
        [source.short for source in sources if source.short],
        [column.start for source in sources for column in source.columns.values()],
    ):
        assert len(told) == len(set(told)), sorted(told)


def test_an_inferred_address_is_expected_once_it_was_verified(tmp_path: Path) -> None:
    text = f"{GOOD}    basis: pattern\n"
    [inferred] = Catalogue.load(write(tmp_path, text)).source("test").columns.values()
    assert (inferred.walked, inferred.expected) == (True, False)
    text += "    verified: 2026-10-01\n"
    [verified] = Catalogue.load(write(tmp_path, text)).source("test").columns.values()
    assert verified.expected


def test_a_claim_has_been_seen_by_who_makes_it() -> None:
    for source in Catalogue.load().sources.values():
        for name, column in source.columns.items():
            assert not (column.basis == "pattern" and column.claimed), (source.id, name)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("level: bureau", "levl: bureau", 2, "unknown key 'levl'; did you mean 'level'?"),
        ("level: bureau\n", "", 1, "the key 'level' is missing"),
        ("level: bureau", "level: village", 2, "level:"),
        ("template: plain", "template: plane", 8, "unknown template 'plane'"),
        ("template: plain", 'template: plain\n    body: "div[["', 9, "is no CSS selector"),
        ("template: plain", "template: plain\n    noise: ['a', '>>']", 9, "is no CSS selector"),
        ("    template: plain\n", "", 5, "a listing needs a template"),
        ("http://test.suqian.gov.cn", "http://other.gov.cn", 7, "not among the hosts"),
        ("start: http://", "start: ftp://", 7, "start:"),
        ("name: 通知公告", "name: 通知公告\n    name: 又一个", 7, "stands twice"),
        ("template: plain", "template: plain\n    since: yesterday", 9, "since:"),
        ("template: plain", "template: plain\n    cadence: {cron: 'often'}", 9, "cadence.cron"),
        (
            "template: plain",
            "template: plain\n    layouts:\n      - {until: 2025-02-30, body: div.a}",
            10,
            "day is out of range for month",
        ),
        (
            "template: plain",
            "template: plain\n    layouts:\n      - {until: someday, body: div.a}",
            10,
            "until:",
        ),
        (
            "template: plain",
            "template: plain\n    layouts:\n      - {until: 2025-03-31, body: div.a}\n      - {until: 2024-03-31, body: div.b}",
            11,
            "until 2024-03-31 ends before the one above it (2025-03-31)",
        ),
        (
            "template: plain",
            "template: plain\n    layouts:\n      - until: 2025-03-31\n        body: div.a\n      - body: div.b\n        until: 2025-03-31",
            13,
            "ends on the same day as the one above it",
        ),
        (
            "template: plain",
            "template: plain\n    layouts:\n      - {until: 2025-03-31}",
            10,
            "needs what was different",
        ),
        ("hosts: [test.suqian.gov.cn]", "hosts: [test.suqian.gov.cn", 4, "is no YAML"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    folder = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(CatalogueError) as caught:
        Catalogue.load(folder)
    message = str(caught.value)
    assert said in message
    assert re.search(rf"test\.yaml:{line}: ", message), message


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words"])
def test_a_file_without_a_mapping_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(CatalogueError, match=r"test\.yaml:1: "):
        Catalogue.load(write(tmp_path, text))


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("template: plain", "template: plane"))
    write(tmp_path, GOOD.replace("level: bureau", "lvl: bureau"), "other.yaml")
    with pytest.raises(CatalogueError) as caught:
        Catalogue.load(tmp_path)
    assert (
        len(str(caught.value).splitlines()) == 3
    )  # the unknown key, the missing one, the template


def test_a_file_name_that_is_no_id_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="the file's name is the id"):
        Catalogue.load(write(tmp_path, GOOD, "Test-1.yaml"))


def test_an_operators_file_replaces_the_shipped_one(tmp_path: Path) -> None:
    catalogue = Catalogue.load(write(tmp_path, GOOD, "kjj.yaml"))
    assert catalogue.source("kjj").name == "测试局"
    assert len(catalogue.sources) == len(SHIPPED)


def test_an_operator_switches_a_source_off(tmp_path: Path) -> None:
    catalogue = Catalogue.load(write(tmp_path, "enabled: false\n", "kjj.yaml"))
    assert not catalogue.source("kjj").enabled


def test_switching_off_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="switches off 'nobody'"):
        Catalogue.load(write(tmp_path, "enabled: false\n", "nobody.yaml"))


def test_an_operators_template_is_laid_over_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "templates.yaml").write_text(
        "lists:\n  cards: {item: div.card, article: suqian_cms}\n"
    )
    catalogue = Catalogue.load(write(tmp_path, GOOD.replace("plain", "cards")))
    assert catalogue.list_template("test", "tzgg", date(2026, 1, 1)).item == "div.card"


def test_a_template_with_an_unknown_layout_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "templates.yaml").write_text(
        "lists:\n  cards:\n    item: div.card\n    article: nope\n"
    )
    with pytest.raises(CatalogueError, match=r"templates\.yaml:4: unknown article layout 'nope'"):
        Catalogue.load(write(tmp_path, GOOD))


def test_an_old_page_is_read_by_the_layout_of_its_time(tmp_path: Path) -> None:
    text = GOOD + "    layouts: [{until: 2025-03-31, template: disclosure, body: div.old}]\n"
    catalogue = Catalogue.load(write(tmp_path, text))
    old = catalogue.layout("test", "tzgg", date(2025, 3, 31))
    new = catalogue.layout("test", "tzgg", date(2025, 4, 1))
    assert old is not None
    assert new is not None
    assert old.bodies[0] == "div.old"
    assert "div.old" not in new.bodies
    assert catalogue.list_template("test", "tzgg", date(2025, 1, 1)).date == "span"


@pytest.mark.parametrize(
    ("day", "body"),
    [
        (date(2020, 1, 1), "div.oldest"),
        (date(2021, 6, 30), "div.oldest"),
        (date(2021, 7, 1), "div.old"),
        (date(2025, 3, 31), "div.old"),
        (date(2025, 4, 1), "div.article-content#zoomcon"),
    ],
)
def test_each_day_belongs_to_one_layout(tmp_path: Path, day: date, body: str) -> None:
    layouts = "[{until: 2021-06-30, body: div.oldest}, {until: 2025-03-31, body: div.old}]"
    catalogue = Catalogue.load(write(tmp_path, f"{GOOD}    layouts: {layouts}\n"))
    layout = catalogue.layout("test", "tzgg", day)
    assert layout is not None
    assert layout.bodies[0] == body


@pytest.mark.parametrize(
    ("url", "column"),
    [
        ("https://www.kjj.suqian.gov.cn/skjk/zcfg/202407/a.shtml", ("kjj", "zcfg")),
        ("http://kjj.suqian.gov.cn/skjk/zcfg/xxgk_list.shtml", ("kjj", "zcfg")),
        ("http://kjj.suqian.gov.cn/skjk/zcfgjd/202407/a.shtml", None),
        ("http://kjj.suqian.gov.cn/", None),
        ("https://example.org/skjk/zcfg/a.shtml", None),
        ("file:0123", None),
    ],
)
def test_an_address_belongs_to_the_column_in_whose_folder_it_is(
    url: str, column: tuple[str, str] | None
) -> None:
    assert Catalogue.load().column_of(url) == column


def test_an_unknown_source_is_told_with_what_may_be_meant() -> None:
    with pytest.raises(StopRun, match="did you mean kjj"):
        Catalogue.load().source("kj")


def test_an_address_belongs_to_the_source_on_whose_host_it_is() -> None:
    catalogue = Catalogue.load()
    found = catalogue.source_of("https://www.sqsc.gov.cn/scq/qzfwj/a.shtml")
    assert found is not None
    assert found.id == "sucheng"
    assert catalogue.source_of("https://example.org/") is None


def test_a_label_that_is_no_source_has_no_layout() -> None:
    assert Catalogue.load().layout("import", None, date(2026, 1, 1)) is None


def test_who_issues_ranks_above_who_passes_on() -> None:
    catalogue = Catalogue.load()
    ranks = [
        catalogue.source(name).authority
        for name in ("suqian", "kjj", "sihong", "sqdaily", "sq1996")
    ]
    assert ranks == sorted(ranks, reverse=True)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("    floors: {items: 1.5}", "floors.items"),
        ("    floors: {copies: 0}", "floors.copies"),
        ("    floors: {fields: [dates]}", "floors.fields"),
        ("    cadence: {learn: false}", "learn: false needs a silence"),
    ],
)
def test_floors_and_cadences_that_mean_nothing_are_refused(
    tmp_path: Path, said: str, complaint: str
) -> None:
    folder = write(tmp_path, f"{GOOD}{said}\n")
    with pytest.raises(CatalogueError, match=re.escape(complaint)):
        Catalogue.load(folder)


def test_a_columns_floors_go_over_its_sources(tmp_path: Path) -> None:
    text = f"{GOOD}    floors: {{items: never}}\nfloors: {{items: 0.5, copies: 0.9}}\n"
    source = Catalogue.load(write(tmp_path, text)).source("test")
    assert source.floors_of("tzgg") == Floors(items="never", copies=0.9)
    assert source.floors_of(None) == source.floors_of("zcwj") == Floors(items=0.5, copies=0.9)
