"""What is forgotten is nowhere: not in the tables, not in the files, not after another crawl."""

import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crawler.errors import StopRun, TryLater
from flows.app import App, open_app
from flows.forgetting import find_remains, forget
from flows.importing import import_paths
from flows.steps.dedupe import leave
from flows.work import Hooks, open_run
from storage.corpus import Corpus
from storage.database import Database
from storage.forget import erase, purge, remains_of
from storage.models import Article, Base, Change, Outcome, SearchLabel, Story, Tombstone
from storage.settings import Settings
from tests.flows.test_load import database, record, store
from tests.storage.fresh import with_tables
from tests.storage.in_step import in_step

# Characters that stand nowhere else: each term of the index that holds one is the article's.
RARE = "龘靐齉爩"
SECRET = f"证人{RARE}的住址是骆马湖路一号。"
PROSE = "近日，宿迁市科学技术局发布通知，部署全市科技型中小企业入库工作，要求各县区加强组织领导。"
URL = "https://kjj.suqian.gov.cn/a/1.html"


@dataclass(frozen=True)
class Home:
    app: App
    folder: Path

    def save(self, name: str, url: str, *paragraphs: str, title: str = "通知") -> Path:
        """A page as somebody saved it."""
        lines = "".join(f"<p>{line}</p>" for line in (PROSE, *paragraphs))
        head = f'<title>{title}</title><meta name="ArticleTitle" content="{title}">'
        head += f'<link rel="canonical" href="{url}">'
        path = self.folder / name
        page = (
            f'<html><head><meta charset="utf-8">{head}</head><body><div id="zoomcon">{lines}</div>'
        )
        path.write_text(f"{page}</body></html>", "utf-8")
        return path

    def corpus(self) -> Corpus:
        return Corpus(self.app.database)

    def holds(self, text: str) -> set[str]:
        """The files of the home in which a text stands, as it is or packed."""
        needle = text.encode()
        home = self.app.settings.home
        files = (file for file in home.rglob("*") if file.is_file())
        contents = ((file, file.read_bytes()) for file in files)
        return {
            file.name
            for file, data in contents
            if needle in (unpacked(data) if file.suffix == ".gz" else data)
        }


def unpacked(data: bytes) -> bytes:
    """What the gzip members of a file hold."""
    found = b""
    while data:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        found += unpacker.decompress(data)
        data = unpacker.unused_data
    return found


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_app(with_tables(Settings.for_home(tmp_path / "home"))) as app:
        yield Home(app, tmp_path)


def test_an_article_that_is_forgotten_is_nowhere_and_the_others_are_as_they_were(
    home: Home,
) -> None:
    import_paths(home.app, [home.save("x.html", URL, SECRET, title=f"关于{RARE[0]}的通知")])
    import_paths(
        home.app,
        [home.save("x.html", URL, "更正：不作说明。"), home.save("y.html", f"{URL}?p=2", "别的。")],
    )
    other = home.corpus().get(f"{URL}?p=2")
    assert any(name.startswith("suqian.db") for name in home.holds(RARE))
    assert any(name.endswith(".warc.gz") for name in home.holds(RARE))
    article = home.corpus().get(URL)
    assert article is not None
    assert article.revision == 2

    found = forget(home.app, find_remains(home.app, URL), "本人要求")

    assert found.articles == (article.id,)
    assert (found.earlier_versions, len(found.segments)) == (1, 2)
    for character in RARE:
        assert home.holds(character) == set()
    assert home.holds("更正：不作说明") == set()
    corpus = home.corpus()
    assert (corpus.get(URL), corpus.history(URL), corpus.count()) == (None, None, 1)
    assert corpus.search(RARE[:2]).total == corpus.search("不作说明").total == 0
    assert corpus.get(f"{URL}?p=2") == other
    with home.app.database.reading() as session:
        assert in_step(session)
    assert [change.kind for change in corpus.changes()][-1] == "forgotten"


def test_a_tombstone_says_when_and_why_and_nothing_else(home: Home) -> None:
    import_paths(home.app, [home.save("x.html", URL, SECRET)])
    forget(home.app, find_remains(home.app, URL), "法院决定")
    why = home.corpus().why(URL)
    assert why is not None
    assert (why.outcome, why.reason, why.visits) == ("skipped", "forgotten: 法院决定", ())
    with home.app.database.reading() as session:
        stone = session.scalars(select(Tombstone)).one()
    assert "suqian.gov.cn" not in json.dumps([stone.key_digest, stone.article_id, stone.reason])
    assert home.holds("kjj.suqian.gov.cn/a/1.html") == set()


def test_a_later_import_does_not_bring_it_back(home: Home) -> None:
    page = home.save("x.html", URL, SECRET)
    import_paths(home.app, [page])
    forget(home.app, find_remains(home.app, URL), "本人要求")
    report = import_paths(home.app, [page, home.save("y.html", f"{URL}?p=2")])
    assert report.outcomes == {Outcome.SKIPPED: 1, Outcome.NEW: 1}
    assert report.reasons == {"skipped:forgotten": 1}
    assert home.corpus().get(URL) is None
    assert home.holds(RARE) == set()


