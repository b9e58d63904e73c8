"""Templates, rendered in the language of whoever asks."""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader
from starlette.datastructures import URL

from storage.diff import excerpt
from storage.evidence import in_chinese
from storage.records import to_the_minute
from storage.web.access.guard import COOKIE, SIGN_OUT
from storage.web.pages import language, plots
from storage.web.shown import shown

NOBODY: Mapping[str, str] = MappingProxyType({})
_TEMPLATES = Path(__file__).parents[1] / "templates"


class View:
    """The pages' templates, one environment a language."""

    def __init__(self, publishers: Mapping[str, str] = NOBODY) -> None:
        self._environments = {name: _environment(name, publishers) for name in language.LANGUAGES}

    def page(
        self, request: Request, template: str, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A page as the reader wants it; what the address asks of the language is remembered."""
        asked = request.query_params.get("lang")
        remembered = request.cookies.get(language.COOKIE)
        chosen = language.choose(asked, remembered, request.headers.get("accept-language", ""))
        page = self._environments[chosen].get_template(template)
        answer = HTMLResponse(page.render(_frame(request, chosen) | values), status)
        answer.headers["Content-Language"] = language.LANGUAGES[chosen]
        answer.headers["Vary"] = "Accept-Language, Cookie"
        if asked is not None and asked in language.LANGUAGES:
            _remember(request, answer, asked)
        return answer

    def problem(self, request: Request, status: int, detail: str) -> HTMLResponse:
        """A page that says what went wrong."""
        if status == HTTPStatus.NOT_FOUND:
            return self.page(request, "missing.html", status, which=request.url.path)
        return self.page(request, "refused.html", status, detail=detail)


def _environment(name: str, publishers: Mapping[str, str]) -> Environment:
    found = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    internationalize: Any = found  # the extension adds methods that no type tells of
    internationalize.install_gettext_translations(language.translations(name), newstyle=True)
    found.filters |= {
        "shown": shown,
        "moment": to_the_minute,
        "number": "{:,}".format,
        "path": _path,
        "publisher": lambda source: publishers.get(source, source),
        "size": size,
        "in_language": in_chinese if name == language.DEFAULT else str,
    }
    found.globals |= {"excerpt": excerpt, "timeline": plots.timeline}
    return found


def _frame(request: Request, chosen: str) -> dict[str, Any]:
    """What every page shows around its own."""
    others = [name for name in language.LANGUAGES if name != chosen]
    return {
        "lang": chosen,
        "lang_tag": language.LANGUAGES[chosen],
        "in_other_language": {name: _local(request.url, lang=name) for name in others},
        "here": request.url.path,
        "sign_out": SIGN_OUT if COOKIE in request.cookies else None,
        "q": "",
    }


def _local(url: URL, **changes: str) -> str:
    changed = url.include_query_params(**changes)
    return f"{quote(changed.path)}?{changed.query}"


def _remember(request: Request, answer: HTMLResponse, chosen: str) -> None:
    answer.set_cookie(
        language.COOKIE,
        chosen,
        max_age=language.COOKIE_SECONDS,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def size(count: float) -> str:
    """Bytes as people read them."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:,.0f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"


def _path(value: str) -> str:
    """A value as a part of an address; the slashes of an id stay."""
    return quote(value, safe="/")
