"""What a run found, as numbers that add up: for a terminal, for a machine, for the Prefect UI."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
from rich.table import Table

from storage.models import Outcome

_GOOD = (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.DUPLICATE)


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source's part in a run."""

    source: str
    discovered: int
    outcomes: Mapping[Outcome, int]
    articles: int
    """How many articles of this source the corpus holds now."""
    stories: int
    requests: int = 0
    list_pages: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Every outcome as a number, the absent ones as 0."""
        return (
            {"discovered": self.discovered}
            | _numbers(self.outcomes)
            | {
                "articles": self.articles,
                "stories": self.stories,
                "requests": self.requests,
                "list_pages": self.list_pages,
                "seconds": round(self.seconds, 3),
            }
        )


@dataclass(frozen=True, slots=True)
class RunReport:
    """A whole run. `discovered` is the sum of the outcomes, source by source and in all."""

    run_id: str
    sources: tuple[SourceReport, ...]
    reasons: Mapping[str, int]
    """``outcome:reason`` → count, for the outcomes that have reasons."""
    articles: int
    stories: int
    seconds: float
    problems: tuple[str, ...] = field(default=())
    """What did not go as declared (a list without items, a busy source), a line each."""

    @property
    def discovered(self) -> int:
        """How many addresses the run came upon."""
        return sum(source.discovered for source in self.sources)

    @property
    def outcomes(self) -> Counter[Outcome]:
        """Each outcome's count over all sources."""
        total: Counter[Outcome] = Counter()
        for source in self.sources:
            total.update(source.outcomes)
        return total

    @property
    def requests(self) -> int:
        """How many requests the run made."""
        return sum(source.requests for source in self.sources)

    def as_dict(self) -> dict[str, Any]:
        """The JSON object that ``--json`` prints."""
        return (
            {"discovered": self.discovered}
            | _numbers(self.outcomes)
            | {
                "reasons": dict(self.reasons),
                "articles": self.articles,
                "stories": self.stories,
                "requests": self.requests,
                "seconds": round(self.seconds, 3),
                "run": self.run_id,
                "problems": list(self.problems),
                "sources": {source.source: source.as_dict() for source in self.sources},
            }
        )

    def summary(self) -> str:
        """One sentence for a person."""
        outcomes = self.outcomes
        stored = sum(outcomes[outcome] for outcome in _GOOD if outcome is not Outcome.UNCHANGED)
        if not stored:
            return f"Nothing new among {self.discovered:,} addresses."
        return (
            f"{outcomes[Outcome.NEW]:,} new, {outcomes[Outcome.CHANGED]:,} changed and "
            f"{outcomes[Outcome.DUPLICATE]:,} duplicate of {self.discovered:,} addresses; "
            f"the corpus holds {self.articles:,} articles in {self.stories:,} stories."
        )


def _numbers(outcomes: Mapping[Outcome, int]) -> dict[str, int]:
    return {outcome.value: outcomes.get(outcome, 0) for outcome in Outcome}


_STOCK, _COSTS = ("articles", "stories"), ("requests", "seconds")
_HEADINGS = ("source", "discovered", *Outcome, *_STOCK, *_COSTS)


def _rows(report: RunReport) -> Iterable[list[str]]:
    for source in report.sources:
        yield [source.source, *_cells(source.as_dict())]
    yield ["all", *_cells(report.as_dict())]


def _cells(numbers: Mapping[str, Any]) -> list[str]:
    """Numbers as text; a zero is left blank, so that what happened stands out."""
    cells = [f"{numbers[name]:,}" if numbers[name] else "" for name in _HEADINGS[1:-1]]
    return [*cells, f"{numbers['seconds']:.1f}"]


@dataclass(frozen=True)
class ReportTable:
    """A table for the terminal: a row a source, and their sum. Empty outcomes are left out, and from the
    right what a narrow terminal has no room for: first what it cost, then what is stored by now. No
    number is cut."""

    report: RunReport

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """What rich shows, as wide as it may be."""
        rows = list(_rows(self.report))
        shown = _fitted(rows, options.max_width)
        result = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False)
        for n, width in shown.items():
            justify: JustifyMethod = "left" if n == 0 else "right"
            result.add_column(str(_HEADINGS[n]), justify=justify, width=width, overflow="fold")
        for row in rows[:-1]:
            result.add_row(*(row[n] for n in shown))
        result.add_section()
        result.add_row(*(rows[-1][n] for n in shown), style="bold")
        yield result


def _fitted(rows: Sequence[Sequence[str]], width: int) -> dict[int, int]:
    """Which columns are shown, each with its width; headings may take two lines for it."""
    longest = [max(map(len, column)) for column in zip(*rows, strict=True)]
    filled = (n for n in range(len(_HEADINGS)) if n < 3 or longest[n])
    shown = {n: max(len(_HEADINGS[n]), longest[n]) for n in filled}
    while sum(shown.values()) + len(shown) > width:
        last, widest = max(shown), max(shown, key=lambda n: shown[n] - longest[n])
        if _HEADINGS[last] in _COSTS:
            del shown[last]
        elif shown[widest] > longest[widest]:
            shown[widest] -= 1
        elif _HEADINGS[last] in _STOCK:
            del shown[last]
        else:
            break
    return shown


def markdown(report: RunReport, sections: Iterable[str] = ()) -> str:
    """The same table, the reasons and the problems, as a Prefect artifact shows them below its summary,
    and more sections behind them."""
    lines = ["| " + " | ".join(map(str, _HEADINGS)) + " |", "|" + " --- |" * len(_HEADINGS)]
    lines += ["| " + " | ".join(row) + " |" for row in _rows(report)]
    reasons = [f"- `{reason}`: {count:,}" for reason, count in sorted(report.reasons.items())]
    problems = [f"- {problem}" for problem in report.problems]
    parts = ["\n".join(lines)]
    parts += ["**Reasons**\n\n" + "\n".join(reasons)] if reasons else []
    parts += ["**Problems**\n\n" + "\n".join(problems)] if problems else []
    return "\n\n".join([*parts, *sections])
