"""Lists without an end, lists that change while they are walked, and addresses that are none."""

from tests.faults.hostile.case import Case, list_html, redirects, says
from tests.faults.server import Answer, Asked, Wire

_PAGER = "<script>createPageHTML('page_div',{pages},{here},'list','shtml',{total});</script>"


def _number(asked: Asked) -> int:
    name = asked.path.rpartition("/")[2].partition(".")[0]
    return int(name.partition("_")[2] or 1)


def _pager(asked: Asked, pages: int) -> str:
    return _PAGER.format(pages=pages, here=_number(asked), total=pages)


def _many(count: int) -> Answer:
    others = [f"http://elsewhere.localhost/{number}.shtml" for number in range(count)]
    return says(list_html(["/a/1.shtml", *others]))


def _for_ever(wire: Wire, asked: Asked) -> None:
    behind = _pager(asked, 10**9)
    known = [f"http://elsewhere.localhost/{asked.number}/{number}" for number in range(3)]
    wire.page(list_html(["/a/1.shtml", *known], behind).encode())


def _in_circles(wire: Wire, asked: Asked) -> None:
    wire.page(list_html(["/a/1.shtml"], _pager(asked, 5)).encode())


def _sessions(wire: Wire, asked: Asked) -> None:
    hrefs = [f"/a/1.shtml?sid={asked.number}{number}&jsessionid=X{number}" for number in range(200)]
    wire.page(list_html(["/a/1.shtml", *hrefs], _pager(asked, 20)).encode())


def _calendar(wire: Wire, asked: Asked) -> None:
    """Each day leads to more days."""
    hrefs = [f"/a/cal/{asked.number}/{day}.shtml" for day in range(3)]
    wire.page(list_html(["/a/1.shtml", *hrefs], _pager(asked, 10**6)).encode())


def _paths_without_end(wire: Wire, asked: Asked) -> None:
    """What relative links come to that lack their slash."""
    hrefs = ["/a" + "/b/c" * depth + "/1.shtml" for depth in range(4, 40)]
    hrefs += [
        f"/a/2.shtml?{'&'.join(f'p{n}={n}' for n in range(depth))}" for depth in range(21, 60)
    ]
    wire.page(list_html(["/a/1.shtml", *hrefs]).encode())


def _session_names(wire: Wire, asked: Asked) -> None:
    hrefs = [
        *(f"/(S(lit3py55t21z5v5{n}))/a/1.shtml" for n in range(50)),
        *(f"/a/1.shtml;JSESSIONID={n}?PHPSESSID={n}" for n in range(50)),
    ]
    wire.page(list_html(["/a/1.shtml", *hrefs]).encode())


def _odd_addresses(wire: Wire, asked: Asked) -> None:
    odd = (
        *("/a/\0.shtml", "/a/%00.shtml", "/a/%zz.shtml", "/a/\n2.shtml", "http://[::1", "http://"),
        *("//", "///x", "\\\\x\\y", "http:/one", "http://a b/", "http://xn--/", "http://.../"),
        *("javascript:x('/b')", "mailto:a@b", "data:text/html,x", "file:///etc/passwd", "#", " "),
        *(
            "http://x:99999999/",
            "http://x:port/",
            "ftp://x/",
            "http://\u2100.localhost/",
            "?a=\ud7ff",
        ),
        *("/a/" + "../" * 500 + "1.shtml", "http://" + "a." * 500 + "localhost/"),
    )
    rest = [f"http://elsewhere.localhost/{'a' * 100_000}"]
    wire.page(list_html(["/a/1.shtml", *odd, *rest]).encode())


def _based_elsewhere(wire: Wire, asked: Asked) -> None:
    page = list_html(["a/1.shtml"]).replace(
        "<html>", '<html><head><base href="http://10.0.0.1/"></head>'
    )
    wire.page(page.encode())


def _shifts(wire: Wire, asked: Asked) -> None:
    """Something new on top each time: what was on the first page is on the second again."""
    hrefs = [
        f"http://elsewhere.localhost/{number}" for number in range(asked.number, asked.number + 5)
    ]
    wire.page(list_html(["/a/1.shtml", *hrefs], _pager(asked, 4)).encode())


def _huge_page_number(wire: Wire, asked: Asked) -> None:
    behind = _PAGER.format(pages="9" * 5_000, here=1, total="9" * 5_000)
    wire.page(list_html(["/a/1.shtml"], behind).encode())


def _xml_bomb() -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "ha">{entities}]><r><ul class="list"><li>&l9;</li></ul></r>'


_EMPTY = "problem:the list shows no items: has its layout changed?"


def _list(name: str, expected: str, answer: Answer, most: int = 12, *, heavy: bool = False) -> Case:
    return Case(name, expected, listing=answer, most=most, heavy=heavy)


CASES = (
    _list("list-of-100000-links", "problem:list page: too-large", _many(100_000)),
    _list("list-of-3000-links", "new", _many(3_000), heavy=True),
    _list("list-for-ever", "new", _for_ever),
    _list("list-in-circles", "new", _in_circles),
    _list("list-of-sessions", "new", _sessions),
    _list("list-of-paths-without-end", "new", _paths_without_end, most=3),
    _list("list-of-session-names", "new", _session_names, most=3),
    _list("list-a-calendar", "new", _calendar, most=50),
    _list("list-shifts", "new", _shifts),
    _list("list-of-odd-addresses", "new", _odd_addresses, most=20),
    _list("list-based-elsewhere", "nothing", _based_elsewhere),
    _list("list-of-endless-pages", "new", _huge_page_number),
    _list("list-an-xml-bomb", _EMPTY, says(_xml_bomb(), "200 OK", "Content-Type: text/xml")),
    _list("list-of-nothing", _EMPTY, says("<html><body><ul class='list'></ul></body></html>")),
    _list("list-empty", _EMPTY, says("")),
    _list("list-a-picture", _EMPTY, says(b"\x89PNG\r\n\x1a\n" + bytes(300), "200 OK", "Content-Type: image/png")),
    _list("list-nested-20000", _EMPTY, says("<div>" * 20_000 + list_html(["/a/1.shtml"]))),
    _list("list-moved-offsite", "problem:list page: skipped:offsite", redirects("http://elsewhere.localhost/")),
    _list("list-in-a-ring", "problem:list page: redirects", redirects("/list.shtml")),
    _list("list-500-for-hours", "problem:list page: http-500", says("", "500 Internal Server Error")),
)  # fmt: skip
