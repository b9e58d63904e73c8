"""What an article is about: topics by the weight of their words."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flows.tagging.records import EVIDENCE, Tag, Text, by_score
from flows.tagging.words import WordFinder
from flows.taxonomy.models import Topic

MAX_TOPICS = 5
# A topic needs two sure signs, or one again and again, or a good one in the title: a little less in
# a few sentences, more in pages, where much is touched on.
_SHORT, _THRESHOLD_OF_SHORT = 250, 5.0
_THRESHOLD = 6.0
_LONG, _CHARACTERS_A_POINT, _MOST_POINTS = 600, 500, 4.0
# A long text touches on much; what has less than this share of its main topic is in passing.
_SHARE = 0.2
# What a word counts the first, second and third time: again and again says no more by that.
_TIMES = (1.0, 0.5, 0.5)


@dataclass(frozen=True, slots=True)
class _Hint:
    """A word that counts for a topic, as the topic's own or that of one below it."""

    topic: str
    weight: float
    rule: str


@dataclass(frozen=True, slots=True)
class _Sign:
    """A hint found in a text."""

    start: int
    end: int
    word: str
    weight: float
    rule: str


class TopicTagger:
    """Finds the topics of a taxonomy."""

    def __init__(self, topics: Mapping[str, Topic]) -> None:
        self._topics = topics
        self._finder = WordFinder(_hints_by_word(topics))

    def tag(self, text: Text) -> list[Tag]:
        """The topics that weigh most, five at the most."""
        weighed = self.weigh(text)
        heaviest = max((tag.score for tag in weighed), default=0.0)
        least = max(_threshold(len(text.whole)), _SHARE * heaviest)
        return [tag for tag in weighed if tag.score >= least][:MAX_TOPICS]

    def weigh(self, text: Text) -> list[Tag]:
        """Every topic that any word hints at, the weightiest first."""
        signs: dict[str, list[_Sign]] = defaultdict(list)
        for found in self._finder.find(text.whole):
            word = text.whole[found.start : found.end]
            for hint in found.owners:
                signs[hint.topic].append(
                    _Sign(found.start, found.end, word, hint.weight, hint.rule)
                )
        return by_score(
            self._tag(text, key, _score(text, some), some) for key, some in signs.items()
        )

    def _tag(self, text: Text, key: str, score: float, signs: list[_Sign]) -> Tag:
        heaviest = sorted(_first_of_each(signs), key=lambda sign: -sign.weight)[:EVIDENCE]
        evidence = tuple(text.evidence(sign.start, sign.end, sign.rule) for sign in heaviest)
        return Tag("topic", key, self._topics[key].label, score, evidence)


def _threshold(length: int) -> float:
    """What a topic must weigh in a text of that many characters."""
    if length < _SHORT:
        return _THRESHOLD_OF_SHORT
    return _THRESHOLD + min(_MOST_POINTS, max(0, length - _LONG) / _CHARACTERS_A_POINT)


def _hints_by_word(topics: Mapping[str, Topic]) -> dict[str, list[_Hint]]:
    """Each word with what it hints at; a phrase that hides words hints at nothing itself."""
    words: dict[str, dict[str, _Hint]] = defaultdict(dict)
    for phrase in (phrase for topic in topics.values() for phrase in topic.hides):
        words[phrase] = {}
    for key, topic in topics.items():
        for term, weight in topic.terms.items():
            for hint in _hints(key, weight, topics):
                known = words[term].get(hint.topic)
                if known is None or known.weight < hint.weight:
                    words[term][hint.topic] = hint
    return {word: list(hints.values()) for word, hints in words.items()}


def _hints(key: str, weight: float, topics: Mapping[str, Topic]) -> Iterator[_Hint]:
    """A topic's word, for the topic and for those above it."""
    yield _Hint(key, weight, "term")
    above = topics[key].parent
    while above is not None:
        yield _Hint(above, weight, f"term:{key}")
        above = topics[above].parent


def _first_of_each(signs: list[_Sign]) -> list[_Sign]:
    """One sign a word, its first."""
    return list({sign.word: sign for sign in reversed(signs)}.values())[::-1]


def _score(text: Text, signs: list[_Sign]) -> float:
    times: Counter[str] = Counter()
    score = 0.0
    for sign in signs:
        if times[sign.word] < len(_TIMES):
            score += sign.weight * text.weight(sign.start) * _TIMES[times[sign.word]]
        times[sign.word] += 1
    return score
