"""Keys and sessions: who gets in, who does not, and what can be learnt or forged."""

import base64
import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import Corpus
from storage.database import Database
from storage.errors import Refused
from storage.web import create_app
from storage.web.access import Keys
from storage.web.access.attempts import MOST, SECONDS, Attempts
from storage.web.access.guard import COOKIE
from storage.web.access.keys import SESSION
from storage.web.access.signin import local
from tests.storage.asking import Client

pytestmark = pytest.mark.usefixtures("keys")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(tmp_path: Path, clock: Clock) -> Keys:
    return Keys(tmp_path / "home" / "keys.db", clock)


@pytest.fixture
def backend() -> str:
    return "sqlite"  # keys are in a file of their own, whatever the corpus is in


@pytest.fixture
def client(database: Database, keys: Keys) -> Client:
    return Client(create_app(Corpus(database), keys=keys))


def _bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def _sign_in(
    client: Client, key: str, to: str = "/", headers: dict[str, str] | None = None
) -> httpx.Response:
    return client.post("/sign-in", data={"key": key, "to": to}, headers=headers)


def test_a_program_gets_in_with_a_key_alone(client: Client, keys: Keys) -> None:
    refused = client.get("/api/v1/topics")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert refused.headers["content-type"] == "application/problem+json"
    secret = keys.add("harvester")
    assert client.get("/api/v1/topics", headers=_bearer(secret)).status_code == 200
    assert client.get("/api/v1/topics", headers=_bearer(secret[:-1])).status_code == 401
    assert client.get("/api/v1/topics", headers=_bearer("")).status_code == 401


def test_a_feed_reader_gets_in_with_the_key_as_password(client: Client, keys: Keys) -> None:
    pair = base64.b64encode(f"me:{keys.add('reader')}".encode()).decode()
    assert client.get("/feed.atom", headers={"Authorization": f"Basic {pair}"}).status_code == 200
    for wrong in ("Basic !", "Basic /w==", "Basic", "Digest x"):
        assert client.get("/feed.atom", headers={"Authorization": wrong}).status_code == 401


@pytest.mark.parametrize(
    "path", ["/api/v1/topics", "/api/openapi.json", "/api/docs", "/feed.atom", "/metrics"]
)
def test_nothing_for_programs_answers_without_a_key(client: Client, path: str) -> None:
    assert client.get(path).status_code == 401


@pytest.mark.parametrize("path", ["/", "/articles/x", "/?q=a&b=c"])
def test_a_browser_is_shown_the_form_and_comes_back(client: Client, keys: Keys, path: str) -> None:
    sent = client.get(path)
    assert sent.status_code == 303
    form = client.get(sent.headers["Location"])
    assert form.status_code == 200
    assert 'type="password"' in form.text
    answer = _sign_in(client, keys.add("me"), path)
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert client.get("/").status_code == 200
    assert client.get("/api/v1/topics").status_code == 200


def test_a_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    client: Client, keys: Keys, database: Database
) -> None:
    cookie = _sign_in(client, keys.add("me")).headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    assert f"max-age={int(SESSION.total_seconds())}" in cookie
    tls = Client(create_app(Corpus(database), keys=keys), "https://corpus.test")
    assert "secure" in _sign_in(tls, keys.add("you")).headers["Set-Cookie"].lower()


def test_a_session_ends_by_itself_with_its_key_and_by_signing_out(
    client: Client, keys: Keys, clock: Clock
) -> None:
    secret = keys.add("me")
    _sign_in(client, secret)
    clock.now += SESSION
    assert client.get("/").status_code == 303
    _sign_in(client, secret)
    token = client.cookies[COOKIE]
    assert client.post("/sign-out").status_code == 303
    client.cookies.set(COOKIE, token)  # somebody kept it
    assert client.get("/").status_code == 303
    client.cookies.clear()
    _sign_in(client, secret)
    assert client.get("/").status_code == 200
    assert keys.revoke("me")
    assert client.get("/").status_code == 303


