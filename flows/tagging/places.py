"""Places and organisations as tags: what the gazetteer found, added up."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from flows.tagging.gazetteer import Gazetteer
from flows.tagging.mentions import Mention, Mentions
from flows.tagging.records import EVIDENCE, Evidence, Tag, Text, by_score
from flows.taxonomy.models import Level, Place

# More than this share of the mentions.
_MOST = 0.5
_AT_HOME = 1 / 3


def tag_places(text: Text, mentions: Mentions, places: Mapping[str, Place]) -> list[Tag]:
    """The places that a text names, the main one first; a body's name names its place."""
    found: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for mention in mentions.ours:
        for place, end, rule in _places_in(mention):
            found[place].append((mention.start, end, rule))
    return by_score(
        _tag(text, "place", key, places[key].label, places[key].weight, spans)
        for key, spans in found.items()
    )


def tag_main_place(text: Text, mentions: Mentions, places: Mapping[str, Place]) -> list[Tag]:
    """Where it plays: from the city inwards, as long as most of what is named lies in one place.

    A county that is named beside three others is not what a text is about; the city is then. A
    text that names other cities far more often plays there.
    """
    weights: dict[str, float] = defaultdict(float)
    spans: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for mention in mentions.ours:
        for place, end, rule in _places_in(mention):
            for key in _upwards(place, places):
                weights[key] += text.weight(mention.start) * places[place].weight
                spans[key].append((mention.start, end, f"main:{rule}"))
    named = sum(len(spans[key]) for key in spans if "/" not in key)
    if named < _AT_HOME * (named + len(mentions.elsewhere)):
        return []
    main = _innermost(weights)
    if main is None or not _is_named(main, mentions, places):
        return []
    return [_tag(text, "main_place", main, places[main].label, 1.0, spans[main])]


def _is_named(main: str, mentions: Mentions, places: Mapping[str, Place]) -> bool:
    """Whether more than lakes and rivers show it: those flow through other cities too."""
    if places[main].level is Level.SIGHT:
        return True
    inside = (mention.place for mention in mentions.ours if mention.place_end)
    return any(
        place and f"{place}/".startswith(f"{main}/") and places[place].level is not Level.SIGHT
        for place in inside
    )


def _innermost(weights: Mapping[str, float]) -> str | None:
    """The last place on the way inwards that holds most of what the one around it does."""
    main: str | None = None
    inside = [key for key in weights if "/" not in key]
    whole = sum(weights[key] for key in inside)
    while inside:
        heaviest = max(sorted(inside), key=lambda key: weights[key])
        if weights[heaviest] <= _MOST * whole:
            break
        main, whole = heaviest, weights[heaviest]
        inside = [key for key in weights if key.rpartition("/")[0] == main]
    return main


def _upwards(place: str, places: Mapping[str, Place]) -> Iterator[str]:
    """A place and those around it."""
    while place:
        if place in places:
            yield place
        place = place.rpartition("/")[0]


def tag_organisations(text: Text, mentions: Mentions, gazetteer: Gazetteer) -> list[Tag]:
    """The bodies that a text names, the one named most first."""
    found: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for mention in mentions.ours:
        if mention.kind == "organisation":
            found[mention.id].append((mention.start, mention.end, "name"))
    return by_score(
        _tag(text, "organisation", key, gazetteer.body(key).label, 1.0, spans)
        for key, spans in found.items()
    )


def _places_in(mention: Mention) -> Iterator[tuple[str, int, str]]:
    if mention.kind == "place":
        yield mention.id, mention.end, "name"
    elif mention.place and mention.place_end:
        yield mention.place, mention.place_end, "body"


def _tag(
    text: Text, kind: str, key: str, label: str, weight: float, spans: list[tuple[int, int, str]]
) -> Tag:
    score = sum(text.weight(start) for start, _, _ in spans) * weight
    evidence: tuple[Evidence, ...] = tuple(
        text.evidence(start, end, rule) for start, end, rule in spans[:EVIDENCE]
    )
    return Tag(kind, key, label, round(score, 2), evidence)
