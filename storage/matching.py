"""A query as a condition on the tables, by reading the texts: exact and slow.

The search index answers the same without reading; this is for what is in no index, and for tests
to hold the index to.
"""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Dialect, and_, func, not_, or_

from storage.conditions import conditions
from storage.models import FoldedText
from storage.query import All, Days, Either, Named, Node, Not, Text
from storage.records import Filters


def matches(node: Node, dialect: Dialect) -> ColumnElement[bool]:
    """The condition on `article` joined with `folded_text` that an article is what is asked for."""
    if isinstance(node, Text):
        return _holds(node, dialect)
    if isinstance(node, Not):
        return not_(matches(node.part, dialect))
    if isinstance(node, All | Either):
        join = and_ if isinstance(node, All) else or_
        return join(*(matches(part, dialect) for part in node.parts))
    return and_(*conditions(as_filters(node)))


def _holds(text: Text, dialect: Dialect) -> ColumnElement[bool]:
    find = func.strpos if dialect.name == "postgresql" else func.instr
    parts = (FoldedText.title, FoldedText.body, FoldedText.attachments)
    held = [find(part, text.folded) > 0 for part in (parts[:1] if text.in_title else parts)]
    return or_(*held)


def as_filters(node: Named | Days) -> Filters:
    """A field of a query as the filter that means the same."""
    if isinstance(node, Days):
        return Filters(since=node.since, until=node.until)
    # Named.kind is one of the names that `storage.query.FIELDS` gives, which Filters has, too.
    return Filters(**{node.kind: node.value})  # type: ignore[arg-type]


def holds(node: Node, title: str, texts: tuple[str, ...], asked: Callable[[Filters], bool]) -> bool:
    """Whether folded texts are what is asked for; `asked` answers for fields."""
    if isinstance(node, Text):
        return any(node.folded in text for text in ((title,) if node.in_title else (title, *texts)))
    if isinstance(node, Not):
        return not holds(node.part, title, texts, asked)
    if isinstance(node, All | Either):
        join = all if isinstance(node, All) else any
        return join(holds(part, title, texts, asked) for part in node.parts)
    return asked(as_filters(node))
