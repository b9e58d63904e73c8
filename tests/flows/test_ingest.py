"""The whole line on the replica: complete, adding up, incremental, and the same after a crash."""

import re
import subprocess
import sys
import textwrap
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from crawler.crawl import run_crawl
from crawler.demo.aging import Operation
from crawler.demo.world import FIRST_DAY, Post, World
from crawler.errors import StopRun, TryLater
from crawler.plan import CrawlPlan, Limits
from crawler.segment import Role, index_path
from crawler.urls import canonical_key
from flows import run as runs
from flows.app import App
from flows.request import Group, Request
from flows.steps.archived import archived_segment
from flows.work import Hooks
from storage import ledger
from storage.corpus import Corpus
from storage.models import Outcome, Segment
from storage.search import fold
from tests.flows.conftest import Crawled, Lab, lab
from tests.warm import COLD


def key_of(world: World, post: Post, port: int) -> str:
    return canonical_key(f"http://{world.sites[post.site].host}:{port}{post.path}")


def snapshot(corpus: Corpus) -> set[tuple[str, str, str, str | None, int]]:
    """What the corpus holds, without what may differ from run to run (times, offsets, story ids)."""
    return {(a.url, a.title, a.body, a.duplicate_of, a.revision) for a in corpus.articles()}


def test_every_article_of_the_replica_is_found_once(crawled: Crawled) -> None:
    replica = crawled.lab.replica
    keys = {canonical_key(a.url) for a in crawled.lab.corpus().articles()}
    expected = {key_of(replica.world, post, replica.port) for post in replica.world.truth()}
    assert keys == expected
    assert len(expected) >= 600


def test_titles_days_and_origins_are_the_replicas_own(crawled: Crawled) -> None:
    replica = crawled.lab.replica
    stored = {
        canonical_key(a.url): a for a in crawled.lab.corpus().articles() if "/moved" not in a.url
    }
    for post in replica.world.truth():
        article = stored[key_of(replica.world, post, replica.port)]
        assert article.title == post.title
        assert (article.published_at or "")[:10] == post.day.isoformat()
        assert article.origin == post.origin


def test_damaged_posts_are_stored_as_they_were_written(crawled: Crawled) -> None:
    replica = crawled.lab.replica
    stored = {canonical_key(a.url): a for a in crawled.lab.corpus().articles()}
    damaged = [post for post in replica.world.truth() if post.damaged]
    assert damaged
    for post in damaged:
        article = stored[key_of(replica.world, post, replica.port)]
        written = fold("\n".join(post.clean or ()))
        assert SequenceMatcher(None, fold(article.body), written, autojunk=False).ratio() > 0.995
        assert fold(post.body) in fold(article.body_raw or "")


def test_bodies_hold_every_paragraph_in_order_and_little_else(crawled: Crawled) -> None:
    replica = crawled.lab.replica
    stored = {canonical_key(a.url): a for a in crawled.lab.corpus().articles()}
    for post in replica.world.truth():
        article = stored[key_of(replica.world, post, replica.port)]
        if post.damaged:
            continue  # read as it was written, not as it is served
        body = fold(article.body)
        expected = fold(post.body)
        assert expected in body.replace(fold(post.document_number or "\0"), ""), article.url
        assert len(body) <= len(expected) + len(fold(post.title)) + 60, article.url


def test_discovered_is_the_sum_of_the_outcomes_for_every_source(crawled: Crawled) -> None:
    report = crawled.report
    assert len(report.sources) >= 6
    for source in report.sources:
        assert source.discovered == sum(source.outcomes.values())
        assert source.discovered > 0
    with crawled.lab.app.database.reading() as session:
        assert ledger.sums_differ(session, report.run_id) == {}


def test_each_oddity_has_its_own_outcome(crawled: Crawled) -> None:
    reasons = dict(crawled.report.reasons)
    # The old address that leads on to a listed page: only where that page was read before it.
    assert reasons.pop("dropped:moved", 1) == 1
    assert reasons == {
        "skipped:offsite": 1,
        "skipped:robots": 1,
        "dropped:placeholder": 1,
        "dropped:http-404": 1,
    }
    assert crawled.report.problems == ()


def test_robots_and_foreign_hosts_are_never_asked_for(crawled: Crawled) -> None:
    asked = {(host, path) for host, path, _ in crawled.lab.replica.requests}
    assert not any(path.startswith("/internal") for _, path in asked)
    assert all(host.endswith(".localhost") for host, _ in asked)


