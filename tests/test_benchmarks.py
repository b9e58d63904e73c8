"""The benchmarks' runner: that it knows every row, and what it makes of one."""

import ast
import importlib.util
from pathlib import Path

import pytest

from benchmarks import __main__ as program
from benchmarks import report, results
from benchmarks.measuring import Scale
from benchmarks.results import Curve, Figure, Findings, Goal, Result
from benchmarks.rows import ROWS, Row
from benchmarks.runner import here

FAKE = Row("fake", "count to ten", "counting to five", __name__)


def row(scale: Scale) -> Findings:
    """A row whose figures are known."""
    return Findings(
        (
            Figure("speed", (1.5, 3.0, 2.0), "×", Goal(2)),
            Figure("memory", (512.0,), "MB", Goal(300, at_least=False)),
        ),
        (Curve("cost by size", "stored", "ms", {"ours": ((10, 1.0), (1000, 2.0))}),),
        {"counter": "1.0"},
        (f"quick: {scale.quick}",),
    )


@pytest.fixture
def result(tmp_path: Path) -> Result:
    return here(FAKE, Scale(quick=True), tmp_path / "found")


def test_every_row_names_a_module_that_measures_it() -> None:
    for one in ROWS.values():
        spec = importlib.util.find_spec(one.module)
        assert spec
        assert spec.origin
        tree = ast.parse(Path(spec.origin).read_text("utf-8"))
        assert "row" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, one


def test_list_names_every_row(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", "--list"])
    assert program.main() == 0
    told = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert told == list(ROWS)


def test_a_result_is_kept_as_it_was(result: Result, tmp_path: Path) -> None:
    assert results.load(tmp_path / "found") == [result]


def test_the_report_has_medians_spread_goals_and_a_plot(result: Result, tmp_path: Path) -> None:
    path = report.write([result], tmp_path / "found", {"fake": FAKE})
    text = path.read_text("utf-8")
    assert path == tmp_path / "found.md"
    assert "| speed | 2.00× (1.50–3.00) | ≥ 2 | reached |" in text
    assert "| memory | 512 MB | ≤ 300 | **missed** |" in text
    assert "![cost by size](found/fake-0.svg)" in text
    assert "| 1,000 | 2.00 |" in text
    assert "counter 1.0" in text
    assert "<svg" in (tmp_path / "found" / "fake-0.svg").read_text("utf-8")


@pytest.mark.parametrize(("goals", "status"), [(False, 0), (True, 1)])
def test_missed_goals_count_only_where_they_are_judged(
    result: Result, goals: bool, status: int
) -> None:
    assert program._judged({"fake": result}, goals=goals) == status


def test_a_benchmark_that_failed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert program._judged({"fake": None}, goals=False) == 1
    assert capsys.readouterr().out == "failed: fake\n"