def test_forgetting_again_sweeps_once_more(home: Home) -> None:
    import_paths(home.app, [home.save("x.html", URL, SECRET)])
    forget(home.app, find_remains(home.app, URL), "本人要求")
    again = forget(home.app, find_remains(home.app, URL), "再次")
    assert (again.articles, again.records) == ((), 0)
    with home.app.database.reading() as session:
        assert session.scalars(select(Tombstone)).one().reason == "本人要求"


def test_what_nobody_knows_cannot_be_forgotten(home: Home) -> None:
    with pytest.raises(StopRun, match="nothing is known of"):
        find_remains(home.app, "https://kjj.suqian.gov.cn/nothing")


def test_a_reason_is_needed(home: Home) -> None:
    import_paths(home.app, [home.save("x.html", URL)])
    with pytest.raises(StopRun, match="a reason is needed"):
        forget(home.app, find_remains(home.app, URL), " ")


def test_nothing_is_forgotten_while_a_run_is_at_work(home: Home) -> None:
    import_paths(home.app, [home.save("x.html", URL)])
    remains = find_remains(home.app, URL)
    with open_run(home.app, "ingest", {}, Hooks()), pytest.raises(TryLater, match="is at work"):
        forget(home.app, remains, "本人要求")
    assert home.corpus().get(URL) is not None


def test_an_id_names_an_article_as_well_as_its_address(home: Home) -> None:
    import_paths(home.app, [home.save("x.html", URL)])
    article = home.corpus().get(URL)
    assert article is not None
    assert find_remains(home.app, article.id) == find_remains(home.app, URL)


def test_reports_of_runs_lose_its_title_and_its_address(home: Home) -> None:
    """Prefect's database is one of its tables here: whatever has words is looked through."""
    title = f"关于[{RARE}]的通知"
    import_paths(home.app, [home.save("x.html", URL, SECRET, title=title)])
    folder = home.app.settings.prefect_home
    folder.mkdir(exist_ok=True)
    told = f"- kjj: [关于({RARE})的通知](http://127.0.0.1/articles/1)\n- {URL}: `http-500`"
    with closing(sqlite3.connect(folder / "prefect.db")) as database, database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE artifact (id CHAR(36), data JSON, description VARCHAR)")
        rows = [("1", json.dumps(told), title), ("2", json.dumps(told, ensure_ascii=False), "")]
        database.executemany("INSERT INTO artifact VALUES (?, ?, ?)", rows)
    forget(home.app, find_remains(home.app, URL), "本人要求")
    assert home.holds(RARE) == home.holds(json.dumps(RARE)[1:-1]) == home.holds(URL) == set()
    with closing(sqlite3.connect(folder / "prefect.db")) as database:
        found = [json.loads(data) for (data,) in database.execute("SELECT data FROM artifact")]
    assert found == ["- kjj: […](http://127.0.0.1/articles/1)\n- …: `http-500`"] * 2


# --- tables ---------------------------------------------------------------------------------------


def erased(opened: Database, key: str) -> None:
    with opened.unit_of_work() as session:
        remains = remains_of(session, frozenset({key}))
        leave(session, [article.pk for article in remains.articles], NOW)
        erase(session, remains, "本人要求", NOW)
    purge(opened)


NOW = record("x.cn/1").fetched_at


@pytest.mark.parametrize("forgotten", ["a.cn/1", "b.cn/1", "c.cn/1"])
def test_the_rest_of_a_story_stays_together(forgotten: str) -> None:
    """Whether it was the canonical article, the founder of the story, or just a member."""
    with database() as opened:
        store(opened, record("b.cn/1", day=2))
        store(opened, record("c.cn/1", day=3))
        store(opened, record("a.cn/1", day=1))
        story = Corpus(opened).get("b.cn/1").story_id  # type: ignore[union-attr]
        erased(opened, forgotten)
        with opened.reading() as session:
            rows = session.scalars(select(Article).order_by(Article.published_at)).all()
            stories = session.scalars(select(Story)).all()
        assert {row.story_id for row in rows} == {story}
        assert [row.duplicate_of for row in rows] == [None, rows[0].id]
        assert {one.id: one.canonical_id for one in stories if not one.merged_into} == {
            story: rows[0].id
        }


def test_the_one_that_is_left_of_two_is_the_canonical_one_of_their_story() -> None:
    with database() as opened:
        store(opened, record("b.cn/1", day=2))
        store(opened, record("a.cn/1", day=1))
        erased(opened, "a.cn/1")
        with opened.reading() as session:
            left = session.scalars(select(Article)).one()
            story = session.scalars(select(Story).where(Story.merged_into.is_(None))).one()
        assert (left.story_id, left.duplicate_of) == (story.id, None)
        assert story.canonical_id == left.id


def test_an_article_alone_takes_its_story_along() -> None:
    with database() as opened:
        store(opened, record("a.cn/1"))
        erased(opened, "a.cn/1")
        with opened.reading() as session:
            counts = {
                table.name: session.scalar(select(func.count()).select_from(table))
                for table in Base.metadata.sorted_tables
            }
        filled = {name for name, count in counts.items() if count}
        assert filled == {"run", "change", "counter", "tombstone", "search_label"}
        with opened.reading() as session:
            # What a publisher and a calendar tell anyway; no tag is left.
            left = set(session.scalars(select(SearchLabel.kind)))
            assert left == {"source", "year", "month", "day"}
            assert session.scalars(select(Change.kind).order_by(Change.seq)).all() == [
                "added",
                "forgotten",
            ]
