"""One post of a replica's site: what it says, and how it is put."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from hashlib import md5
from itertools import pairwise
from random import Random

from crawler.demo import texts
from crawler.demo.sites import Column, Site
from crawler.records import CITY_TIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One entry of a list and the page behind it."""

    site: str
    column: str
    kind: str
    """``news``, ``notices`` or ``policy``."""
    form: str
    """Which of its kind: posts of one form are a family with one template."""
    path: str
    at: datetime
    """When it was published, in the city's time."""
    title: str
    paragraphs: tuple[str, ...]
    origin: str
    author: str | None = None
    editor: str = ""
    document_number: str | None = None
    pages: int = 1
    attachments: tuple[str, ...] = ()
    picture: bool = False
    pinned: bool = False
    link: str | None = None
    """What the list links to in the place of the post's own page: an address, a path of this site,
    or ``@site/path``. Nothing is served for the post itself."""
    placeholder: bool = False
    """A page that says that there is nothing to say."""
    clean: tuple[str, ...] | None = None
    """For a damaged post: the paragraphs before the damage."""
    original: tuple[str, str] | None = None
    """For a reprint: site and path of the post that it repeats."""
    cut: bool = False
    """For a reprint: whether it leaves something out."""
    gone: bool = False
    gone_how: str = "404"
    """What is served where it is gone: a status, ``front`` (a redirect there) or ``soft`` (a page
    that says so, with status 200)."""
    unlisted: bool = False
    """Left out of its list, and still there."""
    noise: int = 0
    """How often what stands around the text has changed."""
    version: int = 1

    @property
    def address(self) -> tuple[str, str]:
        """Site and path: what tells posts apart."""
        return self.site, self.path

    @property
    def day(self) -> date:
        """The day that lists show."""
        return self.at.date()

    @property
    def damaged(self) -> bool:
        """Whether it is served otherwise than it was written."""
        return self.clean is not None

    @property
    def attachment(self) -> str | None:
        """The suffix of its first file, if it has any."""
        return next(iter(self.attachments), None)

    @property
    def stem(self) -> str:
        """The file name without its suffix."""
        return self.path.rpartition("/")[2].removesuffix(".shtml")

    @property
    def folder(self) -> str:
        """Where its pictures and files lie."""
        return self.path.removesuffix(".shtml")

    def parts(self) -> list[tuple[str, ...]]:
        """The paragraphs of each of its pages."""
        total = len(self.paragraphs)
        ends = [total * number // self.pages for number in range(self.pages + 1)]
        return [self.paragraphs[start:end] for start, end in pairwise(ends)]

    def file_names(self) -> list[str]:
        """What its attachments are called in the text."""
        return [f"{self.title}.{suffix}" for suffix in self.attachments]

    @property
    def body(self) -> str:
        """The text as it is served, a line a paragraph or table row: without the line of the
        document's number above it and the one that names its files below."""
        return "\n".join(self.paragraphs)


def write_post(site: Site, column: Column, number: int, day: date, random: Random) -> Post:
    """A new post of a column; `number` makes its address unlike the others'."""
    form = random.choice(column.forms)
    text = texts.write(form, day, random, site.place)
    news = text.kind == texts.NEWS
    origin = random.choice(site.origins)
    document_number = f"{site.prefix}〔{day.year}〕{number % 90 + 1}号" if text.numbered else None
    return Post(
        site=site.id,
        column=column.id,
        kind=text.kind,
        form=form,
        path=_path(site, column, number, day),
        at=datetime.combine(
            day, time(random.randint(8, 18), random.randrange(60)), tzinfo=CITY_TIME
        ),
        title=text.title,
        paragraphs=(*text.paragraphs, *_signature(text, origin, day)),
        origin=origin,
        author=random.choice(texts.load_data("words")["reporter"]) if news else None,
        editor=random.choice(texts.load_data("words")["reporter"]),
        document_number=document_number,
        pages=1 if column.kind == "epaper" else _pages(text, random),
        attachments=text.attachments if random.random() < 0.6 else (),
        picture=news and random.random() < 0.3,
    )


def repeat(copy: Post, post: Post, headline: str, *, cut: bool) -> Post:
    """A post of another site that says what a post says, whole or without its last paragraph."""
    return replace(
        copy,
        kind=post.kind,
        form=post.form,
        at=max(copy.at, post.at + timedelta(hours=2)),
        title=headline,
        paragraphs=post.paragraphs[: -1 if cut else None],
        origin=post.origin,
        author=post.author,
        document_number=None,
        attachments=(),
        pages=1,
        original=post.address,
        cut=cut,
    )


def _signature(text: texts.Text, origin: str, day: date) -> tuple[str, ...]:
    return (origin, texts.written(day)) if text.signed else ()


def _pages(text: texts.Text, random: Random) -> int:
    """Long texts are spread over several pages, some of the others as well."""
    return text.pages if text.pages > 1 or random.random() > 0.03 else 2


def _path(site: Site, column: Column, number: int, day: date) -> str:
    digest = md5(f"{site.id}/{column.id}/{number}".encode(), usedforsecurity=False).hexdigest()
    if column.kind == "epaper":
        return f"{column.path}/{day:%Y-%m/%d}/content_{int(digest[:8], 16)}.htm"
    if column.template == "news":
        return f"{column.path}/{day:%Y/%m%d}/{int(digest[:10], 16)}.shtml"
    return f"{column.path}/{day:%Y%m}/{digest}.shtml"
