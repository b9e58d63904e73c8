"""`suqian repair` as a person or a program uses it: bytes in, bytes out."""

import json
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from flows import cli

BROKEN = "科技創(chuàng)新是發(fā)展新質(zhì)生產(chǎn)力的核心要素。\r\n宿遷各地、各部門堅持推進,加快打造優(yōu)勢。"
WHOLE = "科技创新是发展新质生产力的核心要素。\r\n宿迁各地、各部门坚持推进，加快打造优势。"
CLEAN = "臺灣的經濟發展,重庆(chóng qìng)。\n"


class Command:
    """Runs `suqian repair` in this process."""

    def __init__(
        self, capsys: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.capsys, self.monkeypatch = capsys, monkeypatch

    def __call__(self, *arguments: str, given: bytes = b"") -> tuple[int, bytes, str]:
        self.monkeypatch.setattr(sys, "argv", ["suqian", "repair", *arguments])
        self.monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(given)))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self.capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), said.out, said.err.decode()


@pytest.fixture
def suqian(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(capsysbinary, monkeypatch)


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_standard_input_goes_repaired_to_standard_output(
    suqian: Command, arguments: tuple[str, ...]
) -> None:
    assert suqian(*arguments, given=BROKEN.encode()) == (0, WHOLE.encode(), "")


def test_an_undamaged_text_comes_out_byte_for_byte(suqian: Command) -> None:
    assert suqian(given=CLEAN.encode()) == (0, CLEAN.encode(), "")


def test_a_file_is_repaired_and_stays_as_it_is(suqian: Command, tmp_path: Path) -> None:
    path = tmp_path / "坏 text.txt"
    path.write_bytes(BROKEN.encode())
    assert suqian(str(path)) == (0, WHOLE.encode(), "")
    assert path.read_bytes() == BROKEN.encode()


def test_the_report_is_json_with_every_repair_in_place(suqian: Command) -> None:
    code, out, _ = suqian("--report", given=BROKEN.encode())
    report = json.loads(out)
    assert code == 0
    assert report["text"] == WHOLE
    assert report["changed"]
    assert report["left"] == 0
    assert report["counts"]["pinyin"] == 5
    for one in report["repairs"]:
        assert BROKEN[one["start"] : one["end"]] == one["before"]
        assert 0 < one["sure"] <= 1


def test_text_in_another_encoding_is_refused_with_the_option_that_helps(suqian: Command) -> None:
    code, out, err = suqian(given=BROKEN.encode("gb18030"))
    assert (code, out) == (2, b"")
    assert "standard input: byte 0 is no utf-8" in err
    assert "--encoding gb18030" in err
    given = BROKEN.encode("gb18030")
    assert suqian("--encoding", "gb18030", given=given) == (0, WHOLE.encode(), "")


def test_an_unknown_encoding_and_a_missing_file_are_named(suqian: Command, tmp_path: Path) -> None:
    code, _, err = suqian("--encoding", "klingon", given=b"a")
    assert (code, "klingon" in err) == (2, True)
    code, _, err = suqian(str(tmp_path / "none.txt"))
    assert (code, "none.txt: No such file" in err) == (2, True)
