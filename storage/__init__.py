"""What is known, and asking for it. Knows SQL; nothing of crawling."""

from typing import TYPE_CHECKING

from storage.lazily import lazily

if TYPE_CHECKING:
    from storage.corpus import Article, Corpus, Filters
else:
    __getattr__ = lazily(__name__, {"storage.corpus": "Article Corpus Filters"})

__all__ = ["Article", "Corpus", "Filters"]
