"""An article, what is known of it, and how it stood before."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Words that show a tag: ``[start:end]`` of that field, in characters."""

    field: str
    """``title`` or ``body``."""
    start: int
    end: int
    text: str
    rule: str
    """What found them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a person is called, and where."""

    title: str
    organisation: str | None
    """Its id; None where the body is not in the taxonomy."""
    body: str
    """What the text calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """What an article is about, names, cites or states, and the words that show it."""

    kind: str
    value: str
    label: str
    score: float
    evidence: tuple[Evidence, ...]
    amount: float | None = None
    """Of a sum of money, in its currency; of an area, in square metres."""
    roles: tuple[Role, ...] = ()
    """Of a person."""
    taxonomy: str = ""
    """Version of the taxonomy that gave it."""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """From its row, or from what an earlier version keeps of it."""
        return cls(
            **{name: stored[name] for name in _OF_A_TAG if name in stored},
            evidence=tuple(Evidence(**one) for one in stored["evidence"]),
            roles=tuple(Role(**one) for one in stored.get("roles") or ()),
        )


_OF_A_TAG = ("kind", "value", "label", "score", "amount", "taxonomy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Another article that has a text in common with one, and what shows it."""

    id: str
    url: str
    title: str
    kind: str
    """``exact`` or ``reprint``: the same story; ``excerpt``: one of the two stands in the other."""
    shared: tuple[float, float]
    """Which share of this text stands in the other one, and of the other one in this."""
    run: int
    """Their longest common stretch, in folded characters."""
    differs: tuple[str, ...]
    """Their first differences, this one's text first: ``−only here``, ``+only there``, ``a→b``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """A file of an article, and what it says."""

    url: str
    name: str
    text_status: str
    """Whether it was read, and if not, why."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article as it stands now. Times are text, as the city reads them."""

    id: str
    url: str
    title: str
    subtitle: str | None
    body: str
    body_raw: str | None
    """The text as extracted, where repair changed it."""
    body_html: str | None
    """The body as HTML, made safe."""
    published_at: str | None
    source: str
    column: str | None
    origin: str | None
    author: str | None
    editor: str | None
    lang: str | None
    topics: tuple[str, ...]
    places: tuple[str, ...]
    main_place: str | None
    """Where it plays, as narrowly as most of it agrees."""
    organisations: tuple[str, ...]
    people: tuple[str, ...]
    types: tuple[str, ...]
    """What kind of paper it is: 通知, 公示, 新闻 …"""
    document_number: str | None
    issuer: str | None
    index_number: str | None
    validity: str | None
    keywords: tuple[str, ...]
    section: str | None
    """The column's name as the page gives it."""
    needs_ocr: bool
    """Its text, or an attachment's, is in pictures."""
    attachments: tuple[AttachedFile, ...]
    """Its files, in the page's order."""
    story_id: str
    duplicate_of: str | None
    links: tuple[Link, ...]
    revision: int
    first_seen: str
    withdrawn_at: str | None
    """When its publisher was first found not to show it any more; None while it is there."""
    digest: str
    warc: str
    provenance: Mapping[str, str]
    """Field → what gave it."""
    tags: tuple[Tag, ...] = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return asdict(self)

    def _repr_html_(self) -> str:
        from storage.notebook import article_html

        return article_html(self)


def labels_of(tags: Iterable[Tag]) -> dict[str, Any]:
    """The fields of an article that show the labels of its tags."""
    found: dict[str, list[str]] = {}
    for tag in tags:
        found.setdefault(tag.kind, []).append(tag.label)
    return {field: tuple(found.get(kind, ())) for kind, field in _LABELS.items()} | {
        "main_place": next(iter(found.get("main_place", ())), None)
    }


_LABELS = {
    "topic": "topics",
    "place": "places",
    "organisation": "organisations",
    "person": "people",
    "type": "types",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """An article as it stood before a change."""

    number: int
    title: str
    body: str
    fields: Mapping[str, Any]
    """The other fields that a reader sees."""
    digest: str
    seen_at: str
    """When this version was seen first."""
    warc: str


class Story(tuple[Article, ...]):  # noqa: SLOT001 - a tuple has no room for slots
    """The articles of a story, the canonical one first."""

    id: str

    def __new__(cls, story_id: str, articles: Iterable[Article]) -> Self:
        """The story with this id."""
        made = super().__new__(cls, articles)
        made.id = story_id
        return made

    @property
    def canonical(self) -> Article | None:
        """The article that the others tell again; None in a story that is not there."""
        return self[0] if self else None

    @property
    def reprints(self) -> tuple[Article, ...]:
        """The others."""
        return self[1:]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to an article."""

    seq: int
    """Its number: without gaps, in the order in which changes became visible."""
    article_id: str
    kind: str
    """``added``, ``revised``, ``withdrawn``, ``restored``, ``forgotten``, ``retagged``,
    ``attached``, ``merged`` or ``split``."""
    at: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)
