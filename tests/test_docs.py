"""What the documents say is so."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from typer.main import get_command

from benchmarks.licences import licence, packages
from crawler.attachments.kinds import MEDIA_TYPES
from crawler.attachments.text import Limits
from crawler.catalogue import ArticleLayout, Column, DatedLayout, ListTemplate, Source
from crawler.kinds.options import Issues, ListApi
from crawler.layouts import ItemData
from flows import cli
from flows.taxonomy.models import DocumentType, FormerName, Organisation, Place, Title, Topic
from storage.dictionary import markdown

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    *map(ROOT.joinpath, ("README.md", "README.zh-CN.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]


@pytest.mark.parametrize(
    "model", [Source, Column, ListTemplate, ArticleLayout, DatedLayout, ItemData, ListApi, Issues]
)
def test_every_key_of_the_catalogue_is_explained(model: type[Source]) -> None:
    text = (ROOT / "docs" / "sources.md").read_text("utf-8")
    for name in model.model_fields.keys() - {"id"}:
        assert f"`{name}`" in text, name


@pytest.mark.parametrize("model", [Topic, Place, Organisation, FormerName, Title, DocumentType])
def test_every_key_of_the_taxonomy_is_explained(model: type[Topic]) -> None:
    text = (ROOT / "docs" / "tagging.md").read_text("utf-8")
    for name in model.model_fields.keys() - {"enabled"}:
        assert f"`{name}`" in text, name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_inside_the_project_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), target


def _named_commands(text: str) -> set[tuple[str, str]]:
    """(command, what follows it) wherever a text gives one to type: in backticks or in a line of a shell."""
    return {*re.findall(r"(?:`|^|uv run )suqian ([a-z]+) ?([a-z]*)", text, re.MULTILINE)}


def test_every_command_that_people_are_told_to_type_exists() -> None:
    commands = get_command(cli.app).commands  # type: ignore[attr-defined]
    code = [
        path for room in ("crawler", "flows", "storage") for path in (ROOT / room).rglob("*.py")
    ]
    named = {path: _named_commands(path.read_text("utf-8")) for path in [*DOCUMENTS, *code]}
    assert {one for one, _ in set().union(*named.values())} >= {"up", "ingest", "sources", "verify"}
    for path, pairs in named.items():
        for name, following in pairs:
            assert name in commands, (path.name, name)
            parts = getattr(commands[name], "commands", None)
            assert not (parts and following) or following in parts, (path.name, name, following)


def test_the_readme_lists_every_command() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    listed = text.partition("`suqian --help` lists all commands:")[2].partition("\n[")[0]
    assert re.findall(r"`(\w+)`", listed) == sorted(get_command(cli.app).commands)  # type: ignore[attr-defined]


def test_every_kind_and_limit_of_attachments_is_explained() -> None:
    text = (ROOT / "docs" / "attachments.md").read_text("utf-8")
    for suffix in MEDIA_TYPES:
        assert re.search(rf"\b{suffix[1:]}\b", text), suffix
    limits = Limits()
    for number in (limits.characters, limits.members, limits.pages, limits.bytes >> 20):
        assert f"{number:,}" in text, number


def test_every_dependency_has_its_reason() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8").lower()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    for requirement in [*project["dependencies"], *chain.from_iterable(extras)]:
        name = re.split(r"[<>=\[]", requirement)[0]
        assert name in text, name


def test_the_data_model_is_what_the_models_say() -> None:
    written = (ROOT / "docs" / "data-model.md").read_text("utf-8")
    assert written == markdown(), "run: python -m storage.dictionary > docs/data-model.md"


def test_every_promise_names_a_test_that_there_is() -> None:
    text = (ROOT / "docs" / "guarantees.md").read_text("utf-8")
    promises = re.findall(
        r"^\| .+ \| \[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\) \|$", text, re.MULTILINE
    )
    assert len(promises) >= 20
    for name, path in promises:
        assert f"def {name}(" in (ROOT / path).read_text("utf-8"), name


def test_the_licence_of_every_package_is_listed() -> None:
    text = (ROOT / "docs" / "licences.md").read_text("utf-8")
    unlisted = [one for one in packages() if licence(one) and f"| {one} |" not in text]
    assert unlisted == [], "run: python -m benchmarks.licences > docs/licences.md"
