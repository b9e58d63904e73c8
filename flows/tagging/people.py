"""People, with the title and body in which a text names them. Precision comes first."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from flows.tagging.gazetteer import Gazetteer
from flows.tagging.mentions import Mentions
from flows.tagging.persons import NameReader
from flows.tagging.records import EVIDENCE, Role, Tag, Text, by_score
from flows.tagging.roles import RoleReader, RoleSpan
from flows.taxonomy import Taxonomy

_BEFORE_NAME = re.compile(r"[ \u3000]{0,2}[：:]?[ \u3000]{0,2}")
_BETWEEN_NAMES = re.compile(r"[ \u3000]?[、和与及][ \u3000]?")
# What stands between a name and the role it gets: 张三同志任…, 免去李四的…, 王五（…）.
_BEFORE_ROLE = re.compile(
    r"(?:(?:同志)?(?:[现拟兼担出挂升转改调]任|不再担任|当选为?|任|为|的)[省市县区]?|同志|[ \u3000（(，,：:]{1,6})$"
)
# A body that no list has may stand in between: 马永波担任雪二新村社区党委书记.
_BEFORE_UNIT = re.compile(
    r"(?:同志)?(?:担任|现任|出任|当选为?|任|为|是)(?:(?![任为是])[\u4e00-\u9fff（）]){2,18}$"
)
_MARKS = re.compile(r"[ \u3000（(，,：:]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_BIOGRAPHY = re.compile(r"，[男女]，")
_LONGEST_GAP = 10
_LONGEST_UNIT_GAP = 24
# The first ones of a list that goes on for pages.
_MOST = 200
# How much more often the shorter name stands alone than with the third character.
_RATHER_SHORT = 2
# Several who get one role: 免去张三、李四的…职务.
_LIST_LINK = re.compile(r"(?:的|为|任)[省市县区]?$")


@dataclass(slots=True)
class _Person:
    """What is known of a name so far."""

    roles: dict[Role, None] = field(default_factory=dict)
    spans: dict[tuple[int, int], str] = field(default_factory=dict)

    def add(self, span: tuple[int, int], roles: Sequence[Role]) -> None:
        self.roles.update(dict.fromkeys(roles))
        self.spans[span] = f"role:{'；'.join(map(str, roles))}"


@dataclass(frozen=True, slots=True)
class _Name:
    start: int
    end: int


class PeopleTagger:
    """Finds people by their titles."""

    def __init__(self, taxonomy: Taxonomy, gazetteer: Gazetteer) -> None:
        self._names = NameReader(taxonomy)
        self._roles = RoleReader(taxonomy, gazetteer)

    def tag(self, text: Text, mentions: Mentions) -> list[Tag]:
        """The people named with a title, and where else the text names them."""
        people: dict[str, _Person] = defaultdict(_Person)
        unnamed: list[list[RoleSpan]] = []
        for chain in self._roles.chains(text.whole, mentions):
            names = self._named(text.whole, chain, mentions)
            for name in names:
                person = people[_written(text.whole, name)]
                person.add(_around(text.whole, name, chain), _roles(chain, name, mentions))
            if not names:
                unnamed.append(chain)
        for name, chain in self._biographies(text.whole, unnamed):
            person = people[_written(text.whole, name)]
            person.add((chain[0].start, chain[-1].end), [span.role for span in chain])
        named = dict(islice(people.items(), _MOST))
        return by_score(
            _tag(text, name, person) for name, person in _settled(text.whole, named).items()
        )

    def _biographies(
        self, text: str, chains: list[list[RoleSpan]]
    ) -> Iterator[tuple[_Name, list[RoleSpan]]]:
        """Who is being appointed: 许怀瑾，男，1980年生，…，现任…，拟任…: roles up to the line's end."""
        for match in _BIOGRAPHY.finditer(text):
            start = self._names.start(text, match.start(), rare=True)
            if start is None:
                continue
            next_one = _BIOGRAPHY.search(text, match.end())
            line_end = match.end() + len(text[match.end() :].partition("\n")[0])
            until = min(line_end, next_one.start() if next_one else line_end)
            for chain in chains:
                if match.end() <= chain[0].start < until:
                    yield _Name(start, match.start()), chain

    def _named(self, text: str, chain: list[RoleSpan], mentions: Mentions) -> list[_Name]:
        """Whose roles these are: the names behind them, else the one before."""
        names = list(self._names_after(text, chain[-1].end))
        if not names:
            names = list(self._names_before(text, chain, mentions))
        # 暴长春 may end like a city, but no name begins within a place or body.
        return [name for name in names if not mentions.covers(name.start)]

    def _names_after(self, text: str, at: int) -> Iterator[_Name]:
        gap = _BEFORE_NAME.match(text, at)
        start = gap.end() if gap else at
        end = self._names.end(text, start)
        while end is not None:
            yield _Name(start, end)
            link = _BETWEEN_NAMES.match(text, end)
            if link is None:
                return
            start = link.end()
            end = self._names.end(text, start) or self._names.listed_end(text, start)

    def _names_before(
        self, text: str, chain: list[RoleSpan], mentions: Mentions
    ) -> Iterator[_Name]:
        """The name before a role, and those listed before it: 免去张三、李四的…职务."""
        at = chain[0].start
        link = _BEFORE_ROLE.search(text, max(0, at - _LONGEST_GAP), at)
        if link and _MARKS.fullmatch(link[0]) and _HAN.match(text, chain[-1].end):
            return  # In 王刚，市政府秘书长某某 the title is that of the next one.
        end = link.start() if link else at
        called = link is not None or chain[0].addressed
        start = self._names.start(text, end, mentions.by_end) if called else None
        if start is None and (
            link := _BEFORE_UNIT.search(text, max(0, at - _LONGEST_UNIT_GAP), at)
        ):
            end = link.start()
            start = self._names.start(text, end, mentions.by_end, likely=True)
        while start is not None:
            yield _Name(start, end)
            listed = link and _LIST_LINK.search(link[0]) and text[start - 1 : start] == "、"
            end = start - 1
            start = self._names.start(text, end) if listed else None


