"""Redirects that do not end, or lead where nobody may go."""

from tests.faults.hostile.case import Case, article_html, redirects, says
from tests.faults.server import DOMAIN, Asked, Wire


def _onward(wire: Wire, asked: Asked) -> None:
    wire.page(b"", "302 Found", f"Location: /a/{asked.number}/1.shtml")


def _to_and_fro(wire: Wire, asked: Asked) -> None:
    other = "/a/1.shtml" if asked.path.endswith("2.shtml") else "/a/2.shtml"
    wire.page(b"", "301 Moved", f"Location: {other}")


def _wants_its_cookie(wire: Wire, asked: Asked) -> None:
    wire.page(b"", "302 Found", "Location: /a/1.shtml", "Set-Cookie: seen=1; Path=/")


def _wants_its_cookie_once(wire: Wire, asked: Asked) -> None:
    if asked.path.endswith("?c=1"):
        wire.page(article_html(asked.host.partition(".")[0]).encode())
    else:
        wire.page(b"", "302 Found", "Location: /a/1.shtml?c=1", "Set-Cookie: c=1; Path=/")


def _sends_cookies(asked: list[Asked]) -> str:
    return "a cookie was sent back" if any("cookie" in one.headers for one in asked) else ""


def _everything(wire: Wire, asked: Asked) -> None:
    cookies = [f"Set-Cookie: c{number}={'v' * 100}; Path=/" for number in range(20)]
    odd = [
        "Set-Cookie: ",
        "Set-Cookie: =",
        "Set-Cookie: a=b; Domain=.localhost; Expires=never",
        "Set-Cookie: \x01=\x02",
    ]
    wire.page(article_html(asked.host.partition(".")[0]).encode(), "200 OK", *cookies, *odd)


_TWO_IN_ONE = f"http://a.{DOMAIN}@10.0.0.1/"
CASES = (
    Case("redirect-to-itself", "parked:redirects", redirects("/a/1.shtml")),
    Case("redirect-endless", "parked:redirects", _onward),
    Case("redirect-to-and-fro", "parked:redirects", _to_and_fro),
    Case("redirect-to-file", "skipped:offsite", redirects("file:///etc/passwd")),
    Case("redirect-to-ftp", "skipped:offsite", redirects("ftp://127.0.0.1/etc/passwd")),
    Case("redirect-to-data", "skipped:offsite", redirects("data:text/html,<p>x</p>")),
    Case("redirect-to-javascript", "parked:bad-redirect", redirects("javascript:alert(1)")),
    Case("redirect-to-169-254", "skipped:offsite", redirects("http://169.254.169.254/latest/meta-data/")),
    Case("redirect-to-10", "skipped:offsite", redirects("http://10.0.0.1/")),
    Case("redirect-to-127", "skipped:offsite", redirects("http://127.0.0.1:{port}/a/1.shtml")),
    Case("redirect-to-ipv6", "skipped:offsite", redirects("http://[::1]:{port}/")),
    Case("redirect-to-a-number", "skipped:offsite", redirects("http://2130706433:{port}/")),
    Case("redirect-to-octal", "skipped:offsite", redirects("http://0177.0.0.01:{port}/")),
    Case("redirect-with-a-user", "skipped:offsite", redirects(_TWO_IN_ONE)),
    Case("redirect-offsite", "skipped:offsite", redirects("http://elsewhere.localhost:{port}/")),
    Case("redirect-no-target", "parked:http-302", says(b"", "302 Found")),
    Case("redirect-empty-target", "parked:redirects", redirects("")),
    Case("redirect-to-garbage", "parked:bad-redirect", redirects("http://[::bad/\x7f%zz")),
    Case("redirect-to-1-mb", "parked:broken-off", redirects("/" + "a" * 2**20)),
    Case("redirect-by-page", "skipped:offsite", says('<meta http-equiv="refresh" content="0;url=http://10.0.0.1/">')),
    Case("redirect-by-page-to-file", "dropped:redirect", says('<meta http-equiv="refresh" content="0;url=file:///etc/passwd">')),
    Case("redirect-for-a-cookie", "parked:redirects", _wants_its_cookie, wrong=_sends_cookies),
    Case("redirect-for-a-cookie-once", "new", _wants_its_cookie_once, wrong=_sends_cookies),
    Case("cookies-of-every-kind", "new", _everything, wrong=_sends_cookies),
)  # fmt: skip
