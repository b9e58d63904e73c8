"""The archive: a name is given once, whole or not at all, in a folder as in any other place."""

from pathlib import Path
from uuid import uuid4

import pytest

from storage.archive import Archive
from storage.errors import Refused

NAME = "2026/11/20261124T120000Z-ab12cd34.warc.gz"


@pytest.fixture(params=["folder", "memory"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    places = {"folder": str(tmp_path / "档案 馆"), "memory": f"memory://{uuid4().hex}"}
    return Archive.open_at(places[request.param])


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    path = tmp_path / "segment.warc.gz"
    path.write_bytes(b"WARC/1.1 " * 1000)
    return path


def test_what_was_put_is_read_back_and_can_be_sought_in(archive: Archive, segment: Path) -> None:
    archive.put(segment, NAME)
    with archive.open(NAME) as file:
        file.seek(9)
        assert file.read() == segment.read_bytes()[9:]
    assert archive.exists(NAME)


def test_the_disk_has_a_file_before_it_has_its_name(
    segment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []
    target = tmp_path / "archive" / NAME

    def note(descriptor: int) -> None:
        path = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        synced.append((path.removeprefix(f"{target}.")[-5:], target.exists()))

    monkeypatch.setattr("os.fsync", note)
    Archive.open_at(str(tmp_path / "archive")).put(segment, NAME)
    assert synced == [(".part", False), (str(target.parent)[-5:], True)]


def test_nothing_is_made_before_something_is_put(tmp_path: Path) -> None:
    archive = Archive.open_at(str(tmp_path / "archive"))
    assert archive.names() == []
    assert list(tmp_path.iterdir()) == []


def test_putting_the_same_again_does_nothing(archive: Archive, segment: Path) -> None:
    archive.put(segment, NAME)
    archive.put(segment, NAME)
    assert archive.names() == [NAME]


def test_another_content_of_the_same_length_is_refused(archive: Archive, segment: Path) -> None:
    archive.put(segment, NAME)
    before = segment.read_bytes()
    segment.write_bytes(before[::-1])
    with pytest.raises(Refused, match="another content; nothing was replaced"):
        archive.put(segment, NAME)
    with archive.open(NAME) as file:
        assert file.read() == before


def test_names_are_sorted_and_leave_out_what_is_half_written(
    archive: Archive, segment: Path
) -> None:
    for name in ("2026/11/b", "2026/11/a", "2025/01/c"):
        archive.put(segment, name)
    archive._files.put_file(str(segment), f"{archive._root}/2026/11/d.0123.part")
    assert archive.names() == ["2025/01/c", "2026/11/a", "2026/11/b"]


def test_a_put_that_fails_leaves_nothing_behind(
    archive: Archive, segment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive._files, "mv", fail)
    with pytest.raises(Refused, match="No space left"):
        archive.put(segment, NAME)
    assert archive._files.find(archive._root) == []


def test_a_missing_name_is_refused(archive: Archive) -> None:
    with pytest.raises(Refused, match=r"is not in the archive"), archive.open(NAME):
        pass


def test_a_place_that_is_a_file_is_refused(tmp_path: Path, segment: Path) -> None:
    (tmp_path / "archive").write_text("")
    with pytest.raises(Refused, match="SUQIAN_ARCHIVE"):
        Archive.open_at(str(tmp_path / "archive")).put(segment, NAME)


@pytest.mark.parametrize("url", ["nowhere9://x", "s4://bucket"])
def test_an_unknown_kind_of_place_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="set SUQIAN_ARCHIVE"):
        Archive.open_at(url)


def test_what_fails_while_a_file_is_read_is_not_blamed_on_the_archive(
    archive: Archive, segment: Path
) -> None:
    archive.put(segment, NAME)
    with pytest.raises(FileNotFoundError), archive.open(NAME):
        Path("no-such-file").open()  # noqa: SIM115 - fails
