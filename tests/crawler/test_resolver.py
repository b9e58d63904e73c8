"""Names into addresses: none leads into a private network."""

import pytest
from scrapy.resolver import CachingThreadedResolver
from scrapy.utils.test import get_crawler
from twisted.internet import defer
from twisted.python.failure import Failure

from crawler.resolver import GuardedResolver


def resolved(
    monkeypatch: pytest.MonkeyPatch, name: str, address: str, *, private_hosts: bool = False
) -> str:
    """What a name comes to whose name server answers with an address; else the error's class."""
    from twisted.internet import reactor

    def answer(*_: object) -> "defer.Deferred[str]":
        return defer.succeed(address)

    monkeypatch.setattr(CachingThreadedResolver, "getHostByName", answer)
    crawler = get_crawler(settings_dict={"PRIVATE_HOSTS": private_hosts})
    found: list[str] = []
    resolver = GuardedResolver.from_crawler(crawler, reactor)

    def failed(failure: Failure) -> None:
        found.append(type(failure.value).__name__)

    resolver.getHostByName(name).addCallbacks(found.append, failed)
    return found[0]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
    ],
)
def test_a_public_name_at_a_private_address_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    assert resolved(monkeypatch, "kjj.suqian.gov.cn", address) == "DNSLookupError"
    assert resolved(monkeypatch, "kjj.suqian.gov.cn", address, private_hosts=True) == address


def test_names_of_this_machine_are_asked_for_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolved(monkeypatch, "kjj.suqian.gov.cn", "221.131.1.1") == "221.131.1.1"
    assert resolved(monkeypatch, "a.localhost", "221.131.1.1") == "DNSLookupError"
    assert resolved(monkeypatch, "a.localhost", "221.131.1.1", private_hosts=True) == "127.0.0.1"
