"""Times as the city reads them, told by the database itself."""

from typing import Any

from sqlalchemy import ColumnElement, Dialect, and_, case, func, or_
from sqlalchemy.orm import InstrumentedAttribute

# China put its clocks forward in these summers, at 2 in the morning (the tz database, Asia/Shanghai):
# from the first of each pair to the second, in UTC, they were nine hours ahead instead of eight.
SUMMERS = (
    ("1986-05-03 18:00", "1986-09-13 17:00"),
    ("1987-04-11 18:00", "1987-09-12 17:00"),
    ("1988-04-16 18:00", "1988-09-10 17:00"),
    ("1989-04-15 18:00", "1989-09-16 17:00"),
    ("1990-04-14 18:00", "1990-09-15 17:00"),
    ("1991-04-13 18:00", "1991-09-14 17:00"),
)


def city_text(at: InstrumentedAttribute[Any], dialect: Dialect) -> ColumnElement[str]:
    """A time as ``2026-07-31T09:05:00``, on the city's clocks; from 1970 on the same on both
    databases, and the same as `storage.records.city_time` says.
    """
    if dialect.name == "postgresql":
        local = func.timezone("Asia/Shanghai", at)
        return func.to_char(local, 'YYYY-MM-DD"T"HH24:MI:SS')
    # Whole seconds: SQLite would round the last half millisecond up into the next one.
    return func.strftime("%Y-%m-%dT%H:%M:%S", func.substr(at, 1, 19), _ahead(at))


def _ahead(at: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """How far the city was ahead of UTC, for SQLite, which knows no time zones."""
    # Stored as text of one form: texts compare as times do.
    text = func.substr(at, 1, 16)
    summer = or_(*(and_(text >= start, text < end) for start, end in SUMMERS))
    return case((and_(text < "1992", summer), "+9 hours"), else_="+8 hours")
