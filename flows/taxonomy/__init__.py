"""The taxonomy: topics and places as data that a librarian can edit."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crawler.errors import CatalogueError
from crawler.yamlfile import YamlFile, problems_of, read_yaml


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Topic(_Strict):
    """A topic and the words that hint at it, each with its weight."""

    label: str = Field(min_length=1)
    parent: str | None = None
    terms: Mapping[str, float] = Field(min_length=1)
    enabled: bool = True


class Place(_Strict):
    """A place and what it is called."""

    label: str = Field(min_length=1)
    names: tuple[str, ...] = Field(min_length=1)
    near: tuple[str, ...] = ()
    enabled: bool = True


_Entry = TypeVar("_Entry", Topic, Place)


@dataclass(frozen=True)
class Taxonomy:
    """All topics and places; `version` changes with their content."""

    topics: Mapping[str, Topic]
    places: Mapping[str, Place]
    version: str

    @classmethod
    def load(cls, *folders: Path) -> Self:
        """The shipped taxonomy with those of other folders (``taxonomy/*.yaml``) laid over it.

        Raises CatalogueError whose message has a line ``file:line: …`` for every problem.
        """
        places = [Path(__file__).parent, *(folder / "taxonomy" for folder in folders)]
        problems: list[str] = []
        topics = _read(places, "topics.yaml", Topic, problems)
        known = _read(places, "places.yaml", Place, problems)
        if problems:
            raise CatalogueError("\n".join(problems))
        content = {
            name: {key: value.model_dump(mode="json") for key, value in sorted(some.items())}
            for name, some in (("topics", topics), ("places", known))
        }
        digest = sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
        return cls(topics, known, digest[:12])


def _read(
    folders: list[Path], name: str, model: type[_Entry], problems: list[str]
) -> dict[str, _Entry]:
    """The entries of all files of that name, later ones over earlier ones, but those switched off."""
    found: dict[str, _Entry] = {}
    files = []
    for path in (folder / name for folder in folders):
        if path.exists():
            try:
                files.append(read_yaml(path))
            except CatalogueError as error:
                problems.append(str(error))
    for file in files:
        for key, entry in file.content.items():
            try:
                found[str(key)] = model.model_validate(entry)
            except ValidationError as error:
                problems += problems_of(file, error, model, (str(key),))
    problems += _unknown_parents(files, found)
    return {key: entry for key, entry in found.items() if entry.enabled}


def _unknown_parents(
    files: Iterable[YamlFile], found: Mapping[str, Topic | Place]
) -> Iterator[str]:
    for file in files:
        for key, entry in file.content.items():
            parent = entry.get("parent") if isinstance(entry, dict) else None
            if parent is not None and parent not in found:
                yield file.problem((str(key), "parent"), f"unknown parent {parent!r}")
