"""The command line imports what a command needs when it is called, and help tells of all the same."""

import sys
from pathlib import Path

import pytest
import typer

from flows import cli
from flows.commands.lazy import Commands
from tests.loading import loaded_by

MODULE = """
import typer

def hello(name: str) -> None:
    '''Greet somebody.'''
    typer.echo(f"hello {name}")

app = typer.Typer(help="Several.")
app.command("one")(hello)
app.command("two")(hello)
"""


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    (tmp_path / "greeting.py").write_text(MODULE, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "greeting", raising=False)
    return Commands({"say-hello": "greeting:hello", "many": "greeting:app", "none": "missing:x"})


def test_names_are_known_without_any_import(commands: Commands) -> None:
    assert list(commands) == ["say-hello", "many", "none"]
    assert len(commands) == 3
    assert "none" in commands
    assert "greeting" not in sys.modules


def test_a_function_becomes_a_command_of_the_name_that_it_has_here(commands: Commands) -> None:
    command = commands["say-hello"]
    assert (command.name, command.help) == ("say-hello", "Greet somebody.")
    assert command is commands["say-hello"]
    # Options that install a completion belong to the program alone.
    assert [one.name for one in command.params] == ["name"]


def test_an_app_becomes_a_group(commands: Commands) -> None:
    assert commands["many"].name == "many"
    assert list(commands["many"].commands) == ["one", "two"]
    assert [one.name for one in commands["many"].params] == []


def test_every_command_can_be_made_and_is_called_as_it_is_listed() -> None:
    listed = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    assert [command.name for command in listed.values()] == list(listed)


def modules_after(*arguments: str) -> set[str]:
    return loaded_by("from flows.cli import main; main()", *arguments)


def test_help_of_all_commands_opens_no_part_of_the_program() -> None:
    loaded = modules_after("--help")
    assert {"flows.commands.search", "flows.commands.care"} <= loaded
    assert loaded.isdisjoint({"sqlalchemy", "numpy", "pydantic_settings", "storage.corpus"})


def test_one_commands_help_imports_no_other() -> None:
    loaded = modules_after("search", "--help")
    assert loaded.isdisjoint({"flows.commands.care", "flows.commands.collect", "sqlalchemy"})


def test_a_run_begins_without_what_reads_pages() -> None:
    loaded = loaded_by("import flows.run, flows.commands.collect")
    assert "flows.steps.extracted" in loaded
    assert loaded.isdisjoint({"trafilatura", "scrapy", "prefect"})
