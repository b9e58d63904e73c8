import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.app import App, open_app
from flows.importing import MAX_BYTES, MOST_PROBLEMS, import_paths
from storage.corpus import Corpus
from storage.models import Outcome
from storage.settings import Settings
from tests.storage.fresh import with_tables

PROSE = "近年来，宿迁市把科技创新摆在突出位置，推动高质量发展取得新成效。"
SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    with open_app(with_tables(settings)) as opened:
        yield opened


def write(path: Path, text: str = PROSE, head: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"<html><head><title>标题</title>{head}</head><body><p>{text}</p></body></html>", "utf-8"
    )
    return path


def test_the_same_file_is_one_article_wherever_it_lies(app: App, tmp_path: Path) -> None:
    one, other = write(tmp_path / "a" / "x.html"), write(tmp_path / "b" / "y.html")
    report = import_paths(app, [one, other])
    assert (report.discovered, report.outcomes[Outcome.NEW]) == (1, 1)
    again = import_paths(app, [other])
    assert again.outcomes == {Outcome.UNCHANGED: 1}
    article = next(iter(Corpus(app.database).articles()))
    assert article.url.startswith("file:")
    assert str(tmp_path) not in json.dumps(article.as_dict())


def test_what_has_no_end_or_is_no_list_costs_only_itself(app: App, tmp_path: Path) -> None:
    page = write(tmp_path / "a" / "x.html")
    (tmp_path / "a" / "manifest.jsonl").mkdir()
    report = import_paths(app, [Path("/dev/zero"), page.parent])
    assert report.outcomes == {Outcome.NEW: 1}
    assert report.problems == (
        "/dev/zero: cannot be read: it has more than 20 MB; it was left out",
    )


def test_a_page_is_known_by_its_canonical_link(app: App, tmp_path: Path) -> None:
    head = '<link rel="canonical" href="https://kjj.suqian.gov.cn/a/1.html">'
    import_paths(app, [write(tmp_path / "x.html", head=head)])
    report = import_paths(app, [write(tmp_path / "x.html", f"{PROSE}补充。", head)])
    assert report.outcomes == {Outcome.CHANGED: 1}
    article = Corpus(app.database).get("http://kjj.suqian.gov.cn/a/1.html")
    assert article is not None
    assert article.revision == 2


def test_a_manifest_gives_address_label_and_time(app: App, tmp_path: Path) -> None:
    write(tmp_path / "x.html")
    line = {
        "file": "x.html",
        "url": "http://a.cn/1",
        "source": "kjj",
        "fetched_at": "2024-01-02T03:04:05+08:00",
    }
    (tmp_path / "manifest.jsonl").write_text(json.dumps(line), "utf-8")
    report = import_paths(app, [tmp_path])
    assert report.problems == ()
    article = Corpus(app.database).get("http://a.cn/1")
    assert article is not None
    assert article.source == "import:kjj"  # a label, kept apart from the catalogue's id


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{not json", "manifest.jsonl:2: "),
        ("[]", "is no object"),
        ("{}", "the key 'file' is missing"),
        ('{"file": "x.html", "ulr": "http://a.cn"}', "unknown keys ulr"),
        ('{"file": "x.html", "url": "nowhere"}', "not an address"),
        ('{"file": "x.html", "fetched_at": "2024-01-02"}', "has no time zone"),
        ('{"file": "../x.html"}', "outside of the manifest's folder"),
        ('{"file": "/etc/passwd"}', "outside of the manifest's folder"),
        ("[" * 50_000, "maximum recursion depth"),
        ('{"file": "' + "x" * 200_000 + '"}', "Unterminated string"),
    ],
)
def test_a_wrong_manifest_line_is_named_and_the_rest_is_stored(
    app: App, tmp_path: Path, line: str, said: str
) -> None:
    write(tmp_path / "x.html")
    (tmp_path / "manifest.jsonl").write_text(f"\n{line}\n", "utf-8")
    report = import_paths(app, [tmp_path])
    assert len(report.problems) == 1
    assert said in report.problems[0]
    assert report.outcomes == {Outcome.NEW: 1}


def test_a_manifest_of_many_lines_costs_what_is_there_and_tells_some_of_the_rest(
    app: App, tmp_path: Path
) -> None:
    write(tmp_path / "x.html")
    lines = [json.dumps({"file": f"{number}.html"}) for number in range(MOST_PROBLEMS + 50)]
    lines += ['{"file": "x.html", "url": "http://a.cn/1"}', '{"file": "\\ud800\\u0000.html"}']
    (tmp_path / "manifest.jsonl").write_text("\n".join(lines), "utf-8")
    report = import_paths(app, [tmp_path / "manifest.jsonl"])
    assert len(report.problems) == MOST_PROBLEMS + 1
    assert report.problems[-1] == "and 51 more of these"
    assert Corpus(app.database).get("http://a.cn/1") is not None
    # In a folder, only what lies there counts.
    assert import_paths(app, [tmp_path]).problems == ()


