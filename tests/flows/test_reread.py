"""Reading archived pages again: only what comes out otherwise is written, and nobody is blamed."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pytest
from sqlalchemy import event, select

from crawler.attachments.text import NEEDS_OCR
from crawler.catalogue import ArticleLayout, Catalogue
from crawler.demo.world import World
from crawler.errors import StopRun
from crawler.extract import extract
from crawler.records import Article as Record
from crawler.records import Dropped
from crawler.records import Page as Answer
from crawler.urls import canonical_key
from flows import rereading
from flows.forgetting import find_remains, forget
from flows.request import Selection
from flows.rereading import ReadAll, Report, as_dict, markdown, reread, slices, summary
from flows.steps.reread import reading
from flows.steps.reread.comparing import Corrected, compare
from flows.steps.reread.correcting import Corrector
from flows.steps.reread.mark import Mark
from flows.steps.reread.reading import MISSING, LastIndex, Reread, Slice, Wanted, read_slice
from flows.work import utc_now
from storage import ledger, origins
from storage.archive import Archive, archived_name
from storage.corpus import Corpus
from storage.models import Article, Attachment, Outcome, Page, Run, RunState
from storage.moves import MOVED
from storage.origins import Origin
from storage.segment_index import index_name, open_index
from tests.flows.conftest import Lab, lab
from tests.flows.test_recheck import Aging

WRONG = "这一行是旧的阅读器多读的。"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, small_world: World) -> Iterator[Lab]:
    with lab(tmp_path_factory.mktemp("reread"), small_world) as opened:
        opened.ingest()
        yield opened


@pytest.fixture
def read(whole: Lab) -> Lab:
    """A crawled corpus as the present extractor reads it, whatever the last test has left."""
    reread(whole.app, Selection())
    return whole


ALL = Selection()


def again(at: Lab, selection: Selection = ALL, *, dry_run: bool = False) -> Report:
    return reread(at.app, selection, dry_run=dry_run)


def misread(at: Lab, number: int = 3) -> list[str]:
    """Store some articles as another extractor would have read them; return their ids."""
    with at.app.database.unit_of_work() as session:
        rows = session.scalars(select(Article).order_by(Article.id).limit(number)).all()
        for row in rows:
            row.body = f"{row.body}\n{WRONG}"
            row.digest = "another"
        return [row.id for row in rows]


def kinds(corpus: Corpus, since: int) -> list[tuple[str, str]]:
    return [(one.kind, one.article_id) for one in corpus.changes(since)]


def last(corpus: Corpus) -> int:
    return len(corpus.changes(limit=10_000))


def written(at: Lab, run: Callable[[], object]) -> list[str]:
    """The statements that write something while `run` runs."""
    writing = {"INSERT", "UPDATE", "DELETE"}
    return [one for one in statements(at, run) if one.split(maxsplit=1)[0].upper() in writing]


def statements(at: Lab, run: Callable[[], object]) -> list[str]:
    """The statements that the database is sent while `run` runs."""
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    engine = at.app.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        run()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return found


def test_no_more_is_asked_for_many_answers_than_for_one(read: Lab) -> None:
    with read.app.database.reading() as session:
        chosen = origins.origins(session)
    [whole, *_] = slices(read.app, chosen)
    found = read_slice(whole)
    assert sum(one.article is not None for one in found) > 10
    with read.app.database.reading() as session:
        asked = statements(read, lambda: list(compare(session, found)))
    assert len(asked) <= 5


def older(page: Answer, layout: ArticleLayout | None = None) -> Record | Dropped:
    """An extractor as it may have been: it takes a line too many."""
    found = extract(page, layout)
    return replace(found, body=f"{found.body}\n{WRONG}") if isinstance(found, Record) else found


def test_what_reads_as_it_is_stored_is_not_written(read: Lab) -> None:
    reports: list[Report] = []
    assert written(read, lambda: reports.append(again(read))) == []
    [report] = reports
    assert report.read > read.corpus().count() > 0
    assert (report.changed, report.earlier, report.turned, report.lost) == (0, 0, {}, {})


def test_an_address_that_leads_on_is_read_with_the_one_that_it_leads_to(read: Lab) -> None:
    with read.app.database.unit_of_work() as session:
        article = session.scalars(select(Article).order_by(Article.id).limit(1)).one()
        old = session.scalars(select(Page).where(Page.reason == MOVED)).one()
        old.warc, old.status = article.warc, 200
        wanted = (Wanted(old.key, article.warc), Wanted(article.key, article.warc))
    report = again(read)
    assert (report.changed, report.turned, report.lost) == (0, {}, {})

    segment = article.warc.rpartition("@")[0]
    archive, catalogue = read.app.settings.archive, read.app.catalogue
    found = read_slice(Slice(archive, segment, wanted, catalogue))
    assert [one.key for one in found if one.article] == [old.key, article.key]


def test_a_misread_article_is_put_right_in_place(read: Lab) -> None:
    corpus = read.corpus()
    before = {one.id: one for one in corpus.articles()}
    ids, since = misread(read), last(corpus)

    planned = again(read, dry_run=True)
    assert (planned.changed, planned.fields["body"]) == (3, 3)
    assert {one.id for one in planned.samples} == set(ids)
    assert kinds(corpus, since) == []

    report = again(read)
    assert as_dict(report) == as_dict(planned) | {"dry_run": False}
    assert sorted(kinds(corpus, since)) == [("reread", one) for one in ids]
    for one in ids:
        now = corpus.get(one)
        assert now is not None
        assert (now.body, now.revision) == (before[one].body, before[one].revision)
        assert "suqian" in now.provenance["reread"]
        history = corpus.history(one)
        assert history is not None
        assert [version.number for version in history.versions] == [1]
        for tag in now.tags:
            for said in tag.evidence:
                whole = {"title": now.title, "body": now.body}[said.field]
                assert whole[said.start : said.end] == said.text
    assert again(read).changed == 0


def test_what_a_later_crawl_finds_is_the_publishers_edit_alone(
    tmp_path: Path, small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lab(tmp_path, small_world) as opened:
        aging = Aging(opened)
        with monkeypatch.context() as patched:
            patched.setattr("crawler.extract.extract", older)
            aging.crawl()
            edited = aging.posts()[0]
            aging.age("edit-silently", edited)
            aging.check(timedelta(hours=1))
        assert aging.article(edited).revision == 2
        since = last(aging.corpus)
        report = again(opened)
        assert (report.changed, report.earlier) == (aging.corpus.count(), 1)
        assert {kind for kind, _ in kinds(aging.corpus, since)} == {"reread"}
        history = aging.corpus.history(aging.article(edited).id)
        assert history is not None
        [difference] = history.differences
        both = "".join(line.old + line.new for line in difference.body)
        assert WRONG not in both
        aging.age("noise", aging.posts()[1])
        assert aging.check(timedelta(hours=6)).outcomes[Outcome.CHANGED] == 0
        assert again(opened).changed == 0


def test_a_page_that_an_older_extractor_dropped_becomes_an_article(
    tmp_path: Path, small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lab(tmp_path, small_world) as opened:
        aging = Aging(opened)
        post = aging.posts()[0]

        def blind(page: Answer, layout: ArticleLayout | None = None) -> Record | Dropped:
            if page.key == canonical_key(aging.url(post)):
                return Dropped(page.url, page.key, "list")
            return older(page, layout)

        with monkeypatch.context() as patched:
            patched.setattr("crawler.extract.extract", blind)
            aging.crawl()
        assert aging.corpus.get(aging.url(post)) is None
        planned = again(opened, dry_run=True)
        assert planned.turned["dropped:list", "article"] == planned.found_articles == 1
        assert aging.corpus.get(aging.url(post)) is None
        assert again(opened).found_articles == 1
        assert aging.article(post).body
        explained = aging.corpus.why(aging.url(post))
        assert explained is not None
        assert explained.outcome in {Outcome.NEW, Outcome.DUPLICATE}
        assert again(opened).turned == {}
        with opened.app.database.reading() as session:
            [run] = session.scalars(select(Run).where(Run.kind == "reprocess"))
            assert (run.state, ledger.sums_differ(session, run.id)) == (RunState.COMPLETED, {})
            assert ledger.unfinished_runs(session) == []


def test_an_article_that_is_none_by_the_present_rules_stays_and_is_named(
    read: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = read.corpus().articles()
    one = next(iter(chosen))

    def strict(page: Answer, layout: ArticleLayout | None = None) -> Record | Dropped:
        return Dropped(page.url, page.key, "list")

    monkeypatch.setattr("crawler.extract.extract", strict)
    assert written(read, lambda: again(read, Selection(ids=(one.id,)))) == []
    report = again(read, Selection(ids=(one.id,)))
    assert report.lost == {"dropped:list": 1}
    assert report.lost_samples[0].id == one.id
    assert read.corpus().get(one.id) == one
    assert one.id in markdown(report)
    assert "1 kept" in summary(report)


def test_files_are_read_again_from_wherever_they_lie(read: Lab) -> None:
    with read.app.database.unit_of_work() as session:
        file = session.scalars(select(Attachment).where(Attachment.text_status == "read")).first()
        assert file is not None
        text, pk = file.text, file.article_pk
        file.text, file.text_status = "", NEEDS_OCR
        article = session.get_one(Article, pk)
        article.needs_ocr, one = True, article.id
    report = again(read)
    assert report.fields == {"attachments": 1, "needs_ocr": 1}
    now = read.corpus().get(one)
    assert now is not None
    assert (text in {each.text for each in now.attachments}, now.needs_ocr) == (True, False)
    assert text.split()[0] in json.dumps(as_dict(report), ensure_ascii=False)


def test_what_was_revised_meanwhile_is_left_alone(read: Lab) -> None:
    ids = misread(read, 1)
    with read.app.database.reading() as session:
        chosen = origins.origins(session, ids=ids)
        [job] = slices(read.app, chosen)
        found = [one for one in compare(session, read_slice(job)) if isinstance(one, Corrected)]
    with read.app.database.unit_of_work() as session:
        row = session.scalars(select(Article).where(Article.id == ids[0])).one()
        row.body, row.digest = "此时网站已改。", "meanwhile"
    since = last(read.corpus())
    with read.app.database.unit_of_work() as session:
        Corrector(read.app.catalogue, read.app.tagger, utc_now()).correct(session, found)
    now = read.corpus().get(ids[0])
    assert now is not None
    assert (now.body, kinds(read.corpus(), since)) == ("此时网站已改。", [])


def test_a_segment_that_is_not_there_costs_nothing_but_a_line(
    tmp_path: Path, small_world: World
) -> None:
    with lab(tmp_path, small_world) as opened:
        aging = Aging(opened)
        aging.crawl()
        with opened.app.database.reading() as session:
            [name] = {one.segment for one in origins.origins(session)}
        (Path(opened.app.settings.archive) / archived_name(f"{name}.warc.gz")).unlink()
        report = again(opened)
        assert report.lost == {f"parked:{MISSING}": report.read}
        assert (report.changed, report.turned) == (0, {})


def reading_indexes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the indexes that a process opens which has read none."""
    found: list[str] = []

    def noting(archive: Archive, name: str) -> AbstractContextManager[IO[bytes]]:
        found.append(name)
        return open_index(archive, name)

    monkeypatch.setattr(reading, "open_index", noting)
    monkeypatch.setattr(reading, "_LAST", LastIndex())
    return found


