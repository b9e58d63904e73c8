"""Filters as conditions on `article`."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from storage import models
from storage.citations import canonical_number
from storage.errors import BadQuestion
from storage.records import (
    CITY_TIME,
    Filters,
)


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """What filters ask of `article`. Raises BadQuestion for those that make no sense."""
    article = models.Article
    found: list[ColumnElement[bool]] = []
    if filters.since:
        found.append(article.published_at >= _midnight(filters.since))
    if filters.until:
        found.append(article.published_at < _midnight(filters.until + timedelta(days=1)))
    if filters.since and filters.until and filters.since > filters.until:
        raise BadQuestion(
            f"from {filters.since} is after to {filters.until}; give the earlier day first"
        )
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
    named = tag.value == value
    if kind == "document":
        named = tag.value == (canonical_number(value) or value)
    elif kind in {"topic", "place", "main_place"}:
        named = or_(named, tag.label == value, tag.value.startswith(f"{value}/", autoescape=True))
    elif kind != "person":
        named = or_(named, tag.label == value)
    if kind in {"place", "main_place", "organisation"}:
        named = or_(named, tag.label.endswith(value, autoescape=True))
    return select(tag.article_pk).where(tag.kind == kind, named)


def _open_on(day: date) -> Select[*tuple[Any, ...]]:
    """Articles with a deadline that has not passed on a day."""
    tag = models.Tag
    return select(tag.article_pk).where(tag.kind == "deadline", tag.value >= day.isoformat())


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CITY_TIME).astimezone(UTC)
