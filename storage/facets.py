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
_PLACE = labels.KINDS.index("place")


def count(
    session: Session, packed: Packed, names: Sequence[str], factor: float
) -> dict[str, tuple[FacetValue, ...]]:
    """The commonest values of each facet among entries with these labels; each count times
    `factor`. A place is counted with what lies in it, as who chooses it gets it."""
    numbers, counts = np.unique(_counted(session, packed, names), return_counts=True)
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


def _counted(session: Session, packed: Packed, names: Sequence[str]) -> NDArray[np.int64]:
    """The numbers of the labels of all entries; of places also those around them, once an entry."""
    flat = packed.numbers().astype(np.int64)
    if "place" not in names:
        return flat
    places = flat % 16 == _PLACE
    owners = np.repeat(np.arange(len(packed)), packed.lengths)[places]
    own, at = np.unique(flat[places], return_inverse=True)
    around = _around(session, own.tolist())[at]
    entries = np.repeat(owners[:, None], around.shape[1], axis=1)
    each_once = np.unique((entries << 32 | around)[around >= 0])
    return np.concatenate([flat[~places], each_once & 0xFFFF_FFFF])


def _around(session: Session, places: Sequence[int]) -> NDArray[np.int64]:
    """For each place a row of its number and those of the places that it lies in; -1 fills it up."""
    named = labels.names_of(session, places)
    outer = {one: _outer(named[one].value) if one in named else [] for one in places}
    asked = {labels.Label("place", value, value) for values in outer.values() for value in values}
    known = labels.known(session, asked)
    found = np.full((len(places), 1 + max(map(len, outer.values()), default=0)), -1, np.int64)
    for row, (one, values) in enumerate(outer.items()):
        numbers = [one, *(known.get(("place", value), -1) for value in values)]
        found[row, : len(numbers)] = numbers
    return found


def _outer(place: str) -> list[str]:
    """The ids of the places that one lies in: of `suqian/sihong/jieji` the city's and the county's."""
    parts = place.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]


def _commonest(which: NDArray[np.bool_], counts: NDArray[np.int64]) -> list[int]:
    """The places of the highest counts among these."""
    places = np.flatnonzero(which)
    found: list[int] = places[np.argsort(-counts[places], kind="stable")[:_VALUES]].tolist()
    return found


def _value(label: labels.Label, count: int) -> FacetValue:
    return FacetValue(label.value, label.name, count)
