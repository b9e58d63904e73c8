"""Servers that do not want to, or say that all is well when it is not."""

from itertools import pairwise

from tests.faults.hostile.case import Case, article_html, good_article, says
from tests.faults.server import Answer, Asked, Wire, head

_CHALLENGE = (
    '<html><head></head><body><script>document.cookie="HWWAFSESID=1;path=/";location.reload();'
    "</script></body></html>"
)
_LOGIN = (
    "<html><head><title>用户登录</title></head><body><form action='/login' method='post'>"
    "用户名<input name='user'>密码<input type='password' name='word'><button>登录</button></form></body></html>"
)
_MISSING = "<html><head><title>404</title></head><body><h1>您访问的页面不存在</h1><p>3秒后返回首页</p></body></html>"


def _refuses(status: str, *headers: str) -> Answer:
    return says("<html><body>不行</body></html>", status, *headers)


def _busy_once(*headers: str, status: str = "429 Too Many Requests") -> Answer:
    def answer(wire: Wire, asked: Asked) -> None:
        if asked.number <= 2:
            wire.page(b"", status, *headers)
        else:
            good_article(wire, asked)

    return answer


def _too_soon(asked: list[Asked]) -> str:
    times = [one.at for one in asked if one.path.startswith("/a/")]
    return "" if all(b - a >= 0.95 for a, b in pairwise(times)) else "asked too soon"


def _home(wire: Wire, asked: Asked) -> None:
    links = "".join(f'<li><a href="/c/{number}/">栏目{number}</a></li>' for number in range(60))
    wire.page(
        f"<html><head><title>门户网站</title></head><body><ul>{links}</ul></body></html>".encode()
    )


def _script_only(wire: Wire, asked: Asked) -> None:
    wire.page(
        b"<html><head><script>var a=1;render(a)</script></head><body><div id='app'></div></body></html>"
    )


CASES = (
    Case("answers-401", "parked:http-401", _refuses("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"')),
    Case("answers-403", "parked:http-403", _refuses("403 Forbidden")),
    Case("answers-404", "dropped:http-404", _refuses("404 Not Found")),
    Case("answers-410", "dropped:http-410", _refuses("410 Gone")),
    Case("answers-418", "parked:http-418", _refuses("418 Teapot")),
    Case("answers-451", "parked:http-451", _refuses("451 Unavailable For Legal Reasons")),
    Case("answers-500-for-hours", "parked:http-500", _refuses("500 Internal Server Error")),
    Case("answers-503-for-hours", "parked:http-503", _refuses("503 Service Unavailable", "Retry-After: 7200")),
    Case("answers-503-once", "new", _busy_once(status="503 Service Unavailable"), wrong=_too_soon),
    Case("answers-520", "parked:http-520", _refuses("520 Web Server Returned an Unknown Error")),
    Case("busy-429", "parked:http-429", _refuses("429 Too Many Requests"), wrong=_too_soon),
    Case("busy-429-for-a-day", "parked:http-429", _refuses("429 Too Many Requests", "Retry-After: 86400"), most=3),
    Case("busy-429-for-a-second", "new", _busy_once("Retry-After: 1"), wrong=_too_soon),
    Case("busy-429-till-a-date", "parked:http-429", _refuses("429 Too Many Requests", "Retry-After: Fri, 31 Dec 2027 23:59:59 GMT"), most=3),
    Case("busy-429-in-words", "new", _busy_once("Retry-After: a while"), wrong=_too_soon),
    Case("busy-429-negative", "new", _busy_once("Retry-After: -5"), wrong=_too_soon),
    Case("busy-429-in-other-figures", "new", _busy_once("Retry-After: \udcb2"), wrong=_too_soon),
    Case("busy-429-till-nowhere", "new", _busy_once("Retry-After: Fri, 31 Dec 2027 23:59:59 -0000"), wrong=_too_soon),
    Case("busy-429-for-ever", "parked:http-429", _refuses("429 Too Many Requests", f"Retry-After: {'9' * 400}"), most=3),
    Case("soft-404", "dropped:missing", says(_MISSING)),
    Case("soft-404-is-home", "dropped:list", _home),
    Case("login-in-its-place", "dropped:login", says(_LOGIN)),
    Case("challenge-with-200", "parked:challenge", says(_CHALLENGE)),
    Case("challenge-for-a-list", "problem:list page: challenge", listing=says(_CHALLENGE), most=2),
    Case("login-for-a-list", "problem:the list shows no items: has its layout changed?", listing=says(_LOGIN)),
    Case("script-only", "dropped:script", _script_only),
    Case("empty-page", "dropped:empty", says("")),
    Case("picture-in-its-place", "dropped:not-html", says(b"\x89PNG\r\n\x1a\n" + bytes(500), "200 OK", "Content-Type: image/png")),
    Case("type-missing", "new", lambda wire, asked: wire.send(head("200 OK"), article_html("type-missing").encode())),
    Case("type-a-download", "new", lambda wire, asked: wire.page(article_html("type-a-download").encode(), "200 OK", "Content-Type: application/octet-stream")),
    Case("type-a-mess", "new", lambda wire, asked: wire.page(article_html("type-a-mess").encode(), "200 OK", 'Content-Type: ;;;="/\xe4')),
)  # fmt: skip
