"""What holds for every command: JSON, no colours for a machine, tables in a narrow terminal."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.cells import cell_len
from rich.console import Console

from flows import cli
from flows.commands import ask, completion, console
from flows.commands.tables import table
from storage.corpus import Corpus
from storage.database import Database
from storage.settings import Settings
from tests.flows.test_cli import Shell, suqian
from tests.storage.fresh import with_tables
from tests.storage.samples import Sample, store

__all__ = ["suqian"]

HEAVY = (
    *("prefect", "scrapy", "twisted", "trafilatura", "lxml", "pandas", "polars", "pyarrow"),
    *("fastapi", "alembic", "structlog", "rich.traceback", "pygments", "multiprocessing"),
    *("sqlalchemy.dialects.postgresql", "storage.checks", "storage.health", "storage.walks"),
)


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its whole name."""
    if not hasattr(group, "commands"):
        yield name.strip(), group
        return
    for part, command in group.commands.items():
        yield from commands(command, f"{name} {part}")


COMMANDS = dict(commands(typer.main.get_command(cli.app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_speaks_json(name: str) -> None:
    options = {option for one in COMMANDS[name].params for option in one.opts}
    assert "--json" in options


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_says_what_it_does(name: str) -> None:
    assert COMMANDS[name].help
    # An option without a help text is one whose name and default say it all.
    silent = [one.name for one in COMMANDS[name].params if not getattr(one, "help", "")]
    assert silent in ([], ["port"])


@pytest.mark.parametrize("command", [["search", "防汛"], ["show", "a"], ["status"]])
def test_to_ask_nothing_heavy_is_loaded(home: Path, command: list[str]) -> None:
    program = (
        "import atexit, sys; from flows.cli import main; "
        f"atexit.register(lambda: print([m for m in {HEAVY} if m in sys.modules])); main()"
    )
    arguments = ["--home", str(home), *command, "--json"]
    shown = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, check=True, text=True
    )
    *answer, loaded = shown.stdout.splitlines()
    assert json.loads("".join(answer))
    assert loaded == "[]"


# --- a terminal, and none -----------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    settings = with_tables(Settings.for_home(tmp_path))
    database = Database.open(settings.database_url)
    tags = tuple(("topic", f"t/{n}", f"防汛抗旱与水利建设{n}") for n in range(9))
    with database.unit_of_work() as session:
        store(
            session, Sample(key="a", body="正文\n" * 50, tags=tags, fields={"body_raw": "原样乱码"})
        )
    database.close()
    return tmp_path


def asked(home: Path, *arguments: str, **environment: str) -> str:
    """What a process of its own prints."""
    command = [sys.executable, "-m", "flows.cli", "--home", str(home), *arguments]
    outside = {name: value for name, value in os.environ.items() if not name.startswith("SUQIAN_")}
    done = subprocess.run(
        command, env=outside | environment, capture_output=True, check=True, text=True
    )
    return done.stdout


@pytest.mark.parametrize("wanted", [True, False])
def test_who_wants_no_colours_gets_none_on_a_terminal_either(home: Path, wanted: bool) -> None:
    near, far = pty.openpty()
    command = [sys.executable, "-m", "flows.cli", "--home", str(home), "status"]
    environment = {name: value for name, value in os.environ.items() if "COLOR" not in name}
    given = {"TERM": "xterm-256color"} | ({} if wanted else {"NO_COLOR": "1"})
    subprocess.run(command, env=environment | given, stdout=far, check=True)
    shown = os.read(near, 65536).decode()
    os.close(near)
    os.close(far)
    assert "article" in shown
    assert bool(re.search(r"\x1b\[[0-9;]*3[0-8]", shown)) is wanted


def test_a_machine_gets_neither_colours_nor_a_pager(home: Path) -> None:
    text = asked(home, "show", "a", PAGER="false")
    assert "\x1b" not in text
    assert text.count("正文") == 50


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_tables_fit_the_terminal_with_characters_two_columns_wide(
    suqian: Shell, home: Path, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    suqian.home = home
    monkeypatch.setattr(console.out, "width", columns)
    for command in (["show", "a"], ["status"], ["sources", "list"], ["config"]):
        code, said, _ = suqian(*command)
        assert code == 0
        assert max(map(cell_len, said.split("\n"))) <= columns, command


def test_a_narrow_table_cuts_nothing_and_breaks_no_id(capsys: pytest.CaptureFixture[str]) -> None:
    address = "http://www.suqian.gov.cn/" + "a" * 60
    made = table("run", "count", "address", whole={"run"}, numbers={"count"})
    made.add_row("f80532b6", "12,345", address)
    Console(width=40).print(made)
    said = capsys.readouterr().out
    assert "f80532b6" in said
    assert "12,345" in said
    assert address in "".join(line[18:].strip() for line in said.splitlines()[2:])


def test_a_row_stays_in_one_line_where_no_terminal_reads_it(home: Path) -> None:
    said = asked(home, "config", COLUMNS="")
    (line,) = (line for line in said.splitlines() if line.startswith("SUQIAN_CATALOGUE"))
    assert "folder with sources/*.yaml and taxonomy/*.yaml of your own" in line


def test_the_text_as_it_came_is_not_printed_twice(home: Path) -> None:
    assert "原样乱码" not in asked(home, "show", "a")
    assert "原样乱码" in asked(home, "show", "a", "--json")


@pytest.mark.parametrize("terminal", [True, False])
def test_a_pager_is_for_a_terminal_only(
    home: Path, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    paged: list[str] = []
    monkeypatch.setattr("rich.pager.SystemPager.show", lambda _self, text: paged.append(text))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: terminal)
    shown = Console(force_terminal=terminal, color_system=None, width=60)
    for module in (console, ask):
        monkeypatch.setattr(module, "out", shown)
    with Corpus.open(settings=Settings.for_home(home)) as corpus, console.paged():
        article = corpus.get("a")
        assert article is not None
        ask._print_body(article)
    assert len(paged) == terminal
    assert all(text.count("正文") == 50 for text in paged)


# --- completion ---------------------------------------------------------------------------------


def test_sources_and_topics_are_offered_by_id_and_by_name() -> None:
    assert ("kjj", "宿迁市科学技术局") in completion.sources("kj")
    assert {name for name, _ in completion.topics("科技")} >= {"keji"}
    assert completion.sources("nothing-begins-so") == []


def test_a_catalogue_of_ones_own_is_offered_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "mine.yaml").write_text("name: 我的", "utf-8")
    (tmp_path / "sources" / "broken.yaml").write_text("name: [", "utf-8")
    monkeypatch.setenv("SUQIAN_CATALOGUE", str(tmp_path))
    assert ("mine", "我的") in completion.sources("m")
    assert ("broken", "") in completion.sources("bro")


def test_the_shell_is_answered(home: Path) -> None:
    asks = {"_SUQIAN_COMPLETE": "complete_bash", "COMP_WORDS": "suqian export --source kj"}
    program = "from flows.cli import app; app(prog_name='suqian')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | asks | {"COMP_CWORD": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "kjj" in done.stdout.split()
