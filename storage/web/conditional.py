"""Conditional requests: an answer that the client has already is not sent again."""

from hashlib import blake2b

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STREAMED = ("text/event-stream", "application/x-ndjson", "text/csv")


class Conditional:
    """Gives whole answers a weak ETag, and answers 304 where ``If-None-Match`` names it.

    The tag is a digest of what would be sent: it changes when, and only when, the answer does.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and hold its answer back until it is whole."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Held(Headers(scope=scope), send).send)


class _Held:
    """An answer as it comes."""

    def __init__(self, asked: Headers, send: Send) -> None:
        self._known = asked.get("if-none-match", "")
        self._send = send
        self._start: Message | None = None
        self._parts: list[bytes] = []

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if _is_streamed(message):
                await self._send(message)
            else:
                self._start = message
            return
        if self._start is None:
            await self._send(message)
            return
        self._parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            await self._answer(self._start, b"".join(self._parts))

    async def _answer(self, start: Message, body: bytes) -> None:
        headers = MutableHeaders(scope=start)
        tag = headers.setdefault("ETag", f'W/"{blake2b(body, digest_size=16).hexdigest()}"')
        headers.setdefault("Cache-Control", "no-cache")
        if _names(self._known, tag):
            start["status"] = 304
            body = b""
            for name in ("content-length", "content-type"):
                del headers[name]
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _is_streamed(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return start["status"] != 200 or kind.startswith(_STREAMED)


def _names(known: str, tag: str) -> bool:
    """Whether an ``If-None-Match`` names a tag, by the weak comparison that it asks for."""
    given = {one.strip().removeprefix("W/") for one in known.split(",")}
    return "*" in given or tag.removeprefix("W/") in given
