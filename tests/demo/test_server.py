"""The replica over the wire: hosts, TLS, validators, compression, and ways to fail."""

import gzip
import http.client
import threading
from dataclasses import replace

import pytest

from crawler.challenge import is_challenge
from crawler.demo.aging import Operation
from crawler.demo.server import Asked, Replica, serve
from crawler.demo.world import World
from crawler.errors import StopRun
from tests.demo.conftest import ask

CITY = "www.suqian.localhost"


def an_article(world: World, site: str) -> str:
    return next(post.path for post in world.truth() if post.site == site)


@pytest.mark.parametrize("host", [CITY, "suqian.localhost"])
@pytest.mark.parametrize("tls", [False, True])
def test_all_doubles_of_an_address_are_one_page(replica: Replica, host: str, tls: bool) -> None:
    path = an_article(replica.world, "demo_city")
    plain = ask(replica, CITY, path)
    assert plain.status == 200
    assert ask(replica, host, path, tls=tls).body == plain.body


def test_what_was_asked_is_remembered_with_its_kind(replica: Replica) -> None:
    path = an_article(replica.world, "demo_city")
    for one in ("/robots.txt", "/cnsq/sygsgg/list_2.shtml", path, "/nothing.pdf", "/"):
        ask(replica, CITY, one)
    assert replica.requests[2] == (CITY, path, 200)
    assert [one.kind for one in replica.requests] == ["robots", "list", "article", "file", "home"]
    assert [one.status for one in replica.requests] == [200, 200, 200, 404, 200]


def test_an_unknown_host_is_not_served(replica: Replica) -> None:
    assert ask(replica, "example.localhost", "/").status == 404
    assert replica.requests == [Asked("example.localhost", "/", 404)]


def test_pages_in_gbk_say_gb2312(replica: Replica) -> None:
    got = ask(replica, "kjj.suqian.localhost", "/skjk/zcfg/xxgk_list.shtml")
    assert got.headers["Content-Type"] == "text/html; charset=gb2312"
    assert '<meta charset="gb2312">' in got.text
    assert "政策法规" in got.text
    with pytest.raises(UnicodeDecodeError):
        got.body.decode("utf-8")