def test_no_article_is_fetched_twice_in_one_crawl(crawled: Crawled) -> None:
    times = Counter(
        (host.removeprefix("www."), path) for host, path, _ in crawled.lab.replica.requests
    )
    times = Counter({at: n for at, n in times.items() if at[1] != "/robots.txt"})
    # The redirect's target is asked for as itself and once more behind the redirect.
    moved = {at[1].removeprefix("/moved") for at in times if at[1].startswith("/moved")}
    assert {at for at, n in times.items() if n > 1 and at[1] not in moved} == set()


def test_stories_are_what_the_replica_reprinted(crawled: Crawled) -> None:
    """Of each reprint the replica knows what it repeats; its round-ups and templates repeat nothing."""
    truth = crawled.lab.replica.world.expected(crawled.lab.replica.port)
    original = {one.key: one.original or one.key for one in truth}
    by_id = {a.id: a for a in crawled.lab.corpus().articles()}
    told: dict[str, set[str]] = {}
    for article in by_id.values():
        key = canonical_key(article.url).replace("/moved/", "/")
        told.setdefault(article.story_id, set()).add(original[key])
    assert sum(article.duplicate_of is not None for article in by_id.values()) >= 70
    assert [texts for texts in told.values() if len(texts) > 1] == []
    assert len(told) == len(set.union(*told.values()))
    for article in by_id.values():
        canonical = by_id[article.duplicate_of or article.id]
        assert canonical.duplicate_of is None
        assert (canonical.published_at or "") <= (article.published_at or "")


def test_a_second_crawl_costs_only_list_pages_and_finds_nothing(known_lab: Lab) -> None:
    before = snapshot(known_lab.corpus())
    changes = len(known_lab.corpus().changes())
    report = known_lab.ingest()
    stored = [Outcome.NEW, Outcome.CHANGED, Outcome.DUPLICATE, Outcome.UNCHANGED]
    assert sum(report.outcomes[outcome] for outcome in stored) == 0
    lists = {
        column.list
        for site in known_lab.replica.world.sites.values()
        for column in site.columns.values()
    }
    for _, path, _ in known_lab.replica.requests:
        assert path == "/robots.txt" or path.rpartition("/")[2].partition(".")[0] in lists, path
    assert snapshot(known_lab.corpus()) == before
    assert len(known_lab.corpus().changes()) == changes


def test_only_an_edited_page_is_new_after_an_edit(known_lab: Lab) -> None:
    post = next(
        p
        for p in known_lab.replica.world.listed("demo_city", "sygsgg")
        if not (p.link or p.placeholder)
    )
    known_lab.replica.age(Operation("edit", path=post.path))
    report = known_lab.ingest()
    assert report.outcomes[Outcome.CHANGED] == 1
    assert report.outcomes[Outcome.NEW] == 0
    article = known_lab.corpus().get(
        f"http://www.suqian.localhost:{known_lab.replica.port}{post.path}"
    )
    assert article is not None
    assert article.title == f"{post.title}（更正）"
    assert article.revision == 2


def test_a_silent_edit_is_found_by_a_recheck(known_lab: Lab) -> None:
    post = next(p for p in known_lab.replica.world.listed("demo_kjj", "zcfg") if not p.link)
    known_lab.replica.age(Operation("edit-silently", path=post.path))
    assert known_lab.ingest().outcomes[Outcome.CHANGED] == 0
    report = known_lab.ingest(Request(sources=("demo_kjj",), since=FIRST_DAY, recheck=True))
    assert report.outcomes[Outcome.CHANGED] == 1


def test_a_withdrawn_article_is_gone_and_its_text_stays(known_lab: Lab) -> None:
    post = next(p for p in known_lab.replica.world.listed("demo_sthj", "jsxm"))
    known_lab.replica.age(Operation("withdraw", path=post.path))
    report = known_lab.ingest(Request(sources=("demo_sthj",), since=FIRST_DAY, recheck=True))
    assert report.outcomes[Outcome.GONE] == 1
    url = f"http://sthj.suqian.localhost:{known_lab.replica.port}{post.path}"
    why = known_lab.corpus().why(url)
    assert why is not None
    assert why.outcome == "gone"
    assert known_lab.corpus().get(url) is not None


