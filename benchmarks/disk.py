"""What an article takes on the disk: database with its index, and archive, by its text."""

import tempfile
from collections import Counter
from pathlib import Path

from sqlalchemy import text

from benchmarks import archived
from benchmarks.measuring import Scale
from benchmarks.results import Figure, Findings, Goal
from benchmarks.samples import replica, sample
from flows.app import App

_INDEX = "search", "ix_search", "sqlite_autoindex_search"


def row(scale: Scale) -> Findings:
    """Real pages, and the replica's."""
    real, made = sample(), replica(scale.of(2_000, 60))
    figures = [
        figure
        for name, pages in (("real pages", real.pages), ("the replica's", made.pages))
        for figure in _figures(name, pages)
    ]
    note = (
        f"{real.note} {len(made.pages):,} of the replica's. The text is title and body in UTF-8. "
        "With few articles the empty pages of sixty tables and indexes weigh most."
    )
    return Findings(
        tuple(figures),
        notes=(note,),
    )


def _figures(name: str, pages: list[bytes]) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, archived.opened(Path(folder)) as app:
        archived.load(app, archived.segment(app, archived.addressed(pages)))
        with app.database.autocommit() as connection:
            connection.exec_driver_sql("VACUUM")
        said, count = _said(app)
        sizes = _database(app)
        kept = sum(
            one.stat().st_size for one in (Path(folder) / "archive").rglob("*") if one.is_file()
        )
    whole = sum(sizes.values())
    raw = sum(map(len, pages))
    return [
        Figure(
            f"{name}: database, index and archive",
            ((whole + kept) / said,),
            "× its text",
            Goal(4, at_least=False),
        ),
        Figure(f"{name}: rows", (sizes["rows"] / said,), "× its text"),
        Figure(f"{name}: search index", (sizes["index"] / said,), "× its text"),
        Figure(f"{name}: archive", (kept / said,), "× its text"),
        Figure(f"{name}: the pages as they came", (raw / said,), "× its text"),
        Figure(f"{name}: text of an article", (said / count,), "bytes"),
    ]


def _said(app: App) -> tuple[int, int]:
    """Bytes of all titles and bodies, and how many articles there are."""
    query = "SELECT sum(length(CAST(title || body AS blob))), count(*) FROM article"
    with app.database.reading() as session:
        size, count = session.execute(text(query)).one()
    return int(size), int(count)


def _database(app: App) -> Counter[str]:
    """Bytes of the search index, and of all the rest."""
    found: Counter[str] = Counter()
    with app.database.reading() as session:
        for name, size in session.execute(text("SELECT name, sum(pgsize) FROM dbstat GROUP BY 1")):
            found["index" if name.startswith(_INDEX) else "rows"] += size
    return found
