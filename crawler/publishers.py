"""Publishers and their columns, as a file of the catalogue declares them: typed, strict, frozen."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from crawler.floors import Floors
from crawler.kinds.options import Issues, ListApi
from crawler.layouts import ArticleLayout, ListTemplate, Pattern, Selector, Strict
from crawler.quiet import SPAN

_CRON_FIELD = r"(?:\*|\d+(?:-\d+)?)(?:/\d+)?(?:,(?:\d+(?:-\d+)?)(?:/\d+)?)*"
_CRON = rf"^{_CRON_FIELD}(?: {_CRON_FIELD}){{4}}$"


class Level(StrEnum):
    """What kind of publisher a source is."""

    PROVINCE = "province"
    CITY = "city"
    BUREAU = "bureau"
    COUNTY = "county"
    ZONE = "zone"
    NEWS = "news"
    PAPER = "paper"


# Between two articles of the same moment the one from the higher rank is taken for the original:
# a body issues a text, a news site passes it on.
_AUTHORITY = {
    Level.CITY: 60,
    Level.BUREAU: 50,
    Level.COUNTY: 40,
    Level.ZONE: 35,
    Level.PROVINCE: 30,
    Level.PAPER: 20,
    Level.NEWS: 10,
}
_GROUP = {Level.NEWS: "news", Level.PAPER: "papers"}


class Politeness(Strict):
    """How a host wants to be asked; what is absent stays with the run's own limits."""

    delay: float | None = Field(default=None, ge=0, le=600)
    concurrency: int | None = Field(default=None, ge=1, le=16)
    quiet: tuple[Annotated[str, Field(pattern=SPAN)], ...] = ()
    """Hours of the city in which it is left alone."""
    megabytes: float | None = Field(default=None, gt=0)
    """How much it may serve in a day."""


class Cadence(Strict):
    """The normal rhythm of a column."""

    cron: str | None = Field(default=None, pattern=_CRON)
    silence: str | None = Field(default=None, pattern=r"^\d+d$")
    """The longest silence that is normal, in days: ``60d``."""
    learn: bool = True
    """False: `silence` is the expected interval, whatever the past says."""

    @model_validator(mode="after")
    def _something_to_go_by(self) -> Self:
        if not self.learn and self.silence is None:
            raise ValueError("learn: false needs a silence")
        return self


class DatedLayout(Strict):
    """How a column looked up to a day, for pages archived before a redesign."""

    until: date
    template: str | None = None
    body: Selector | None = None


class Column(Strict):
    """One list of articles."""

    name: str = Field(min_length=1)
    kind: Literal["listing", "feed", "sitemap", "epaper", "api", "search", "browser", "manual"] = (
        "listing"
    )
    """How its list is asked for and read (`crawler.kinds`); ``manual``: known, but not walked yet."""
    start: str = Field(pattern=r"^https?://[^/\s]+/\S*$")
    template: str | None = None
    match: Pattern | None = None
    """What the addresses of articles have in them, where a list has others as well."""
    article: str | None = None
    """The layout of its articles; None: the template's."""
    api: ListApi | None = None
    issues: Issues | None = None
    keywords: tuple[str, ...] = ()
    """What a search looks for."""
    body: Selector | None = None
    noise: tuple[Selector, ...] = ()
    cadence: Cadence = Cadence()
    floors: Floors = Floors()
    since: date | None = None
    verified: date | None = None
    claimed: date | None = None
    basis: Literal["seen", "pattern"] = "seen"
    """What the address rests on: somebody has seen it, or it only follows the CMS's pattern."""
    note: str | None = None
    layouts: tuple[DatedLayout, ...] = ()

    @property
    def walked(self) -> bool:
        """Whether a spider walks it."""
        return self.kind != "manual"

    @property
    def expected(self) -> bool:
        """Whether every run asks for it. An address that nobody has seen is asked for only by who
        names its source."""
        return self.walked and (self.basis == "seen" or self.verified is not None)


class Source(Strict):
    """One publisher."""

    id: str = Field(default="", exclude=True)
    name: str = Field(min_length=1)
    short: str | None = None
    level: Level
    hosts: tuple[str, ...] = Field(min_length=1)
    moved: Mapping[str, date] = Field(default_factory=dict)
    """Hosts that it has left, each with the day from which it stands on the first of `hosts`."""
    enabled: bool = True
    politeness: Politeness = Politeness()
    noise: tuple[Selector, ...] = ()
    floors: Floors = Floors()
    columns: Mapping[str, Column] = Field(min_length=1)

    def floors_of(self, column: str | None) -> Floors:
        """A column's floors, over the source's."""
        known = self.columns.get(column or "")
        return known.floors.over(self.floors) if known else self.floors

    @property
    def authority(self) -> int:
        """Rank among publishers: higher issues, lower passes on."""
        return _AUTHORITY[self.level]

    @property
    def group(self) -> str:
        """Which schedule it belongs to: ``government``, ``news`` or ``papers``."""
        return _GROUP.get(self.level, "government")


class Templates(Strict):
    """What ``templates.yaml`` holds."""

    lists: Mapping[str, ListTemplate] = Field(default_factory=dict)
    articles: Mapping[str, ArticleLayout] = Field(default_factory=dict)
