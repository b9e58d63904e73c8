"""docs/data-model.md, made of the models: ``python -m storage.dictionary > docs/data-model.md``."""

import ast
import sys
from collections.abc import Iterator
from inspect import getdoc, getsource, getsourcelines
from itertools import pairwise
from textwrap import dedent
from types import ModuleType

from sqlalchemy import Column, Table

from storage import models
from storage.arrow.schema import ARTICLE
from storage.models import corpus, crawling, health, ledger, search
from storage.records import Article

_HEAD = """\
# Data model

Made of the models by `python -m storage.dictionary`; a test holds the two together. Times are UTC in the
tables and the city's (Asia/Shanghai) everywhere else. Ids of articles are digests of their canonical keys
and so the same in every copy of the corpus; `pk` is a database's own. What is text that somebody wrote
holds personal numbers as they were published: they are masked on every way out ([masking](masking.md)),
but not in the tables.

"""
_VIEWS = """\
## Views

For tools that open the database themselves ([querying](querying.md)); the same on both databases.

| view | a row is | columns |
| --- | --- | --- |
| `article_view` | an article | `id`, `title`, `day`, `published` (city's time, or day), `source`, `column`, `origin`, `author`, `document_number`, `topics`, `places`, `main_place`, `organisations`, `people`, `types` (names, joined by 、), `lang`, `story_id`, `duplicate_of`, `revision`, `first_seen`, `withdrawn`, `url`, `body` |
| `tag_view` | a tag of an article | `article_id`, `title`, `day`, `source`, `kind`, `value`, `label`, `score`, `amount` |
| `story_view` | a story | `id`, `title`, `url` (of its canonical article), `articles`, `sources`, `first_published`, `last_published` |
| `source_day` | a day of a source | `source`, `day`, `articles`, `reprints` |

"""
_EXPORT = """\
## Exports and Arrow tables

The columns of `suqian export FILE.parquet` and of `Corpus.articles(…).to_arrow()`: the fields of
`storage.Article`, and `published_precision` (`day` or `time`; a `day` stands at its midnight). JSON Lines
have the same fields, times as text, `provenance` as an object. CSV leaves out `body_raw`, `body_html`,
`links`, `provenance` and `tags`, and joins lists with 、.

| column | type | means |
| --- | --- | --- |
"""


def markdown() -> str:
    """The document."""
    tables = "".join(map(_room, (corpus, search, ledger, crawling, health)))
    meanings = _meanings(Article)
    export = "".join(
        f"| `{field.name}` | `{_written(str(field.type))}` | {meanings.get(field.name, '')} |\n"
        for field in ARTICLE
    )
    return f"{_HEAD}{tables}{_VIEWS}{_EXPORT}{export}"


def _room(module: ModuleType) -> str:
    """The tables of a module, in the order in which they are written."""
    here = [
        one.class_
        for one in models.Base.registry.mappers
        if one.class_.__module__ == module.__name__
    ]
    tables = map(_table, sorted(here, key=lambda one: getsourcelines(one)[1]))
    about = (getdoc(module) or "").rstrip(".")
    return f"## {about}\n\n{''.join(tables)}"


def _table(model: type[models.Base]) -> str:
    table, meanings = model.__table__, _meanings(model)
    assert isinstance(table, Table)  # noqa: S101 - every model of ours is one
    rows = "".join(
        f"| `{column.name}` | {_kind(column)} | {meanings.get(column.name, '')} |\n"
        for column in table.columns
    )
    about = " ".join((getdoc(model) or "").split())
    return (
        f"### `{table.name}`\n\n{about}\n\n| column | type | means |\n| --- | --- | --- |\n{rows}\n"
    )


def _kind(column: Column[object]) -> str:
    kind = type(column.type).__name__
    said = ["time" if kind == "UtcDateTime" else kind.lower()]
    said += ["or null"] if column.nullable else []
    said += ["primary key"] if column.primary_key else []
    said += [f"→ `{key.target_fullname}`" for key in column.foreign_keys]
    return " ".join(said)


def _meanings(of: type[object]) -> dict[str, str]:
    """What the text under each field of a class says of it."""
    (tree,) = ast.parse(dedent(getsource(of))).body
    assert isinstance(tree, ast.ClassDef)  # noqa: S101 - it is a class
    return dict(_documented(tree.body))


def _documented(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for field, after in pairwise(body):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            yield field.target.id, _written(" ".join(str(after.value.value).split()))


def _written(text: str) -> str:
    """A text as a cell of a table in Markdown."""
    return text.replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(markdown())
