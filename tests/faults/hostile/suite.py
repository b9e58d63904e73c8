"""All cases, in the crawls that they are made in: those that stall wait together."""

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType

from tests.faults.hostile import charsets, lists, markup, refusals, roads, robots, sizes, wire
from tests.faults.hostile.case import Case

_MODULES = {
    "connections": (wire, robots),
    "answers": (sizes, roads, refusals),
    "pages": (markup, charsets, lists),
}
_CASES = {
    name: tuple(chain.from_iterable(module.CASES for module in modules))
    for name, modules in _MODULES.items()
}
GROUPS: Mapping[str, tuple[Case, ...]] = MappingProxyType(
    {name: tuple(one for one in cases if not one.stalls) for name, cases in _CASES.items()}
    | {"stalls": tuple(one for one in chain.from_iterable(_CASES.values()) if one.stalls)}
)
