"""How many real pages are decoded right in every charset and with every lie, peers beside us.

    uv run --with chardet,faust-cchardet python -m benchmarks.charset FOLDER

FOLDER holds saved pages in UTF-8 or GBK. Each is written in each charset, with each declaration in its
header and its meta tags, and decoded; right is what gives back the text to the character. Peers
(chardet, faust-cchardet, charset-normalizer) are measured where they are installed. They are given no
header: they guess from bytes.
"""

import importlib
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from crawler.decode import decode
from crawler.errors import Park

CHARSETS = ("utf-8", "utf-8-sig", "gb18030", "big5hkscs", "utf-16", "utf-16-le", "utf-16-be")
LIES = ("utf-8", "gb2312", "iso-8859-1", "")
PEERS = {
    "chardet": lambda module, body: module.detect(body)["encoding"],
    "cchardet": lambda module, body: module.detect(body)["encoding"],
    "charset_normalizer": lambda module, body: getattr(
        module.from_bytes(body).best(), "encoding", None
    ),
}
_DECLARED = re.compile(r"(charset\s*=\s*[\"']?\s*)[A-Za-z0-9_\-]+", re.IGNORECASE)


def variants(text: str, charset: str) -> Iterator[tuple[str, bytes, str]]:
    """(text, bytes, header) of a page in a charset under every pair of declarations."""
    for meta in LIES:
        lying = _DECLARED.sub(rf"\g<1>{meta or 'x'}", text)
        body = lying.encode(charset, "ignore")
        for header in LIES:
            yield body.decode(charset), body, f"text/html; charset={header}" if header else ""


def ours(body: bytes, header: str) -> str | None:
    """The text as this program reads it; None where it parks it."""
    try:
        return decode(body, header).text
    except Park:
        return None


def measure(
    texts: list[str], charset: str, read: Callable[[bytes, str], str | None]
) -> tuple[int, int, float]:
    """(right, all, milliseconds a page) of one reader."""
    right = count = 0
    seconds = 0.0
    for text in texts:
        for expected, body, header in variants(text, charset):
            started = time.perf_counter()
            found = read(body, header)
            seconds += time.perf_counter() - started
            count += 1
            right += found is not None and found.lstrip("\ufeff") == expected
    return right, count, 1000 * seconds / count


def peers() -> Iterator[tuple[str, Callable[[bytes, str], str | None]]]:
    """The readers that are installed beside ours."""
    for name, detect in PEERS.items():
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue

        def read(body: bytes, _header: str, module=module, detect=detect) -> str | None:  # type: ignore[no-untyped-def]
            charset = detect(module, body)
            try:
                return body.decode(charset or "utf-8", "replace")
            except LookupError:
                return None

        yield name, read


def main(folder: Path, step: int) -> None:
    """Print a row a reader and charset. Peers see every `step`-th page: they take seconds a page."""
    texts = [decode(file.read_bytes()).text for file in sorted(folder.glob("*.html"))]
    for name, read in [("ours", ours), *peers()]:
        for charset in CHARSETS:
            pages = texts if name == "ours" else texts[::step]
            right, count, cost = measure(pages, charset, read)
            print(
                f"{name:20}{charset:12}{right:6}/{count:<6}{100 * right / count:6.1f} %{cost:9.2f} ms"
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), step=20)
