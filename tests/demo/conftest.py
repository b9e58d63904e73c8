"""Worlds to look at, a replica to ask, and how to ask it."""

import http.client
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

import pytest

from crawler.demo.server import ADDRESS, Replica, serve
from crawler.demo.world import World


@dataclass(frozen=True)
class Got:
    """An answer as it came over the wire."""

    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(self.headers.get_content_charset("utf-8").replace("gb2312", "gbk"))


def ask(
    replica: Replica,
    host: str,
    path: str,
    *,
    tls: bool = False,
    headers: dict[str, str] | None = None,
) -> Got:
    context = ssl._create_unverified_context()
    connection = (
        http.client.HTTPSConnection(ADDRESS, replica.port, timeout=60, context=context)
        if tls
        else http.client.HTTPConnection(ADDRESS, replica.port, timeout=60)
    )
    try:
        connection.request(
            "GET", path, headers={"Host": f"{host}:{replica.port}"} | (headers or {})
        )
        response = connection.getresponse()
        return Got(response.status, response.headers, response.read())
    finally:
        connection.close()


@pytest.fixture(scope="session")
def whole() -> World:
    return World.build()


@pytest.fixture(scope="session")
def small() -> World:
    return World.build(articles=120)


@pytest.fixture
def replica(small: World) -> Iterator[Replica]:
    with serve(small) as running:
        yield running