def test_a_cookie_from_before_is_not_the_one_that_a_sign_in_gives(
    client: Client, keys: Keys
) -> None:
    client.cookies.set(COOKIE, "chosen-by-somebody")
    given = _sign_in(client, keys.add("me")).headers["Set-Cookie"]
    assert given.startswith(f"{COOKIE}=")
    assert "chosen-by-somebody" not in given
    assert keys.session("chosen-by-somebody") is None


def test_forms_of_other_sites_are_refused(client: Client, keys: Keys) -> None:
    secret = keys.add("me")
    foreign = ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"})
    for headers in (*foreign, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}):
        assert _sign_in(client, secret, headers=headers).status_code == 403
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://corpus.localhost"}):
        assert _sign_in(client, secret, headers=headers).status_code == 303
    for headers in foreign:
        assert client.post("/sign-out", headers=headers).status_code == 403
    assert client.get("/").status_code == 200


def test_whoever_tries_keys_has_to_wait(client: Client, keys: Keys) -> None:
    secret = keys.add("me")
    for _ in range(MOST):
        assert _sign_in(client, "wrong").status_code == 401
    refused = _sign_in(client, secret)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= SECONDS + 1
    assert client.get("/api/v1/topics", headers=_bearer(secret)).status_code == 429


def test_attempts_are_forgotten_in_time_and_never_pile_up() -> None:
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for _ in range(MOST):
        attempts.fail("a")
    assert attempts.wait("a") > 0
    assert attempts.wait("b") == 0
    now[0] = SECONDS + 1
    assert attempts.wait("a") == 0
    for n in range(10_100):
        attempts.fail(str(n))
    assert len(attempts._failed) == 10_000


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=1",
        "evil",
        "",
        "http://[",
        "///evil.example",
    ],
)
def test_nobody_is_sent_to_another_site(client: Client, keys: Keys, to: str) -> None:
    answer = _sign_in(client, keys.add("me"), to)
    assert answer.headers["Location"] == "/"
    assert "x=1" not in answer.headers["Set-Cookie"]


@given(st.text())
def test_a_local_address_is_a_path(to: str) -> None:
    found = local(to)
    assert found.startswith("/")
    assert not found.startswith("//")


def test_hostile_forms_are_refused_quietly(client: Client) -> None:
    for body in (b"\xff\xfe", b"key=" + b"a" * 20_000, b"&".join(b"a=1" for _ in range(50)), b""):
        assert client.post("/sign-in", content=body).status_code == 401
    shown = client.get("/sign-in", params={"to": '/"><script>alert(1)</script>'})
    assert "<script>" not in shown.text


def test_a_key_is_stored_as_a_digest_in_a_file_of_the_owner(keys: Keys) -> None:
    secret = keys.add("me")
    stored = keys.path.read_bytes()
    assert secret.encode() not in stored
    assert secret.split("_", 2)[2].encode() not in stored
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    token = keys.begin_session(keys.all()[0])
    assert token.encode() not in keys.path.read_bytes()


def test_a_key_says_when_it_was_used_and_stops_when_it_expires(keys: Keys, clock: Clock) -> None:
    secret = keys.add("me", timedelta(days=1))
    assert keys.all()[0].last_used_at is None
    assert keys.check(secret)
    assert keys.all()[0].last_used_at == clock.now
    clock.now += timedelta(days=1)
    assert keys.check(secret) is None
    assert keys.standing() == ()


def test_a_name_is_one_key_until_it_is_revoked(keys: Keys) -> None:
    first = keys.add("me")
    with pytest.raises(Refused, match="already"):
        keys.add("me")
    assert keys.revoke("me")
    assert not keys.revoke("me")
    second = keys.add("me")
    assert keys.check(first) is None
    assert keys.check(second)
    with pytest.raises(Refused, match="no name"):
        keys.add(" \n")


@given(st.text(max_size=80))
def test_no_other_text_is_a_key(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    keys = Keys(Path(tmp_path_factory.getbasetemp()) / "hostile.db")
    if not keys.path.exists():
        keys.add("me")
    assert keys.check(text) is None
    assert keys.session(text) is None


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys.db").write_bytes(b"x" * 2000)
    with pytest.raises((Refused, sqlite3.DatabaseError)):
        Keys(tmp_path / "keys.db").all()