def test_new_articles_are_found_behind_a_pinned_old_one(known_lab: Lab) -> None:
    known_lab.replica.age(
        Operation("publish", site="demo_city", column="sygsgg", count=3, day="2026-06-29")
    )
    assert known_lab.ingest().outcomes[Outcome.NEW] == 3


@pytest.mark.parametrize("how", ["500", "503", "challenge", "reset"])
def test_a_failing_host_is_a_problem_of_its_own(small_lab: Lab, how: str) -> None:
    small_lab.replica.age(Operation("fail", site="demo_sthj", how=how))
    report = small_lab.ingest()
    assert [problem.partition("/")[0] for problem in report.problems] == ["demo_sthj"]
    healthy = [source for source in report.sources if source.source != "demo_sthj"]
    assert all(source.articles > 0 for source in healthy)
    small_lab.replica.age(Operation("heal", site="demo_sthj"))
    after = small_lab.ingest()
    assert after.problems == ()
    assert {s.source: s.articles for s in after.sources}["demo_sthj"] > 0


def test_a_redesigned_list_is_said_to_show_nothing(small_lab: Lab) -> None:
    small_lab.replica.age(Operation("redesign", site="demo_jyj"))
    report = small_lab.ingest()
    assert len(report.problems) == 1
    assert "has its layout changed" in report.problems[0]


def test_a_crawl_that_dies_half_way_three_times_ends_in_the_same_corpus(
    tmp_path: Path, small_world: World, known_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = without_ids(known_lab)
    with lab(tmp_path / "killed", small_world) as opened:
        polite = Limits(delay=0.0, concurrency_per_host=1, autothrottle=False)
        killed = Lab(opened.replica, replace(opened.app, limits=polite))
        for most in (3, 12, 24):
            monkeypatch.setattr(runs, "run_crawl", _dying_after(most))
            with pytest.raises(TryLater):
                killed.ingest()
        monkeypatch.setattr(runs, "run_crawl", run_crawl)
        kept = archived_articles(killed.app)
        killed.replica.requests.clear()
        killed.ingest()
        asked = {path for _, path, _ in killed.replica.requests}
        found = without_ids(killed)
    assert found == expected
    # What each of the dead had written down; not what was on its way to the disk.
    assert len(kept) >= 3 + 12 + 24
    # An address that leads on to one of them is another.
    assert not asked & set(kept) - set(small_world.moved.values())


def archived_articles(app: App) -> list[str]:
    """The paths of all articles that the archive has answers of, once an answer: an address that leads
    on to another brings the same article twice."""
    with app.database.reading() as session:
        names = session.scalars(select(Segment.name)).all()
    found: list[str] = []
    for name in names:
        with archived_segment(app.archive, name) as segment:
            found += [
                urlsplit(note.url).path
                for note in segment.notes
                if note.role is Role.ARTICLE and note.status == 200 and note.offset is not None
            ]
    return found


def without_ids(opened: Lab) -> set[tuple[str, str, str, bool, int]]:
    """A snapshot to compare two replicas by. Ids are made from addresses, and so from the port:
    whether an article points to another counts, not to which id."""
    port = f":{opened.replica.port}/"
    return {
        (url.replace(port, ":PORT/"), title, body, of is not None, revision)
        for url, title, body, of, revision in snapshot(opened.corpus())
    }


_ANSWERED = re.compile(rb'"role":"article".*"status":200\b.*\n')


def _dying_after(pages: int) -> Callable[..., None]:
    """A crawl whose child is killed (SIGKILL) once its segment has answers with that many articles, or
    a few more."""

    def crawl(plan: CrawlPlan, *told: Any) -> None:
        children: list[subprocess.Popen[bytes]] = []
        done = threading.Event()

        class Remembered(subprocess.Popen[bytes]):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                children.append(self)

        def kill() -> None:
            path = index_path(Path(plan.folder), plan.segment)
            while not done.wait(0.005):
                if path.exists() and len(_ANSWERED.findall(path.read_bytes())) >= pages:
                    children[0].kill()
                    return

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("crawler.crawl._started", COLD)
            patch.setattr("crawler.crawl.subprocess.Popen", Remembered)
            watcher = threading.Thread(target=kill)
            watcher.start()
            try:
                run_crawl(plan, *told)
            finally:
                done.set()
                watcher.join()

    return crawl


def test_a_run_killed_while_loading_is_finished_by_the_next_without_fetching(
    tmp_path: Path, small_world: World
) -> None:
    with lab(tmp_path, small_world) as opened:
        script = f"""
            from pathlib import Path
            import os
            from crawler.demo.world import FIRST_DAY
            from flows import run
            from flows.app import for_replica, open_app
            from flows.request import Request
            from flows.steps import read
            from storage.settings import Settings
            read.BATCH = 20
            def die(done, whole):
                if done >= whole * 3 // 4:  # everything is read, some of it loaded
                    os.kill(os.getpid(), 9)
            with open_app(Settings.for_home(Path({str(opened.app.settings.home)!r}))) as app:
                app = for_replica(app, Path({str(opened.app.catalogue_folders[0])!r}))
                run.ingest(app, Request(since=FIRST_DAY), run.Hooks(loaded=die))
        """
        died = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
        assert died.returncode == -9
        half = opened.corpus().count()
        assert 0 < half < len(opened.replica.world.truth())
        opened.replica.requests.clear()
        opened.ingest()
        assert opened.corpus().count() == len(opened.replica.world.truth())
        assert all(
            path == "/robots.txt" or "list" in path for _, path, _ in opened.replica.requests
        )
        runs_seen = {run.state: run for run in opened.corpus().status().runs}
        assert set(runs_seen) == {"completed", "interrupted"}
        assert sum(runs_seen["interrupted"].outcomes.values()) > half


def test_two_runs_never_work_on_one_source(small_lab: Lab) -> None:
    now = datetime.now(UTC)
    with small_lab.app.database.unit_of_work() as session:
        assert ledger.acquire_lease(session, "demo_jyj", "somebody", now, timedelta(hours=1))
    report = small_lab.ingest()
    assert report.problems == ("demo_jyj: another run is at work on it",)
    assert not any(host.startswith("jyj") for host, _, _ in small_lab.replica.requests)
    with pytest.raises(TryLater, match="demo_jyj"):
        small_lab.ingest(Request(sources=("demo_jyj",), since=FIRST_DAY))


def test_a_group_is_only_its_own_sources(small_lab: Lab) -> None:
    report = small_lab.ingest(Request(group=Group.NEWS, since=FIRST_DAY))
    assert [source.source for source in report.sources] == ["demo_news"]


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (Request(sources=("demo_kj",)), "unknown source 'demo_kj'; did you mean demo_kjj"),
        (Request(since=FIRST_DAY.replace(year=2999)), "in the future"),
        (Request(since=FIRST_DAY, until=FIRST_DAY.replace(year=2000)), "is after until"),
        (Request(group=Group.PAPERS), "none of the chosen sources"),
    ],
)
def test_a_request_without_sense_stops_before_anything_is_fetched(
    small_lab: Lab, request_: Request, said: str
) -> None:
    with pytest.raises(StopRun, match=said):
        small_lab.ingest(request_)
    assert small_lab.replica.requests == []


