"""What an article is as a row of an Arrow table: one type a field, whatever the database."""

import pyarrow as pa

CITY_TIMESTAMP = pa.timestamp("us", tz="Asia/Shanghai")
_TEXTS = pa.list_(pa.string())

LINK = pa.struct(
    [
        ("id", pa.string()),
        ("url", pa.string()),
        ("title", pa.string()),
        ("kind", pa.string()),
        ("shared", pa.list_(pa.float64())),
        ("run", pa.int32()),
        ("differs", _TEXTS),
    ]
)
FILE = pa.struct([(name, pa.string()) for name in ("url", "name", "text_status", "text")])
ORIGIN = pa.struct([("field", pa.string()), ("origin", pa.string())])
EVIDENCE = pa.list_(
    pa.struct(
        [
            ("field", pa.string()),
            ("start", pa.int32()),
            ("end", pa.int32()),
            ("text", pa.string()),
            ("rule", pa.string()),
        ]
    )
)
ROLES = pa.list_(
    pa.struct([(name, pa.string()) for name in ("title", "organisation", "body")]),
)
TAG = pa.struct(
    [
        ("kind", pa.string()),
        ("value", pa.string()),
        ("label", pa.string()),
        ("score", pa.float64()),
        ("evidence", EVIDENCE),
        ("amount", pa.float64()),
        ("roles", ROLES),
        ("taxonomy", pa.string()),
    ]
)
ARTICLE = pa.schema(
    [
        *((name, pa.string()) for name in ("id", "url", "title", "subtitle")),
        *((name, pa.string()) for name in ("body", "body_raw", "body_html")),
        ("published_at", CITY_TIMESTAMP),
        ("published_precision", pa.string()),
        *((name, pa.string()) for name in ("source", "column", "origin", "author", "editor")),
        *((name, pa.string()) for name in ("lang",)),
        *((name, _TEXTS) for name in ("topics", "places")),
        ("main_place", pa.string()),
        *((name, _TEXTS) for name in ("organisations", "people", "types")),
        *((name, pa.string()) for name in ("document_number", "issuer", "index_number")),
        ("validity", pa.string()),
        ("keywords", _TEXTS),
        ("section", pa.string()),
        ("needs_ocr", pa.bool_()),
        ("attachments", pa.list_(FILE)),
        *((name, pa.string()) for name in ("story_id", "duplicate_of")),
        ("links", pa.list_(LINK)),
        ("revision", pa.int32()),
        ("first_seen", CITY_TIMESTAMP),
        ("withdrawn_at", CITY_TIMESTAMP),
        *((name, pa.string()) for name in ("digest", "warc")),
        ("provenance", pa.list_(ORIGIN)),
        ("tags", pa.list_(TAG)),
    ]
)
"""The fields of `storage.records.Article` in their order, and beside `published_at` whether it is
a whole ``day`` (then it is that day's midnight) or a ``time``."""
