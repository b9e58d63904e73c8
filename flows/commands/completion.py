"""What a shell offers for an option: read from the catalogue's files, without loading the rest."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from storage.settings import Settings

Offered = list[tuple[str, str]]
"""What can be typed, and what it is."""


def sources(incomplete: str) -> Offered:
    """The ids of publishers that begin so, with their names."""
    found = {
        file.stem: str(_read(file).get("name", ""))
        for folder in _folders("crawler")
        for file in sorted((folder / "sources").glob("*.yaml"))
    }
    return _beginning(found, incomplete)


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
    if own := Settings.load().catalogue:
        yield own


def _read(file: Path) -> dict[str, Any]:
    import yaml

    try:
        read = yaml.load(file.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (OSError, yaml.YAMLError):
        # A file that is being edited is no reason to offer nothing.
        return {}
    return read if isinstance(read, dict) else {}


def _beginning(found: dict[str, str], incomplete: str) -> Offered:
    return sorted(
        (name, label)
        for name, label in found.items()
        if name.startswith(incomplete) or (incomplete and label.startswith(incomplete))
    )
