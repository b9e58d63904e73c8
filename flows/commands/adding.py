"""How `suqian sources add` and `sources test` show what they found."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from flows.commands.console import out, print_json
from flows.commands.tables import facts, table

if TYPE_CHECKING:
    from crawler.contract import Result
    from crawler.discover.add import Understanding
    from crawler.discover.addkind import KindFound
    from crawler.discover.writing import Entry
    from crawler.lists import ListItem
    from crawler.records import Article

_SHOWN = 8
_LIKELY = 3.0
"""Score from which on another list of the page is offered."""


def show_understanding(found: "Understanding | KindFound") -> None:
    """What was understood of a list page, for a person."""
    from crawler.discover.addkind import KindFound

    if isinstance(found, KindFound):
        _show_items(found.recognised.items)
        _show_facts(_facts_of_kind(found))
    else:
        if found.discovery.main is not None:
            _show_items(found.discovery.main.items)
        _show_facts(_facts(found))
        _show_others(found)
    verdict = "sure" if found.sure else "[bold]unsure[/]"
    out.print(f"{verdict} ({found.confidence:.2f})", highlight=False)
    for doubt in found.doubts:
        out.print(f"  - {escape(doubt.what)}", highlight=False)


def _show_items(items: "Sequence[ListItem]") -> None:
    shown = table("", "day", "title", "address", whole={"day"})
    for number, item in enumerate(items[:_SHOWN], start=1):
        day = item.listed.published
        shown.add_row(
            str(number), str(day or ""), escape(item.listed.title or ""), escape(item.url)
        )
    out.print(shown)
    rest = len(items) - _SHOWN
    out.print(
        f"{len(items)} items{f', {rest} more than shown' if rest > 0 else ''}", highlight=False
    )


def _show_facts(known: Iterable[tuple[str, str]]) -> None:
    shown = facts()
    for name, value in known:
        shown.add_row(name, escape(value))
    out.print(shown)


def _show_others(found: "Understanding") -> None:
    """The other lists of the page that may be meant."""
    main = found.discovery.main
    for number, other in enumerate(found.discovery.lists[:4], start=1):
        if other is not main and other.score > _LIKELY:
            heading = f"“{other.heading}” " if other.heading else ""
            out.print(
                escape(
                    f"--list {number}: {heading}{len(other.items)} items, {other.items[0].listed.title}"
                )
            )


def _facts_of_kind(found: "KindFound") -> list[tuple[str, str]]:
    values = {name: value for name, value in found.entry.values.items() if name != "verified"}
    return [
        ("kind", found.recognised.kind),
        ("next page", found.recognised.onward),
        ("body", found.container.body or found.container.layout),
        ("articles read", "; ".join(one.title for one in found.container.articles) or "none"),
        ("publisher", found.entry.source),
        ("column", found.entry.column),
        ("reads", _as_yaml(values)),
    ]


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
            facts.append(("reads", _as_yaml(values)))
    return facts


def _as_yaml(values: Mapping[str, Any]) -> str:
    """As it will stand in the catalogue."""
    import yaml  # takes longer than the rest of a short command's start

    return yaml.safe_dump(dict(values), allow_unicode=True, sort_keys=False, width=200).strip()


def _of_kind_as_json(found: "KindFound", written: Sequence[Path]) -> dict[str, Any]:
    return {
        "url": found.page.url,
        "kind": found.recognised.kind,
        "sure": found.sure,
        "confidence": found.confidence,
        "doubts": [doubt.what for doubt in found.doubts],
        "items": _items_as_json(found.recognised.items),
        "onward": found.recognised.onward,
        "container": found.container.body,
        "layout": found.container.layout,
        "articles": _articles_as_json(found.container.articles),
        "source": found.entry.source,
        "column": found.entry.column,
        "entry": _entry_as_json(found.entry),
        "written": [str(path) for path in written],
    }


def _items_as_json(items: "Iterable[ListItem]") -> list[dict[str, Any]]:
    return [
        {
            "url": item.url,
            "title": item.listed.title,
            "published": str(item.listed.published) if item.listed.published else None,
        }
        for item in items
    ]


def _articles_as_json(articles: "Iterable[Article]") -> list[dict[str, Any]]:
    return [
        {"url": one.url, "title": one.title, "published": str(one.published or "") or None}
        for one in articles
    ]


def _entry_as_json(entry: "Entry") -> dict[str, Any]:
    days = {name: str(entry.values[name]) for name in ("verified", "since") if name in entry.values}
    return {**entry.values, **days}


def understanding_as_json(
    found: "Understanding | KindFound", written: Sequence[Path]
) -> dict[str, Any]:
    """The same for a machine."""
    from crawler.discover.addkind import KindFound

    if isinstance(found, KindFound):
        return _of_kind_as_json(found, written)
    main, entry = found.discovery.main, found.entry
    return {
        "url": found.page.url,
        "sure": found.sure,
        "confidence": found.confidence,
        "doubts": [doubt.what for doubt in found.doubts],
        "items": _items_as_json(main.items if main else ()),
        "pager": {
            "kind": found.discovery.onward.pager,
            "next": found.discovery.onward.following,
            "total": found.discovery.onward.total,
            "second_page": found.second_page,
        },
        "container": found.container.body,
        "layout": found.container.layout,
        "articles": _articles_as_json(found.container.articles),
        "template": found.discovery.template.model_dump(mode="json", exclude_defaults=True)
        if found.discovery.template
        else None,
        "source": entry.source if entry else None,
        "column": entry.column if entry else None,
        "entry": _entry_as_json(entry) if entry else None,
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
    shown = table("column", "page", "", whole={"column"})
    for one in results:
        shown.add_row(one.column, one.name, escape("\n".join(one.differences)) or "as expected")
    out.print(shown)
