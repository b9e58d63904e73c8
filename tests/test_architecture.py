"""The layout is the architecture: imports go one way, and so do the environment's words."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED: dict[str, set[str]] = {
    "crawler": set(),
    "storage": set(),
    "flows": {"crawler", "storage"},
}


def imported_packages(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
    }
    return {name.split(".")[0] for name in names} & ALLOWED.keys()


@pytest.mark.parametrize("package", ALLOWED)
def test_package_imports_only_what_its_room_may(package: str) -> None:
    for file in (ROOT / package).rglob("*.py"):
        assert imported_packages(file) <= ALLOWED[package] | {package}, file


@pytest.mark.parametrize("package", ALLOWED)
def test_environment_is_read_in_one_module_only(package: str) -> None:
    readers = {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / package).rglob("*.py")
        if "os.environ" in (text := file.read_text("utf-8")) or "getenv" in text
    }
    assert readers <= {"storage/settings.py"}


def test_a_question_that_makes_no_sense_is_answered_in_both_languages() -> None:
    """Every `BadQuestion` of `storage` is raised with a message of `storage/messages.py`."""
    raised = [
        (file.relative_to(ROOT).as_posix(), node.lineno, ast.unparse(node.args[0]))
        for file in (ROOT / "storage").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "BadQuestion"
    ]
    bare = [
        one
        for one in raised
        if isinstance(ast.parse(one[2], mode="eval").body, ast.JoinedStr | ast.Constant)
    ]
    assert len(raised) > 8
    assert bare == []
