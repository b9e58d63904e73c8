"""What is known already: looked up in a file, whatever its size."""

from pathlib import Path

import pytest

from crawler.known import Known, KnownFiles, write_files, write_known
from crawler.urls import compact


@pytest.mark.parametrize("count", [0, 1, 2, 3000])
def test_what_was_written_is_found_and_nothing_else(tmp_path: Path, count: int) -> None:
    given = {f"a.cn/{number}": f"d{number}" if number % 3 else None for number in range(count)}
    write_known(tmp_path / "new" / "known.npy", given.items())
    known = Known(tmp_path / "new" / "known.npy")
    assert len(known) == count
    assert {number: known[number] for number in known} == {
        compact(key): compact(digest) if digest else None for key, digest in given.items()
    }
    assert all(compact(f"b.cn/{number}") not in known for number in range(100))


def test_what_is_written_last_counts(tmp_path: Path) -> None:
    write_files(
        tmp_path / "files.jsonl", [("a", '"1"', None), ("b", None, None), ("a", '"2"', None)]
    )
    assert KnownFiles(tmp_path / "files.jsonl")[compact("a")] == {"If-None-Match": '"2"'}


def test_the_greatest_number_is_looked_up_like_any_other(tmp_path: Path) -> None:
    write_known(tmp_path / "known.npy", [("a.cn/1", None)])
    assert 2**64 - 1 not in Known(tmp_path / "known.npy")


@pytest.mark.parametrize("count", [0, 1, 2, 3000])
def test_files_are_found_with_what_their_server_is_asked_by(tmp_path: Path, count: int) -> None:
    urls = [f"http://a.cn/附件{number}.pdf" for number in range(count)]
    write_files(
        tmp_path / "new" / "files.jsonl",
        [
            (url, f'"{url}"' if at % 2 else None, "a day" if at % 3 else None)
            for at, url in enumerate(urls)
        ],
    )
    files = KnownFiles(tmp_path / "new" / "files.jsonl")
    assert len(files) == len(set(files)) == count
    for at, url in enumerate(urls):
        assert files[compact(url)] == (
            ({"If-None-Match": f'"{url}"'} if at % 2 else {})
            | ({"If-Modified-Since": "a day"} if at % 3 else {})
        )
    assert files.get(compact("http://a.cn/附件.pdf")) is None
