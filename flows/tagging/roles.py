"""What people are: titles in a text, each with the body it belongs to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from flows.tagging.gazetteer import Gazetteer
from flows.tagging.mentions import Mention, Mentions
from flows.tagging.records import Role
from flows.tagging.words import Found, WordFinder
from flows.taxonomy import Taxonomy
from flows.taxonomy.models import Level, Title

# What may stand between two roles of one person.
_LINK = re.compile(r"[、，]|(?:、|，)?(?:兼任?|并任)|[ \u3000]{1,2}")
# A part of a body that no list has: 人才工作处 in 市委组织部人才工作处处长.
_UNIT = re.compile(
    r"[\u4e00-\u9fff（）]{0,14}?(?:[处科室部局办院所队站会组团校村社厂馆]|社区|中心|党委|支部|总支|公司|园区|机关)"
)
_LONGEST_UNIT = 14
_LONGEST_BARE_NAME = 14


@dataclass(frozen=True, slots=True)
class RoleSpan:
    """A role and where it stands, its body included."""

    start: int
    end: int
    role: Role
    place: str | None
    addressed: bool = True
    """Whether the name may stand right before it."""


@dataclass(frozen=True, slots=True)
class _Where:
    """The body before a title."""

    start: int
    end: int
    organisation: str | None
    body: str
    place: str | None


class RoleReader:
    """Finds titles and the bodies before them."""

    def __init__(self, taxonomy: Taxonomy, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._titles = taxonomy.titles
        self._places = taxonomy.places
        words: dict[str, list[str]] = {title: [title] for title in taxonomy.titles}
        ranked = (key for key, title in taxonomy.titles.items() if title.ranks)
        for rank, title in product(taxonomy.words("ranks"), ranked):
            words.setdefault(rank + title, [title])
        self._words = set(words)
        words |= {word: [] for word in taxonomy.words("no_titles") if word not in words}
        self._finder = WordFinder(words)

    def chains(self, text: str, mentions: Mentions) -> Iterator[list[RoleSpan]]:
        """The roles of a text; those that follow one another directly are one person's."""
        chain: list[RoleSpan] = []
        for found in filter(lambda one: one.owners, self._finder.find(text)):
            linked = self._role(text, found, mentions, chain[-1] if chain else None)
            if chain and _LINK.fullmatch(text, chain[-1].end, linked.start):
                chain.append(linked)
                continue
            if chain:
                yield chain
            chain = [self._role(text, found, mentions, None)]
        if chain:
            yield chain

    def _role(
        self, text: str, found: Found[str], mentions: Mentions, before: RoleSpan | None
    ) -> RoleSpan:
        title = self._titles[found.owners[0]]
        where = (
            self._named(text, found, title, mentions)
            or self._bare(text, found.start, before)
            or self._implied(found, title, mentions, before)
        )
        # In 宿城区纪委书记 the body ends within 纪委书记: the rest is the title. 科技局长 stays 局长.
        rest = text[where.end : found.end]
        held = text[found.start : found.end]
        role = Role(rest if rest in self._words else held, where.organisation, where.body)
        return RoleSpan(where.start, found.end, role, where.place, title.addressed)

    def _named(
        self, text: str, found: Found[str], title: Title, mentions: Mentions
    ) -> _Where | None:
        """The body or place that stands before a title, perhaps with a unit between."""
        at = found.start
        mention = _last_before(mentions, found)
        if mention is None:
            if (foreign := mentions.foreign_by_end.get(at)) is None:
                return None
            return _Where(foreign.start, at, None, text[foreign.start : at], None)
        if mention.end < at and not _UNIT.fullmatch(text, mention.end, at):
            return None
        end = max(at, mention.end)
        body: str | None
        if mention.kind == "organisation":
            body, place = mention.id, mention.place
        else:
            body, place = (
                self._body_of(mention.id, title) if mention.end == at else None,
                mention.id,
            )
        return _Where(mention.start, end, body, text[mention.start : end], place)

    def _body_of(self, place: str, title: Title) -> str | None:
        body = f"{place}/{title.body}"
        return body if body in self._gazetteer.names.bodies else None

    def _bare(self, text: str, at: int, before: RoleSpan | None) -> _Where | None:
        """A body without its place, as 宣传部 in 市委常委、宣传部部长: the place is that before."""
        for end in (at, at + 1):
            for start in range(max(0, end - _LONGEST_BARE_NAME), end - 1):
                if ids := self._gazetteer.names.bare.get(text[start:end]):
                    place = before.place if before else None
                    body = next((one for one in ids if place and one.startswith(f"{place}/")), None)
                    return _Where(start, end, body, text[start:end], place if body else None)
        return None

    def _implied(
        self, found: Found[str], title: Title, mentions: Mentions, before: RoleSpan | None
    ) -> _Where:
        """No body stands there: the one before goes on, or the title tells, as 副市长 does."""
        if title.body:
            place = before.place if before else self._place_of(found, mentions)
            body = self._body_of(place, title) if place else None
            return _Where(found.start, found.start, body, "", place if body else None)
        if before:
            same = before.role
            return _Where(found.start, found.start, same.organisation, same.body, before.place)
        return _Where(found.start, found.start, None, "", None)

    def _place_of(self, found: Found[str], mentions: Mentions) -> str | None:
        """Whose 市长 or 县长 it is."""
        levels = [level for level in Level if level.sign and level.sign in found.owners[0]]
        places = [key for key, place in self._places.items() if place.level in levels]
        if len(places) == 1:
            return places[0] if mentions.local else None
        return mentions.nearest_place(places, found.start)


def _last_before(mentions: Mentions, title: Found[str]) -> Mention | None:
    """The last mention that ends near enough before a title, or within it: 市科技局长."""
    last = next(mentions.before(title.start), None)
    near = last and title.start - _LONGEST_UNIT <= last.end < title.end
    return last if near else None
