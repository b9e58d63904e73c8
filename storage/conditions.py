"""Filters as conditions on `article`."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from storage import messages, models
from storage.errors import BadQuestion
from storage.labels import meaning
from storage.records import (
    CITY_TIME,
    Filters,
)

YEARS = range(1900, 2200)
"""Of the days that may be asked for: beyond them are slips, and days that no clock has."""


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """What filters ask of `article`. Raises BadQuestion for those that make no sense."""
    article = models.Article
    for day in filter(None, (filters.since, filters.until, filters.open_on)):
        if day.year not in YEARS:
            raise BadQuestion(messages.NO_SUCH_YEAR, day=day)
    found: list[ColumnElement[bool]] = []
    if filters.since:
        found.append(article.published_at >= _midnight(filters.since))
    if filters.until:
        found.append(article.published_at < _midnight(filters.until + timedelta(days=1)))
    if filters.since and filters.until and filters.since > filters.until:
        raise BadQuestion(messages.DAYS_SWAPPED, since=filters.since, until=filters.until)
    if filters.source:
        found.append(article.source == filters.source)
    for kind, value in filters.tags():
        found.append(article.pk.in_(_tagged(kind, value)))
    if filters.open_on:
        found.append(article.pk.in_(_open_on(filters.open_on)))
    return found


def _tagged(kind: str, value: str) -> Select[*tuple[Any, ...]]:
    """Articles with a tag, named by its id or by its label; a place holds what lies in it."""
    tag = models.Tag
    meant = select(models.SearchLabel.value).where(meaning(kind, value))
    return select(tag.article_pk).where(tag.kind == kind, tag.value.in_(meant))


def _open_on(day: date) -> Select[*tuple[Any, ...]]:
    """Articles with a deadline that has not passed on a day."""
    tag = models.Tag
    return select(tag.article_pk).where(tag.kind == "deadline", tag.value >= day.isoformat())


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CITY_TIME).astimezone(UTC)
