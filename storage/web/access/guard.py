"""Lets in who has a key or a session, and tells everybody else where to get in."""

import base64
import binascii
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from storage.errors import StorageError
from storage.web.access.attempts import Attempts
from storage.web.access.keys import Key, Keys
from storage.web.problems import problem
from storage.web.turns import FREE

COOKIE = "suqian_session"
SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
_OPEN = {SIGN_IN, *FREE}
_PROGRAMS = ("/api/", "/feed.atom", "/metrics")
_MOST_SECRET = 200


class Guard:
    """Asks every request for a key, but for the way in."""

    def __init__(self, app: ASGIApp, keys: Keys, attempts: Attempts) -> None:
        self.app = app
        self.keys = keys
        self.attempts = attempts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] == "http" and scope["path"] not in _OPEN:
            request = Request(scope)
            try:
                refusal = await to_thread.run_sync(self._refusal, request)
            except StorageError:
                refusal = problem(503, "keys cannot be looked up now; try again later")
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        secret = _secret(request.headers.get("authorization", ""))
        if secret is None:
            return None if self._session(request) else _way_in(request)
        address = address_of(request)
        if wait := self.attempts.wait(address):
            return problem(429, "too many wrong keys; wait", {"Retry-After": str(wait)})
        if self.keys.check(secret) is not None:
            return None
        self.attempts.fail(address)
        return _unknown()

    def _session(self, request: Request) -> Key | None:
        token = request.cookies.get(COOKIE, "")
        return self.keys.session(token) if 0 < len(token) <= _MOST_SECRET else None


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def _secret(authorization: str) -> str | None:
    """The key that a header holds: as a bearer's, or as the password of feed readers that know no other.

    None where it holds none at all."""
    scheme, _, given = authorization.partition(" ")
    given = given.strip()[: 2 * _MOST_SECRET]
    if scheme.lower() == "bearer":
        return given
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(given).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return None


def _way_in(request: Request) -> Response:
    """A browser is shown the form, a program told what is missing."""
    path = request.url.path
    if path.startswith(_PROGRAMS) or request.method not in {"GET", "HEAD"}:
        return _unknown()
    to = f"{path}?{request.url.query}" if request.url.query else path
    return RedirectResponse(
        f"{SIGN_IN}?to={quote(to, safe='')}", 303, {"Cache-Control": "no-store"}
    )


def _unknown() -> Response:
    asked = {"WWW-Authenticate": 'Bearer realm="suqian"', "Cache-Control": "no-store"}
    return problem(401, "a key is asked for: send Authorization: Bearer KEY", asked)
