"""The tags of an article: what it is about, names, cites and states, each with its evidence."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flows.tagging.cited import tag_cited
from flows.tagging.facts import tag_facts
from flows.tagging.gazetteer import Gazetteer
from flows.tagging.people import PeopleTagger
from flows.tagging.places import tag_main_place, tag_organisations, tag_places
from flows.tagging.records import Evidence, Role, Tag, Text
from flows.tagging.topics import MAX_TOPICS, TopicTagger
from flows.tagging.types import TypeTagger
from flows.taxonomy import Taxonomy

__all__ = ["MAX_TOPICS", "Evidence", "Role", "Tag", "Tagger", "tag_rows"]


class Tagger:
    """Finds the tags of a taxonomy in texts."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self._topics = TopicTagger(taxonomy.topics)
        self._gazetteer = Gazetteer(taxonomy)
        self._people = PeopleTagger(taxonomy, self._gazetteer)
        self._types = TypeTagger(taxonomy.types)
        self._homes: dict[str, str | None] = {}

    def tag(
        self,
        title: str,
        body: str,
        published: date | None = None,
        *,
        home: str | None = None,
        people: bool = True,
    ) -> tuple[Tag, ...]:
        """All tags of a text, kind by kind, the weightiest of each first.

        The day of publication tells the year of dates that name none, the publisher's place
        (`home_of`) whose 县教育局 it is; `people` can be left out, as they cost the most.
        """
        text = Text.of(title, body)
        mentions = self._gazetteer.find(text.whole, home)
        return (
            *self._topics.tag(text),
            *tag_main_place(text, mentions, self.taxonomy.places),
            *tag_places(text, mentions, self.taxonomy.places),
            *tag_organisations(text, mentions, self._gazetteer),
            *(self._people.tag(text, mentions) if people else ()),
            *tag_cited(text, mentions, self._gazetteer),
            *self._types.tag(text),
            *tag_facts(text, published),
        )

    def home_of(self, publisher: str) -> str | None:
        """The place of a publisher by its name: 泗洪县人民政府 is of ``suqian/sihong``."""
        if publisher not in self._homes:
            places = (mention.place for mention in self._gazetteer.find(publisher).ours)
            self._homes[publisher] = next((place for place in places if place), None)
        return self._homes[publisher]

    def faint_topics(self, title: str, body: str) -> list[Tag]:
        """The topics that words hint at, but too weakly for a tag."""
        text = Text.of(title, body)
        strong = {tag.value for tag in self._topics.tag(text)}
        return [tag for tag in self._topics.weigh(text) if tag.value not in strong]


def tag_rows(article_pk: int, tags: Sequence[Tag], taxonomy: str) -> list[dict[str, Any]]:
    """Tags as rows of their table."""
    return [{"article_pk": article_pk, **tag_row(tag, taxonomy)} for tag in tags]


def tag_row(tag: Tag, taxonomy: str) -> dict[str, Any]:
    """A tag as a row of its table, but for the article that it is of."""
    return {
        "kind": tag.kind,
        "value": tag.value,
        "label": tag.label,
        "score": tag.score,
        "evidence": [_fields(evidence) for evidence in tag.evidence],
        "taxonomy": taxonomy,
        "amount": tag.amount,
        "roles": [_fields(role) for role in tag.roles] or None,
    }


def _fields(found: Evidence | Role) -> dict[str, Any]:
    """As `asdict`, which copies each value deeply: a load spent a tenth of its time there."""
    return {name: getattr(found, name) for name in found.__dataclass_fields__}
