"""Forgetting what lies in an object store, and after a kill at any of its steps."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import s3fs

from flows.app import open_app
from flows.forgetting import find_remains, forget
from flows.importing import import_paths
from flows.request import Selection
from flows.rereading import reread
from storage.archive import Archive
from storage.settings import Settings, environment_with
from tests.flows.test_forgetting import RARE, SECRET, URL, Home, unpacked
from tests.storage.fresh import with_tables
from tests.storage.s3 import BUCKET, store

# aiobotocore's sessions are closed by the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

OTHER = f"{URL}?p=2"


@pytest.fixture(scope="module")
def variables() -> Iterator[dict[str, str]]:
    with store() as found:
        yield found


@pytest.fixture
def home(
    tmp_path: Path, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Home]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    settings = with_tables(Settings.for_home(tmp_path / "home"))
    settings = settings.model_copy(update={"archive": f"s3://{BUCKET}/{uuid4().hex}"})
    with open_app(settings) as app:
        made = Home(app, tmp_path)
        import_paths(app, [made.save("x.html", URL, SECRET), made.save("y.html", OTHER, "别的。")])
        yield made


def objects_with(archive: Archive, text: str) -> set[str]:
    """The kinds of objects in which a text stands, as it is or packed."""
    paths = archive._files.find(archive._root)
    read = ((path, archive._files.cat_file(path)) for path in paths)
    return {
        path.rpartition("/")[2].partition(".")[2]
        for path, content in read
        if text.encode() in (unpacked(content) if path.endswith(".gz") else content)
    }


def is_nowhere(home: Home) -> bool:
    """Whether the article is gone from objects and files, and the other one is as it was."""
    archive = home.app.archive
    other = home.corpus().get(OTHER)
    assert other is not None
    again = reread(home.app, Selection(ids=(other.id,)), dry_run=True)
    assert (again.read, again.changed, again.lost) == (1, 0, {})
    left = objects_with(archive, RARE) | objects_with(archive, f'{URL}"') | home.holds(RARE)
    return not left and not [name for name in archive.names() if name.endswith(".part")]


def test_objects_are_rewritten_without_the_record_and_the_others_keep_their_places(
    home: Home,
) -> None:
    names = home.app.archive.names()
    assert objects_with(home.app.archive, RARE) == {"warc.gz"}
    assert objects_with(home.app.archive, f'{URL}"') == {"warc.gz", "index.jsonl.gz"}
    found = forget(home.app, find_remains(home.app, URL), "本人要求")
    assert (len(found.articles), len(found.segments)) == (1, 1)
    assert is_nowhere(home)
    assert home.app.archive.names() == names


DYING = """
import os, signal, sys
from pathlib import Path
from flows import forgetting
from flows.app import open_app
from storage import forget as tables
from storage.archive import Archive
from storage.settings import Settings

calls = []

def dying(module, name):
    real = getattr(module, name)
    def call(*args):
        calls.append(name)
        if calls.count(name) == {nth} and name == {step!r}:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args)
    setattr(module, name, call)

for module, name in ((Archive, "replace"), (tables, "erase"), (tables, "purge")):
    dying(module, name)
settings = Settings.for_home(Path(sys.argv[1])).model_copy(update={{"archive": sys.argv[2]}})
with open_app(settings) as app:
    forgetting.forget(app, forgetting.find_remains(app, sys.argv[3]), "本人要求")
"""


@pytest.mark.parametrize(("step", "nth"), [("replace", 2), ("erase", 1), ("purge", 1)])
def test_what_was_killed_in_the_middle_is_finished_by_the_same_command(
    home: Home, variables: dict[str, str], step: str, nth: int
) -> None:
    settings = home.app.settings
    code = DYING.format(step=step, nth=nth)
    ended = subprocess.run(
        [sys.executable, "-c", code, str(settings.home), settings.archive, URL],
        env=environment_with(variables),
        check=False,
    )
    assert ended.returncode == -9
    forget(home.app, find_remains(home.app, URL), "本人要求")
    assert is_nowhere(home)
    assert home.corpus().get(URL) is None
