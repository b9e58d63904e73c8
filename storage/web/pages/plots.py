"""Plots as SVG inside the page: no script, no style of their own, a title and what they say.

pygal draws the bars; its script and style sheet are left out, so that the page needs neither
from elsewhere and the site's style (dark mode too) applies. It has no calendar: the heat map is a
template over `calendar.py`.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pygal
from markupsafe import Markup

# It has every import of the program looked at by a finder for its map plugins, in a form that
# Python 3.11 warns of and 3.12 passes over. No maps are drawn here.
sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, pygal.PluginImportFixer)]

_WIDTH, _HEIGHT = 720, 200


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, its height, where a click on it leads."""

    label: str
    count: int
    link: str


def timeline(bars: Sequence[Bar], title: str, summary: str) -> Markup:
    """A bar chart over time, as an SVG element that a screen reader calls by title and summary.

    Only the bars that begin a year (``2026-01``, or the first) have their label beneath.
    """
    chart = pygal.Bar(**_LOOK, title=None)
    chart.x_labels = [bar.label for bar in bars]
    chart.x_labels_major = _years(bars)
    chart.y_labels = _ticks(max((bar.count for bar in bars), default=0))
    chart.add(title, [_value(bar) for bar in bars])
    chart.add_xml_filter(lambda svg: _bare(svg, title, summary))
    return Markup(chart.render(is_unicode=True))  # noqa: S704 - pygal escapes what it writes


def _years(bars: Sequence[Bar]) -> list[str]:
    starts = [bar.label for bar in bars if bar.label.endswith("-01")]
    return starts or [bar.label for bar in bars[:1]]


def _ticks(top: int) -> list[int]:
    """Up to five round numbers from 0 to above the highest bar."""
    steps = (base * 10**power for power in range(10) for base in (1, 2, 5))
    step = next(step for step in steps if step * 4 >= top)
    return list(range(0, max(top, 1) + step, step))


def _value(bar: Bar) -> dict[str, Any]:
    return {
        "value": bar.count,
        "label": bar.label,
        "xlink": {"href": bar.link, "target": "_self"},
    }


_LOOK: Mapping[str, Any] = {
    "width": _WIDTH,
    "height": _HEIGHT,
    "css": (),
    "js": (),
    "margin": 0,
    "margin_bottom": 8,
    "margin_top": 12,
    "margin_left": 14,
    "margin_right": 12,
    "spacing": 4,
    "show_legend": False,
    "show_minor_x_labels": False,
    "truncate_label": -1,
    "print_values": False,
    "disable_xml_declaration": True,
    "formatter": "{:,.0f}".format,
}


def _bare(svg: Any, title: str, summary: str) -> Any:
    """Without script, styles and comments; named by its title and described by its summary."""
    for parent in list(svg.iter()):
        parent.attrib.pop("style", None)
        for child in list(parent):
            if not isinstance(child.tag, str) or _name(child) in _LEFT_OUT:
                parent.remove(child)
    for link in svg.iter("{*}a", "a"):
        link.set("tabindex", "-1")  # the table beneath has the same links, and names
    for place, (name, text) in enumerate((("title", title), ("desc", summary))):
        element = svg.makeelement(name, {"id": f"plot-{name}"})
        element.text = text
        svg.insert(place, element)
    svg.attrib.pop("id", None)
    named = {"aria-labelledby": "plot-title", "aria-describedby": "plot-desc"}
    svg.attrib.update({"role": "img"} | named)
    return svg


_LEFT_OUT = {"script", "style", "defs"}


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
