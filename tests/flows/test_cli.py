"""The command line as a person or a program uses it: in this process, without a server."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from flows import cli
from storage import migrations
from storage.database import Database
from storage.settings import CORPUS_FILE, Settings
from tests.attachments import made
from tests.storage.fresh import with_tables

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


def test_what_was_tagged_is_shown_with_its_evidence(suqian: Shell, tmp_path: Path) -> None:
    paper, citing = tmp_path / "a.txt", tmp_path / "b.txt"
    paper.write_text("关于科技创新的意见\n宿迁市科技局局长吕娟说，总投资3亿元。\n", "utf-8")
    citing.write_text(f"通知\n根据宿政发〔2024〕12号文件，{PROSE}\n", "utf-8")
    suqian("import", paper, citing)
    [found] = json.loads(suqian("search", "吕娟", "--json")[1])["items"]
    shown = suqian("show", found["id"])[1]
    assert "宿迁市科技局局长吕娟" in shown
    assert "吕娟 (宿迁市科技局 局长)" in shown
    [other] = json.loads(suqian("search", "根据", "--json")[1])["items"]
    assert "宿政发〔2024〕12号  not in the corpus" in suqian("show", other["id"])[1]
    cited = json.loads(suqian("show", other["id"], "--json")[1])["citations"]
    assert cited["cites"][0]["number"] == "宿政发〔2024〕12号"


def test_articles_are_found_by_what_they_name(suqian: Shell, tmp_path: Path) -> None:
    page = tmp_path / "a.txt"
    page.write_text(
        "关于科技创新的公示\n宿迁市科技局局长吕娟说，公示期为2024年8月1日至8月7日，"
        "依据宿政发〔2024〕12号。\n",
        "utf-8",
    )
    suqian("import", page)
    for options, total in (
        (["--org", "市科技局"], 1),
        (["--org", "市教育局"], 0),
        (["--person", "吕娟"], 1),
        (["--doc", "宿政发[2024]12号"], 1),
        (["--type", "公示"], 1),
        (["--type", "通知"], 0),
        (["--main-place", "宿迁市"], 1),
        (["--open-on", "2024-08-07"], 1),
        (["--open-on", "2024-08-08"], 0),
    ):
        found = json.loads(suqian("search", "科技", "--json", *options)[1])
        assert found["total"] == total, options
        exported = suqian("export", tmp_path / "x.jsonl", "--json", *options)[1]
        assert json.loads(exported)["articles"] == total, options


def test_a_topic_is_added_by_editing_one_file(
    suqian: Shell, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suqian("import", page)
    own = tmp_path / "own" / "taxonomy"
    own.mkdir(parents=True)
    monkeypatch.setenv("SUQIAN_CATALOGUE", str(own.parent))
    (own / "topics.yaml").write_text("xin: {lable: 新局, terms: {推动: 9}}\n", "utf-8")
    code, _, err = suqian("taxonomy", "check")
    assert code == 1
    assert "topics.yaml:1: unknown key 'xin.lable'; did you mean 'label'?" in err

    (own / "topics.yaml").write_text("xin: {label: 新局, terms: {推动: 9}}\n", "utf-8")
    assert json.loads(suqian("taxonomy", "check", "--json")[1])["problems"] == []
    for which in (page, json.loads(suqian("search", "推动", "--json")[1])["items"][0]["id"]):
        tried = json.loads(suqian("taxonomy", "try", which, "--json")[1])["tags"]
        [tag] = [tag for tag in tried if tag["label"] == "新局"]
        assert tag["evidence"][0]["text"] == "推动"
    assert "新局" in suqian("taxonomy", "try", page)[1]

    planned = json.loads(suqian("reprocess", "tag", "--dry-run", "--json")[1])
    assert (planned["changed"], planned["gained"]) == (1, {"topic:新局": 1})
    assert "+ topic:新局" in suqian("reprocess", "tag", "--dry-run")[1]
    assert json.loads(suqian("search", "推动", "--topic", "新局", "--json")[1])["total"] == 0
    assert "1 of 1 articles changed" in suqian("reprocess", "tag")[1]
    assert json.loads(suqian("search", "推动", "--topic", "新局", "--json")[1])["total"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify"],
        ["verify", "--repair"],
        ["health"],
        ["runs", "list"],
        ["runs", "release", "3f2a9c0d"],
        ["parked", "list"],
        ["parked", "retry"],
        ["reprocess", "tag"],
        ["reprocess", "extract", "--dry-run"],
        ["forget", "3f2a9c0d1e4b5a67", "--reason", "so", "--yes"],
    ],
)
def test_a_corpus_that_is_not_there_is_not_found_well(suqian: Shell, arguments: list[str]) -> None:
    code, out, err = suqian(*arguments)
    assert (code, out) == (2, "")
    assert "there is no corpus at" in err
    assert not (suqian.home / "suqian.db").exists()


def test_a_publisher_whom_nobody_knows_is_no_publisher_without_news(
    suqian: Shell, page: Path, tmp_path: Path
) -> None:
    suqian("import", page)
    file = tmp_path / "all.csv"
    for command in (["search", "科技"], ["export", str(file)]):
        code, out, err = suqian(*command, "--source", "kj")
        assert (code, out) == (2, "")
        assert "unknown source 'kj'; did you mean kjj" in err
        assert suqian(*command, "--source", "kjj")[0] == 0
    code, _, err = suqian("search", "科技 place:泗红")
    assert (code, err.splitlines()[:2]) == (2, ["  科技 place:泗红", "             ^"])
    assert "unknown place '泗红'; did you mean" in err
    assert file.read_text("utf-8-sig").count("\n") == 1


def test_a_service_without_a_contact_says_at_its_start_what_will_fail(
    suqian: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.service.up", lambda *_: 0)
    code, _, err = suqian("up")
    assert code == 0
    assert "SUQIAN_CONTACT is not set: every crawl will fail" in err
    for name, value in (("SUQIAN_CONTACT", "me@example.org"), ("SUQIAN_REPLICA", "/tmp")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert "SUQIAN_CONTACT" not in suqian("up")[2]


@pytest.mark.parametrize(
    "arguments", [["search"], ["search", "--place"], ["show"], ["history"], ["why"]]
)
def test_bytes_of_another_charset_are_no_question(
    suqian: Shell, page: Path, arguments: list[str]
) -> None:
    suqian("import", page)
    # As Python passes on what is no UTF-8: 宿迁 in GBK.
    code, out, err = suqian(*arguments, "\udccb\udcde\udcc7\udca8")
    assert (code, out, "UTF-8?" in err) == (2, "", True)


@pytest.mark.parametrize(
    "asked",
    [["--query", '"科技'], ["--topic", "nix"], ["--person", "\udccb"], ["--query", "\udccb"]],
)
def test_an_export_of_what_makes_no_sense_leaves_nothing(
    suqian: Shell, page: Path, tmp_path: Path, asked: list[str]
) -> None:
    suqian("import", page)
    place = tmp_path / "exported"
    place.mkdir()
    assert suqian("export", str(place / "all.csv"), *asked)[0] == 2
    assert list(place.iterdir()) == []


def test_a_search_counts_pages_and_marks(suqian: Shell, page: Path) -> None:
    assert suqian("import", str(page))[0] == 0
    options = ("--facets", "source,year", "--sort", "date", "--exact", "--reprints", "--json")
    found = json.loads(suqian("search", "推动 -招聘", *options)[1])
    assert (found["total"], found["exact"], found["next"]) == (1, True, None)
    assert [one["count"] for one in found["facets"]["source"]] == [1]
    assert "推动" in [piece["text"] for piece in found["hits"][0]["snippet"] if piece["hit"]]
    code, out, err = suqian("search", "", "--facets", "year")
    assert code == 0
    assert "1 story" in err
    assert "year" in out


def test_a_mistake_in_a_query_is_pointed_at(suqian: Shell, page: Path) -> None:
    assert suqian("import", str(page))[0] == 0
    code, _, err = suqian("search", '推动 "新局')
    assert code == 2
    query, caret, message = err.splitlines()
    assert query.strip() == '推动 "新局'
    assert caret == " " * 7 + "^"
    assert "character 4 of the query: this quotation mark is not closed" in message


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


def test_extract_explains_its_choices_to_a_person_and_to_a_machine(
    suqian: Shell, page: Path
) -> None:
    _, out, _ = suqian("extract", page, "--explain", "--json")
    choices = json.loads(out)["explanation"]["choices"]
    title = next(choice for choice in choices if choice["field"] == "title")
    assert [one["value"] for one in title["candidates"] if one["chosen"]] == [
        json.loads(out)["title"]
    ]
    _, shown, _ = suqian("extract", page, "--explain")
    assert "published" in shown
    assert title["candidates"][0]["where"] in shown


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
        (["ingest", "--since", "1026-01-01"], "is before 1900-01-01; is that a slip of the pen"),
        (["ingest", "--days-back", "999999999"], "days back is before 1900-01-01"),
        (["backfill", "kjj", "--since", "1026-01-01"], "is before 1900-01-01"),
        (["import", "/nowhere/at/all.html"], "cannot be read"),
        (["demo", "--keep", "/dev/null/x"], "/dev/null/x"),
        (["--home", "/tmp/x", "demo"], "--keep /tmp/x"),
        (["serve", "--host", "0.0.0.0"], "make one: suqian keys add"),
        (["reprocess", "tag", "--source", "kjj"], "tags are made again for every article"),
        (["export", "corpus.txt"], "must end in one of .parquet, .jsonl, .csv"),
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


def test_a_demo_of_an_older_version_may_be_forgotten(suqian: Shell, tmp_path: Path) -> None:
    settings = with_tables(Settings.for_home(tmp_path / "demo"))
    (tmp_path / "demo" / "replica.json").write_text('{"port": 0}', "utf-8")
    database = Database.open(settings.database_url)
    with database.engine.begin() as connection:
        migrations.downgrade(connection, "-1")
    database.close()
    code, _, err = suqian("demo", "--keep", tmp_path / "demo")
    assert code == 2
    assert "or forget that demo: suqian demo --fresh" in " ".join(err.split())


def test_a_demo_is_not_mixed_into_a_corpus(suqian: Shell, page: Path) -> None:
    suqian("import", page)
    stored = (suqian.home / CORPUS_FILE).read_bytes()
    code, _, err = suqian("demo", "--keep", suqian.home)
    assert code == 2
    assert "holds a corpus that is no demo's" in " ".join(err.split())
    assert (suqian.home / CORPUS_FILE).read_bytes() == stored


def test_a_backup_and_an_export_say_where_they_cannot_write(
    suqian: Shell, page: Path, tmp_path: Path
) -> None:
    suqian("import", page)
    (tmp_path / "file").touch()
    for command in (["backup", tmp_path / "file"], ["export", tmp_path / "file" / "all.jsonl"]):
        code, _, err = suqian(*command)
        assert code == 2
        assert "make room, or choose another place" in " ".join(err.split())


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


def test_a_history_is_shown_with_its_differences_and_then_forgotten(
    suqian: Shell, page: Path
) -> None:
    address = "http://kjj.suqian.gov.cn/a/1.html"
    link = f'<link rel="canonical" href="{address}"></head>'
    page.write_text(page.read_text("utf-8").replace("</head>", link), "utf-8")
    manifest = {"file": page.name, "url": address, "fetched_at": "2026-01-01T08:00:00+08:00"}
    page.with_name("manifest.jsonl").write_text(json.dumps(manifest), "utf-8")
    suqian("import", page)
    page.with_name("manifest.jsonl").unlink()
    page.write_text(page.read_text("utf-8").replace("新成效", "新进展"), "utf-8")
    suqian("import", page)

    code, out, _ = suqian("history", address)
    assert code == 0
    assert "version 1 → 2" in out
    assert "推动高质量发展取得新[-成效-]{+进展+}，新质生产力" in out
    found = json.loads(suqian("history", address, "--json")[1])
    assert [version["number"] for version in found["versions"]] == [1, 2]
    times = [version["seen_at"] for version in found["versions"]]
    assert "新成效" in json.loads(suqian("show", address, "--at", times[0], "--json")[1])["body"]
    assert json.loads(suqian("search", "新成效", "--json")[1])["total"] == 0
    assert json.loads(suqian("search", "新成效", "--at", times[0], "--json")[1])["total"] == 1
    assert suqian("show", address, "--at", "2026-01-01")[0] == 2
    assert suqian("show", address, "--at", "yesterday")[0] == 2
    assert suqian("history", "http://nobody.cn/")[0] == 1

    assert suqian("forget", address, "--reason", "本人要求", "--json")[0] == 2
    suqian.monkeypatch.setattr("typer.confirm", refuse)
    code, out, _ = suqian("forget", address, "--reason", "本人要求")
    assert code == 1
    assert "关于科技创新的通知" in out
    assert "1 earlier versions" in out
    forgotten = json.loads(suqian("forget", address, "--reason", "本人要求", "--yes", "--json")[1])
    assert (forgotten["articles"], forgotten["earlier_versions"]) == ([found["id"]], 1)
    assert suqian("show", address)[0] == 1
    assert "forgotten: 本人要求" in suqian("why", address)[1]
    assert suqian("forget", "http://nobody.cn/", "--reason", "x", "--yes")[0] == 2


def refuse(_question: str, *, abort: bool) -> None:
    raise typer.Abort


def test_a_recheck_of_an_unknown_publisher_is_refused(suqian: Shell) -> None:
    code, _, said = suqian("recheck", "--source", "nobody")
    assert code == 2
    assert "unknown source 'nobody'" in said


def test_a_document_is_extracted_imported_and_shown(suqian: Shell, tmp_path: Path) -> None:
    for name, body in (("名单.docx", made.as_docx()), ("扫描件.pdf", made.scanned_pdf())):
        (tmp_path / name).write_bytes(body)
    record = json.loads(suqian("extract", tmp_path / "名单.docx", "--json")[1])
    assert (record["outcome"], record["title"]) == ("article", made.TITLE)
    assert made.AS_ROW in record["body"]
    assert suqian("import", tmp_path / "名单.docx", tmp_path / "扫描件.pdf")[0] == 0
    found = json.loads(suqian("search", "扫描件", "--json")[1])["items"][0]
    assert found["needs_ocr"]
    code, out, err = suqian("show", found["id"])
    assert code == 0
    assert "扫描件" in out
    assert "suqian[ocr]" in err
