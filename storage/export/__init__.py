"""The corpus as a file that others read: Parquet, JSON Lines, CSV.

Works in parts, in constant memory. Parts are kept in a hidden folder beside the file until it is
whole: after a kill the same export goes on from the last of them. The file appears whole or not at
all, and holds the articles that were there when the export began.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from storage.errors import Refused, written_to
from storage.export.spool import Spool
from storage.export.text import FORMATS as TEXT_FORMATS
from storage.export.text import write_text
from storage.tabular import required

if TYPE_CHECKING:
    from storage.listing import Articles

FORMATS = (".parquet", *TEXT_FORMATS)


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export has written."""

    articles: int
    path: Path
    resumed: int
    """Of these, how many an earlier try had written already."""


def export(
    articles: "Articles",
    path: Path,
    *,
    by_month: bool = False,
    on_part: Callable[[int, int], None] = lambda _done, _all: None,
) -> Exported:
    """Write articles to a file whose name says in which format.

    By month, Parquet becomes a folder with a folder ``month=2026-07`` for each month of publication
    in the city. `on_part` hears how many articles of how many are written. Raises BadQuestion for
    a question that makes no sense, and Refused where the place cannot be written, another export is at it,
    or an extra is missing.
    """
    if path.suffix not in FORMATS:
        raise Refused(f"{path.name}: the name must end in one of {', '.join(FORMATS)}")
    if by_month and path.suffix != ".parquet":
        raise Refused(f"{path.name}: only Parquet is partitioned; choose a name in .parquet")
    articles.require_sense()
    description = articles.description | {"by_month": by_month}
    with written_to(path), Spool.open(path, description) as spool:
        resumed = spool.articles
        spool.begin(articles.last_key())
        _write(articles, spool, by_month, on_part)
        return Exported(spool.written, path, resumed)


def _write(
    articles: "Articles", spool: Spool, by_month: bool, on_part: Callable[[int, int], None]
) -> None:
    if spool.path.suffix in TEXT_FORMATS:
        write_text(articles, spool, on_part)
        return
    required("pyarrow", "arrow")
    from storage.export.parquet import write_file, write_months

    (write_months if by_month else write_file)(articles, spool, on_part)
