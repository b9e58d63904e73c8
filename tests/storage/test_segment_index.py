"""Indexes are packed in the archive; those of earlier versions are plain and read as well."""

from pathlib import Path

import pytest

from storage.archive import Archive, archived_name
from storage.errors import Refused
from storage.segment_index import PACKED, PLAIN, as_named, index_name, open_index

SEGMENT = "20261124T040506Z-a"
LINES = b'{"role":"list"}\n{"role":"walk"}\n'


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.open_at(str(tmp_path / "archive"))


@pytest.fixture
def index(tmp_path: Path) -> Path:
    file = tmp_path / f"{SEGMENT}{PLAIN}"
    file.write_bytes(LINES)
    return file


def read(archive: Archive) -> bytes:
    with open_index(archive, index_name(archive, SEGMENT)) as lines:
        return lines.read()


def test_a_new_index_is_packed_the_same_each_time(archive: Archive, index: Path) -> None:
    name = index_name(archive, SEGMENT)
    assert name == archived_name(f"{SEGMENT}{PACKED}")
    packed = as_named(index, name)
    before = packed.read_bytes()
    assert as_named(index, name).read_bytes() == before
    archive.put(packed, name)
    assert read(archive) == LINES


def test_a_plain_index_of_an_earlier_version_stays_so(archive: Archive, index: Path) -> None:
    archive.put(index, archived_name(index.name))
    name = index_name(archive, SEGMENT)
    assert name.endswith(PLAIN)
    assert read(archive) == LINES
    assert as_named(index, name) == index


def test_an_index_that_is_not_there_is_refused(archive: Archive) -> None:
    with pytest.raises(Refused):
        read(archive)
