"""Every name of every place and body of a taxonomy, spelled out, and how far it can be trusted."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from flows.taxonomy import Taxonomy
from flows.taxonomy.models import Level, Organisation, Place

_PLACE = "{}"


class Trust(IntEnum):
    """When a name means its owner."""

    SURE = 0
    """Always."""
    HOME = 1
    """Unless the text speaks of other cities and never of ours: 市科技局, 太平镇."""
    NEAR = 2
    """Where the text names the place in full: 县科技局, 经开区."""


@dataclass(frozen=True, slots=True)
class Name:
    """What one string can stand for."""

    kind: str
    """``place``, ``organisation``, or ``elsewhere`` for a place of another city."""
    owner: str
    trust: Trust
    place: str | None = None
    """The place whose name this begins with, or that it needs near it."""
    place_length: int = 0
    """How much of the string names that place; 0 for 市, 县 and the like."""


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation of one place, or of none."""

    id: str
    label: str
    place: str | None


@dataclass(frozen=True)
class Names:
    """All strings that stand for something."""

    words: dict[str, list[Name]]
    bodies: dict[str, Body]
    bare: dict[str, list[str]]
    """A body's name without its place → ids: 宣传部 behind 市委常委、."""


def spell_out(taxonomy: Taxonomy) -> Names:
    """All names of a taxonomy, ready to be looked for."""
    names = Names(defaultdict(list), {}, defaultdict(list))
    for phrase in _listed(taxonomy, "phrases"):
        names.words[phrase] = []
    for place in _listed(taxonomy, "places"):
        names.words[place] = [Name("elsewhere", place, Trust.SURE)]
    for key, known in taxonomy.places.items():
        _add_place(names, key, known)
    for key, body in taxonomy.organisations.items():
        if body.levels:
            _add_everywhere(names, key, body, taxonomy)
        else:
            names.bodies[key] = Body(key, body.label, None)
            for name in body.all_names:
                names.words[name].append(Name("organisation", key, Trust.SURE))
            for name in body.home:
                names.words[name].append(Name("organisation", key, Trust.HOME))
    for owners in names.words.values():
        owners.sort(key=lambda name: name.trust)
    return names


def _listed(taxonomy: Taxonomy, section: str) -> tuple[str, ...]:
    return taxonomy.elsewhere[section].words if section in taxonomy.elsewhere else ()


def _add_place(names: Names, key: str, place: Place) -> None:
    trust = Trust.SURE if place.level.unmistakable else Trust.HOME
    for name in place.names:
        names.words[name].append(Name("place", key, trust, key, len(name)))
    for name in place.home:
        names.words[name].append(Name("place", key, Trust.HOME, key, len(name)))
    for name in place.near:
        names.words[name].append(Name("place", key, Trust.NEAR, key))


def _add_everywhere(names: Names, key: str, body: Organisation, taxonomy: Taxonomy) -> None:
    for place_id, place in taxonomy.places.items():
        if place.level not in body.levels:
            continue
        found = Body(f"{place_id}/{key}", _filled(body.label, place.names[0]), place_id)
        names.bodies[found.id] = found
        for template in body.all_names:
            bare = template.removeprefix(_PLACE)
            if _PLACE not in bare and len(bare) > 1:
                names.bare[bare].append(found.id)
            for name, trust, length in _spellings(template, place):
                entry = Name("organisation", found.id, trust, place_id, length)
                if entry not in names.words[name]:
                    names.words[name].append(entry)


def _spellings(template: str, place: Place) -> Iterator[tuple[str, Trust, int]]:
    """A body's name with each name of its place before it."""
    trust = Trust.SURE if place.level.unmistakable else Trust.HOME
    # 宿迁科技局 is said, 宿迁委 is not: a name that holds the place inside wants it in full.
    short_too = _PLACE not in template or place.level is Level.ZONE
    for form in place.names if short_too else place.names[:1]:
        yield _filled(template, form), trust, len(form) if _leads(template) else 0
    for form in place.home if short_too else ():
        yield _filled(template, form), Trust.HOME, len(form) if _leads(template) else 0
    for form in place.near:
        yield _filled(template, form), Trust.NEAR, 0
    if sign := place.level.sign:
        yield _filled(template, sign), Trust.HOME if sign == "市" else Trust.NEAR, 0


def _leads(template: str) -> bool:
    return _PLACE not in template or template.startswith(_PLACE)


def _filled(template: str, place: str) -> str:
    return template.replace(_PLACE, place) if _PLACE in template else place + template
