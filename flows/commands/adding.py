"""How `suqian sources add` and `sources test` show what they found."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from rich.markup import escape
from rich.table import Table

from flows.commands.console import out, print_json

if TYPE_CHECKING:
    from crawler.contract import Result
    from crawler.discover.add import Understanding

_SHOWN = 8
_LIKELY = 3.0
"""Score from which on another list of the page is offered."""


def show_understanding(found: "Understanding") -> None:
    """What was understood of a list page, for a person."""
    main = found.discovery.main
    if main is not None:
        table = Table("", "day", "title", "address")
        for number, item in enumerate(main.items[:_SHOWN], start=1):
            day = item.listed.published
            table.add_row(
                str(number), str(day or ""), escape(item.listed.title or ""), escape(item.url)
            )
        out.print(table)
        rest = len(main.items) - _SHOWN
        out.print(
            f"{len(main.items)} items{f', {rest} more than shown' if rest > 0 else ''}",
            highlight=False,
        )
    facts = Table(show_header=False)
    for name, value in _facts(found):
        facts.add_row(name, escape(value))
    out.print(facts)
    for number, other in enumerate(found.discovery.lists[:4], start=1):
        if other is not main and other.score > _LIKELY:
            heading = f"“{other.heading}” " if other.heading else ""
            out.print(
                escape(
                    f"--list {number}: {heading}{len(other.items)} items, {other.items[0].listed.title}"
                )
            )
    verdict = "sure" if found.sure else "[bold]unsure[/]"
    out.print(f"{verdict} ({found.confidence:.2f})", highlight=False)
    for doubt in found.doubts:
        out.print(f"  - {escape(doubt.what)}", highlight=False)


def _facts(found: "Understanding") -> list[tuple[str, str]]:
    onward, entry = found.discovery.onward, found.entry
    facts = [
        ("next page", onward.following or "none"),
        ("pager", f"{onward.pager}{f', {onward.total} items in all' if onward.total else ''}"),
        ("second page", found.second_page),
        ("body", found.container.body or found.container.layout),
        ("articles read", "; ".join(one.title for one in found.container.articles) or "none"),
    ]
    if entry is not None:
        template = str(entry.values["template"]) + ("" if entry.template else " (as it is)")
        facts += [
            ("publisher", entry.source),
            ("column", f"{entry.column} {entry.values['name']}"),
            ("template", template),
        ]
        if entry.template:
            values = entry.template.model_dump(exclude_defaults=True)
            facts.append(
                (
                    "reads",
                    yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=200).strip(),
                )
            )
    return facts


def understanding_as_json(found: "Understanding", written: Sequence[Path]) -> dict[str, Any]:
    """The same for a machine."""
    main, entry = found.discovery.main, found.entry
    return {
        "url": found.page.url,
        "sure": found.sure,
        "confidence": found.confidence,
        "doubts": [doubt.what for doubt in found.doubts],
        "items": [
            {
                "url": item.url,
                "title": item.listed.title,
                "published": str(item.listed.published) if item.listed.published else None,
            }
            for item in (main.items if main else ())
        ],
        "pager": {
            "kind": found.discovery.onward.pager,
            "next": found.discovery.onward.following,
            "total": found.discovery.onward.total,
            "second_page": found.second_page,
        },
        "container": found.container.body,
        "layout": found.container.layout,
        "articles": [
            {"url": one.url, "title": one.title, "published": str(one.published or "") or None}
            for one in found.container.articles
        ],
        "template": found.discovery.template.model_dump(mode="json", exclude_defaults=True)
        if found.discovery.template
        else None,
        "source": entry.source if entry else None,
        "column": entry.column if entry else None,
        "entry": dict(entry.values) | {"verified": str(entry.values["verified"])}
        if entry
        else None,
        "others": [
            {
                "list": number,
                "heading": one.heading,
                "items": len(one.items),
                "first": one.items[0].listed.title,
            }
            for number, one in enumerate(found.discovery.lists, start=1)
            if one is not main and one.score > _LIKELY
        ],
        "written": [str(path) for path in written],
    }


def show_results(results: "Sequence[Result]", *, as_json: bool) -> None:
    """How saved pages are read now."""
    if as_json:
        print_json(
            [
                {
                    "source": r.source,
                    "column": r.column,
                    "page": r.name,
                    "differences": list(r.differences),
                }
                for r in results
            ]
        )
        return
    table = Table("column", "page", "")
    for one in results:
        table.add_row(one.column, one.name, escape("\n".join(one.differences)) or "as expected")
    out.print(table)
