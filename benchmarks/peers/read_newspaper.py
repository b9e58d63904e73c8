"""newspaper4k, told that the pages are Chinese."""

import newspaper
from harness import Record, run


def read(page: str) -> Record:
    """One page."""
    article = newspaper.Article("http://localhost/", language="zh", fetch_images=False)
    article.download(input_html=page)
    article.parse()
    return {
        "title": article.title,
        "body": article.text,
        "published_at": str(article.publish_date) if article.publish_date else None,
        "origin": (article.meta_data or {}).get("source") or None,
    }


run("newspaper4k", read)
