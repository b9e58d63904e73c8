"""What may be asked for by name: the catalogue's publishers, the taxonomy's topics, places, bodies and types."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from crawler.catalogue import Catalogue
from crawler.errors import CatalogueError
from flows.app import catalogue_folders
from flows.tagging.names import Trust, spell_out
from flows.taxonomy import Taxonomy
from storage.settings import Settings


@dataclass(frozen=True)
class Known:
    """The names of an operator's settings, as `Corpus.open` takes them; read when they are asked for."""

    settings: Settings

    def __call__(self, kind: str) -> Mapping[str, str]:
        """Each name there may be of a kind, ids among them → its id."""
        try:
            return self._of(kind)
        except CatalogueError:
            # A file that is being edited is no reason to refuse a question.
            return {}

    def _of(self, kind: str) -> Mapping[str, str]:
        if kind == "source":
            folders = catalogue_folders(self.settings)
            sources = Catalogue.load(*folders, shipped=False).sources
            return _called((one, (source.name,)) for one, source in sources.items())
        taxonomy = self._taxonomy
        if kind == "topic":
            return _called((one, (topic.label,)) for one, topic in taxonomy.topics.items())
        if kind == "type":
            return _called((one, ()) for one in taxonomy.types)
        if kind == "organisation":
            return _bodies(taxonomy)
        places = taxonomy.places.items()
        return _called((one, (place.label, *place.names, *place.home)) for one, place in places)

    @cached_property
    def _taxonomy(self) -> Taxonomy:
        own = self.settings.catalogue
        return Taxonomy.load(*([own] if own else []))


def _called(found: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    """Of a name that two have it is the first one's; an id is its owner's."""
    known = list(found)
    ids = {one: one for one, _ in known}
    for one, names in known:
        for name in names:
            ids.setdefault(name, one)
    return ids


def _bodies(taxonomy: Taxonomy) -> dict[str, str]:
    """Organisations by every name that means one of them where no text says more."""
    spelt = spell_out(taxonomy)
    ids = _called((one, (body.label,)) for one, body in spelt.bodies.items())
    for word, owners in spelt.words.items():
        for name in owners:
            if name.kind == "organisation" and name.trust is not Trust.NEAR:
                ids.setdefault(word, name.owner)
    return ids
