"""A curve as a picture: both axes by powers of ten, as the question is how something grows."""

import math
import sys
from pathlib import Path

import pygal
from pygal.style import CleanStyle

from benchmarks.results import Curve

# pygal's finder of plugins is of a kind that Python warns of at every later import.
sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, pygal.PluginImportFixer)]


def draw(curve: Curve, path: Path) -> None:
    """Write a curve as SVG, without scripts."""
    chart = pygal.XY(
        style=CleanStyle,
        title=curve.name,
        x_title=curve.x,
        y_title=curve.y,
        legend_at_bottom=True,
        width=720,
        height=420,
        js=[],
        disable_xml_declaration=True,
        show_y_guides=True,
        x_value_formatter=_power,
        y_value_formatter=_power,
    )
    points = [point for line in curve.lines.values() for point in line]
    chart.x_labels = _ticks([x for x, _ in points])
    chart.y_labels = _ticks([y for _, y in points])
    for name, line in curve.lines.items():
        chart.add(name, [(math.log10(x), math.log10(y)) for x, y in line])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(chart.render(is_unicode=True) + "\n", "utf-8")


def _ticks(values: list[float]) -> list[int]:
    """The powers of ten around some values."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return list(range(low, max(high, low + 1) + 1))


def _power(value: float) -> str:
    return f"{10**value:,.3g}" if value < 3 else f"{10**value:,.0f}"
