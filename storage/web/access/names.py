"""Whom a service answers that asks nobody for a key: who calls it by a name of its own.

A page anywhere on the web may have its own name resolve to 127.0.0.1 (DNS rebinding), and is then of the same
origin, for a browser, as what answers there. It cannot choose what the browser puts into ``Host``, nor into
``Origin`` where it sends a form. (Starlette's TrustedHostMiddleware takes the brackets of an IPv6 address apart.)
"""

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from storage.web.problems import problem

ANY = "*"
"""Among the names: every name is an own one. For what stands behind a proxy that asks who comes."""
_READS = {"GET", "HEAD", "OPTIONS"}


class OwnNames:
    """Refuses what is addressed to another name, and what a page of another name sends.

    Addresses as numbers and ``localhost`` are always own names: nobody else can have them.
    """

    def __init__(self, app: ASGIApp, names: Collection[str] = ()) -> None:
        self.app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is addressed to us."""
        if scope["type"] != "http" or ANY in self._names:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        wrong = self._wrong(scope, headers.get("host", ""), headers.get("origin"))
        answer = self.app if wrong is None else problem(*wrong)
        await answer(scope, receive, send)

    def _wrong(self, scope: Scope, host: str, origin: str | None) -> tuple[int, str] | None:
        if not self._is_own(f"//{host}"):
            said = (
                "this service has another name; `suqian serve --allow-host NAME` gives it one more"
            )
            return 421, said
        if scope["method"] not in _READS and origin is not None and not self._is_own(origin):
            return 403, "this was sent from a page of another site"
        return None

    def _is_own(self, address: str) -> bool:
        try:
            name = urlsplit(address).hostname or ""
        except ValueError:
            return False
        if name in self._names or name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True
