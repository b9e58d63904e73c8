"""news-please as a library: it fetches in threads, and extracts what it fetched."""

from fetching import run
from newsplease import NewsPlease


def fetch(urls: list[str]) -> int:
    """How many articles came."""
    found = NewsPlease.from_urls(urls, request_args={"timeout": 30})
    return sum(bool(article) for article in found.values())


run("news-please", fetch)
