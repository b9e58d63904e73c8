"""The corpus out of the archive alone: every segment that the ledger does not know is loaded again.

What only the tables knew is not in it: withdrawals, holds that a person settled, the feed's old numbers.
Times are those at which pages were fetched.
"""

from crawler.segment.inspection import inspect
from flows.app import App
from flows.segments import load_archived
from flows.verify.archive import make_index
from flows.work import Hooks, open_run
from storage import ledger
from storage.archive import archived_name
from storage.segment_index import index_name

_WARC = ".warc.gz"


def rebuild(app: App, hooks: Hooks | None = None) -> list[str]:
    """Load the archive's segments in the order in which they were fetched; return their names.

    Those that the ledger knows are passed over: what was killed goes on where it was.
    """
    hooks = hooks or Hooks()
    with app.database.reading() as session:
        known = ledger.loaded_segments(session)
    files = [name.rpartition("/")[2] for name in app.archive.names() if name.endswith(_WARC)]
    names = [file.removesuffix(_WARC) for file in sorted(files)]
    left = [name for name in names if name not in known]
    for name in left:
        hooks.stage(name)
        with open_run(app, "rebuild", {"segment": name}, hooks) as work:
            records, size = _measured(app, name)
            with app.database.unit_of_work() as session:
                ledger.add_segment(session, name, work.run_id, records, size, hooks.clock())
            load_archived(app, work, name)
    return left


def _measured(app: App, name: str) -> tuple[int, int]:
    """How many notes a segment has, and its size in bytes; an index is made where there is none."""
    if not app.archive.exists(index_name(app.archive, name)):
        make_index(app, name)
    with app.archive.open(archived_name(f"{name}{_WARC}")) as file:
        return len(inspect(file).notes), file.seek(0, 2)
