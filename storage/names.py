"""Names that may be asked for: what sources, topics, places, organisations and kinds of paper are called.

The corpus knows the names of what its articles have. What there may be beside that, and what else it is
called, stands in the catalogue and the taxonomy, of which this room knows nothing: who opens a corpus
gives them along.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, Self

from rapidfuzz import fuzz, process
from sqlalchemy.orm import Session, sessionmaker

from storage import labels, messages
from storage.errors import BadQuestion
from storage.folding import fold
from storage.query import All, Either, Named, Node, Not, Query, at_character
from storage.records import Filters

KINDS = ("source", "topic", "place", "main_place", "organisation", "type")
"""What has names that are all known; of people and documents nobody has a list."""
LASTING = ("source",)
"""Those of which the corpus forgets none: who asks it as it stood may mean a topic that there is no more."""
Read = Callable[[str], Mapping[str, str]]
"""Kind → each name there may be of it, ids among them → the id of what is called so; nothing: unknown."""
_NAMES = "names"
_SIMILAR = 50
"""Of 100: a name that is less like what was written is not meant. Of two characters one may be wrong: 泗红."""
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Called:
    """What there may be of a kind: the ids by each name, and by each name folded."""

    ids: Mapping[str, str]
    folded: Mapping[str, str]

    @classmethod
    def of(cls, ids: Mapping[str, str]) -> Self:
        return cls(ids, {fold(name): own for name, own in ids.items()})


def give_names(sessions: sessionmaker[Session], read: Read) -> None:
    """Have the sessions made from here on know what there may be; it is read when it is first needed."""
    known = cache(lambda kind: _Called.of(read(kind)))
    sessions.configure(info={**sessions.kw.get("info", {}), _NAMES: known})


def settled(
    session: Session, query: Query, filters: Filters, sure: Collection[str] = KINDS
) -> tuple[Query, Filters]:
    """Query and filters with the ids of what they call by another name than the corpus does. Raises
    BadQuestion for a name of a kind of which all are `sure` to be known, and which nobody knows."""
    known: Callable[[str], _Called] | None = session.info.get(_NAMES)
    if known is None:
        return query, filters
    settle = partial(_settled, session, known, sure)
    given = {kind: getattr(filters, kind) for kind in KINDS if getattr(filters, kind)}
    ids: dict[str, Any] = {kind: settle(Named(kind, value)).value for kind, value in given.items()}
    return Query(query.root and _with(query.root, settle)), replace(filters, **ids)


def _with(node: Node, settle: Callable[[Named], Named]) -> Node:
    if isinstance(node, Named):
        return settle(node)
    if isinstance(node, Not):
        return Not(_with(node.part, settle))
    if isinstance(node, All | Either):
        return type(node)(tuple(_with(part, settle) for part in node.parts))
    return node


def _settled(
    session: Session, known: Callable[[str], _Called], sure: Collection[str], asked: Named
) -> Named:
    if asked.kind not in KINDS or labels.named(session, asked.kind, asked.value):
        return asked
    called = known(asked.kind)
    meant = called.ids.get(asked.value) or called.folded.get(fold(asked.value))
    if meant:
        return replace(asked, value=meant)
    if called.ids and asked.kind in sure:
        raise _unknown(asked, [*called.ids, *labels.called(session, asked.kind)])
    return asked


def _unknown(asked: Named, names: Collection[str]) -> BadQuestion:
    found = process.extract(
        asked.value, set(names), scorer=fuzz.ratio, limit=None, score_cutoff=_SIMILAR
    )
    # Of equals always the same ones, whatever their order in the set.
    near = [name for name, _, _ in sorted(found, key=lambda one: (-one[1], one[0]))[:_SHOWN]]
    what = messages.unknown_name(asked.kind, messages.DID_YOU_MEAN if near else messages.SEE_FACETS)
    said = what if asked.at is None else at_character(asked.at, what)
    return BadQuestion(said, position=asked.at, name=asked.value, near=", ".join(near))
