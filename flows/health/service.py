"""The health of everything, once: sources judged, the system looked at, messages written and sent."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crawler.catalogue import Catalogue
from crawler.errors import CatalogueError
from crawler.records import city_day
from flows.app import catalogue_folders
from flows.health.alerts import News, send, tell_of_checks, tell_of_sources
from flows.health.days import known_until
from flows.health.watching import judge_all
from flows.health.workers import Watch, server_checks
from storage.checks import Check, Level, system_checks
from storage.database import Database
from storage.health import healths, write_health
from storage.heartbeats import HEALTH, beat
from storage.records import HealthState, SourceHealth
from storage.settings import Settings

_SOON = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Report:
    """What a look at everything came to."""

    sources: tuple[SourceHealth, ...]
    checks: tuple[Check, ...]
    news: tuple[News, ...]
    """What is told of for the first time."""


def look_at_sources(database: Database, catalogue: Catalogue, now: datetime) -> list[News]:
    """Judge every source, store how it stands, write the messages."""
    with database.unit_of_work() as session:
        judged = judge_all(session, catalogue, now)
        write_health(session, judged, now)
        counts = {state.value: sum(one.state is state for one in judged) for state in HealthState}
        beat(session, HEALTH, now, counts)
        mine = {one.source for one in judged}
        return tell_of_sources(session, [h for h in healths(session) if h.source in mine], now)


def look_at_everything(settings: Settings, now: datetime) -> Report:
    """Judge the sources, look at the system, and send what there is to tell.

    Raises what opening the database raises: `doctor` says more then.
    """
    catalogue = Catalogue.load(*catalogue_folders(settings), shipped=False)
    database = Database.open(settings.database_url)
    try:
        news = look_at_sources(database, catalogue, now)
        checks = doctor(settings, now)
        with database.unit_of_work() as session:
            news += tell_of_checks(session, checks, now)
        if settings.alert_webhook:
            send(database, settings.alert_webhook, now)
        with database.reading() as session:
            return Report(healths(session), tuple(checks), tuple(news))
    finally:
        database.close()


def doctor(
    settings: Settings, now: datetime | None = None, watch: Watch | None = None
) -> list[Check]:
    """Everything that can be looked at without changing anything; who asks often keeps a `watch`."""
    now = now or datetime.now(UTC)
    look = (watch or Watch(settings)).look(now)
    return [
        *system_checks(settings, now, workers=look.has_workers),
        *server_checks(look, now),
        _check_catalogue(settings),
        _check_calendar(now),
        _check_settings(settings),
    ]


def _check_catalogue(settings: Settings) -> Check:
    try:
        catalogue = Catalogue.load(*catalogue_folders(settings), shipped=False)
    except CatalogueError as error:
        first = str(error).splitlines()[0]
        return Check("catalogue", Level.FAIL, first, "suqian sources check shows all")
    return Check("catalogue", Level.OK, f"{len(catalogue.sources)} sources")


def _check_calendar(now: datetime) -> Check:
    until = known_until()
    if city_day(now) + _SOON > until:
        said = f"holidays are known up to {until}; behind it only the fixed ones and weekends are"
        advice = "update it: uv lock --upgrade-package chinese-calendar && uv sync"
        return Check("calendar", Level.WARN, said, advice)
    return Check("calendar", Level.OK, f"holidays are known up to {until}")


def _check_settings(settings: Settings) -> Check:
    missing = [
        f"SUQIAN_{name.upper()}"
        for name in ("contact", "alert_webhook")
        if not getattr(settings, name)
    ]
    if missing:
        said = f"{' and '.join(missing)} not set"
        return Check("settings", Level.WARN, said, "the real sites need the one, alerts the other")
    return Check("settings", Level.OK, "contact and alert webhook are set")
