"""What the tables alone tell, check by check."""

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy.orm import Session

from storage.verify import feed, index, ledger, rows, stories, texts
from storage.verify.findings import Finding

Look = Callable[[Session], Iterator[Finding]]

CHECKS: Mapping[str, Look] = {
    "database": rows.damaged_pages,
    "references": rows.orphans,
    "feed counter": feed.counter_behind,
    "runs": ledger.runs_that_do_not_add_up,
    "forgotten pages": ledger.forgotten_but_there,
    "outcomes": ledger.without_article,
    "watches": ledger.unwatched,
    "versions": ledger.versions_out_of_count,
    "folded texts": texts.folded,
    "wordings": ledger.without_wording,
    "stories": stories.misled,
    "merged stories": stories.leading_nowhere,
    "search index": index.entries,
    "change feed": feed.gaps,
}
