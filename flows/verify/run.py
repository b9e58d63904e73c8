"""Every check one after the other, and the repairs of what they found."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from crawler.errors import TryLater
from flows.app import App
from flows.segments import finish_leftovers
from flows.verify import archive, articles, restoring, stories
from flows.work import Hooks, runs_at_work
from storage.verify import CHECKS, Finding, feed, index, ledger, rows, texts

OnCheck = Callable[[str, int, int], None]
"""Hears how much of how much of a check is done."""
_InTables = Callable[[Session, Sequence[Finding]], None]
_InApp = Callable[[App, Sequence[Finding]], None]

_IN_TABLES: Mapping[str, _InTables] = {
    "references": rows.remove_orphans,
    "feed counter": feed.set_counter,
    "watches": ledger.watch_again,
    "folded texts": texts.fold_again,
    "wordings": stories.settle_again,
    "digests": stories.settle_again,
    "stories": stories.settle_again,
    "search index": index.make_again,
    "change feed": feed.announce,
}
_IN_APP: Mapping[str, _InApp] = {
    "archive": archive.repair,
    "outcomes": restoring.load_missing,
    "articles": articles.read_again,
    "versions": restoring.place_missing,
}
_BEHIND = {
    "database": "archive",
    "watches": "articles",
    "wordings": "digests",
}
"""The checks that need more than the tables, behind those whose repairs they build on."""


@dataclass(slots=True)
class Report:
    """What was found, and what is left of it."""

    checks: dict[str, int] = field(default_factory=dict)
    """Name → how many findings."""
    found: list[Finding] = field(default_factory=list)
    left: list[Finding] = field(default_factory=list)
    """What is found still, after the repairs."""

    @property
    def clean(self) -> bool:
        """Whether all is as it must be now."""
        return not self.left

    @property
    def repaired(self) -> list[Finding]:
        """What is not found any more."""
        return [one for one in self.found if one not in self.left]


def verify(
    app: App,
    *,
    repair: bool = False,
    hooks: Hooks | None = None,
    on_check: OnCheck = lambda _what, _done, _all: None,
) -> Report:
    """Look at everything; with `repair`, put right what can be made again, and look again.

    Raises TryLater for a repair while a run is at work.
    """
    hooks = hooks or Hooks()
    if repair:
        finish_leftovers(app, hooks)
        if busy := runs_at_work(app, hooks.clock()):
            raise TryLater(f"run {min(busy)} is at work; repair when it is done")
    report = Report()
    for name in _names():
        found = _look(app, name, on_check)
        report.checks[name] = len(found)
        report.found += found
        if repair:
            _repair(app, name, [one for one in found if one.repairable])
    report.left = list(report.found)
    if repair and report.found:
        # What one repair puts right may be what another check had found, or could not see.
        report.left = [one for name in _names() for one in _look(app, name, on_check)]
    return report


def _names() -> Iterator[str]:
    for name in CHECKS:
        yield name
        if name in _BEHIND:
            yield _BEHIND[name]


def _look(app: App, name: str, on_check: OnCheck) -> list[Finding]:
    on_check(name, 0, 1)
    if name == "archive":
        found = list(archive.look(app, partial(on_check, name)))
    else:
        look = {"articles": articles.altered, "digests": articles.compared_otherwise, **CHECKS}
        with app.database.standing() as session:
            found = list(look[name](session))
    on_check(name, 1, 1)
    return found


def _repair(app: App, name: str, found: Sequence[Finding]) -> None:
    if found and name in _IN_APP:
        _IN_APP[name](app, found)
    elif found and name in _IN_TABLES:
        with app.database.unit_of_work() as session:
            _IN_TABLES[name](session, found)


def as_dict(report: Report) -> dict[str, Any]:
    """A report as JSON values."""
    return {
        "clean": report.clean,
        "checks": report.checks,
        "found": [asdict(one) for one in report.found],
        "repaired": [asdict(one) for one in report.repaired],
        "left": [asdict(one) for one in report.left],
    }
