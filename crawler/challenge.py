"""Pages that a firewall serves in the place of what was asked for, with status 200."""

import re

# A challenge is a script and nothing else; the WAF of these sites names itself in its cookies.
_MARKS = re.compile(
    rb"HWWAFSESID|WZWS_CONFIRM|jschl[-_]vc|__jsl_clearance|acw_sc__v2|document\.cookie\s*=[^;]{0,200};"
    rb"\s*(?:window\.)?location",
    re.IGNORECASE,
)
_LINK = re.compile(rb"<a\s[^>]*href", re.IGNORECASE)
_SCRIPT = re.compile(rb"<script\b", re.IGNORECASE)
_MAX_BYTES = 50_000


def is_challenge(body: bytes) -> bool:
    """Whether this is a firewall's page: a short script without a link, with a known mark."""
    return (
        len(body) <= _MAX_BYTES
        and _SCRIPT.search(body) is not None
        and _LINK.search(body) is None
        and _MARKS.search(body) is not None
    )
