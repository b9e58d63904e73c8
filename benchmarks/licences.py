"""Which licence each package has that the program installs: ``python -m benchmarks.licences > docs/licences.md``.

The packages are those that `uv.lock` gives the project and its extras, with all that these need.
"""

import sys
import tomllib
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

LOCK = Path(__file__).parent.parent / "uv.lock"
_LONGEST = 60
_HEAD = """# Licences

What `uv sync --all-extras` installs, and the licence that each package states. Generated:
`python -m benchmarks.licences > docs/licences.md`.

| package | licence |
| --- | --- |
"""


def packages() -> list[str]:
    """The names of what is installed beside the project itself, without what only tests need."""
    lock = {one["name"]: one for one in tomllib.loads(LOCK.read_text("utf-8"))["package"]}
    found: set[str] = set()
    waiting = ["suqian"]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        needed = list(lock[name].get("dependencies", ()))
        needed += [
            one for extra in lock[name].get("optional-dependencies", {}).values() for one in extra
        ]
        waiting += [one["name"] for one in needed]
    return sorted(found - {"suqian"})


def licence(package: str) -> str:
    """What a package says of its licence; empty where it is not installed here."""
    try:
        said = metadata(package)
    except PackageNotFoundError:
        return ""
    classified = [
        one.rpartition(" :: ")[2]
        for one in said.get_all("Classifier") or ()
        if one.startswith("License :: ")
    ]
    text = _said(said, "License-Expression") or ", ".join(classified) or _said(said, "License")
    first = text.strip().splitlines()[0] if text.strip() else "see its files"
    return first[:_LONGEST]


def _said(said: PackageMetadata, name: str) -> str:
    return ", ".join(said.get_all(name) or ())


def markdown() -> str:
    """The page."""
    rows = [(name, licence(name)) for name in packages()]
    return _HEAD + "".join(f"| {name} | {said} |\n" for name, said in rows if said)


if __name__ == "__main__":
    sys.stdout.write(markdown())
