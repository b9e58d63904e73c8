"""Times as the city reads them."""

from datetime import datetime
from zoneinfo import ZoneInfo

CITY_TIME = ZoneInfo("Asia/Shanghai")


def city_time(at: datetime | None, precision: str | None = "second") -> str | None:
    """A time as the city reads it: ``2024-07-31T09:05:00+08:00``, or the day where that is all."""
    if at is None:
        return None
    local = at.astimezone(CITY_TIME)
    return local.date().isoformat() if precision == "day" else local.isoformat(timespec="seconds")


def to_the_minute(at: str | None) -> str:
    """What `city_time` gives as people read it, without its zone: ``2024-07-31 09:05``; a day stays a day."""
    return (at or "")[:16].replace("T", " ")
