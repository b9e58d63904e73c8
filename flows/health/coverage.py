"""Columns that have more, by their own account, than anybody has seen of them."""

from datetime import timedelta

from flows.health.thresholds import CoverageRules
from storage.evidence import UNSEEN
from storage.models import ColumnWalk
from storage.records import city_time, to_the_minute


def shortfall(walk: ColumnWalk, rules: CoverageRules) -> str | None:
    """What is wrong with a column whose own count exceeds what is known of it; None where that is
    within tolerance, or too recent to be more than a list that was shifting."""
    if walk.unseen_since is None or walk.least is None:
        return None
    if walk.unseen < max(rules.least, rules.share * walk.least):
        return None
    if walk.last_at - walk.unseen_since < timedelta(hours=rules.hours):
        return None
    since = to_the_minute(city_time(walk.unseen_since))
    return UNSEEN.said(
        least=walk.least,
        standing=walk.standing,
        unseen=walk.unseen,
        since=since,
        source=walk.source,
    )