def test_the_index_of_a_segment_is_read_once_for_all_its_slices(
    read: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rereading, "_SLICE", 3)
    opened = reading_indexes(monkeypatch)
    report = again(read)
    with read.app.database.reading() as session:
        chosen = origins.origins(session)
    assert len(list(slices(read.app, chosen))) > 5
    assert opened == [index_name(read.app.archive, one) for one in _segments(chosen)]
    assert (report.read, report.changed, report.lost) == (len(chosen), 0, {})


def _segments(chosen: list[Origin]) -> list[str]:
    return sorted({one.segment for one in chosen})


def test_what_is_forgotten_between_two_slices_is_not_read(
    tmp_path: Path, small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rereading, "_SLICE", 3)
    with lab(tmp_path, small_world) as opened:
        opened.ingest()
        with opened.app.database.reading() as session:
            chosen = origins.origins(session, unread=False)
        first, second, *others = slices(opened.app, chosen)
        assert len({job.segment for job in (first, second, *others)}) == 1
        gone = second.wanted[0]
        indexes = reading_indexes(monkeypatch)
        before = [read_slice(job) for job in (first, second)]
        forget(opened.app, find_remains(opened.app, gone.key), "asked for")

        [lost, *kept] = read_slice(second)
        assert lost == Reread(gone.key, gone.warc)
        assert kept == before[1][1:]
        assert read_slice(first) == before[0]
        assert len(indexes) == 2


