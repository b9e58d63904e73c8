"""What is known, and asking for it. Knows SQL; nothing of crawling."""

from storage.corpus import Article, Corpus, Filters

__all__ = ["Article", "Corpus", "Filters"]