def test_names_may_be_in_any_charset(app: App, tmp_path: Path) -> None:
    write(tmp_path / "x.html").rename(tmp_path / os.fsdecode("通知.html".encode("gbk")))
    (tmp_path / os.fsdecode("附件.pdf".encode("gbk"))).write_bytes(b"%PDF-1.4 broken")
    (tmp_path / os.fsdecode(b"\xff.warc")).write_bytes(b"no WARC")
    report = import_paths(app, [tmp_path])
    assert report.outcomes == {Outcome.NEW: 1, Outcome.PARKED: 1}
    assert len(report.problems) == 1
    json.dumps(report.as_dict()).encode()


def test_what_cannot_be_read_is_named_and_the_rest_is_stored(app: App, tmp_path: Path) -> None:
    good = write(tmp_path / "good.html")
    huge = tmp_path / "huge.html"
    with huge.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    broken = tmp_path / "broken.warc.gz"
    broken.write_bytes(b"\x1f\x8b and then nothing")
    report = import_paths(app, [tmp_path / "missing.html", good, huge, broken])
    assert [problem.split(": ")[0].rpartition("/")[2] for problem in report.problems] == [
        "missing.html",
        "huge.html",
        "broken.warc.gz",
    ]
    assert report.outcomes == {Outcome.NEW: 1, Outcome.PARKED: 1}


def test_each_kind_of_unreadable_content_has_its_outcome(app: App, tmp_path: Path) -> None:
    (tmp_path / "empty.html").write_bytes(b"")
    (tmp_path / "binary.html").write_bytes(b"\x89PNG")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "nul.html").write_bytes(b"\x00" * 500)
    report = import_paths(app, [tmp_path])
    assert report.outcomes == {Outcome.DROPPED: 2, Outcome.PARKED: 2}
    assert {reason.partition(":")[2] for reason in report.reasons} >= {
        "empty",
        "not-html",
        "unreadable: a damaged PDF",
    }
    assert report.discovered == 4


def test_an_archived_segment_can_be_imported_again_into_another_corpus(
    app: App, tmp_path: Path
) -> None:
    import_paths(app, [write(tmp_path / "x.html")])
    warc = next((app.settings.home / "archive").rglob("*.warc.gz"))
    with open_app(with_tables(Settings.for_home(tmp_path / "other"))) as other:
        assert import_paths(other, [warc]).outcomes == {Outcome.NEW: 1}
        assert [a.id for a in Corpus(other.database).articles()] == [
            a.id for a in Corpus(app.database).articles()
        ]


def test_a_folder_that_the_import_writes_into_is_read_without_what_it_writes(
    app: App, tmp_path: Path
) -> None:
    inside = app.settings.crawl_folder
    write(inside.parent / "x.html")
    assert import_paths(app, [inside.parent]).outcomes == {Outcome.NEW: 1}
    # The archive lies there as well by now: it tells nothing new.
    assert import_paths(app, [inside.parent]).outcomes == {Outcome.UNCHANGED: 1}


def test_an_empty_folder_is_a_problem(app: App, tmp_path: Path) -> None:
    (tmp_path / "void").mkdir()
    report = import_paths(app, [tmp_path / "void"])
    assert "holds no pages" in report.problems[0]


@pytest.mark.skipif(
    not (SHARED / "eval").exists(), reason="the evaluation pages are not beside this checkout"
)
def test_the_real_pages_and_the_seed_are_sixty_two_articles_and_stay_so(app: App) -> None:
    paths = [SHARED / "eval" / "pages", SHARED / "seed" / "mirror-article.txt"]
    assert import_paths(app, paths).outcomes == {Outcome.NEW: 62}
    assert import_paths(app, paths).outcomes == {Outcome.UNCHANGED: 62}
    corpus = Corpus(app.database)
    gold = [
        json.loads(line)
        for line in (SHARED / "eval" / "gold.jsonl").read_text("utf-8").splitlines()
    ]
    for row in gold[::6]:
        sentence = row["body"].split("\n")[0][3:18]
        titles = [article.title for article in corpus.search(f'"{sentence}"').items]
        assert len(titles) >= 1, sentence


def test_two_captures_of_one_address_in_one_import_are_two_versions(
    app: App, tmp_path: Path
) -> None:
    """Whichever comes first in the manifest: their times say which is the older."""
    url = "http://kjj.suqian.gov.cn/a/1.html"
    write(tmp_path / "a.html", f"{PROSE}现在的结尾。")
    write(tmp_path / "b.html", f"{PROSE}从前的结尾。")
    lines = [
        {"file": "a.html", "url": url, "fetched_at": "2026-05-02T08:00:00+08:00"},
        {"file": "b.html", "url": url, "fetched_at": "2026-05-01T08:00:00+08:00"},
    ]
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    report = import_paths(app, [tmp_path])
    assert report.discovered == 1
    found = Corpus(app.database).history(url)
    assert found is not None
    assert [(v.seen_at, v.body[-6:]) for v in found.versions] == [
        ("2026-05-01T08:00:00+08:00", "从前的结尾。"),
        ("2026-05-02T08:00:00+08:00", "现在的结尾。"),
    ]
    again = import_paths(app, [tmp_path])
    assert again.outcomes == {Outcome.UNCHANGED: 1}
    assert Corpus(app.database).history(url) == found
