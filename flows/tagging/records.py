"""What tagging gives, and the text it works on."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from opencc import OpenCC

# A tag shows where it comes from; it needn't list every place.
EVIDENCE = 5
TITLE_WEIGHT = 3.0


# More than this share of traditional characters makes a text one: 乾隆 alone doesn't.
_TRADITIONAL = 0.02


@cache
def _table() -> dict[int, str]:
    """Traditional characters and what each is written in simplified script."""
    characters = [chr(code) for code in range(0x4E00, 0xA000)]
    simplified = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return {ord(a): b for a, b in zip(characters, simplified, strict=True) if a != b}


def _simplified(text: str) -> str:
    """A text in traditional characters as one in simplified ones of the same length."""
    folded = text.translate(_table())
    if folded == text:
        return text
    changed = sum(a != b for a, b in zip(text, folded, strict=True))
    return folded if changed > _TRADITIONAL * len(text) else text


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where it stands: ``text[start:end]`` of that field is `text`."""

    field: str
    start: int
    end: int
    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class Role:
    """What a person is, and where: 局长 of 宿迁市科学技术局."""

    title: str
    organisation: str | None = None
    """Canonical id; None where the body isn't in the taxonomy."""
    body: str = ""
    """What the text calls the body."""

    def __str__(self) -> str:
        where = self.organisation or self.body
        return f"{self.title}@{where}" if where else self.title


@dataclass(frozen=True, slots=True)
class Tag:
    """One thing that an article is about or names."""

    kind: str
    """``topic``, ``place``, ``main_place``, ``organisation``, ``person``; what is cited:
    ``document``, ``policy``, ``programme``, ``meeting``; facts: ``type``, ``validity``,
    ``deadline``, ``money``, ``area``."""
    value: str
    label: str
    score: float
    evidence: tuple[Evidence, ...]
    roles: tuple[Role, ...] = ()
    """Of a person; the evidence's rule names them too."""
    amount: float | None = None
    """Of money, in its currency; of an area, in square metres."""

    def __post_init__(self) -> None:
        """Refuse to be where nothing shows it."""
        if not self.evidence:
            raise ValueError(f"a tag without evidence: {self.kind} {self.value}")


@dataclass(frozen=True, slots=True)
class Text:
    """Title and body as one string, so that both are searched at once."""

    title: str
    whole: str
    """What is searched: as written, but in simplified characters, one for one."""
    written: str
    """What is shown as evidence."""

    @classmethod
    def of(cls, title: str, body: str) -> "Text":
        """Join them; no name goes over the line between."""
        written = f"{title}\n{body}"
        whole = _simplified(written)
        return cls(whole[: len(title)], whole, written)

    def in_title(self, start: int) -> bool:
        """Whether an offset of `whole` lies in the title."""
        return start < len(self.title)

    def weight(self, start: int) -> float:
        """What stands in the title counts more."""
        return TITLE_WEIGHT if self.in_title(start) else 1.0

    def evidence(self, start: int, end: int, rule: str) -> Evidence:
        """A span of `whole` as evidence in its field."""
        text = self.written[start:end]
        if self.in_title(start):
            return Evidence("title", start, end, text, rule)
        offset = len(self.title) + 1
        return Evidence("body", start - offset, end - offset, text, rule)


def by_score(tags: Iterable[Tag]) -> list[Tag]:
    """The weightiest first; equal ones in a fixed order."""
    return sorted(tags, key=lambda tag: (-tag.score, tag.value))