def test_a_day_that_has_begun_in_the_city_is_not_in_the_future(small_lab: Lab) -> None:
    early = Hooks(
        clock=lambda: datetime(2026, 7, 1, 16, 30, tzinfo=UTC)
    )  # half past midnight there
    today = Request(sources=("demo_jyj",), since=date(2026, 7, 2))
    assert runs.ingest(small_lab.app, today, early).problems == ()
    with pytest.raises(StopRun, match="today is 2026-07-02"):
        runs.ingest(small_lab.app, replace(today, since=date(2026, 7, 3)), early)


def test_a_run_that_another_process_is_at_is_left_alone(small_lab: Lab) -> None:
    script = f"""
        import sys
        from pathlib import Path
        from flows import run
        from flows.app import open_app
        from storage.settings import Settings
        with open_app(Settings.for_home(Path({str(small_lab.app.settings.home)!r}))) as app:
            with run.open_run(app, "import", {{}}, run.Hooks()):
                print("at work", flush=True)
                sys.stdin.read()
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"at work\n"
        small_lab.ingest(Request(sources=("demo_jyj",), since=FIRST_DAY))
        states = {run.kind: run.state for run in small_lab.corpus().status().runs}
        assert states == {"import": "running", "ingest": "completed"}
        other.kill()
    small_lab.ingest(Request(sources=("demo_jyj",), since=FIRST_DAY))
    states = {run.kind: run.state for run in small_lab.corpus().status().runs}
    assert states["import"] == "interrupted"
