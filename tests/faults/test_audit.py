"""The audit of dependencies fails for holes, and for nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPORT = Path(__file__).parents[2] / ".ci" / "audit_report.py"
HOLE = {"id": "PYSEC-2024-60", "fix_versions": ["3.7"]}
SOUND = {"name": "sound", "version": "1", "vulns": []}
LEAKY = {"name": "idna", "version": "3.6", "vulns": [HOLE]}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("found", "code", "said"),
    [
        (None, 0, "could not look anything up: ERROR: no network"),
        ([UNKNOWN], 0, "could not look anything up"),
        ([SOUND], 0, "no known hole in 1 packages"),
        ([SOUND, UNKNOWN], 0, "not looked up: unknown"),
        ([SOUND, LEAKY], 1, "idna 3.6: PYSEC-2024-60, mended in 3.7"),
    ],
)
def test_an_audit_fails_for_holes_alone(
    tmp_path: Path, found: list[object] | None, code: int, said: str
) -> None:
    wrote = "" if found is None else json.dumps({"dependencies": found, "fixes": []})
    (tmp_path / "found").write_text(wrote, "utf-8")
    (tmp_path / "said").write_text("ERROR: no network\n", "utf-8")
    command = [sys.executable, str(REPORT), str(tmp_path / "found"), str(tmp_path / "said")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, said in ended.stdout) == (code, True), ended
