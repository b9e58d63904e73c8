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
    counts = np.bincount(packed.numbers())
    numbers = np.flatnonzero(counts)
    kinds = numbers % 16
    best = {name: _commonest(numbers[kinds == labels.KINDS.index(name)], counts) for name in names}
    known = labels.names_of(session, [one for some in best.values() for one in some])
    return {
        name: tuple(
            _value(known[one], round(int(counts[one]) * factor)) for one in some if one in known
        )
        for name, some in best.items()
    }


def _commonest(numbers: NDArray[np.int64], counts: NDArray[np.int64]) -> list[int]:
    order = np.argsort(-counts[numbers], kind="stable")[:_VALUES]
    found: list[int] = numbers[order].tolist()
    return found


def _value(label: labels.Label, count: int) -> FacetValue:
    return FacetValue(label.value, label.name, count)
