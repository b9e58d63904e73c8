"""The corpus as a file that others read."""

import json
from collections.abc import Callable
from pathlib import Path

from storage.corpus import EVERYTHING, Corpus, Filters
from storage.errors import Refused


def export_jsonl(
    corpus: Corpus,
    path: Path,
    filters: Filters = EVERYTHING,
    on_article: Callable[[], None] = lambda: None,
) -> int:
    """Write every article, reprints included, one JSON object a line; return how many.

    The file appears whole or not at all.
    """
    partial = path.with_name(f".{path.name}.part")
    count = 0
    try:
        with partial.open("w", encoding="utf-8") as file:
            for article in corpus.articles(filters):
                file.write(json.dumps(article.as_dict(), ensure_ascii=False) + "\n")
                count += 1
                on_article()
        partial.replace(path)
    except OSError as error:
        raise Refused(
            f"{path} cannot be written: {error.strerror}; choose another place"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return count
