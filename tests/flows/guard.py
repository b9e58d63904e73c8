"""A guard in every Python process of a test: whom it asks beyond this machine is noted, and refused."""

from dataclasses import dataclass
from pathlib import Path

# Python imports `sitecustomize` by itself where it finds one on its path; children inherit that.
_GUARD = """
import os, sys
def note(name, text):
    with open(os.path.join(os.environ["GUARD_NOTES"], name), "a") as file:
        file.write(text + "\\n")
def is_here(host):
    host = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    return host.startswith("127.") or host in ("localhost", "::1") or host.endswith(".localhost")
def refuse(event, args):
    if event == "socket.getaddrinfo":
        asked = args[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
        asked = args[1][0]
    else:
        return
    if not is_here(asked):
        note("refused", repr(asked))
        raise OSError("nobody is asked beyond this machine")
sys.addaudithook(refuse)
note("guarded", " ".join(sys.orig_argv))
"""


@dataclass(frozen=True)
class Guard:
    """A folder with the guard, and what it notes there."""

    folder: Path

    def environment(self) -> dict[str, str]:
        """Variables with which a process and its children are guarded, in a home without any cache."""
        (self.folder / "user").mkdir(parents=True)
        (self.folder / "sitecustomize.py").write_text(_GUARD, "utf-8")
        here = str(self.folder)
        return {"PYTHONPATH": here, "GUARD_NOTES": here, "HOME": f"{here}/user"}

    def noted(self, name: str) -> str:
        """`guarded`: the processes; `refused`: whom they would have asked."""
        path = self.folder / name
        return path.read_text("utf-8") if path.exists() else ""
