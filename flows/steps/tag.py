"""The tags of an article: what it is about and whom and what it names, each with its evidence."""

from flows.tagging.cited import tag_cited
from flows.tagging.gazetteer import Gazetteer
from flows.tagging.people import PeopleTagger
from flows.tagging.places import tag_organisations, tag_places
from flows.tagging.records import Evidence, Role, Tag, Text
from flows.tagging.topics import MAX_TOPICS, TopicTagger
from flows.taxonomy import Taxonomy

__all__ = ["MAX_TOPICS", "Evidence", "Role", "Tag", "Tagger"]


class Tagger:
    """Finds the tags of a taxonomy in texts."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self._topics = TopicTagger(taxonomy.topics)
        self._gazetteer = Gazetteer(taxonomy)
        self._people = PeopleTagger(taxonomy, self._gazetteer)

    def tag(self, title: str, body: str) -> tuple[Tag, ...]:
        """All tags of a text, kind by kind, the weightiest of each first."""
        text = Text.of(title, body)
        mentions = self._gazetteer.find(text.whole)
        return (
            *self._topics.tag(text),
            *tag_places(text, mentions, self.taxonomy.places),
            *tag_organisations(text, mentions, self._gazetteer),
            *self._people.tag(text, mentions),
            *tag_cited(text, mentions, self._gazetteer),
        )
