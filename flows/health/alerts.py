"""Telling whoever looks after this: once when something breaks, once when it has healed."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.error import URLError
from urllib.request import Request, urlopen

from sqlalchemy.orm import Session

from flows.health.thresholds import AlertRules, thresholds
from storage.alerts import BROKEN, HEALED, last_told, mark_failed, mark_sent, tell, unsent
from storage.checks import Check, Level
from storage.database import Database
from storage.models import Alert
from storage.records import HealthState, SourceHealth, city_time

_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell: what is about, whether it breaks or heals, in words."""

    key: str
    kind: str
    text: str

    @property
    def about(self) -> str:
        """The source, or the check."""
        return self.key.partition(":")[2]


def tell_of_sources(session: Session, healths: Iterable[SourceHealth], now: datetime) -> list[News]:
    """Write the messages that the states of sources ask for. A source that does badly in another
    way than before is told of already; one that is well is told of once it has stayed so."""
    told, patience = last_told(session), timedelta(hours=thresholds().alerts.healed_hours)
    news = []
    for one in healths:
        key, state = f"source:{one.source}", HealthState(one.state)
        before = told.get(key) == BROKEN
        if state.is_bad and not before:
            said = "; ".join(one.evidence) or "no evidence was kept"
            news.append(News(key, BROKEN, f"{one.source} is {state}: {said}"))
        elif before and _well(state) and now - datetime.fromisoformat(one.since) >= patience:
            news.append(News(key, HEALED, f"{one.source} is well again since {one.since}"))
    return _written(session, news, now)


def _well(state: HealthState) -> bool:
    """What is not known is not well."""
    return state in {HealthState.OK, HealthState.LATE}


def tell_of_checks(session: Session, checks: Iterable[Check], now: datetime) -> list[News]:
    """Write the messages that failing checks ask for, and those that fail no more."""
    told, news = last_told(session), []
    for check in checks:
        key = f"check:{check.name}"
        before = told.get(key) == BROKEN
        if check.level is Level.FAIL and not before:
            news.append(News(key, BROKEN, f"{check.name}: {check.found}; {check.advice}"))
        elif check.level is not Level.FAIL and before:
            news.append(News(key, HEALED, f"{check.name}: {check.found}"))
    return _written(session, news, now)


def _written(session: Session, news: list[News], now: datetime) -> list[News]:
    for one in news:
        tell(session, one.key, one.kind, one.text, now)
    return news


def send(database: Database, webhook: str, now: datetime) -> int:
    """Send what is waiting as one message; return how many it told of.

    What does not arrive waits, longer each time, and goes with the next.
    """
    rules = thresholds().alerts
    with database.reading() as session:
        waiting = unsent(session, now, now - timedelta(days=rules.give_up_days))
    if not waiting:
        return 0
    error = _post(webhook, message(waiting))
    with database.unit_of_work() as session:
        if error is None:
            mark_sent(session, [alert.id for alert in waiting], now)
        else:
            mark_failed(session, waiting, error, _waits(rules), now)
    return len(waiting) if error is None else 0


def _waits(rules: AlertRules) -> list[timedelta]:
    return [timedelta(minutes=minutes) for minutes in rules.retry_minutes]


def message(alerts: Sequence[Alert]) -> dict[str, object]:
    """The JSON object that is sent: ``text`` for people, ``alerts`` for machines."""
    lines = [f"{'✗' if alert.kind == BROKEN else '✓'} {alert.text}" for alert in alerts]
    return {
        "text": "\n".join(["suqian", *lines]),
        "alerts": [
            {"key": a.key, "kind": a.kind, "text": a.text, "at": city_time(a.at)} for a in alerts
        ],
    }


def _post(webhook: str, content: dict[str, object]) -> str | None:
    """Why it did not arrive; None when it did. The address itself is a secret and left out."""
    body = json.dumps(content, ensure_ascii=False).encode()
    try:
        request = Request(webhook, body, {"Content-Type": "application/json; charset=utf-8"})  # noqa: S310
        with urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - the operator's own address
            return None if answer.status < 300 else f"the receiver answers {answer.status}"
    except URLError as error:
        code = getattr(error, "code", None)
        return f"the receiver answers {code}" if code else f"no answer: {error.reason}"
    except (OSError, ValueError) as error:
        return f"no answer: {type(error).__name__}"
