"""What the world says that a perfect crawl finds is what is served."""

from collections import Counter
from difflib import SequenceMatcher

import pytest

from crawler.catalogue import Catalogue
from crawler.demo.catalogue import write_catalogue
from crawler.demo.render import Renderer
from crawler.demo.sites import load_sites
from crawler.demo.world import LAST_DAY, Expected, World

PORT = 8321


@pytest.fixture(scope="module")
def expected(whole: World) -> dict[str, Expected]:
    return {one.key: one for one in whole.expected(PORT)}


def test_every_expected_article_is_served_under_its_address(
    whole: World, expected: dict[str, Expected]
) -> None:
    renderer = Renderer(whole, PORT)
    assert len(expected) == len(whole.truth()) >= 600
    for one in expected.values():
        site = whole.sites[one.source]
        path = one.url.partition(f":{PORT}")[2]
        answer = renderer.answer(site.host, path)
        assert answer.status == 200
        assert one.title in answer.body.decode("gb18030" if site.charset == "gbk" else "utf-8")


def test_what_is_no_article_is_not_expected(whole: World, expected: dict[str, Expected]) -> None:
    assert not any("/internal/" in key for key in expected)
    assert not any("未制发" in one.title for one in expected.values())
    linked = [post for post in whole.posts if post.link]
    assert len(linked) == 4
    urls = {one.url for one in expected.values()}
    assert not any(whole.url(post.address, PORT) in urls for post in linked)


def test_what_robots_txt_keeps_would_be_served_all_the_same(whole: World) -> None:
    hidden = next(post for post in whole.posts if post.path.startswith("/internal/"))
    assert hidden in whole.listed("demo_city", "sygsgg")
    renderer = Renderer(whole, PORT)
    assert renderer.answer("www.suqian.localhost", hidden.path).status == 200
    robots = renderer.answer("www.suqian.localhost", "/robots.txt").body.decode()
    assert robots == "User-agent: *\nDisallow: /internal/"


def test_reprints_repeat_an_article_of_another_site(
    whole: World, expected: dict[str, Expected]
) -> None:
    reprints = [one for one in expected.values() if one.original]
    assert len(reprints) >= 50
    for one in reprints:
        source = expected[one.original or ""]
        assert one.source != source.source or one.damaged
        assert one.published.at >= source.published.at or one.damaged
        assert source.body.startswith(one.body)
        assert (one.body != source.body) == one.cut
    assert {one.cut for one in reprints} == {True, False}
    assert {one.title == expected[one.original or ""].title for one in reprints} == {True, False}
    assert max(Counter(one.original for one in reprints).values()) >= 3


def test_articles_that_repeat_nothing_are_no_copies_of_one_another(
    expected: dict[str, Expected],
) -> None:
    news = [one for one in expected.values() if one.kind == "news" and one.original is None]
    assert len({one.body for one in news}) == len(news)
    one, *others = [n for n in news if n.form == "tech"]
    closest = max(SequenceMatcher(None, one.body, other.body).ratio() for other in others[:20])
    assert closest < 0.9


def test_families_of_notices_are_large_and_no_two_are_the_same(
    expected: dict[str, Expected],
) -> None:
    families = Counter(one.form for one in expected.values() if one.kind == "notices")
    assert families["assessment"] >= 50
    assert sum(families.values()) >= 150
    bodies = [one.body for one in expected.values() if one.kind == "notices" and one.body]
    assert len(set(bodies)) == len(bodies)


def test_a_roundup_quotes_articles_that_stand_for_themselves(expected: dict[str, Expected]) -> None:
    roundup = next(one for one in expected.values() if one.form == "roundup")
    lines = roundup.body.split("\n")
    assert len(lines) == 8
    assert {one.title for one in expected.values()} >= set(lines[::2])
    assert roundup.original is None


def test_an_article_in_traditional_characters_is_not_damaged(expected: dict[str, Expected]) -> None:
    [one] = [one for one in expected.values() if "臺灣" in one.body]
    assert not one.damaged


def test_the_catalogue_reaches_every_article(
    whole: World, expected: dict[str, Expected], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("catalogue")
    write_catalogue(folder, PORT)
    catalogue = Catalogue.load(folder, shipped=False)
    for one in expected.values():
        source = catalogue.source_of(one.url)
        assert source is not None
        assert source.id == one.source
        assert one.column in source.columns
    renderer = Renderer(whole, PORT)
    for source in catalogue.sources.values():
        for column in source.columns.values():
            path = column.start.partition(f":{PORT}")[2]
            assert renderer.answer(source.hosts[0], path).status == 200


def test_a_world_can_be_larger() -> None:
    world = World.build(seed=7, articles=2_000, publishers=30)
    assert len(world.sites) == 30
    assert len({site.host for site in world.sites.values()}) == 30
    assert 1_900 <= len(world.posts) <= 2_300
    assert len({post.address for post in world.posts}) == len(world.posts)
    assert all(site.columns for site in load_sites(50).values())
    assert max(post.day for post in world.posts) <= LAST_DAY


def test_the_world_knows_the_clean_text_of_each_damaged_one(whole: World) -> None:
    damaged = [post for post in whole.posts if post.damaged]
    assert len(damaged) == 2
    for post in damaged:
        assert post.clean
        assert len(post.clean) == len(post.paragraphs)
        assert "創(chuàng)" in post.body
        assert "(" not in "".join(post.clean)
    assert any("?" in post.body for post in damaged)
    truth = {one.key: one for one in whole.expected(80)}
    bodies = [one.body for one in truth.values() if one.damaged]
    assert bodies == ["\n".join(post.clean or ()) for post in damaged]
