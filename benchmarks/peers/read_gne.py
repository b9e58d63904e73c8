"""GeneralNewsExtractor, by its own defaults."""

from gne import GeneralNewsExtractor
from harness import Record, run


def read(page: str) -> Record:
    """One page."""
    found = GeneralNewsExtractor().extract(page)
    return {
        "title": found.get("title"),
        "body": found.get("content"),
        "published_at": found.get("publish_time"),
    }


run("gne", read)
