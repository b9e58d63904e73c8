"""Backups made beside whoever writes, put back whole or not at all; and the archive by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.demo.world import World
from flows.app import App
from flows.rebuilding import rebuild
from flows.run import ingest
from flows.verify.run import verify
from flows.work import Hooks
from storage.archive import Archive
from storage.backup import CORPUS, MANIFEST, back_up
from storage.corpus import Corpus
from storage.database import Database
from storage.errors import Refused
from storage.restore import restore, restore_archive
from storage.settings import Settings
from tests.faults.crashes.faults import fill_disk
from tests.faults.crashes.processes import FAILED, in_a_fork
from tests.faults.planted import CORRUPTIONS, corpus_of
from tests.flows.conftest import lab
from tests.flows.test_recheck import ONE, START
from tests.storage.conftest import Postgres


def back(app: App, folder: Path) -> Path:
    back_up(app.database, app.archive, folder, START)
    return folder


@contextmanager
def opened(app: App, home: Path, url: str | None = None) -> Iterator[App]:
    """The same system in another home."""
    settings = in_home(app, home, url)
    database = Database.open(settings.database_url, create=True)
    archive = Archive.open_at(settings.archive)
    yield replace(app, settings=settings, database=database, archive=archive)
    database.close()


def in_home(app: App, home: Path, url: str | None = None) -> Settings:
    own = Settings.for_home(home)
    changes = {"home": home, "archive": own.archive, "database_url": url or own.database_url}
    return app.settings.model_copy(update=changes)


def test_a_backup_restored_into_an_empty_home_is_the_same_corpus(
    stored: App, backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder, home, url = back(stored, tmp_path / "backup"), tmp_path / "new", None
    if backend == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.create()
    restore(in_home(stored, home, url), folder)
    with opened(stored, home, url) as app:
        assert corpus_of(app) == corpus_of(stored)
        assert Corpus(app.database).changes() == Corpus(stored.database).changes()
        assert verify(app).found == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_second_backup_copies_only_what_is_new(stored: App, tmp_path: Path) -> None:
    folder = back(stored, tmp_path / "backup")
    files = {path: path.stat().st_ino for path in (folder / "archive").rglob("*.gz")}
    (folder / "archive" / "left.part").touch()
    back(stored, folder)
    assert {path: path.stat().st_ino for path in (folder / "archive").rglob("*.gz")} == files
    assert not (folder / "archive" / "left.part").exists()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_backup_without_room_says_so_and_gives_back_what_it_took(
    stored: App, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"

    def without_room() -> None:
        fill_disk(1 << 16)
        back(stored, folder)

    assert in_a_fork(without_room) == FAILED
    assert [one.name for one in folder.iterdir()] == []
    assert Corpus(stored.database).count() == len(corpus_of(stored))
    back(stored, folder)
    restore(in_home(stored, tmp_path / "new"), folder)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_restore_refuses_what_it_would_destroy_and_what_is_damaged(
    stored: App, tmp_path: Path
) -> None:
    folder, settings = back(stored, tmp_path / "backup"), stored.settings
    with pytest.raises(Refused, match="is not empty; restore into another home, or --force"):
        restore(settings, folder)
    before = corpus_of(stored)
    next(one for one in CORRUPTIONS if one.name == "an altered text").plant(stored)
    stored.database.close()
    restore(settings, folder, force=True)
    assert corpus_of(stored) == before
    with (folder / CORPUS).open("r+b") as file:
        file.seek(5000)
        file.write(b"damage")
    with pytest.raises(Refused, match="is not what was backed up; nothing was restored"):
        restore(in_home(stored, tmp_path / "new"), folder)
    assert not (tmp_path / "new").exists()
    (folder / MANIFEST).unlink()
    with pytest.raises(Refused, match="is no backup that was finished"):
        restore(in_home(stored, tmp_path / "new"), folder)
    with pytest.raises(Refused, match="is no backup; name an empty folder"):
        back(stored, tmp_path)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_broken_archive_is_mended_from_a_backup(stored: App, tmp_path: Path) -> None:
    folder = back(stored, tmp_path / "backup")
    next(one for one in CORRUPTIONS if one.name == "a flipped byte in a record").plant(stored)
    assert verify(stored).found != []
    assert len(restore_archive(stored.settings, folder)) == 1
    assert verify(stored).found == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_archive_alone_gives_the_corpus_back(stored: App, tmp_path: Path) -> None:
    with opened(stored, tmp_path / "new") as app:
        settings = app.settings.model_copy(update={"archive": stored.settings.archive})
        again = replace(app, settings=settings, archive=stored.archive)
        assert rebuild(again)
        assert rebuild(again) == []
        assert said(again) == said(stored)
        assert verify(again).found == []


def said(app: App) -> list[tuple[object, ...]]:
    """What articles and their versions say, and how they hang together."""
    corpus = Corpus(app.database)
    found = []
    for one in corpus.articles():
        history = corpus.history(one.id)
        assert history is not None
        texts = tuple((version.title, version.body) for version in history.versions)
        tags = sorted((tag.kind, tag.value) for tag in one.tags)
        found.append((one.id, one.url, one.source, one.published_at, one.duplicate_of, texts, tags))
    return sorted(found, key=str)


def test_a_backup_taken_while_a_run_loads_is_whole(tmp_path: Path, small_world: World) -> None:
    with lab(tmp_path, small_world) as whole:
        made: list[Path] = []

        def loaded(done: int, _total: int) -> None:
            if done and not made:
                made.append(back(whole.app, tmp_path / "backup"))

        ingest(whole.app, ONE, Hooks(loaded=loaded))
        assert made
        ingested = corpus_of(whole.app)
        restore(in_home(whole.app, tmp_path / "new"), made[0])
        with opened(whole.app, tmp_path / "new") as app:
            assert verify(app).found == []
            ingest(app, ONE)
            assert [one["id"] for one in corpus_of(app)] == [one["id"] for one in ingested]
