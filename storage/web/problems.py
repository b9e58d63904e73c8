"""Errors as `application/problem+json` (RFC 9457), whatever raised them; to who reads pages, as a page."""

import traceback
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.errors import BadQuestion, StorageError, TooSlow

MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger(__name__)


class Problem(BaseModel):
    """What went wrong, and what to do."""

    type: str = "about:blank"
    title: str
    """The name of the status."""
    status: int
    detail: str
    position: int | None = None
    """Where in the query, from 0; None where it is about no place in it."""
    errors: list[dict[str, Any]] | None = None
    """Of parameters: each with its place and what is wrong with it."""


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    """An answer that says what went wrong."""
    told = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, **more)
    return JSONResponse(told.model_dump(exclude_none=True), status, headers, media_type=MEDIA_TYPE)


def add_problems(app: FastAPI, page: Callable[[Request, int, str], Response]) -> None:
    """Have every error answered as a problem; outside the API, a browser is given a `page` of its
    request, the status and what went wrong."""

    def answer(
        request: Request,
        status: int,
        detail: str,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Response:
        if not _reads_pages(request):
            return problem(status, detail, headers, **more)
        shown = page(request, status, detail)
        shown.headers.update(headers or {})
        return shown

    @app.exception_handler(StorageError)
    async def ours(request: Request, error: StorageError) -> Response:
        if isinstance(error, BadQuestion):
            return answer(request, 400, str(error), position=error.position)
        later = {"Retry-After": "5"}
        if isinstance(error, TooSlow):
            return answer(request, 503, "this takes too long; ask for less", later)
        log.error("the corpus does not answer", error=str(error))
        return answer(request, 503, "the corpus does not answer now; try again later", later)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        return answer(request, error.status_code, str(error.detail), error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        wrong = [
            {"in": [str(part) for part in one["loc"]], "message": one["msg"]}
            for one in error.errors()
        ]
        said = "; ".join(f"{'.'.join(one['in'])}: {one['message']}" for one in wrong)
        return answer(request, 422, said, errors=wrong)


def _reads_pages(request: Request) -> bool:
    """Whether somebody looks at a page, in a browser; the API tells whoever asks as it says."""
    is_api = request.url.path.startswith("/api/")
    return not is_api and "text/html" in request.headers.get("accept", "")


class Unexpected:
    """Answers with a problem where a bug shows, inside of whatever sets headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception as error:
            if scope["type"] != "http" or begun:
                raise
            # Plain: a renderer that shows the locals would show keys.
            told = "".join(traceback.format_exception(error))
            log.error("a question failed", path=quote(scope["path"]), trace=told)
            await problem(500, "this program failed; its log says how")(scope, receive, send)
