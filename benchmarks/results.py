"""What a benchmark found: figures with their spread, curves, and the circumstances."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure is to reach."""

    value: float
    at_least: bool = True

    def met(self, value: float) -> bool:
        """Whether it does."""
        return value >= self.value if self.at_least else value <= self.value

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.value:,g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured, once a round."""

    name: str
    values: tuple[float, ...]
    unit: str = "×"
    goal: Goal | None = None

    @property
    def median(self) -> float:
        """The middle of the rounds."""
        return statistics.median(self.values)

    @property
    def reached(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        return None if self.goal is None else self.goal.met(self.median)


def ratios(
    name: str, above: Sequence[float], below: Sequence[float], goal: Goal | None = None
) -> Figure:
    """The ratio of two measurements that took turns: round by round, as both saw the same machine."""
    return Figure(name, tuple(a / b for a, b in zip(above, below, strict=True)), "×", goal)


@dataclass(frozen=True, slots=True)
class Curve:
    """How something grows: a line for each who was asked, as (x, y)."""

    name: str
    x: str
    y: str
    lines: dict[str, tuple[tuple[float, float], ...]]


@dataclass(frozen=True, slots=True)
class Findings:
    """What one run of a benchmark found."""

    figures: tuple[Figure, ...]
    curves: tuple[Curve, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    """Package → version, of ourselves and of the peers."""
    notes: tuple[str, ...] = ()
    """What a reader must know to believe the figures."""


@dataclass(frozen=True, slots=True)
class Result:
    """Findings and the circumstances that they were found in."""

    name: str
    command: str
    at: datetime
    seconds: float
    load: tuple[float, float]
    """Running processes on the machine, averaged over a minute, before and after."""
    machine: str
    quick: bool
    findings: Findings


_RESULT = TypeAdapter(Result)


def save(result: Result, folder: Path) -> None:
    """Keep a result in the place of an earlier one of the same benchmark."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{result.name}.json").write_bytes(_RESULT.dump_json(result, indent=1) + b"\n")


def load(folder: Path) -> list[Result]:
    """Every result that is kept."""
    return [_RESULT.validate_json(path.read_bytes()) for path in sorted(folder.glob("*.json"))]
