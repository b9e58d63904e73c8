"""What stands in the taxonomy's files, entry by entry."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveFloat, model_validator


def _trimmed(word: str) -> str:
    if not word or word != word.strip():
        raise ValueError(f"a word is neither empty nor in white space, unlike {word!r}")
    return word


Word = Annotated[str, AfterValidator(_trimmed)]


class Level(StrEnum):
    """What kind of place it is: decides how its names and its bodies are read."""

    CITY = "city"
    COUNTY = "county"
    DISTRICT = "district"
    ZONE = "zone"
    TOWN = "town"
    STREET = "street"
    SIGHT = "sight"
    """A lake, river, road or park: nobody governs it."""

    @property
    def sign(self) -> str:
        """What people at home say for it: 市科技局 is the city's."""
        return {Level.CITY: "市", Level.COUNTY: "县", Level.DISTRICT: "区"}.get(self, "")

    @property
    def unmistakable(self) -> bool:
        """Whether such names are this city's wherever they stand; a 太平镇 is in every province."""
        return self in {Level.CITY, Level.COUNTY, Level.DISTRICT, Level.ZONE}


class Entry(BaseModel):
    """What every entry has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    """False in an operator's file switches a shipped entry off."""


class Topic(Entry):
    """A topic and the words that hint at it, each with its weight."""

    label: Word
    parent: str | None = None
    """The wider topic: what shows this one shows that one too."""
    terms: Mapping[Word, PositiveFloat] = Field(min_length=1)
    hides: tuple[Word, ...] = ()
    """Phrases in which none of the words in them counts: 商品房 in 商品房价格指数."""


class Place(Entry):
    """A place and what it is called."""

    label: Word
    level: Level
    names: tuple[Word, ...] = Field(min_length=1)
    """The full name first."""
    home: tuple[Word, ...] = ()
    """Names that another city has too; they count unless the text speaks of others only."""
    near: tuple[Word, ...] = ()
    """Names that others have too: they count where the text names this place in full."""
    weight: PositiveFloat = 1.0
    """What one mention adds to the score; the city's own name stands in nearly every text."""


class FormerName(BaseModel):
    """What a body was called before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Word
    until: int | None = None
    """The year of the change, where it is known."""


class Organisation(Entry):
    """A body. With `levels`, one for each place of those levels; ``{}`` stands for the place."""

    label: Word
    names: tuple[Word, ...] = ()
    """Other names; the label is one already."""
    home: tuple[Word, ...] = ()
    """Names that only this province or city says so: 省科技厅."""
    former: tuple[FormerName, ...] = ()
    levels: tuple[Level, ...] = ()

    @property
    def all_names(self) -> tuple[str, ...]:
        """Every name that it has or had."""
        return (self.label, *self.names, *(former.name for former in self.former))


class Title(Entry):
    """What a person is: 局长, 书记."""

    body: str | None = None
    """The organisation that is meant where only a place is named: 宿迁市市长 is the government's."""
    ranks: bool = True
    """Whether the ranks of `people.yaml` go before it: 副局长, 常务副市长."""
    addressed: bool = True
    """Whether a person is called so by name: 许怀瑾局长, but nobody is 许怀瑾村民."""


class DocumentType(Entry):
    """A kind of paper, its name the key, and the words that show it."""

    ends: tuple[Word, ...] = ()
    """The title's last words, before any （试行）."""
    title: tuple[Word, ...] = ()
    """Anywhere in the title."""
    inside: tuple[Word, ...] = ()
    """The last words of what a notice passes on: 关于印发《…办法》的通知."""
    text: tuple[Word, ...] = ()
    """In the first or last sentences."""
    body: tuple[Word, ...] = ()
    """Anywhere in the text."""

    @model_validator(mode="after")
    def _has_words(self) -> Self:
        if not (self.ends or self.title or self.text or self.body):
            raise ValueError("a type needs words: ends, title, text or body")
        return self


class Words(Entry):
    """A list of words with one use; an operator's list is added to the shipped one."""

    words: tuple[Word, ...] = Field(min_length=1)
