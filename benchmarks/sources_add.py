"""How often `suqian sources add` understands a list page that nobody has described.

    uv run python -m benchmarks.sources_add [--first 1000] [--count 100] [--unseen 60] [--show] [PAGE.html …]

Looks are put together by chance (`crawler.demo.foreign.random_look`) from two score forms of lists,
frames, pagers, addresses, ways to write a day and things beside the list. Those below 1000 were
looked at while the method was made; those above were not. *Right* means that every item's address,
title and day and the next page's address are as they are; *unsure* that the verdict says so itself.
Unseen are forms that were written down after the method was made (`benchmarks.unseen_lists`).
Pages that are named are no list pages: each one that is taken for a list without a doubt is wrong.
"""

import argparse
import time
from collections import Counter
from datetime import date
from pathlib import Path

from benchmarks.unseen_lists import UnseenList, unseen_list
from crawler.decode import decode
from crawler.demo.foreign import ForeignSite, Look, Truth, foreign_looks, random_look
from crawler.discover.verdict import Discovery, discover

_TODAY = date(2026, 11, 21)


def main() -> None:
    """Print the counts for the looks with an entry, for those by chance, and for other pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--unseen", type=int, default=60)
    parser.add_argument("--show", action="store_true", help="Every look that was not read right.")
    parser.add_argument("pages", nargs="*", type=Path)
    given = parser.parse_args()
    chance = [random_look(given.first + number) for number in range(given.count)]
    for name, looks in (("named", list(foreign_looks().values())), ("by chance", chance)):
        started = time.perf_counter()
        counts = Counter(_judged(look, show=given.show) for look in looks)
        seconds = (time.perf_counter() - started) / max(1, len(looks))
        _report(name, counts, f"{seconds:.2f} s each")
    unseen = (
        _judged_unseen(unseen_list(number), show=given.show) for number in range(given.unseen)
    )
    _report("unseen", Counter(unseen), "")
    if given.pages:
        _report("no lists", Counter(_negative(page, show=given.show) for page in given.pages), "")


def _report(name: str, counts: Counter[str], more: str) -> None:
    words = ("right", "right but unsure", "wrong but unsure", "wrong and sure")
    said = "  ".join(f"{word} {counts[word]}" for word in words)
    print(f"{name:10} {counts.total():4}  {said}  {more}")


def _judged(look: Look, *, show: bool) -> str:
    site = ForeignSite(look)
    found = discover(site.list_page(), site.start, _TODAY)
    name = f"{look.host} {look.form}/{look.frame}/{look.pager}"
    return _verdict(name, found, site.truth(), show=show)


def _judged_unseen(page: UnseenList, *, show: bool) -> str:
    found = discover(page.markup, page.url, _TODAY)
    return _verdict(f"{page.url} {page.name}", found, page.truth, show=show)


def _verdict(name: str, found: Discovery, truth: Truth, *, show: bool) -> str:
    right = _matches(found, truth)
    word = "right" if right else "wrong"
    verdict = ("right" if right else "wrong and sure") if found.sure else f"{word} but unsure"
    if show and verdict != "right":
        doubts = "; ".join(doubt.what for doubt in found.doubts)
        print(f"  {name}: {verdict} ({found.confidence:.2f}) {doubts}")
    return verdict


def _matches(found: Discovery, truth: Truth) -> bool:
    if found.main is None or found.onward.following != truth.following:
        return False
    days = [item.listed.published for item in found.main.items]
    items = [
        (item.url, item.listed.title, str(day) if day else None)
        for item, day in zip(found.main.items, days, strict=True)
    ]
    return items == list(truth.items)


def _negative(path: Path, *, show: bool) -> str:
    page = decode(path.read_bytes()).text
    found = discover(page, "http://www.example.org/news/list.html", _TODAY)
    if show and found.sure and found.main:
        print(
            f"  {path.name}: {found.main.score} {found.main.template.item} {len(found.main.items)} items"
        )
    return "wrong and sure" if found.sure else "right"


if __name__ == "__main__":
    main()
