"""A question as conditions on PostgreSQL's arrays of terms, each of which the GIN index decides.

PostgreSQL takes it that to compare an array costs what to compare a number does. Whatever it is free to look
up in the rows it does look up there, and reads and unpacks seven kilobytes for each. So that it is not, what
must hold together is one statement of which the index has every condition; what else may hold, and what must
not, is another.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from storage import terms
from storage.candidates import Labelled
from storage.query import All, Either, Not, Text

_MOST_ARMS = 32
"""More of them are not multiplied out: the part is asked by itself."""


@dataclass(frozen=True, slots=True)
class _Arm:
    """What must hold together."""

    needed: frozenset[int] = frozenset()
    """Terms, all of them: the index starts with the rarest."""
    choices: tuple[frozenset[int], ...] = ()
    """Terms, one of each."""
    within: tuple[Any, ...] = ()
    """Parts that are asked by themselves…"""
    without: tuple[Any, ...] = ()
    """…and those that must not hold."""

    @property
    def indexed(self) -> bool:
        """Whether the index has something to look up."""
        return bool(self.needed or self.choices)

    def and_(self, other: "_Arm") -> "_Arm":
        """Both together."""
        return _Arm(
            self.needed | other.needed,
            self.choices + other.choices,
            self.within + other.within,
            self.without + other.without,
        )

    @property
    def alternatives(self) -> frozenset[int] | None:
        """The terms of which one decides, where there is nothing else to it."""
        if self.within or self.without or len(self.needed) + len(self.choices) != 1:
            return None
        return self.needed or self.choices[0]


@dataclass
class Sql:
    """Conditions under way, with what they are given."""

    given: dict[str, Any] = field(default_factory=dict)
    blocks: Sequence[int] = ()
    """The terms of the blocks that are looked at; none: all."""

    def bind(self, value: Any) -> str:
        """A parameter with a value."""
        name = f"p{len(self.given)}"
        self.given[name] = value
        return f":{name}"

    def terms(self, operator: str, found: Iterable[int]) -> str:
        """A comparison with an article's terms."""
        return f"e.terms {operator} CAST({self.bind(sorted(found))} AS integer[])"

    def candidates(self, node: Any) -> str:
        """A statement that gives each ``docid``, from ``:low`` on and below ``:high``, of which the index
        does not say that it does not match."""
        return " UNION ".join(map(self._rows, _arms(node))) or "SELECT 0 AS docid WHERE FALSE"

    def _rows(self, arm: _Arm) -> str:
        conditions = list(self._conditions(arm))
        # As a sum it is no column of an index: only that of the terms is left to be used.
        number = "e.docid + 0" if arm.indexed else "e.docid"
        where = " AND ".join([*conditions, f"{number} >= :low", f"{number} < :high"])
        return f"SELECT {number} AS docid FROM search_entry e WHERE {where}"  # noqa: S608 - names of ours

    def _conditions(self, arm: _Arm) -> Iterator[str]:
        if arm.needed:
            yield self.terms("@>", arm.needed)
        yield from (self.terms("&&", one) for one in arm.choices)
        if arm.indexed and self.blocks:
            yield self.terms("&&", self.blocks)
        yield from (f"e.docid IN ({self.candidates(part)})" for part in arm.within)
        yield from (f"e.docid NOT IN ({self.candidates(part)})" for part in arm.without)

    def exactly(self, node: Any) -> str:
        """A node as a condition on the folded text and the labels."""
        if isinstance(node, Text):
            parts = ("title",) if node.in_title else ("title", "body", "attachments")
            word = self.bind(node.folded)
            return f"({' OR '.join(_holds(f'f.{part}', word) for part in parts)})"
        if isinstance(node, Not):
            return f"NOT {self.exactly(node.part)}"
        if isinstance(node, All | Either):
            join = " AND " if isinstance(node, All) else " OR "
            return f"({join.join(map(self.exactly, node.parts))})"
        return self.terms("&&", terms.label_terms(node.numbers))


def _holds(column: str, word: str) -> str:
    """Whether what stands before a word is less than all. To find it with `strpos` takes twice as long:
    that goes on to count the characters before it."""
    return f"octet_length(split_part({column}, {word}, 1)) < octet_length({column})"


def has_text(node: Any) -> bool:
    """Whether words are in a node."""
    if isinstance(node, All | Either):
        return any(map(has_text, node.parts))
    return isinstance(node, Text) or (isinstance(node, Not) and has_text(node.part))


def unsure(node: Any) -> Any:
    """The part of a node that the index does not decide; None for none."""
    if isinstance(node, Text):
        return node if node.in_title or not terms.decides(node.folded) else None
    if isinstance(node, All):
        parts = tuple(part for part in map(unsure, node.parts) if part is not None)
        return All(parts) if parts else None
    if isinstance(node, Not):
        return node if has_text(node.part) else None
    if isinstance(node, Either):
        return node if any(unsure(part) is not None for part in node.parts) else None
    return None


def _arms(node: Any) -> list[_Arm]:
    """A question as arms, of which one must hold."""
    if isinstance(node, Text):
        return [_Arm(needed=frozenset(_wanted(node)))]
    if isinstance(node, Labelled):
        return _labelled(node)
    if isinstance(node, Not):
        # What has all terms of a text need not hold it: nothing can be left out for that.
        return [_Arm()] if has_text(node.part) else [_Arm(without=(node.part,))]
    if isinstance(node, Either):
        return _merged([arm for part in node.parts for arm in _arms(part)])
    return _together(node)


def _labelled(node: Labelled) -> list[_Arm]:
    found = frozenset(terms.label_terms(node.numbers))
    if len(found) == 1:
        return [_Arm(needed=found)]
    return [_Arm(choices=(found,))] if found else []


def _merged(arms: Sequence[_Arm]) -> list[_Arm]:
    """The same with as few arms as can be: single terms are one comparison."""
    alone = [arm for arm in arms if len(arm.needed) <= 1 and arm.alternatives]
    if len(alone) < 2:
        return list(arms)
    either = frozenset(term for arm in alone for term in arm.alternatives or ())
    return [_Arm(choices=(either,)), *(arm for arm in arms if arm not in alone)]


def _together(node: All) -> list[_Arm]:
    found = [_Arm()]
    for part in node.parts:
        arms = _arms(part)
        if len(found) * len(arms) > _MOST_ARMS:
            arms = [_Arm(within=(part,))]
        found = [one.and_(other) for one in found for other in arms]
    return found


def _wanted(node: Text) -> list[int]:
    return terms.wanted_in_title(node.folded) if node.in_title else terms.wanted(node.folded)
