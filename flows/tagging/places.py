"""Places and organisations as tags: what the gazetteer found, added up."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from flows.tagging.gazetteer import Gazetteer, Mention, Mentions
from flows.tagging.records import EVIDENCE, Evidence, Tag, Text, by_score
from flows.taxonomy.models import Place


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
