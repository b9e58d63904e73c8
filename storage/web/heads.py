"""HEAD: what GET would answer, without the body. Routes know of GET alone."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """Has a HEAD answered as GET and keeps the body back: monitors, link checkers and whoever wants to know
    only whether something is there ask so. A stream ends with its headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        ended = False

        async def without_body(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                await send(message)
            elif not ended:
                ended = True
                await send({"type": "http.response.body", "body": b""})

        await self.app({**scope, "method": "GET"}, receive, without_body)
