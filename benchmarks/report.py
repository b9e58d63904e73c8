"""Results as Markdown: the file `benchmarks/results.md`, and a few lines for the terminal."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.plots import draw
from benchmarks.results import Curve, Figure, Result
from benchmarks.rows import ROWS, Row

_HEAD = """\
# Results

Written by `uv run python -m benchmarks [NAME…]`; each benchmark keeps its last run. A figure is the
median of its rounds, with the least and the greatest. What is compared took turns in the same run on
the same machine: the ratios are what to look at. *load* is how many processes wanted a processor
before and after; on a busy machine times by the clock measure the neighbours.
"""


def write(results: Iterable[Result], folder: Path, rows: Mapping[str, Row] = ROWS) -> Path:
    """Write the report and its plots beside the results; the report's path."""
    by_name = {result.name: result for result in results}
    known = [by_name[name] for name in rows if name in by_name]
    report = folder.parent / f"{folder.name}.md"
    sections = [_section(rows[result.name], result, folder) for result in known]
    report.write_text("\n".join([_HEAD, _summary(known), *sections]), "utf-8")
    return report


def _summary(results: Iterable[Result]) -> str:
    rows = [
        f"| [{result.name}](#{result.name}) | {figure.name} | {shown(figure)} | {figure.goal} | {_mark(figure)} |"
        for result in results
        for figure in result.findings.figures
        if figure.goal
    ]
    head = "| benchmark | figure | measured | asked for | |\n|---|---|---|---|---|"
    return "\n".join([head, *rows, ""])


def _section(row: Row, result: Result, folder: Path) -> str:
    found = result.findings
    figures = [
        f"| {figure.name} | {shown(figure)} | {figure.goal or ''} | {_mark(figure)} |"
        for figure in found.figures
    ]
    plots = [_plot(result.name, number, curve, folder) for number, curve in enumerate(found.curves)]
    return "\n".join(
        [
            f"## {result.name}",
            "",
            f"{row.work}, against {row.against}.",
            "",
            *("| figure | measured | asked for | |", "|---|---|---|---|", *figures),
            "",
            *(line for note in found.notes for line in (note, "")),
            *plots,
            _circumstances(result),
            "",
        ]
    )


def _plot(name: str, number: int, curve: Curve, folder: Path) -> str:
    picture = folder / f"{name}-{number}.svg"
    draw(curve, picture)
    head = f"| {curve.y} | " + " | ".join(curve.lines)
    xs = sorted({x for line in curve.lines.values() for x, _ in line})
    lines = [dict(line) for line in curve.lines.values()]
    rows = [
        " | ".join([f"| {x:,g}", *(_number(line[x]) if x in line else "" for line in lines)])
        for x in xs
    ]
    table = "\n".join([head + " |", "|---" * (len(lines) + 1) + "|", *(f"{row} |" for row in rows)])
    return f"![{curve.name}]({folder.name}/{picture.name})\n\n{table}\n"


def _circumstances(result: Result) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in result.findings.versions.items())
    return (
        f"`{result.command}` · {result.at:%Y-%m-%d %H:%M} UTC · {result.seconds:.0f} s · "
        f"{result.machine} · load {result.load[0]:.1f} to {result.load[1]:.1f} · {versions}"
    )


def shown(figure: Figure) -> str:
    """A figure with its spread."""
    middle = f"{_number(figure.median)} {figure.unit}".replace(" ×", "×")
    if len(figure.values) < 2:
        return middle
    return f"{middle} ({_number(min(figure.values))}–{_number(max(figure.values))})"


def _number(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 4
    return f"{value:,.{digits}f}"


def _mark(figure: Figure) -> str:
    return {None: "", True: "reached", False: "**missed**"}[figure.reached]


def lines(result: Result) -> Iterable[str]:
    """A result for a terminal."""
    for figure in result.findings.figures:
        goal = f"  asked for {figure.goal}: {_mark(figure).strip('*')}" if figure.goal else ""
        yield f"  {figure.name}: {shown(figure)}{goal}"
    yield from (f"  {note}" for note in result.findings.notes)
