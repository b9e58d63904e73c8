"""Selectors as a person would write them: short, and of names that will still be there next year."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce

from lxml.etree import _Element as Element

# Made by a program: numbers, digests, what frameworks put there, what a script sets and takes away.
_MADE = re.compile(
    r"\d{3,}|^[a-z]{1,3}-?\d+$|^(?:css|jsx|sc|svelte|data-v|ng|v)-[\w-]+$|__\w{4,}$|[0-9a-f]{8,}|^_|^\d|[^\w-]",
    re.IGNORECASE,
)
_STATE = re.compile(
    r"^(?:active|on|cur|current|hover|selected|show|hide|hidden|odd|even|first|last|top|new|hot|red|bold|"
    r"visited|wow|animated|fade\w*|item-?\d+|li-?\d+|line-?\d+|n?\d+|ellipsis\d*|bg\d*|no-?border|mb?r?\d+)$",
    re.IGNORECASE,
)
# Says how something is set, not what it is.
_LOOKS = re.compile(
    r"^(?:clear(?:fix)?|cf|clr|fl|fr|fix|left|right|row|flex[\w-]*|col-[\w-]+|container(?:-fluid)?|w\d+|w-\w+|m[trblxy]?-?\d+|"
    r"p[trblxy]?-?\d+|text-\w+|pull-\w+|d-\w+|wrap(?:per)?|box|inner|block|auto|center|bfc|hidden-\w+|visible-\w+|zoom)$",
    re.IGNORECASE,
)


def _is_made(name: str) -> bool:
    """Whether a name was made by a program."""
    mixed = any(c.isdigit() for c in name) and any(c.isupper() for c in name[1:])
    return bool(_MADE.search(name) or _STATE.match(name)) or (len(name) >= 12 and mixed)


def classes_of(element: Element) -> list[str]:
    """The classes that tell what an element is, the most telling first."""
    names = [
        name for name in dict.fromkeys((element.get("class") or "").split()) if not _is_made(name)
    ]
    return sorted(names, key=lambda name: _LOOKS.match(name) is not None)


def id_of(element: Element) -> str | None:
    """An element's id, if somebody thought of it."""
    name = (element.get("id") or "").strip()
    return name if name and not _is_made(name) else None


def names_of(element: Element) -> Iterator[str]:
    """Selectors of one element by its own names, the shortest first; at last by two classes."""
    tag = str(element.tag)
    names = classes_of(element)
    telling = [name for name in names if not _LOOKS.match(name)]
    own = id_of(element)
    if telling:
        yield f"{tag}.{telling[0]}"
    if own:
        yield f"#{own}"
    yield from (f"{tag}.{name}" for name in names if name not in telling[:1])
    if len(names) > 1:
        yield f"{tag}.{names[0]}.{names[1]}"


def shared_names(elements: Sequence[Element]) -> Iterator[str]:
    """Selectors that all of some elements answer to, by class, then by tag."""
    tags = {str(element.tag) for element in elements}
    if len(tags) != 1:
        return
    tag = tags.pop()
    common: set[str] = reduce(set.__and__, (set(classes_of(one)) for one in elements))
    ordered = [name for name in classes_of(elements[0]) if name in common]
    yield from (f"{tag}.{name}" for name in ordered)
    yield tag


def up_from(element: Element) -> Iterator[Element]:
    """The elements around one, the nearest first, up to the page's body."""
    outer = element.getparent()
    while outer is not None and outer.tag not in {"html", "body"}:
        yield outer
        outer = outer.getparent()


def tag_path(element: Element, top: Element) -> tuple[str, ...]:
    """The tags from below one element down to another inside of it."""
    path: list[str] = []
    at: Element | None = element
    while at is not None and at is not top:
        path.append(str(at.tag))
        at = at.getparent()
    return tuple(reversed(path))


def item_selectors(top: Element, records: Sequence[Element]) -> Iterator[str]:
    """Selectors for a list's entries, those that a person would write first."""
    between = tag_path(records[0], top)[:-1]
    for record in shared_names(records):
        chain = " > ".join((*between, record))
        around = [top, *up_from(top)] if top.tag != "body" else []
        if "." in record:
            yield record
        for outer in around[:4]:
            for name in names_of(outer):
                yield f"{name} > {chain}" if outer is top else f"{name} {chain}"
                if between and outer is top:
                    yield f"{name} {record}"
        if between:
            outers = _between(top, records)
            yield from (f"{name} > {record}" for name in shared_names(outers) if "." in name)
    yield from _numbered(top, records)


def _between(top: Element, records: Iterable[Element]) -> list[Element]:
    """The groups that the records stand in."""
    groups = {record.getparent() for record in records} - {top, None}
    return [group for group in groups if group is not None]


def _numbered(top: Element, records: Sequence[Element]) -> Iterator[str]:
    """By position below the nearest element with a name: holds while nothing else is put in."""
    chain = " > ".join(tag_path(records[0], top))
    for outer in (top, *up_from(top)):
        parent = outer.getparent()
        if parent is None or outer.tag == "body":
            yield f"body > {chain}"
            return
        number = 1 + sum(1 for one in outer.itersiblings(preceding=True) if one.tag == outer.tag)
        step = f"{outer.tag}:nth-of-type({number})"
        chain = f"{step} > {chain}"
        for name in names_of(parent):
            yield f"{name} > {chain}"
    yield f"body > {chain}"


def inner_selectors(record: Element, element: Element) -> Iterator[str]:
    """Selectors for a part of an entry, relative to it, the simplest first."""
    tag = str(element.tag)
    yield from names_of(element)
    yield tag
    parent = element.getparent()
    if parent is not None and parent is not record:
        for name in (*names_of(parent), str(parent.tag)):
            yield f"{name} > {tag}"
    same = [one for one in (parent if parent is not None else ()) if one.tag == tag]
    number = same.index(element) + 1 if element in same else 1
    if number == len(same):
        yield f"{tag}:last-of-type"
    yield f"{tag}:nth-of-type({number})"
    steps = []
    at: Element | None = element
    while at is not None and at is not record:
        before = sum(1 for one in at.itersiblings(preceding=True) if one.tag == at.tag)
        steps.append(f"{at.tag}:nth-of-type({before + 1})")
        at = at.getparent()
    if steps:
        yield " > ".join(reversed(steps))
