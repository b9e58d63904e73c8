"""Which modules a program brings with it."""

import subprocess
import sys


def loaded_by(program: str, *arguments: str) -> set[str]:
    """The names of all modules that a process of its own has when it ends, however it does."""
    telling = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); "
    shown = subprocess.run(
        [sys.executable, "-c", telling + program, *arguments],
        capture_output=True,
        check=True,
        text=True,
    )
    return set(shown.stderr.split())
