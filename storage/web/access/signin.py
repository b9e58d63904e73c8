"""The form at which a browser gives a key, and gets a session for it."""

from typing import Annotated, Any, Protocol
from urllib.parse import parse_qs

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from storage.web.access.attempts import Attempts
from storage.web.access.guard import COOKIE, SIGN_IN, SIGN_OUT, address_of
from storage.web.access.keys import SESSION, Keys
from storage.web.problems import problem

_MOST_FORM = 10_000
"""Bytes."""
_NO_STORE = {"Cache-Control": "no-store"}


class Page(Protocol):
    """Renders a template for whoever asks."""

    def __call__(
        self, request: Request, template: str, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """The page, in the language of the request."""


def router(keys: Keys, attempts: Attempts, page: Page) -> APIRouter:
    """The routes of signing in and out."""
    routes = APIRouter(include_in_schema=False)

    def form(request: Request, to: str, status: int = 200, said: str = "") -> HTMLResponse:
        asked = page(request, "sign-in.html", status, to=to, said=said, action=SIGN_IN)
        asked.headers.update(_NO_STORE)
        return asked

    @routes.get(SIGN_IN)
    def ask(request: Request, to: Annotated[str, Query(max_length=2000)] = "/") -> Response:
        return form(request, local(to))

    @routes.post(SIGN_IN)
    async def sign_in(request: Request) -> Response:
        if not is_own(request):
            return problem(403, "this form was sent from another site")
        fields = await _fields(request)
        address, to = address_of(request), local(fields.get("to", "/"))
        if wait := attempts.wait(address):
            answer = form(request, to, 429, "wait")
            answer.headers["Retry-After"] = str(wait)
            return answer
        key = await to_thread.run_sync(keys.check, fields.get("key", "").strip())
        if key is None:
            attempts.fail(address)
            return form(request, to, 401, "wrong")
        token = await to_thread.run_sync(keys.begin_session, key)
        back = RedirectResponse(to, 303, _NO_STORE)
        back.set_cookie(
            COOKIE,
            token,
            max_age=int(SESSION.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return back

    @routes.post(SIGN_OUT)
    async def sign_out(request: Request) -> Response:
        if not is_own(request):
            return problem(403, "this form was sent from another site")
        if token := request.cookies.get(COOKIE):
            await to_thread.run_sync(keys.end_session, token)
        back = RedirectResponse(SIGN_IN, 303, _NO_STORE)
        back.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return back

    return routes


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a form; nothing of one that is no form of ours."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_FORM:
            return {}
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:  # more fields than this
        return {}
    return {name: values[0] for name, values in fields.items()}


def local(to: str) -> str:
    """An address of this site to go on to; the front page in the place of any other."""
    own = to.startswith("/") and not to.startswith("//")
    return to if own and to.isprintable() and "\\" not in to else "/"


def is_own(request: Request) -> bool:
    """Whether a form was sent from a page of this site, as the browser says."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or origin == f"{request.url.scheme}://{request.url.netloc}"
