"""`suqian search` from a cold start, beside Python's own."""

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import archived
from benchmarks.measuring import Scale, compiled, in_turns
from benchmarks.results import Figure, Findings, Goal
from benchmarks.samples import replica
from storage.settings import environment_with

_HEAVY = ("prefect", "scrapy", "trafilatura")
_PROGRAM = "import sys; from flows.cli import main; sys.argv[0] = 'suqian'; main()"
_LIBRARIES = (
    "import numpy, opencc, pydantic_settings, rich.console, sqlalchemy.orm, typer; "
    "import sqlalchemy.dialects.sqlite"
)
"""What a search on SQLite is made with: it cannot start sooner than these do."""
_TELLING = (
    "import sys; from flows.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    f"print([name for name in {_HEAVY} if name in sys.modules], file=sys.stderr)"
)


def row(scale: Scale) -> Findings:
    """What a search takes beyond Python's own start, and whether it imports what it has no use for."""
    with tempfile.TemporaryDirectory() as folder:
        with archived.opened(Path(folder)) as app:
            archived.load(app, archived.segment(app, archived.addressed(replica(20).pages)))
        environment = environment_with({"SUQIAN_HOME": folder} | compiled(Path(folder)))

        def run(*command: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, *command],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )

        imported = run("-c", _TELLING, "search", "宿迁").stderr.strip().splitlines()[-1]
        spent = in_turns(
            {
                "python": lambda: run("-c", "pass"),
                "libraries": lambda: run("-c", _LIBRARIES),
                "search": lambda: run("-c", _PROGRAM, "search", "宿迁"),
                "help": lambda: run("-c", _PROGRAM, "--help"),
            },
            scale.of(11, 3),
        )
    pairs = list(zip(spent["search"], spent["python"], strict=True))

    def beyond(what: str) -> tuple[float, ...]:
        both = zip(spent[what], spent["python"], strict=True)
        return tuple(one.cpu - bare.cpu for one, bare in both)

    heavy = len([name for name in _HEAVY if name in imported])
    return Findings(
        (
            Figure(
                "beyond Python's start, processor time",
                beyond("search"),
                "s",
                Goal(0.5, at_least=False),
            ),
            Figure(
                "beyond Python's start, by the clock",
                tuple(one.wall - bare.wall for one, bare in pairs),
                "s",
                Goal(0.5, at_least=False),
            ),
            Figure("its libraries alone, processor time", beyond("libraries"), "s"),
            Figure("`suqian --help`, processor time", beyond("help"), "s"),
            Figure("Python's own start", tuple(bare.wall for _, bare in pairs), "s"),
            Figure(
                f"of {', '.join(_HEAVY)} imported", (heavy,), "packages", Goal(0, at_least=False)
            ),
        )
    )
