"""How many hits have which label."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from storage import labels
from storage.packed import Packed
from storage.records import FacetValue

FACETS = labels.FACETS
_VALUES = 20
"""Values of a facet that are told, the commonest."""


def count(
    session: Session, packed: Packed, names: Sequence[str], factor: float
) -> dict[str, tuple[FacetValue, ...]]:
    """The commonest values of each facet among entries with these labels; each count times
    `factor`."""
    numbers, counts = np.unique(packed.numbers(), return_counts=True)
    kinds = numbers % 16
    best = {name: _commonest(kinds == labels.KINDS.index(name), counts) for name in names}
    wanted = {at: int(numbers[at]) for some in best.values() for at in some}
    known = labels.names_of(session, list(wanted.values()))
    return {
        name: tuple(
            _value(known[wanted[at]], round(int(counts[at]) * factor))
            for at in some
            if wanted[at] in known
        )
        for name, some in best.items()
    }


def _commonest(which: NDArray[np.bool_], counts: NDArray[np.int64]) -> list[int]:
    """The places of the highest counts among these."""
    places = np.flatnonzero(which)
    found: list[int] = places[np.argsort(-counts[places], kind="stable")[:_VALUES]].tolist()
    return found


def _value(label: labels.Label, count: int) -> FacetValue:
    return FacetValue(label.value, label.name, count)
