"""Connections that break, stall and lie about how long they are."""

from tests.faults.hostile.case import Case, article_html, sends
from tests.faults.server import HTML, Asked, Wire, head

_PAGE = article_html("wire").encode()


def _page(asked: Asked) -> bytes:
    return article_html(asked.host.partition(".")[0]).encode()


def _reset_unread(wire: Wire, _: Asked) -> None:
    wire.reset()


def _reset_in_head(wire: Wire, _: Asked) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    wire.reset()


def _reset_in_body(wire: Wire, asked: Asked) -> None:
    body = _page(asked)
    wire.send(head("200 OK", HTML, f"Content-Length: {len(body)}"), body[:200])
    wire.reset()


def _cut_short(wire: Wire, asked: Asked) -> None:
    body = _page(asked)
    wire.send(head("200 OK", HTML, f"Content-Length: {len(body) + 10_000}"), body)


def _too_short(wire: Wire, asked: Asked) -> None:
    body = _page(asked)
    wire.send(head("200 OK", HTML, f"Content-Length: {len(body) - 7}"), body, b"x" * 5_000)


def _holds_end(wire: Wire, asked: Asked) -> None:
    body = _page(asked)
    wire.send(head("200 OK", HTML, f"Content-Length: {len(body) + 1}"), body)
    wire.hold()


def _holds_all(wire: Wire, _: Asked) -> None:
    wire.hold()


def _holds_head(wire: Wire, _: Asked) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-")
    wire.hold()


def _drips_body(wire: Wire, asked: Asked) -> None:
    body = _page(asked)
    wire.send(head("200 OK", HTML, f"Content-Length: {len(body)}"))
    wire.drip(body)


def _drips_head(wire: Wire, asked: Asked) -> None:
    wire.drip(head("200 OK", HTML, "Content-Length: 0"))


def _continues_for_ever(wire: Wire, _: Asked) -> None:
    wire.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, seconds=0.05, at_once=25)


def _hints_first(wire: Wire, asked: Asked) -> None:
    wire.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload\r\n\r\n")
    wire.page(_page(asked))


def _without_end(wire: Wire, asked: Asked) -> None:
    wire.send(head("200 OK", HTML), _page(asked))


def _chunked(*chunks: bytes) -> bytes:
    return head("200 OK", HTML, "Transfer-Encoding: chunked") + b"".join(chunks)


def _in_chunks(wire: Wire, asked: Asked) -> None:
    body = _page(asked)
    pieces = [body[at : at + 50] for at in range(0, len(body), 50)]
    wire.send(_chunked(*(b"%x;a=b\r\n%s\r\n" % (len(one), one) for one in pieces), b"0\r\n\r\n"))


def _chunks_cut(wire: Wire, asked: Asked) -> None:
    body = _page(asked)
    wire.send(_chunked(b"%x\r\n%s\r\n" % (len(body), body)))


CASES = (
    Case("reset-unread", "parked:broken-off", _reset_unread),
    Case("reset-in-head", "parked:broken-off", _reset_in_head),
    Case("reset-in-body", "parked:cut-off", _reset_in_body),
    Case("closed-unread", "parked:broken-off", sends()),
    Case("closed-in-head", "parked:broken-off", sends(b"HTTP/1.1 200 OK\r\nContent-Ty")),
    Case("closed-in-body", "parked:cut-off", _cut_short),
    Case("length-too-short", "new", _too_short),
    Case("length-missing", "new", _without_end),
    Case("length-negative", "parked:broken-off", sends(head("200 OK", HTML, "Content-Length: -5"), _PAGE)),
    Case("length-no-number", "parked:broken-off", sends(head("200 OK", HTML, "Content-Length: 12x"), _PAGE)),
    Case("length-twice", "parked:broken-off", sends(head("200 OK", HTML, "Content-Length: 5", "Content-Length: 900"), _PAGE)),
    Case("chunks-good", "new", _in_chunks),
    Case("chunks-cut", "parked:cut-off", _chunks_cut),
    Case("chunks-garbage", "parked:cut-off", sends(_chunked(b"xyz\r\n", _PAGE))),
    Case("chunks-negative", "parked:cut-off", sends(_chunked(b"-5\r\n", _PAGE))),
    Case("chunks-enormous", "parked:cut-off", sends(_chunked(b"ffffffffffffffff\r\n", _PAGE))),
    Case("chunks-long-line", "parked:cut-off", sends(_chunked(b"5;" + b"a" * 2**20))),
    Case("stall-unread", "parked:timeout", _holds_all, stalls=True),
    Case("stall-in-head", "parked:timeout", _holds_head, stalls=True),
    Case("stall-in-body", "parked:timeout", _holds_end, stalls=True),
    Case("byte-a-second", "parked:timeout", _drips_body, stalls=True),
    Case("head-byte-a-second", "parked:timeout", _drips_head, stalls=True),
    Case("certificate-of-another", "new", scheme="https"),
    Case("http-0-9", "parked:broken-off", sends(_PAGE)),
    Case("no-http-at-all", "parked:broken-off", sends(b"SSH-2.0-OpenSSH_9.6\r\n")),
    Case("status-no-number", "parked:broken-off", sends(b"HTTP/1.1 OK 200\r\n\r\n", _PAGE)),
    Case("status-999", "parked:http-999", sends(head("999 Nobody", HTML, "Content-Length: 0"))),
    Case("continues-for-ever", "parked:timeout", _continues_for_ever, stalls=True),
    Case("hints-first", "new", _hints_first),
    Case("no-content", "parked:http-204", sends(head("204 No Content"))),
    Case("part-of-it", "parked:http-206", sends(head("206 Partial Content", HTML, "Content-Length: 3"), b"abc")),
)  # fmt: skip
