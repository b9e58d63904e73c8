"""Topics and places of an article, each with the words that show it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flows.taxonomy import Taxonomy

MAX_TOPICS = 5
_TITLE_WEIGHT = 3.0
# A topic needs two sure signs, or one in the title.
_THRESHOLD = 6.0
_COUNTED_TIMES = 3
"""A word counts this often at the most: a text that repeats one says no more by that."""
_EVIDENCE = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where it stands: ``text[start:end]`` of that field is `text`."""

    field: str
    start: int
    end: int
    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class Tag:
    """One thing that an article is about or names."""

    kind: str
    """``topic`` or ``place``."""
    value: str
    label: str
    score: float
    evidence: tuple[Evidence, ...]


class Tagger:
    """Finds the tags of a taxonomy in texts."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self._terms = _inverted(
            (term, topic_id) for topic_id, topic in taxonomy.topics.items() for term in topic.terms
        )
        self._names = _inverted(
            (name, place_id)
            for place_id, place in taxonomy.places.items()
            for name in (*place.names, *place.near)
        )
        self._term_pattern = _any_of(self._terms)
        self._name_pattern = _any_of(self._names)

    def tag(self, title: str, body: str) -> tuple[Tag, ...]:
        """All tags of a text: the topics by score, then the places in the order of their weight."""
        return (*self._topics(title, body), *self._places(title, body))

    def _topics(self, title: str, body: str) -> list[Tag]:
        found: dict[str, list[Evidence]] = defaultdict(list)
        for evidence in _matches(self._term_pattern, title, body, "term"):
            for topic_id in self._terms[evidence.text]:
                found[topic_id].append(evidence)
        tags = [self._topic(topic_id, evidence) for topic_id, evidence in found.items()]
        strong = [tag for tag in tags if tag.score >= _THRESHOLD]
        return sorted(strong, key=lambda tag: (-tag.score, tag.value))[:MAX_TOPICS]

    def _topic(self, topic_id: str, evidence: list[Evidence]) -> Tag:
        topic = self.taxonomy.topics[topic_id]
        times: dict[str, int] = defaultdict(int)
        score = 0.0
        for one in evidence:
            times[one.text] += 1
            if times[one.text] <= _COUNTED_TIMES:
                score += topic.terms[one.text] * (_TITLE_WEIGHT if one.field == "title" else 1.0)
        return Tag("topic", topic_id, topic.label, score, tuple(evidence[:_EVIDENCE]))

    def _places(self, title: str, body: str) -> list[Tag]:
        found: dict[str, list[Evidence]] = defaultdict(list)
        for evidence in _matches(self._name_pattern, title, body, "name"):
            for place_id in self._names[evidence.text]:
                found[place_id].append(evidence)
        tags = [
            self._place(place_id, evidence)
            for place_id, evidence in found.items()
            if any(one.text in self.taxonomy.places[place_id].names for one in evidence)
        ]
        return sorted(tags, key=lambda tag: (-tag.score, tag.value))

    def _place(self, place_id: str, evidence: list[Evidence]) -> Tag:
        weights = (_TITLE_WEIGHT if one.field == "title" else 1.0 for one in evidence)
        label = self.taxonomy.places[place_id].label
        return Tag("place", place_id, label, sum(weights), tuple(evidence[:_EVIDENCE]))


def _inverted(pairs: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for word, owner in pairs:
        found[word].append(owner)
    return found


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of the words, the longest first."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


def _matches(pattern: re.Pattern[str], title: str, body: str, rule: str) -> Iterator[Evidence]:
    for field, text in (("title", title), ("body", body)):
        for match in pattern.finditer(text):
            yield Evidence(field, match.start(), match.end(), match.group(), rule)
