"""What happens in the replica is visible over HTTP, at once and after a restart."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.demo.aging import OPERATIONS, Operation, apply, read_journal, write_journal
from crawler.demo.posts import Post
from crawler.demo.server import Replica, serve
from crawler.demo.world import World
from crawler.errors import StopRun
from tests.demo.conftest import ask

HOST = "jyj.suqian.localhost"
LIST = "/sjyj/tzgg/list.shtml"


def newest(world: World) -> Post:
    posts = [post for post in world.listed("demo_jyj", "tzgg") if not post.pinned]
    return posts[0]


@dataclass(frozen=True)
class Case:
    """An operation on a site, and what shows that it happened."""

    operation: Callable[[Post], Operation]
    happened: Callable[[Replica, Post], bool]


def status(replica: Replica, path: str) -> int:
    return ask(replica, HOST, path).status


CASES = {
    "publish": Case(
        lambda _: Operation("publish", site="demo_jyj", column="tzgg", count=2),
        lambda replica, _: ask(replica, HOST, LIST).text.count("[2026-07-01]") >= 2,
    ),
    "edit": Case(
        lambda post: Operation("edit", path=post.path),
        lambda replica, post: (
            "（更正）" in ask(replica, HOST, LIST).text
            and "第1次修改" in ask(replica, HOST, post.path).text
        ),
    ),
    "edit-silently": Case(
        lambda post: Operation("edit-silently", path=post.path),
        lambda replica, post: (
            "（更正）" not in ask(replica, HOST, LIST).text
            and "第1次修改" in ask(replica, HOST, post.path).text
        ),
    ),
    "withdraw": Case(
        lambda post: Operation("withdraw", path=post.path),
        lambda replica, post: (
            status(replica, post.path) == 404 and post.path not in ask(replica, HOST, LIST).text
        ),
    ),
    "withdraw by a redirect": Case(
        lambda post: Operation("withdraw", path=post.path, how="front"),
        lambda replica, post: ask(replica, HOST, post.path).headers["Location"] == "/",
    ),
    "withdraw by a page that says so": Case(
        lambda post: Operation("withdraw", path=post.path, how="soft"),
        lambda replica, post: (
            "页面不存在" in (got := ask(replica, HOST, post.path)).text and got.status == 200
        ),
    ),
    "unlist": Case(
        lambda post: Operation("unlist", path=post.path),
        lambda replica, post: (
            status(replica, post.path) == 200 and post.path not in ask(replica, HOST, LIST).text
        ),
    ),
    "noise": Case(
        lambda post: Operation("noise", path=post.path),
        lambda replica, post: "117人阅读" in ask(replica, HOST, post.path).text,
    ),
    "reword": Case(
        lambda post: Operation("edit-silently", path=post.path, how="reword"),
        lambda replica, post: "经第1次核实" in ask(replica, HOST, post.path).text,
    ),
    "reprint": Case(
        lambda post: Operation(
            "reprint",
            path=post.path,
            site="demo_jyj",
            column="tzgg",
            how="转载丨另一个标题",
        ),
        lambda replica, _: "转载丨另一个标题" in ask(replica, HOST, LIST).text,
    ),
    "move": Case(
        lambda post: Operation("move", path=post.path),
        lambda replica, post: (
            status(replica, post.path) == 301 and post.path not in ask(replica, HOST, LIST).text
        ),
    ),
    "redesign": Case(
        lambda _: Operation("redesign", site="demo_jyj"),
        lambda replica, post: (
            'ul class="list"' not in ask(replica, HOST, LIST).text
            and "xxgkcont" not in ask(replica, HOST, post.path).text
        ),
    ),
    "fail": Case(
        lambda _: Operation("fail", site="demo_jyj", how="500"),
        lambda replica, _: status(replica, LIST) == 500,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_happens_shows_at_once_and_after_a_restart(
    small: World, tmp_path: Path, name: str
) -> None:
    case, post = CASES[name], newest(small)
    journal = tmp_path / "journal.jsonl"
    with serve(small, journal=journal) as replica:
        assert not case.happened(replica, post)
        replica.age(case.operation(post))
        assert case.happened(replica, post)
    with serve(small, journal=journal) as again:
        assert case.happened(again, post)


def test_a_running_replica_notices_what_another_process_wrote(small: World, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    with serve(small, journal=journal) as replica:
        assert status(replica, LIST) == 200
        write_journal(journal, Operation("fail", site="demo_jyj", how="503"))
        assert status(replica, LIST) == 503
        journal.unlink()
        assert status(replica, LIST) == 200


def test_the_command_checks_before_it_writes(tmp_path: Path) -> None:
    journal = tmp_path / "日志" / "journal.jsonl"
    command = [sys.executable, "-m", "crawler.demo", "age", "--journal", str(journal)]
    done = subprocess.run(
        [*command, "fail", "--site", "demo_kjj", "--how", "500"], check=True, capture_output=True
    )
    assert done.stderr == b""
    assert read_journal(journal) == [Operation("fail", site="demo_kjj", how="500")]
    wrong = subprocess.run([*command, "fail", "--site", "nobody"], check=False, capture_output=True)
    assert wrong.returncode == 1
    assert wrong.stderr.startswith(b"unknown site 'nobody'; there are demo_city")
    assert len(read_journal(journal)) == 1


def test_a_moved_post_redirects_from_each_of_its_old_addresses(replica: Replica) -> None:
    first = newest(replica.world)
    replica.age(Operation("move", path=first.path))
    second = newest(replica.world)
    replica.age(Operation("move", path=second.path))
    last = newest(replica.world)
    assert len({first.path, second.path, last.path}) == 3
    for old in (first, second):
        assert ask(replica, HOST, old.path).headers["Location"] == last.path
    assert last.title in ask(replica, HOST, last.path).text


def test_a_silent_site_is_left_out_when_everybody_publishes(small: World) -> None:
    quiet = apply(small, [Operation("silence", site="demo_jyj")])
    later = apply(quiet, [Operation("publish", count=200)])
    new = later.posts[len(small.posts) :]
    assert len(new) == 200
    sites = {post.site for post in new}
    assert "demo_jyj" not in sites
    assert sites == set(small.sites) - {"demo_jyj"}
    assert apply(quiet, [Operation("publish", site="demo_jyj")]) == quiet


def test_a_restored_site_is_what_it_was(small: World) -> None:
    site = "demo_jyj"
    changed = [
        Operation("silence", site=site),
        Operation("redesign", site=site),
        Operation("fail", site=site, how="reset"),
    ]
    worse = apply(small, changed)
    assert worse != small
    assert apply(worse, [Operation("restore", site=site)]) == small


def test_a_post_is_named_by_path_by_address_or_by_its_place(small: World) -> None:
    post = newest(small)
    by = [
        Operation("withdraw", path=post.path),
        Operation("withdraw", path=f"https://{HOST}:8321{post.path}"),
        Operation("withdraw", site="demo_jyj", column="tzgg", path="#1"),
    ]
    worlds = [apply(small, [operation]) for operation in by]
    assert worlds[0] != small
    assert worlds[0] == worlds[1] == worlds[2]


def test_a_restored_post_is_what_it_was(small: World) -> None:
    post = newest(small)
    gone = [Operation("withdraw", path=post.path, how="410"), Operation("unlist", path=post.path)]
    restored = apply(small, [*gone, Operation("restore", path=post.path)])
    again = restored.post_at(HOST, post.path)
    assert again is not None
    assert (again.gone, again.unlisted) == (False, False)
    assert restored.listed("demo_jyj", "tzgg")[0] == again


def test_a_reprint_says_what_its_original_says(small: World) -> None:
    original = next(post for post in small.listed("demo_city", "bmdt") if small.is_article(post))
    operation = Operation("reprint", path=original.path, site="demo_jyj", column="tzgg")
    copy = apply(small, [operation]).posts[-1]
    assert (copy.site, copy.column) == ("demo_jyj", "tzgg")
    assert copy.body == original.body
    assert copy.original == original.address


def test_an_edit_of_a_damaged_post_keeps_its_clean_text_in_step(small: World) -> None:
    post = next(post for post in small.posts if post.damaged)
    edited = apply(small, [Operation("edit-silently", path=post.path)])
    after = edited.post_at("news.sq1996.localhost", post.path)
    assert after is not None
    assert after.clean is not None
    assert after.clean[-1] == after.paragraphs[-1]
    assert len(after.clean) == len(post.clean or ()) + 1


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (Operation("explode"), "unknown operation 'explode'"),
        (Operation("redesign", site="demo_x"), "unknown site 'demo_x'"),
        (Operation("publish", site="demo_jyj", column="x"), "unknown column 'x'; there are tzgg"),
        (Operation("fail", site="demo_jyj", how="boredom"), "cannot fail by 'boredom'"),
        (Operation("fail", site="demo_jyj", how="200"), "cannot fail by '200'"),
        (
            Operation("withdraw", site="demo_jyj", column="tzgg", path="#1", how="200"),
            "cannot withdraw by '200'",
        ),
        (Operation("edit", path="/nowhere.shtml"), "no post at '/nowhere.shtml'"),
        (Operation("edit", site="demo_jyj", column="tzgg", path="#9999"), "no post at '#9999'"),
        (Operation("edit", site="demo_jyj", column="tzgg", path="#0"), "no post at '#0'"),
    ],
)
def test_nonsense_is_refused_by_name(small: World, operation: Operation, said: str) -> None:
    with pytest.raises(StopRun, match=said):
        apply(small, [operation])


def test_a_file_that_is_no_journal_is_said_to_be_none(tmp_path: Path, small: World) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_text('{"op": "fail", "wings": 2}\n', "utf-8")
    with pytest.raises(StopRun, match="no journal of a replica"), serve(small, journal=journal):
        pass


def test_every_operation_is_explained() -> None:
    for name in OPERATIONS:
        assert f"``{name}``" in (Operation.__doc__ or "")
