"""The command line as a person or a program uses it: in this process, without a server."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flows import cli
from storage.settings import Settings

README = Path(__file__).parents[2] / "README.md"
PROSE = "近年来，宿迁市把科技创新摆在突出位置，推动高质量发展取得新成效，新质生产力加快形成。"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "页 面.html"
    head = '<title>关于科技创新的通知</title><meta name="PubDate" content="2024-07-31 09:05">'
    path.write_text(f"<html><head>{head}</head><body><p>{PROSE}</p></body></html>", "utf-8")
    return path


class Shell:
    """Runs commands on one home."""

    def __init__(
        self, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.home, self.capsys, self.monkeypatch = home, capsys, monkeypatch

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        command = ["suqian", "--home", str(self.home), *map(str, arguments)]
        self.monkeypatch.setattr(sys, "argv", command)
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self.capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), said.out, said.err


@pytest.fixture
def suqian(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    for name in (
        "SUQIAN_HOME",
        "SUQIAN_DATABASE_URL",
        "SUQIAN_ARCHIVE",
        "SUQIAN_CATALOGUE",
        "SUQIAN_CONTACT",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("flows.commands.console.out.width", 200)
    monkeypatch.setattr("flows.commands.console.err.width", 200)
    return Shell(tmp_path / "家 home", capsys, monkeypatch)


def test_the_readers_path_from_import_to_export(suqian: Shell, page: Path, tmp_path: Path) -> None:
    code, out, _ = suqian("import", page, "--json")
    counts = json.loads(out)
    assert code == 0
    names = (
        "new",
        "changed",
        "unchanged",
        "duplicate",
        "gone",
        "skipped",
        "dropped",
        "held",
        "parked",
    )
    assert counts["discovered"] == sum(counts[name] for name in names) == counts["new"] == 1

    found = json.loads(suqian("search", "新质生产力", "--json")[1])
    assert found["total"] == 1
    article = found["items"][0]
    fields = (
        *(
            "id",
            "url",
            "title",
            "body",
            "published_at",
            "source",
            "origin",
            "author",
            "editor",
            "lang",
        ),
        *(
            "topics",
            "places",
            "organisations",
            "people",
            "document_number",
            "story_id",
            "duplicate_of",
            "links",
        ),
        *("revision", "first_seen", "digest", "warc"),
    )
    assert set(fields) <= set(article)
    assert (article["title"], article["published_at"]) == (
        "关于科技创新的通知",
        "2024-07-31T09:05:00+08:00",
    )
    assert article["lang"] == "zh-Hans"
    assert article["topics"] == ["科技创新"]

    assert "meta:PubDate" in suqian("show", article["id"])[1]
    assert json.loads(suqian("show", article["url"], "--json")[1])["id"] == article["id"]
    assert json.loads(suqian("why", article["url"], "--json")[1])["outcome"] == "new"
    assert json.loads(suqian("status", "--json")[1])["articles"] == 1

    target = tmp_path / "out.jsonl"
    assert suqian("export", target)[0] == 0
    assert [json.loads(line)["id"] for line in target.read_text("utf-8").splitlines()] == [
        article["id"]
    ]


def test_filters_narrow_a_search(suqian: Shell, page: Path) -> None:
    suqian("import", page)
    for options, total in (
        (["--from", "2024-07-31", "--to", "2024-07-31"], 1),
        (["--from", "2024-08-01"], 0),
        (["--topic", "科技创新"], 1),
        (["--topic", "keji"], 1),
        (["--place", "宿迁市"], 1),
        (["--place", "泗洪县"], 0),
        (["--source", "import"], 1),
        (["--source", "kjj"], 0),
    ):
        assert json.loads(suqian("search", "科技", "--json", *options)[1])["total"] == total, (
            options
        )


def test_extract_prints_a_line_a_file_and_stores_nothing(
    suqian: Shell, page: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.html"
    empty.write_bytes(b"")
    missing = tmp_path / "missing.html"
    for jobs in (1, 2):
        code, out, _ = suqian("extract", page, empty, missing, page, "--json", "--jobs", jobs)
        records = [json.loads(line) for line in out.splitlines()]
        assert code == 1
        assert [record["file"] for record in records] == [
            str(p) for p in (page, empty, missing, page)
        ]
        assert [r["outcome"].partition(":")[0] for r in records] == [
            "article",
            "dropped",
            "failed",
            "article",
        ]
        assert set(records[0]) >= {
            "title",
            "body",
            "published_at",
            "origin",
            "author",
            "provenance",
        }
        assert records[0]["body"] == PROSE
    assert suqian("extract", page, "--json")[0] == 0
    assert not suqian.home.exists()


def test_every_setting_is_shown_with_where_it_came_from(suqian: Shell) -> None:
    suqian.monkeypatch.setenv("SUQIAN_DATABASE_URL", "postgresql+psycopg://me:secret@db.example/x")
    shown = json.loads(suqian("config", "--json")[1])
    assert shown["SUQIAN_HOME"] == {"value": str(suqian.home), "origin": "argument"}
    assert shown["SUQIAN_DATABASE_URL"]["origin"] == "environment"
    assert "secret" not in json.dumps(shown)
    assert shown["SUQIAN_CONTACT"] == {"value": None, "origin": "default"}
    assert set(shown) == {f"SUQIAN_{name.upper()}" for name in Settings.model_fields}


def test_the_catalogue_is_listed_and_checked(suqian: Shell, tmp_path: Path) -> None:
    listed = json.loads(suqian("sources", "list", "--json")[1])
    assert {"suqian", "kjj", "sihong", "sq1996"} <= {source["id"] for source in listed}
    assert suqian("sources", "check")[0] == 0
    (tmp_path / "bad.yaml").write_text("name: x\n", "utf-8")
    code, _, err = suqian("sources", "check", tmp_path)
    assert code == 1
    assert "bad.yaml:1: the key 'level' is missing" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["search", "科技"], "there is no corpus at"),
        (["show", "x"], "there is no corpus at"),
        (["ingest", "--source", "kj"], "unknown source 'kj'; did you mean kjj"),
        (["ingest", "--since", "2024-02-02", "--until", "2024-01-01"], "is after until"),
        (["ingest", "--since", "2999-01-01"], "in the future"),
        (["import", "/nowhere/at/all.html"], "cannot be read"),
        (["demo", "--keep", "/dev/null/x"], "/dev/null/x"),
        (["serve", "--host", "0.0.0.0"], "can be reached by others"),
        (["export", "corpus.txt"], "must end in .jsonl"),
        (["ingest", "--since", "yesterday"], "yesterday"),
    ],
)
def test_nonsense_is_one_line_that_says_what_to_do(
    suqian: Shell, arguments: list[str], said: str
) -> None:
    code, out, err = suqian(*arguments)
    assert code != 0
    assert said in " ".join((out + err).split())
    assert "Traceback" not in out + err


def test_a_database_of_somebody_else_is_left_alone(suqian: Shell, tmp_path: Path) -> None:
    import sqlite3

    theirs = tmp_path / "theirs.db"
    connection = sqlite3.connect(theirs)
    connection.execute("CREATE TABLE notes (text)")
    connection.commit()
    connection.close()
    before = theirs.read_bytes()
    suqian.monkeypatch.setenv("SUQIAN_DATABASE_URL", f"sqlite:///{theirs}")
    code, _, err = suqian("search", "科技")
    assert code == 2
    assert "another program" in err
    assert theirs.read_bytes() == before


def test_a_port_in_use_is_named_with_the_option_to_change_it(suqian: Shell, page: Path) -> None:
    import socket

    suqian("import", page)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command in (
            ["serve", "--port", port],
            ["up", "--port", port],
            ["up", "--web-port", port],
        ):
            code, _, err = suqian(*command)
            assert code == 2
            assert f"port {port}" in err


def test_an_unknown_article_or_address_is_said_to_be(suqian: Shell, page: Path) -> None:
    suqian("import", page)
    assert suqian("show", "0000000000000000")[0] == 1
    assert "never discovered" in suqian("why", "http://a.cn/none")[2]


def test_every_command_is_in_the_readme() -> None:
    import typer

    text = README.read_text("utf-8")
    for command in typer.main.get_command(cli.app).commands:  # type: ignore[attr-defined]
        assert f"`{command}`" in text or f"suqian {command}" in text, command


def test_every_setting_is_in_the_readme() -> None:
    text = README.read_text("utf-8")
    for name in Settings.model_fields:
        assert f"`SUQIAN_{name.upper()}`" in text


def test_asking_imports_neither_prefect_nor_scrapy_nor_trafilatura() -> None:
    script = "import sys, flows.cli; print(sorted({'prefect','scrapy','trafilatura','alembic'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_help_names_every_option_with_its_meaning(suqian: Shell) -> None:
    code, out, _ = suqian("ingest", "--help")
    assert code == 0
    for option in ("--source", "--group", "--since", "--until", "--recheck", "--json"):
        assert re.search(rf"{option}\b", out)