def _settled(text: str, people: dict[str, _Person]) -> dict[str, _Person]:
    """Names of three characters that are one of two and a word: 汪勇连升3级, where 汪勇 is all over."""
    settled: dict[str, _Person] = {}
    for name, person in people.items():
        short, longer = name[:-1], text.count(name)
        chance = short in people or text.count(short) > _RATHER_SHORT * longer
        known = settled.setdefault(short if len(name) == 3 and chance else name, _Person())
        known.roles.update(person.roles)
        known.spans.update(person.spans)
    return settled


def _written(text: str, name: _Name) -> str:
    """A name without the white space that sets its characters apart."""
    return re.sub(r"\s", "", text[name.start : name.end])


def _around(text: str, name: _Name, chain: list[RoleSpan]) -> tuple[int, int]:
    """Name and roles as one span; the name alone where a line ends between."""
    start, end = min(name.start, chain[0].start), max(name.end, chain[-1].end)
    return (name.start, name.end) if "\n" in text[start:end] else (start, end)


def _roles(chain: list[RoleSpan], name: _Name, mentions: Mentions) -> list[Role]:
    """The roles of a chain; in 市科技局许怀瑾局长 the body stands before the name."""
    roles = [span.role for span in chain]
    body = mentions.by_end.get(name.start)
    if body and body.kind == "organisation" and name.end == chain[0].start:
        return [replace(role, organisation=role.organisation or body.id) for role in roles]
    return roles


def _tag(text: Text, name: str, person: _Person) -> Tag:
    spans = dict(person.spans)
    covered = {offset for span in person.spans for offset in range(*span)}
    for match in re.finditer(re.escape(name), text.whole):
        if match.start() not in covered:
            spans[match.span()] = "name"
    ordered = sorted(spans.items(), key=lambda item: (item[1] == "name", item[0]))
    evidence = tuple(text.evidence(*span, rule) for span, rule in ordered[:EVIDENCE])
    score = sum(text.weight(start) for start, _ in spans)
    return Tag("person", name, name, score, evidence, tuple(person.roles))
