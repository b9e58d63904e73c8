"""Without keys, only who calls the service by a name of its own is answered."""

import asyncio

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from storage.web.access import OwnNames


async def secret(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("secret")(scope, receive, send)


def ask(host: str, *names: str, method: str = "GET", origin: str | None = None) -> httpx.Response:
    headers = {"Host": host} | ({"Origin": origin} if origin else {})

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(OwnNames(secret, names))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, "/", headers=headers)

    return asyncio.run(send())


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8080", "[::1]:8080", "localhost", "LOCALHOST:1", "suqian.localhost"]
)
def test_own_names_are_answered(host: str) -> None:
    assert ask(host).text == "secret"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[::1", "", "xlocalhost"],
)
def test_a_name_that_somebody_else_has_is_refused(host: str) -> None:
    answer = ask(host)
    assert answer.status_code == 421
    assert "--allow-host" in answer.json()["detail"]


def test_a_name_can_be_added_and_all_of_them() -> None:
    assert ask("Corpus.Example:443", "corpus.example").text == "secret"
    assert ask("other.example", "corpus.example").status_code == 421
    assert ask("other.example", "*").text == "secret"


def test_a_form_from_another_sites_page_is_refused() -> None:
    sent = {"method": "POST", "host": "127.0.0.1:8080"}
    assert ask(**sent, origin="http://evil.example").status_code == 403
    assert ask(**sent, origin="null").status_code == 403
    assert ask(**sent, origin="http://127.0.0.1:8080").text == "secret"
