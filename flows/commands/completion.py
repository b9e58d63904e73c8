"""What a shell offers for an option: read from the catalogue's files, without loading the rest."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

Offered = list[tuple[str, str]]
"""What can be typed, and what it is."""


def sources(incomplete: str) -> Offered:
    """The ids of publishers that begin so, with their names."""
    return _beginning(publishers(), incomplete)


def publishers() -> Mapping[str, str]:
    """What people call the publishers of the catalogue, by id; nothing where a file has no name."""
    return _publishers(tuple(_folders("crawler")))


def name_of(source: str) -> str:
    """What people call a source; its id where the catalogue has no name for it."""
    return publishers().get(source) or source


@cache
def _publishers(folders: tuple[Path, ...]) -> Mapping[str, str]:
    found = [file for one in folders for file in sorted((one / "sources").glob("*.yaml"))]
    return {file.stem: _name(file) for file in found}


_NAME = re.compile(rb"^name:.*$", re.MULTILINE)


def _name(file: Path) -> str:
    """The name in a publisher's file. One line is read: all of them together take seconds."""
    try:
        line = _NAME.search(file.read_bytes())
    except OSError:
        return ""
    return str(_parsed(line[0]).get("name") or "") if line else ""


def topics(incomplete: str) -> Offered:
    """The ids of topics that begin so, with their labels."""
    found: dict[str, str] = {}
    for file in _files_of("topics"):
        found |= {name: str(topic.get("label", "")) for name, topic in _read(file).items()}
    return _beginning(found, incomplete)


def _files_of(name: str) -> Iterator[Path]:
    shipped, *own = _folders("flows")
    for folder in (shipped, *own):
        file = folder / "taxonomy" / f"{name}.yaml"
        if file.is_file():
            yield file


def _folders(package: str) -> Iterator[Path]:
    """What comes with the program, and what the operator has laid over it."""
    yield Path(str(files(package)))
    from storage.settings import Settings

    if own := Settings.load().catalogue:
        yield own


def _read(file: Path) -> dict[str, Any]:
    try:
        return _parsed(file.read_bytes())
    except OSError:
        return {}


def _parsed(content: bytes) -> dict[str, Any]:
    import yaml

    try:
        read = yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError:
        # A file that is being edited is no reason to offer nothing.
        return {}
    return read if isinstance(read, dict) else {}


def _beginning(found: Mapping[str, str], incomplete: str) -> Offered:
    return sorted(
        (name, label)
        for name, label in found.items()
        if name.startswith(incomplete) or (incomplete and label.startswith(incomplete))
    )