class Stopped(Exception):
    """Somebody pulls the plug."""


def stopping(after: int) -> ReadAll:
    """Reads so many slices, and then no more."""

    def read_all(slices: Iterator[Slice]) -> Iterator[list[Reread]]:
        yield from (read_slice(job) for job in islice(slices, after))
        raise Stopped

    return read_all


def test_an_interrupted_request_goes_on_behind_what_it_settled(
    read: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rereading, "_SLICE", 5)
    asked = Selection(ids=tuple(misread(read, 12)))
    for settled in (10, 0):
        with pytest.raises(Stopped):
            reread(read.app, asked, read_all=stopping(after=settled // 5))
    other = Selection(ids=asked.ids[:2])
    assert again(read, other, dry_run=True).before == again(read, asked, dry_run=True).before == 0
    report = again(read, asked)
    assert (report.before, report.read) == (10, 2)
    assert "10 before the interruption" in summary(report)
    assert not [one for one in read.corpus().articles() if WRONG in one.body]
    assert again(read, asked).before == 0


def test_another_extractor_or_catalogue_begins_at_the_beginning(read: Lab) -> None:
    home, catalogue = read.app.settings.home, read.app.catalogue
    Mark.of(home, ALL, catalogue).move(("20260101T000000Z", 5, "x.cn/1"))
    assert Mark.of(home, ALL, catalogue).place() == ("20260101T000000Z", 5, "x.cn/1")
    fewer = replace(catalogue, sources=dict(list(catalogue.sources.items())[1:]))
    assert Mark.of(home, ALL, fewer).place() is None
    assert Mark.of(home, Selection(sources=("kjj",)), catalogue).place() is None
    Mark.of(home, ALL, catalogue).file.write_text('{"requ', "utf-8")
    assert Mark.of(home, ALL, catalogue).place() is None


def test_asked_to_restart_it_reads_what_was_settled_too(
    read: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rereading, "_SLICE", 5)
    asked = Selection(ids=tuple(misread(read, 7)))
    with pytest.raises(Stopped):
        reread(read.app, asked, read_all=stopping(after=1))
    report = reread(read.app, asked, restart=True)
    assert (report.before, report.read) == (0, 7)
    assert not Mark.of(read.app.settings.home, asked, read.app.catalogue).file.exists()


def test_a_selection_reads_no_more_than_it_names(read: Lab) -> None:
    corpus = read.corpus()
    source = next(iter(corpus.articles())).source
    of_source = [one for one in corpus.articles() if one.source == source]
    assert again(read, Selection(sources=(source,), unread=False)).read == len(of_source)
    day = date.fromisoformat(str(of_source[0].published_at)[:10])
    same = [one for one in corpus.articles() if str(one.published_at)[:10] == day.isoformat()]
    assert again(read, Selection(since=day, until=day)).read == len(same)
    with pytest.raises(StopRun, match="is after"):
        again(read, Selection(since=day, until=day - timedelta(days=1)))


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        (
            Selection(sources=("demo_city", "demo_kj")),
            "unknown source 'demo_kj'; did you mean demo_kjj",
        ),
        (Selection(ids=("nobody",)), "no article is stored as nobody"),
    ],
)
def test_what_nobody_knows_is_not_read_as_nothing(
    read: Lab, selection: Selection, said: str
) -> None:
    with pytest.raises(StopRun, match=said):
        again(read, selection, dry_run=True)


def test_under_another_catalogue_nothing_is_read_wrong(read: Lab) -> None:
    before = read.corpus().get(next(iter(read.corpus().articles())).id)
    assert before is not None
    other = replace(read.app, catalogue=Catalogue.load())
    with pytest.raises(StopRun, match=f"does not have .*{before.source}.*SUQIAN_CATALOGUE"):
        reread(other, Selection())
    with pytest.raises(StopRun, match=before.source):
        reread(other, Selection(ids=(before.id,)))
    assert read.corpus().get(before.id) == before
    assert reread(other, Selection(sources=("kjj",))).read == 0
