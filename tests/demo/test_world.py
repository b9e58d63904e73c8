"""The replica is the same for the same seed, and behaves as the facts about the real sites say."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from opencc import OpenCC

from crawler.catalogue import Catalogue
from crawler.demo.aging import Operation, apply, read_journal
from crawler.demo.catalogue import write_catalogue
from crawler.demo.damage import damage
from crawler.demo.render import PER_PAGE, Renderer
from crawler.demo.server import serve
from crawler.demo.world import FIRST_DAY, LAST_DAY, Post, World
from crawler.errors import StopRun
from crawler.pagers import find_pager

PORT = 8321


@pytest.fixture(scope="module")
def world() -> World:
    return World.build()


@pytest.fixture(scope="module")
def renderer(world: World) -> Renderer:
    return Renderer(world, PORT)


def text_of(renderer: Renderer, post: Post, page: str = "") -> str:
    site = renderer.world.sites[post.site]
    answer = renderer.answer(site.host, post.path.replace(".shtml", f"{page}.shtml"), 1)
    return answer.body.decode("gb18030" if site.charset == "gbk" else "utf-8")


def test_the_same_seed_makes_the_same_world(world: World) -> None:
    assert World.build().posts == world.posts
    assert World.build(seed=1).posts != world.posts


def test_it_has_the_size_that_a_test_of_the_whole_line_needs(world: World) -> None:
    assert len(world.sites) >= 6
    assert len(world.truth()) >= 600
    days = [post.day for post in world.posts]
    assert min(days) >= FIRST_DAY
    assert max(days) <= LAST_DAY
    templates = {
        column.template for site in world.sites.values() for column in site.columns.values()
    }
    assert templates == {"plain", "disclosure", "undated", "normative", "news"}


def test_no_two_posts_have_one_address(world: World) -> None:
    assert len({(post.site, post.path) for post in world.posts}) == len(world.posts)


def test_it_reads_like_what_people_search_for(world: World) -> None:
    bodies = [post.body for post in world.truth()]
    for phrase in ("新质生产力", "科技创新", "营商环境", "乡村振兴", "泗洪县"):
        assert sum(phrase in body for body in bodies) >= 20, phrase
    assert not any("{" in body for body in bodies)


def test_it_holds_every_oddity_of_the_real_sites(world: World) -> None:
    for oddity in (
        "placeholder",
        "damaged",
        "pinned",
        "original",
        "attachment",
        "document_number",
        "link",
    ):
        assert any(getattr(post, oddity) for post in world.posts), oddity
    assert any(post.pages > 1 for post in world.posts)
    assert {site.charset for site in world.sites.values()} == {"utf-8", "gbk"}
    assert {site.validators for site in world.sites.values()} == {"honest", "lying", "none"}


def test_lists_page_as_their_script_says(world: World, renderer: Renderer) -> None:
    for site in world.sites.values():
        for column in site.columns.values():
            posts = world.listed(site.id, column.id)
            answer = renderer.answer(site.host, f"{column.path}/{column.list}.shtml", 1)
            pager = find_pager(answer.body.decode("gb18030" if site.charset == "gbk" else "utf-8"))
            assert pager is not None
            assert pager.total == len(posts)
            assert pager.pages == -(-len(posts) // PER_PAGE)
            beyond = f"{column.path}/{column.list}_{pager.pages + 1}.shtml"
            assert renderer.answer(site.host, beyond, 1).status == 404


def test_a_pinned_old_post_stands_on_top(world: World) -> None:
    top, second, *_ = world.listed("demo_city", "sygsgg")
    assert top.pinned
    assert top.day < second.day


def test_gbk_pages_declare_gb2312_and_are_more(world: World, renderer: Renderer) -> None:
    post = next(p for p in world.truth() if p.site == "demo_kjj")
    answer = renderer.answer("kjj.suqian.localhost", post.path, 1)
    assert answer.headers["Content-Type"] == "text/html; charset=gb2312"
    assert post.title in answer.body.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        answer.body.decode("utf-8")


def test_an_article_over_several_pages_has_all_of_its_text(
    world: World, renderer: Renderer
) -> None:
    post = next(p for p in world.truth() if p.pages == 2)
    both = text_of(renderer, post) + text_of(renderer, post, "_2")
    assert all(paragraph in both for paragraph in post.paragraphs)
    assert not all(paragraph in text_of(renderer, post) for paragraph in post.paragraphs)


def test_both_names_of_a_host_serve_the_same_page(world: World, renderer: Renderer) -> None:
    post = next(p for p in world.truth() if p.site == "demo_city")
    assert renderer.answer("www.suqian.localhost", post.path, 1) == renderer.answer(
        "suqian.localhost", post.path, 1
    )


@pytest.mark.parametrize(
    ("kind", "magic"), [("docx", b"PK\x03\x04"), ("xlsx", b"PK\x03\x04"), ("pdf", b"%PDF")]
)
def test_attachments_are_real_files(
    world: World, renderer: Renderer, kind: str, magic: bytes
) -> None:
    post = next(p for p in world.truth() if p.attachment == kind)
    stem = post.path.removesuffix(".shtml")
    name = f"{stem.rpartition('/')[2]}.{kind}"
    answer = renderer.answer(world.sites[post.site].host, f"{stem}/files/{name}", 1)
    assert answer.body.startswith(magic)


def test_damage_is_the_kind_that_mirrors_do() -> None:
    text = "宿迁市科技局局长说，要坚持科技创新。“我们全面提高站位，认真学习领会。”他说。"
    several = [damage(text, Random(seed)) for seed in range(8)]
    assert several == [damage(text, Random(seed)) for seed in range(8)]
    assert any("?" in broken for broken in several)
    broken = several[0]
    assert "創(chuàng)新" in broken
    assert "，" not in broken
    assert OpenCC("t2s").convert(broken) != broken


def test_a_catalogue_of_the_replica_is_a_good_one(tmp_path: Path, world: World) -> None:
    write_catalogue(tmp_path, PORT)
    catalogue = Catalogue.load(tmp_path, shipped=False)
    assert set(catalogue.sources) == set(world.sites)


# --- time passes ------------------------------------------------------------------------------------


def first(world: World) -> Post:
    return next(post for post in world.truth() if post.kind == "news")


def test_an_edit_shows_in_the_list_and_a_silent_one_does_not(world: World) -> None:
    post = first(world)
    loud = apply(world, [Operation("edit", path=post.path)])
    silent = apply(world, [Operation("edit-silently", path=post.path)])
    site = world.sites[post.site]
    assert loud.post_at(site.host, post.path) != post
    changed = silent.post_at(site.host, post.path)
    assert changed is not None
    assert changed.title == post.title
    assert changed.body != post.body


def test_what_is_withdrawn_is_gone_until_it_is_restored(world: World) -> None:
    post = first(world)
    gone = apply(world, [Operation("withdraw", path=post.path)])
    host = world.sites[post.site].host
    assert Renderer(gone, PORT).answer(host, post.path, 1).status == 404
    assert post.path not in {p.path for p in gone.listed(post.site, post.column)}
    back = apply(gone, [Operation("restore", path=post.path)])
    assert Renderer(back, PORT).answer(host, post.path, 1).status == 200


def test_a_redesign_changes_lists_and_articles_alike(world: World) -> None:
    after = Renderer(apply(world, [Operation("redesign", site="demo_jyj")]), PORT)
    column = world.sites["demo_jyj"].columns["tzgg"]
    listing = after.answer(
        "jyj.suqian.localhost", f"{column.path}/{column.list}.shtml", 1
    ).body.decode()
    assert 'class="news-grid"' in listing
    post = next(p for p in world.truth() if p.site == "demo_jyj")
    assert 'class="detail-text"' in text_of(after, post)


@pytest.mark.parametrize(
    ("how", "status"), [("500", 500), ("503", 503), ("challenge", 200), ("reset", 0)]
)
def test_a_host_fails_as_told_and_heals(world: World, how: str, status: int) -> None:
    failing = apply(world, [Operation("fail", site="demo_jyj", how=how)])
    assert Renderer(failing, PORT).answer("jyj.suqian.localhost", "/", 1).status == status
    healed = apply(failing, [Operation("heal", site="demo_jyj")])
    assert healed == world


def test_nonsense_does_not_happen(world: World) -> None:
    with pytest.raises(StopRun, match="unknown operation"):
        apply(world, [Operation("explode")])
    with pytest.raises(StopRun, match="no post at"):
        apply(world, [Operation("edit", path="/nowhere")])


def test_a_restart_forgets_nothing(tmp_path: Path, world: World) -> None:
    journal = tmp_path / "journal.jsonl"
    with serve(world, journal=journal) as replica:
        replica.age(
            Operation("publish", site="demo_jyj", count=2),
            Operation("edit", path=first(world).path),
        )
        replica.age(Operation("publish", site="demo_kjj", column="gzdt"))
        grown = replica.world
    assert len(read_journal(journal)) == 3
    with serve(world, journal=journal) as again:
        assert again.world.posts == grown.posts
    assert len(grown.posts) == len(world.posts) + 3


def test_a_port_in_use_is_said_to_be(world: World) -> None:
    with (
        serve(world) as replica,
        pytest.raises(StopRun, match=f"port {replica.port}"),
        serve(world, port=replica.port),
    ):
        pass


def test_http_and_https_are_answered_on_one_port(world: World) -> None:
    import http.client
    import ssl

    post = replace(first(world))
    host = world.sites[post.site].host
    with serve(world) as replica:
        bodies = []
        blind = ssl._create_unverified_context()
        for connection in (
            http.client.HTTPConnection("127.0.0.1", replica.port),
            http.client.HTTPSConnection("127.0.0.1", replica.port, context=blind),
        ):
            connection.request("GET", "/robots.txt", headers={"Host": f"{host}:{replica.port}"})
            response = connection.getresponse()
            bodies.append((response.status, response.read()))
            connection.close()
        assert bodies[0] == bodies[1]
        assert replica.requests == [(host, "/robots.txt", 200)] * 2