def test_who_accepts_gzip_gets_it(replica: Replica) -> None:
    path = an_article(replica.world, "demo_city")
    packed = ask(replica, CITY, path, headers={"Accept-Encoding": "gzip, deflate"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == ask(replica, CITY, path).body


@pytest.mark.parametrize(
    ("name", "header"), [("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")]
)
def test_an_honest_server_says_unchanged_until_it_is_changed(
    replica: Replica, name: str, header: str
) -> None:
    path = an_article(replica.world, "demo_city")
    seen = {name: ask(replica, CITY, path).headers[header]}
    assert ask(replica, CITY, path, headers=seen).status == 304
    assert ask(replica, CITY, path, headers=seen).body == b""
    replica.age(Operation("edit-silently", path=path))
    assert ask(replica, CITY, path, headers=seen).status == 200


def test_a_lying_server_says_unchanged_whatever_happens(replica: Replica) -> None:
    host, path = "jyj.suqian.localhost", an_article(replica.world, "demo_jyj")
    seen = ask(replica, host, path).headers["Last-Modified"]
    replica.age(Operation("edit-silently", path=path))
    assert ask(replica, host, path, headers={"If-Modified-Since": seen}).status == 304
    assert "次修改" in ask(replica, host, path).text


def test_a_counter_makes_an_honest_tag_worthless(replica: Replica) -> None:
    host, path = "fgw.suqian.localhost", an_article(replica.world, "demo_fgw")
    tag = ask(replica, host, path).headers["ETag"]
    assert ask(replica, host, path, headers={"If-None-Match": tag}).status == 200


def test_an_old_address_redirects(replica: Replica) -> None:
    path = next(post.link for post in replica.world.posts if (post.link or "").startswith("/moved"))
    got = ask(replica, CITY, path or "")
    assert got.status == 301
    assert ask(replica, CITY, got.headers["Location"]).status == 200


# --- failing ---


@pytest.mark.parametrize("how", ["404", "500", "503", "429"])
def test_a_host_fails_by_status_and_still_tells_its_robots(replica: Replica, how: str) -> None:
    replica.age(Operation("fail", site="demo_city", how=how))
    got = ask(replica, CITY, "/cnsq/sygsgg/list.shtml")
    assert got.status == int(how)
    assert ("Retry-After" in got.headers) == (how in {"503", "429"})
    assert ask(replica, CITY, "/robots.txt").status == 200
    assert ask(replica, "jyj.suqian.localhost", "/").status == 200


def test_a_challenge_has_status_200_a_cookie_and_nothing_to_read(replica: Replica) -> None:
    replica.age(Operation("fail", site="demo_city", how="challenge"))
    got = ask(replica, CITY, an_article(replica.world, "demo_city"))
    assert got.status == 200
    assert got.headers["Set-Cookie"].startswith("HWWAFSESID=")
    assert is_challenge(got.body)


def test_a_failure_can_be_of_one_address_only(replica: Replica) -> None:
    path = an_article(replica.world, "demo_city")
    replica.age(Operation("fail", site="demo_city", how="challenge", path=path))
    assert is_challenge(ask(replica, CITY, path).body)
    assert not is_challenge(ask(replica, CITY, "/cnsq/sygsgg/list.shtml").body)


def test_a_shell_is_a_good_page_without_items(replica: Replica) -> None:
    replica.age(Operation("fail", site="demo_city", how="shell", path="/cnsq/sygsgg/list"))
    got = ask(replica, CITY, "/cnsq/sygsgg/list.shtml")
    assert got.status == 200
    assert "<li>" not in got.text


def test_a_reset_is_a_reset(replica: Replica) -> None:
    replica.age(Operation("fail", site="demo_city", how="reset"))
    with pytest.raises(ConnectionResetError):
        ask(replica, CITY, "/")


def test_a_host_that_says_nothing_is_let_go_when_the_replica_ends(small: World) -> None:
    said: list[str] = []
    with serve(small) as replica:
        replica.age(Operation("fail", site="demo_city", how="timeout"))
        asked = threading.Event()

        def wait() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=60)
            connection.request("GET", "/", headers={"Host": CITY})
            asked.set()
            with pytest.raises(ConnectionError):  # closed, or reset: nothing was said
                connection.getresponse()
            said.append("nothing")
            connection.close()

        thread = threading.Thread(target=wait)
        thread.start()
        assert asked.wait(60)
        assert said == []
    thread.join(60)
    assert said == ["nothing"]


def test_a_host_that_is_healed_answers_who_still_waits(small: World) -> None:
    with serve(small) as replica:
        replica.age(Operation("fail", site="demo_city", how="timeout"))
        connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=60)
        connection.request("GET", "/", headers={"Host": CITY})
        replica.age(Operation("heal", site="demo_city"))
        assert connection.getresponse().status == 200
        connection.close()
        assert len(replica.requests) == 1


# --- coming and going ---


def test_two_replicas_of_one_world_serve_the_same_but_for_the_port(small: World) -> None:
    path = an_article(small, "demo_city")
    with serve(small) as one, serve(replace(small)) as two:
        assert one.port != two.port
        assert ask(one, CITY, path).body == ask(two, CITY, path).body
        lists = [ask(r, CITY, "/cnsq/sygsgg/list.shtml").text for r in (one, two)]
        assert lists[0].replace(str(one.port), "P") == lists[1].replace(str(two.port), "P")


def test_a_port_in_use_is_named(replica: Replica) -> None:
    with pytest.raises(StopRun, match=f"port {replica.port} .* in use"), serve(port=replica.port):
        pass
