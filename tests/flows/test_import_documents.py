"""Documents through `suqian import`: by themselves, and beside the page that links to them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.app import App, open_app
from flows.importing import import_paths
from storage.corpus import Corpus
from storage.models import Outcome
from storage.settings import Settings
from tests.attachments import made
from tests.attachments.made import AS_ROW, KINDS, LAST, LINE, TABLELESS, TITLE
from tests.storage.fresh import with_tables

PAGE = (
    "<html><head><title>关于公示名单的通知</title></head><body><h1>关于公示名单的通知</h1>"
    "<p>经研究，现将有关名单予以公示，请社会各界监督。</p><p>附件：{links}</p></body></html>"
)


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    with open_app(with_tables(settings)) as opened:
        yield opened


def test_every_kind_is_an_article_by_itself(app: App, tmp_path: Path) -> None:
    for kind in KINDS:
        # What makes two files of one text two: the same bytes are one article.
        body = KINDS[kind]()
        (tmp_path / f"公示.{kind}").write_bytes(body)
    report = import_paths(app, [tmp_path])
    assert report.problems == ()
    # wps is doc's bytes, et xls's: the same article; the others are reprints of one text or another.
    assert report.discovered == len(KINDS) - 2
    assert set(report.outcomes) == {Outcome.NEW, Outcome.DUPLICATE}
    corpus = Corpus(app.database)
    found = corpus.search("骆马湖", reprints=True)
    assert found.total == len(KINDS) - 2
    for article in found.items:
        assert LAST in article.body
        where = article.provenance["title"]
        assert (where, article.title) in {
            ("document:first line", TITLE),
            ("text:first line", TITLE),
            ("h1", TITLE),
            ("document:first line", "附件名单.docx"),
        }
    # A text file's row and those of html come as they are read there.
    assert corpus.search(f'"{AS_ROW}"', reprints=True).total == found.total - len(TABLELESS)


def test_a_document_without_a_heading_is_called_by_its_name(app: App, tmp_path: Path) -> None:
    (tmp_path / "二〇二四年名单.pdf").write_bytes(made.scanned_pdf())
    (tmp_path / "企业 名录.csv").write_text("单位,地址\n洋河酒厂,泗洪县\n", "utf-8")
    import_paths(app, [tmp_path])
    articles = {one.title: one for one in Corpus(app.database).articles()}
    assert articles.keys() == {"二〇二四年名单", "企业 名录"}
    assert articles["二〇二四年名单"].needs_ocr
    assert articles["企业 名录"].body == "| 单位 | 地址 |\n| 洋河酒厂 | 泗洪县 |"


def test_documents_beside_their_page_are_its_attachments(app: App, tmp_path: Path) -> None:
    kinds = sorted(KINDS.keys() - {"txt", "html"})  # these are pages
    links = "".join(f'<a href="files/1.{kind}">{kind}</a>' for kind in [*kinds, "7z"])
    (tmp_path / "a.html").write_text(PAGE.format(links=links), "utf-8")
    lines = [{"file": "a.html", "url": "http://a.cn/x/a.html"}]
    for kind in kinds:
        (tmp_path / f"1.{kind}").write_bytes(KINDS[kind]())
        lines.append({"file": f"1.{kind}", "url": f"https://www.a.cn/x/files/1.{kind}"})
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    report = import_paths(app, [tmp_path])
    assert (report.discovered, report.outcomes) == (1, {Outcome.NEW: 1})
    corpus = Corpus(app.database)
    found = corpus.search("骆马湖")
    assert [hit.files for hit in found.hits] == [tuple(kinds)]
    *files, last = found.items[0].attachments
    for file in files:
        assert (file.text_status, LINE in file.text) == ("read", True), file.name
    assert last.text_status == "not fetched"
    assert import_paths(app, [tmp_path]).outcomes == {Outcome.UNCHANGED: 1}
    assert len(corpus.changes()) == 1


def import_page_then_file(app: App, folder: Path) -> None:
    page = folder / "a.html"
    page.write_text(PAGE.format(links='<a href="1.docx">名单</a>'), "utf-8")
    lines = [{"file": name, "url": f"http://a.cn/{name}"} for name in ("a.html", "1.docx")]
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    import_paths(app, [page])
    (folder / "1.docx").write_bytes(made.as_docx())
    assert import_paths(app, [folder]).outcomes == {Outcome.UNCHANGED: 1}


def test_a_file_that_comes_after_its_page_joins_it(app: App, tmp_path: Path) -> None:
    import_page_then_file(app, tmp_path)
    corpus = Corpus(app.database)
    assert corpus.search("骆马湖").total == 1
    assert [change.kind for change in corpus.changes()] == ["added", "attached"]


def test_an_archive_brings_pages_and_their_files_along(app: App, tmp_path: Path) -> None:
    import_page_then_file(app, tmp_path)
    warcs = sorted((app.settings.home / "archive").rglob("*.warc.gz"))
    with open_app(with_tables(Settings.for_home(tmp_path / "other"))) as other:
        import_paths(other, warcs)
        [hit] = Corpus(other.database).search("骆马湖").hits
        assert hit.files == ("名单",)
