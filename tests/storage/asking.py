"""Asks the web application without a server between them."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI


class Client:
    """One who keeps cookies from one request to the next, as a browser does."""

    def __init__(self, app: FastAPI, base: str = "http://corpus.localhost") -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._base = base
        self.cookies = httpx.Cookies()

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self._transport, base_url=self._base, cookies=self.cookies
            ) as client:
                answer = await client.request(method, path, **options)
                self.cookies = client.cookies
                return answer

        return asyncio.run(ask())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("POST", path, **options)
