"""The taxonomy: topics, places, organisations and titles as data that a librarian can edit."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self, TypeVar

from pydantic import ValidationError

from crawler.errors import CatalogueError
from crawler.yamlfile import YamlFile, problems_of, read_yaml
from flows.taxonomy.models import DocumentType, Entry, Organisation, Place, Title, Topic, Words

_Entry = TypeVar("_Entry", bound=Entry)
_FILES: Mapping[str, type[Entry]] = {
    "topics": Topic,
    "places": Place,
    "organisations": Organisation,
    "titles": Title,
    "types": DocumentType,
    "people": Words,
    "elsewhere": Words,
}


@dataclass(frozen=True)
class Taxonomy:
    """All that the tagger knows; `version` changes with its content."""

    topics: Mapping[str, Topic]
    places: Mapping[str, Place]
    organisations: Mapping[str, Organisation]
    titles: Mapping[str, Title]
    types: Mapping[str, DocumentType]
    people: Mapping[str, Words]
    """Words to tell people's names by: ``surnames``, ``followers`` …"""
    elsewhere: Mapping[str, Words]
    """What must not be taken for ours: ``places`` of other cities, ``phrases``."""
    version: str

    @classmethod
    def load(cls, *folders: Path) -> Self:
        """The shipped taxonomy with those of other folders (``taxonomy/*.yaml``) laid over it.

        Raises CatalogueError whose message has a line ``file:line: …`` for every problem.
        """
        shipped, own = Path(__file__).parent, [folder / "taxonomy" for folder in folders]
        reader = _Reader((shipped, *own))
        content = {name: reader.read(name, model) for name, model in _FILES.items()}
        problems = [*reader.problems, *_unknown_files(own)]
        problems += reader.unknown_bodies(content["titles"], content["organisations"])
        if problems:
            raise CatalogueError("\n".join(problems))
        return cls(
            topics=_only(Topic, content["topics"]),
            places=_only(Place, content["places"]),
            organisations=_only(Organisation, content["organisations"]),
            titles=_only(Title, content["titles"]),
            types=_only(DocumentType, content["types"]),
            people=_only(Words, content["people"]),
            elsewhere=_only(Words, content["elsewhere"]),
            version=_digest(content),
        )

    def words(self, name: str) -> tuple[str, ...]:
        """A list of `people.yaml`."""
        return self.people[name].words if name in self.people else ()


def _only(kind: type[_Entry], entries: Mapping[str, Entry]) -> dict[str, _Entry]:
    return {key: entry for key, entry in entries.items() if isinstance(entry, kind)}


def _digest(content: Mapping[str, Mapping[str, Entry]]) -> str:
    plain = {
        name: {key: entry.model_dump(mode="json") for key, entry in sorted(entries.items())}
        for name, entries in content.items()
    }
    return sha256(json.dumps(plain, ensure_ascii=False).encode()).hexdigest()[:12]


def _unknown_files(folders: Sequence[Path]) -> Iterator[str]:
    """Files of the operator's that nothing reads: a slip in the name would pass unseen."""
    for folder in folders:
        for path in sorted(folder.glob("*.y*ml")):
            if path.name not in {f"{name}.yaml" for name in _FILES}:
                known = ", ".join(f"{name}.yaml" for name in _FILES)
                yield f"{path}:1: no such part of the taxonomy; known: {known}"


class _Reader:
    """Reads the parts of a taxonomy from several folders, and collects what is wrong."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self.problems: list[str] = []

    def read(self, name: str, model: type[Entry]) -> dict[str, Entry]:
        """The entries of all files of that name, later ones over earlier ones."""
        files = list(self._files(f"{name}.yaml"))
        found: dict[str, Entry] = {}
        for file in files:
            for key, entry in self._entries(file, model):
                found[key] = _laid_over(found.get(key), entry)
        enabled = {key: entry for key, entry in found.items() if entry.enabled}
        for file in files:
            self.problems += _wrong_references(file, enabled)
        return enabled

    def unknown_bodies(
        self, titles: Mapping[str, Entry], bodies: Mapping[str, Entry]
    ) -> Iterator[str]:
        """Titles that imply an organisation that isn't there."""
        for file in self._files("titles.yaml"):
            for key in map(str, file.content):
                title = titles.get(key)
                if isinstance(title, Title) and title.body and title.body not in bodies:
                    yield file.problem((key, "body"), f"unknown organisation {title.body!r}")

    def _files(self, name: str) -> Iterator[YamlFile]:
        for path in (folder / name for folder in self._folders):
            if path.exists():
                try:
                    yield read_yaml(path)
                except CatalogueError as error:
                    self.problems.append(str(error))

    def _entries(self, file: YamlFile, model: type[Entry]) -> Iterator[tuple[str, Entry]]:
        for key, content in file.content.items():
            off = content == {"enabled": False}
            try:
                entry = Entry(enabled=False) if off else model.model_validate(content)
            except ValidationError as error:
                self.problems += problems_of(file, error, model, (str(key),))
            else:
                yield str(key), entry


def _laid_over(below: Entry | None, entry: Entry) -> Entry:
    """Later entries replace earlier ones, but lists of words grow."""
    if isinstance(below, Words) and isinstance(entry, Words):
        return Words(words=tuple(dict.fromkeys((*below.words, *entry.words))))
    return entry


def _wrong_references(file: YamlFile, entries: Mapping[str, Entry]) -> Iterator[str]:
    """Parents and outer places that are not there, and names that two places share."""
    owners: dict[str, str] = {}
    for key, place in _only(Place, entries).items():
        for name in place.names:
            owners.setdefault(name, key)
    for key in map(str, file.content):
        entry = entries.get(key)
        if isinstance(entry, Topic) and (what := _wrong_parent(key, entry, entries)):
            yield file.problem((key, "parent"), what)
        if isinstance(entry, Place):
            outer = key.rpartition("/")[0]
            if outer and outer not in entries:
                yield file.problem((key,), f"lies in the unknown place {outer!r}")
            for name in entry.names:
                if owners[name] != key:
                    other = f"{name} is a name of {owners[name]} too; put it under `near`"
                    yield file.problem((key, "names"), other)


def _wrong_parent(key: str, topic: Topic, entries: Mapping[str, Entry]) -> str | None:
    above = {key}
    parent = topic.parent
    while parent is not None:
        outer = entries.get(parent)
        if not isinstance(outer, Topic):
            return f"unknown parent {parent!r}"
        if parent in above:
            return f"the parent {parent!r} is below it"
        above.add(parent)
        parent = outer.parent
    return None
