"""The archive in an S3-compatible store, which is a real server on loopback."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import s3fs

from storage.archive import Archive
from storage.errors import Refused, Unavailable
from storage.settings import environment_with
from tests.storage.s3 import BUCKET, store

# aiobotocore's sessions are closed by the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

NAME = "2026/07/20260701.warc.gz"


@pytest.fixture(scope="module")
def variables() -> Iterator[dict[str, str]]:
    with store() as found:
        yield found


@pytest.fixture
def archive(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Archive:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    # It keeps connections by what it was asked for, whatever the environment says by now.
    s3fs.S3FileSystem.clear_instance_cache()
    return Archive.open_at(f"s3://{BUCKET}/{uuid4().hex}")


def made(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


def test_what_is_put_can_be_read_sought_in_and_listed(archive: Archive, tmp_path: Path) -> None:
    archive.put(made(tmp_path, b"0123456789"), NAME)
    archive.put(made(tmp_path, b"0123456789"), NAME)
    with archive.open(NAME) as file:
        file.seek(4)
        assert file.read(3) == b"456"
    assert archive.names() == [NAME]
    assert (archive.exists(NAME), archive.exists("2026/07/other")) == (True, False)


def test_a_name_keeps_its_content_but_for_what_is_forgotten(
    archive: Archive, tmp_path: Path
) -> None:
    archive.put(made(tmp_path, b"first"), NAME)
    with pytest.raises(Refused, match="another content"):
        archive.put(made(tmp_path, b"second"), NAME)
    archive.replace(made(tmp_path, b"f...t"), NAME)
    with archive.open(NAME) as file:
        assert file.read() == b"f...t"
    assert archive.names() == [NAME]


def test_what_is_not_there_and_a_store_that_is_down_are_told_apart(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refused, match="is not in the archive"), archive.open("2026/07/none"):
        pass
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    elsewhere = Archive.open_at(f"s3://{BUCKET}/down")
    elsewhere._files.__class__.clear_instance_cache()
    down = Archive.open_at(f"s3://{BUCKET}/down")
    with pytest.raises(Unavailable, match="AWS_ENDPOINT_URL"):
        down.exists(NAME)


KILLED = """
import os, signal, sys
from pathlib import Path
from uuid import uuid4
import s3fs
from storage.archive import Archive

call, parts = s3fs.S3FileSystem._call_s3, []

async def dying(self, method, *args, **options):
    parts.append(method)
    if parts.count({method!r}) == {times}:
        os.kill(os.getpid(), signal.SIGKILL)
    return await call(self, method, *args, **options)

s3fs.S3FileSystem._call_s3 = dying
Archive.open_at(sys.argv[1]).put(Path(sys.argv[2]), sys.argv[3])
"""


@pytest.mark.parametrize(
    ("method", "times", "left"), [("upload_part", 2, 0), ("copy_object", 1, 1)]
)
def test_a_put_that_is_killed_leaves_no_half_of_a_file(
    archive: Archive, tmp_path: Path, variables: dict[str, str], method: str, times: int, left: int
) -> None:
    big = b"x" * (101 * 2**20 if method == "upload_part" else 1000)
    file = made(tmp_path, big)
    code = KILLED.format(method=method, times=times)
    ended = subprocess.run(
        [sys.executable, "-c", code, archive.url, str(file), NAME],
        env=environment_with(variables),
        check=False,
    )
    assert ended.returncode == -9
    assert (archive.names(), archive.exists(NAME)) == ([], False)
    partials = [path for path in archive._files.find(archive._root) if path.endswith(".part")]
    assert len(partials) == left

    small = made(tmp_path, b"whole")
    archive.put(small, NAME)
    archive.clear_partials()
    assert archive._files.find(archive._root) == [f"{archive._root}/{NAME}"]
