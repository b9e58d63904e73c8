"""From a page in the archive to an article in the database, everything included.

    uv run python -m benchmarks.pages [--rounds N] [--profile]

Each round loads the same pages into a new, empty corpus: read, dedupe, tag, rows, search index, ledger
and change feed, as a run of the service does. Every page comes from several addresses, as a notice of
this city does: a day's worth of them, so that a run reads beside itself. `--profile` prints where the
time goes instead.
"""

import argparse
import cProfile
import pstats
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trafilatura.meta import reset_caches

from benchmarks import archived
from benchmarks.extraction import bare
from benchmarks.measuring import Scale, Spent, in_turns, measured
from benchmarks.results import Figure, Findings, Goal, ratios
from benchmarks.samples import sample
from flows.app import App

_ADDRESSES = 6
"""At which each page is found."""


def row(scale: Scale) -> Findings:
    """Pages a second, beside trafilatura alone on one core."""
    found = sample()
    pages = _published(found.pages)
    spent: dict[str, list[Spent]] = {"trafilatura": [], "suqian": []}
    for _ in range(scale.of(5, 2)):
        reset_caches()
        spent["trafilatura"] += in_turns({"": lambda: [bare(page) for page in found.pages]}, 1)[""]
        reset_caches()
        with _waiting(pages) as (app, name), measured(spent["suqian"]):
            archived.load(app, name)
    ours, theirs = (
        [Spent(one.wall / count, one.cpu / count) for one in spent[name]]
        for name, count in (("suqian", len(pages)), ("trafilatura", len(found.pages)))
    )
    alone, beside = [one.wall for one in theirs], [one.wall for one in ours]
    work_alone, work = [one.cpu for one in theirs], [one.cpu for one in ours]
    return Findings(
        (
            ratios("speed of trafilatura alone on one core, by the clock", alone, beside, Goal(8)),
            ratios("work of trafilatura by ours, by processor time", work_alone, work),
            Figure("by the clock", tuple(1 / s for s in beside), "pages/s", Goal(100)),
            Figure("processor time", tuple(1000 * s for s in work), "ms a page"),
            Figure("trafilatura", tuple(1000 * s for s in work_alone), "ms a page"),
        ),
        notes=(found.note + _NOTE,),
    )


def _published(pages: list[bytes]) -> list[bytes]:
    """Each page as often as it is found; no two are the same bytes."""
    return [b"%s<!-- %d -->" % (page, number) for number in range(_ADDRESSES) for page in pages]


_NOTE = (
    f" Each is loaded from {_ADDRESSES} addresses. Each round is a run of its own into an empty corpus on "
    "SQLite, from the crawl's end to the report, its two processes that read started within it. "
    "Media Cloud's published rate is 100 to 130 stories a second over its cluster."
)


@contextmanager
def _waiting(pages: list[bytes]) -> Iterator[tuple[App, str]]:
    """A system with a segment to be loaded. Its dictionaries are in memory, as in a service's."""
    with tempfile.TemporaryDirectory() as folder, archived.opened(Path(folder)) as app:
        app.tagger.tag("宿迁市", "宿迁市人民政府关于王立新同志任职的通知")
        yield app, archived.segment(app, archived.addressed(pages))


def main() -> None:
    """Print the figures, or a profile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    pages = _published(sample().pages)
    for _ in range(given.rounds):
        with _waiting(pages) as (app, name):
            profile, spent = cProfile.Profile(time.process_time), list[Spent]()
            with measured(spent):
                if given.profile:
                    profile.runcall(archived.load, app, name)
                else:
                    archived.load(app, name)
        print(
            f"{len(pages) / spent[0].wall:.0f} pages/s, {1000 * spent[0].cpu / len(pages):.1f} ms"
        )
    if given.profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(70)


if __name__ == "__main__":
    main()
