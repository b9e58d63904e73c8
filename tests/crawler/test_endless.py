"""Pages that would take parsers minutes are refused from their bytes, others are not."""

import pytest

from crawler.endless import refuse_endless
from crawler.errors import Park

ATTRIBUTES = b"<p " + b" ".join(b"a%d=1" % n for n in range(8_001)) + b">"


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"<br>" * 15_001, "15001 line breaks"),
        (b"<BR/>" * 15_001, "15001 line breaks"),
        (b"<a href=x>" * 20_001, "20001 links"),
        (ATTRIBUTES, "8000 attributes"),
        *((b"<p>" + b"x" * n + ATTRIBUTES, "8000 attributes") for n in (1, 7_000, 7_997, 15_999)),
    ],
)
def test_what_takes_parsers_minutes_is_parked(page: bytes, reason: str) -> None:
    with pytest.raises(Park, match=reason):
        refuse_endless(page)


@pytest.mark.parametrize(
    "page",
    [
        b"<br>" * 15_000,
        b"<p>" * 30_000,
        b"<p title='" + b"=x" * 4_000 + b"'>",
        b"<script>" + b"a=1;" * 10_000 + b"</script>",
    ],
)
def test_what_they_read_at_once_is_not(page: bytes) -> None:
    refuse_endless(page)
