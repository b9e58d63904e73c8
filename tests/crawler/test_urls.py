import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.urls import canonical_key, compact, host_of, is_trap


@pytest.mark.parametrize(
    "url",
    [
        "https://www.suqian.gov.cn/cnsq/a/202401/F.shtml",
        "http://suqian.gov.cn:80/cnsq/a/202401/F.shtml#top",
        "https://WWW.SUQIAN.GOV.CN:443/cnsq/a/202401/F.shtml?jsessionid=1&from=timeline",
        "http://suqian.gov.cn./cnsq/a/202401/F.shtml;jsessionid=9",
        "http://suqian.gov.cn/cnsq/a/202401/F.shtml;JSESSIONID=9?PHPSESSID=1&Sid=2",
        "http://suqian.gov.cn/(S(lit3py55t21z5v55vlm25s55))/cnsq/a/202401/F.shtml",
    ],
)
def test_addresses_of_one_article_have_one_key(url: str) -> None:
    assert canonical_key(url) == "suqian.gov.cn/cnsq/a/202401/F.shtml"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a.cn/X.shtml", "http://a.cn/x.shtml"),
        ("http://a.cn/x?id=1", "http://a.cn/x?id=2"),
        ("http://a.cn:8080/x", "http://a.cn/x"),
        ("http://a.cn/x", "http://b.a.cn/x"),
    ],
)
def test_addresses_of_different_articles_have_different_keys(one: str, other: str) -> None:
    assert canonical_key(one) != canonical_key(other)


@pytest.mark.parametrize(
    ("url", "trap"),
    [
        ("http://a.cn/sjyj/tzgg/202401/0f.shtml?id=1&page=2", False),
        ("http://a.cn/a/b/a/b/a/b/1.shtml", False),
        ("http://a.cn/a/b/a/b/a/b/a/b/1.shtml", True),
        ("http://a.cn/news/news/news/news/1.shtml", True),
        ("http://a.cn" + "/x%d" * 21 % (*range(21),) + "/1.shtml", True),
        ("http://a.cn/1.shtml?q=" + "x" * 2000, True),
        ("http://a.cn/1.shtml?" + "&".join(f"p{n}={n}" for n in range(30)), True),
        ("http://a.cn/" + "//" * 9 + "1.shtml", False),
    ],
)
def test_addresses_of_a_space_without_an_end_are_told(url: str, trap: bool) -> None:
    assert is_trap(url) is trap


def test_a_file_identifier_is_its_own_key() -> None:
    assert canonical_key("file:3a7bd3e2360a3d29") == "file:3a7bd3e2360a3d29"


@pytest.mark.parametrize("nonsense", ["", "nothing", "http://[::1/x", "/path/only"])
def test_what_is_no_address_is_refused(nonsense: str) -> None:
    with pytest.raises(ValueError, match=r"not an address|IPv6"):
        canonical_key(nonsense)


def test_the_order_of_the_query_does_not_matter() -> None:
    assert canonical_key("http://a.cn/p?b=2&a=1") == canonical_key("http://a.cn/p?a=1&b=2")


@given(st.text())
def test_hosts_and_compact_keys_are_found_for_any_text(text: str) -> None:
    assert isinstance(host_of(text), str)
    assert 0 <= compact(text) < 2**64
