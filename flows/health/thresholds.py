"""The numbers that health goes by: `thresholds.yaml`, read strictly."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from crawler.catalogue import Catalogue
from crawler.floors import FieldName, Floors
from crawler.yamlfile import read_yaml

_MORE_THAN_ALL = 2.0


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RhythmRules(_Strict):
    """When a source is late, and when silent."""

    history_days: int
    least_gaps: int
    sure_gaps: int
    sure_factor: float
    unsure_factor: float
    slack_hours: float
    default_silence_days: int
    habit_days: int
    rest_share: float
    least_days: int


class LookRules(_Strict):
    """When failed lists count."""

    least: int
    hours: float
    stale_hours: float


class CoverageRules(_Strict):
    """When items that nobody has seen count."""

    least: int
    share: float
    hours: float


class FieldRules(_Strict):
    """When empty fields are no accident."""

    expected: tuple[FieldName, ...]
    newest: int
    before: int
    unlikely: float
    thin_characters: int
    thin_share: float
    copies_least: int
    copies_newest: int
    copies_unlikely: float
    copies_share: float
    copies_before: int


class FloorRules(_Strict):
    """When a batch is held."""

    least_records: int
    absolute_share: float
    least_usual: int
    copies: int
    copies_share: float
    items_share: float
    items_usual: int
    items_days: int


class AlertRules(_Strict):
    """When messages are sent."""

    healed_hours: float
    retry_minutes: tuple[int, ...]
    give_up_days: int


class Thresholds(_Strict):
    """All of them."""

    rhythm: RhythmRules
    looks: LookRules
    coverage: CoverageRules
    fields: FieldRules
    floors: FloorRules
    alerts: AlertRules


def over(rules: Thresholds, own: Floors) -> Thresholds:
    """The rules for whoever has floors of its own."""
    fields: dict[str, object] = {}
    floors: dict[str, object] = {}
    if own.fields is not None:
        fields["expected"] = own.fields
    if own.copies is not None:
        share = _MORE_THAN_ALL if own.copies == "never" else own.copies
        fields["copies_share"] = floors["copies_share"] = share
    if own.items is not None:
        floors["items_share"] = 0.0 if own.items == "never" else own.items
    return rules.model_copy(
        update={
            "fields": rules.fields.model_copy(update=fields),
            "floors": rules.floors.model_copy(update=floors),
        }
    )


RulesOf = Callable[[str, str | None], Thresholds]
"""The rules for a column of a source, by their ids."""


def rules_of(catalogue: Catalogue) -> RulesOf:
    """The general rules, with what the catalogue says of a column over them."""

    @cache
    def of(source: str, column: str | None) -> Thresholds:
        known = catalogue.sources.get(source)
        return over(thresholds(), known.floors_of(column)) if known else thresholds()

    return of


@cache
def thresholds() -> Thresholds:
    """The thresholds that come with the program."""
    path = Path(str(files("flows.health"))) / "thresholds.yaml"
    return Thresholds.model_validate(read_yaml(path).content)
