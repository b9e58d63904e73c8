"""robots.txt of every kind: what cannot be read closes the door."""

from tests.faults.hostile.case import Case, redirects, says, sends
from tests.faults.server import Answer, Asked, Wire, head

_TEXT = "Content-Type: text/plain"
_CLOSED = "problem:list page: robots-unreachable"


def _robots(
    name: str, expected: str, answer: Answer, most: int = 12, *, stalls: bool = False
) -> Case:
    return Case(name, expected, robots=answer, most=most, stalls=stalls)


def _text(*lines: str) -> Answer:
    return says("\n".join(lines) + "\n", "200 OK", _TEXT)


def _fifty_mb(wire: Wire, _: Asked) -> None:
    line = b"# " + b"x" * 1000 + b"\n"
    wire.send(
        head("200 OK", _TEXT, f"Content-Length: {50 * 2**20}"), b"User-agent: *\nDisallow: /x/\n"
    )
    for _number in range(50 * 2**20 // len(line)):
        wire.send(line)


def _holds(wire: Wire, _: Asked) -> None:
    wire.hold()


def _drips(wire: Wire, _: Asked) -> None:
    wire.drip(head("200 OK", _TEXT, "Content-Length: 100"))


def _once_busy(wire: Wire, asked: Asked) -> None:
    if asked.number:
        wire.page(b"User-agent: *\nDisallow:\n", "200 OK", _TEXT)
    else:
        wire.page(b"", "503 Service Unavailable")


def _too_soon(asked: list[Asked]) -> str:
    """Counted from the first request: a busy machine may bring one late, and so closer to the next."""
    pages = [one.at - asked[0].at for one in asked if one.path != "/robots.txt"]
    early = [at for number, at in enumerate(pages) if at < 0.95 * number]
    return f"asked after {early[0]:.2f} s" if early else ""


CASES = (
    _robots("robots-of-50-mb", _CLOSED, _fifty_mb),
    _robots("robots-binary", "new", says(bytes(range(256)) * 50, "200 OK", _TEXT)),
    _robots("robots-utf-16", "new", says("User-agent: *\nDisallow: /x/\n".encode("utf-16"), "200 OK", _TEXT)),
    _robots("robots-a-page", "new", says("<html><body>欢迎</body></html>")),
    _robots("robots-empty", "new", says("", "200 OK", _TEXT)),
    _robots("robots-401", "new", says("", "401 Unauthorized")),
    _robots("robots-403", "new", says("", "403 Forbidden")),
    _robots("robots-429", _CLOSED, says("", "429 Too Many Requests"), most=3),
    _robots("robots-500", _CLOSED, says("", "500 Internal Server Error"), most=3),
    _robots("robots-503", _CLOSED, says("", "503 Service Unavailable"), most=3),
    _robots("robots-503-once", "new", _once_busy),
    _robots("robots-reset", _CLOSED, sends(), most=6),
    _robots("robots-stall", _CLOSED, _holds, most=3, stalls=True),
    _robots("robots-byte-a-second", _CLOSED, _drips, most=3, stalls=True),
    _robots("robots-redirects", _CLOSED, redirects("/robots.txt"), most=7),
    _robots("robots-elsewhere", _CLOSED, redirects("http://elsewhere.localhost/robots.txt"), most=1),
    _robots("robots-to-file", _CLOSED, redirects("file:///etc/passwd"), most=1),
    _robots("robots-forbids-all", "problem:list page: skipped:robots", _text("User-agent: *", "Disallow: /"), most=1),
    _robots("robots-forbids-us", "problem:list page: skipped:robots", _text("User-agent: suqian-corpus", "Disallow: /"), most=1),
    _robots("robots-forbids-articles", "skipped:robots", _text("User-agent: *", "Disallow: /a/"), most=2),
    _robots("robots-of-stars", "new", _text("User-agent: *", f"Disallow: /{'*a' * 5_000}b$")),
    _robots("robots-of-100000-rules", "new", _text("User-agent: *", *(f"Disallow: /x{number}/" for number in range(40_000)))),
    _robots("robots-one-long-line", "new", _text("User-agent: *", f"Disallow: /{'x' * 2**20}")),
    Case("robots-waits-a-second", "new", robots=_text("User-agent: *", "Crawl-delay: 1"), wrong=_too_soon),
    _robots("robots-waits-for-ever", "problem:list page: skipped:crawl-delay", _text("User-agent: *", "Crawl-delay: 1e308", "Disallow: /x/"), most=1),
    _robots("robots-waits-in-words", "new", _text("User-agent: *", "Crawl-delay: -1", "Crawl-delay: nan", "Crawl-delay: soon")),
)  # fmt: skip
