"""Measure this project beside others.

    uv run python -m benchmarks [NAME…] [--quick] [--list] [--judge]

Without names all are run. Each takes turns with its peers in the same run and repeats; the medians go
into `benchmarks/results.md`, with a plot of each curve (`--quick`: a smaller version of everything,
into `build/`). Ends with 1 where a benchmark failed, with `--judge` also where a goal is missed.
"""

import argparse
from pathlib import Path

from benchmarks import report, runner
from benchmarks.measuring import KEPT, Scale
from benchmarks.results import Result, load
from benchmarks.rows import ROWS

_HERE = Path(__file__).parent


def main() -> int:
    """Run what was asked for."""
    given = _arguments()
    scale = Scale(quick=given.quick, folder=given.folder)
    output = given.output or (Path("build/quick") if given.quick else _HERE / "results")
    if given.list:
        print(
            "\n".join(f"{row.name:12} {row.work}; against {row.against}" for row in ROWS.values())
        )
        return 0
    if given.here:
        _tell(runner.here(ROWS[given.names[0]], scale, output))
        return 0
    found = runner.run(given.names or list(ROWS), scale, output)
    print(f"written: {report.write(load(output), output)}")
    return _judged(found, goals=given.judge)


def _tell(result: Result) -> None:
    print(f"{result.name} ({result.seconds:.0f} s)", *report.lines(result), sep="\n", flush=True)


def _judged(found: dict[str, Result | None], *, goals: bool) -> int:
    failed = [name for name, result in found.items() if result is None]
    missed = [
        f"{result.name}: {figure.name}"
        for result in found.values()
        if result
        for figure in result.findings.figures
        if figure.reached is False
    ]
    for word, what in (("failed", failed), ("missed", missed)):
        if what:
            print(f"{word}: {'; '.join(what)}")
    return int(bool(failed or (goals and missed)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", metavar="NAME", nargs="*", choices=[[], *ROWS])
    parser.add_argument("--quick", action="store_true", help="a small version of everything")
    parser.add_argument("--list", action="store_true", help="say what there is")
    parser.add_argument("--judge", action="store_true", help="end with 1 where a goal is missed")
    parser.add_argument("--folder", type=Path, default=KEPT, help="for large data")
    parser.add_argument("--output", type=Path, help="folder of the results")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
