"""From a list page to an entry of the catalogue: what `suqian sources add` does, without asking anybody."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from parsel import Selector

from crawler.catalogue import Catalogue
from crawler.decode import decode
from crawler.discover.container import Container, find_container
from crawler.discover.verdict import Discovery, Doubt, Doubted, discover
from crawler.discover.writing import Entry
from crawler.errors import Park, StopRun
from crawler.lists import ListItem, find_items
from crawler.pagers import following
from crawler.records import Page, city_day
from crawler.urls import host_of

Ask = Callable[[Sequence[str]], Mapping[str, Page | str]]
FOLLOWED = 3
"""Articles that are looked at."""
_SEPARATOR = re.compile(r"\s*[_|｜>»]+\s*|\s*-{1,2}\s*|\s+[—–]+\s*")
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|wps|zip|rar|ofd)$", re.IGNORECASE)
_COMMON_FOLDERS = {"col", "node", "art", "web", "html", "www", "channel", "list"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the person has said: each in place of what would be found out."""

    chosen: int = 0
    """Which of the page's lists, 0 for the likeliest."""
    source: str | None = None
    column: str | None = None
    name: str | None = None
    publisher: str | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding(Doubted):
    """A list page as it was understood, and the entry that says so."""

    page: Page
    discovery: Discovery
    container: Container
    articles: tuple[Page, ...]
    second_page: str
    """What came of asking for the next page."""
    doubts: tuple[Doubt, ...]
    entry: Entry | None


def understand(page: Page, catalogue: Catalogue, ask: Ask | None, wishes: Wishes) -> Understanding:
    """Find out how a list page is read; `ask` fetches further pages, None for a saved page alone.

    Raises StopRun where the page cannot be decoded.
    """
    try:
        markup = decode(page.body, page.content_type).text
    except Park as error:
        raise StopRun(f"{page.url}: {error}") from error
    today = city_day(page.fetched_at)
    found = discover(markup, page.url, today, wishes.chosen)
    answers = _follow(found, ask)
    articles = tuple(
        one
        for url, one in answers.items()
        if isinstance(one, Page) and url != found.onward.following
    )
    refused = [one for one in answers.values() if isinstance(one, str)]
    container = (
        find_container(articles, catalogue.articles)
        if ask
        else Container(
            (), doubt="the articles were not followed: what holds their text is not known"
        )
    )
    second, doubt = _second_page(found, answers)
    doubts = [*found.doubts, *([doubt] if doubt else [])]
    doubts += (
        [Doubt(f"some pages did not answer: {', '.join(sorted(set(refused)))}", 0.2)]
        if refused
        else []
    )
    doubts += [Doubt(container.doubt, 0.15 if ask else 0.0)] if container.doubt else []
    return Understanding(
        page=page,
        discovery=found,
        container=container,
        articles=articles,
        second_page=second,
        doubts=tuple(doubts),
        entry=_entry(found, markup, page, catalogue, container, wishes, live=ask is not None),
    )


# --- further pages ---------------------------------------------------------------------------------


def _follow(found: Discovery, ask: Ask | None) -> Mapping[str, Page | str]:
    """Three articles from over the list, and the next list page."""
    if ask is None or found.main is None:
        return {}
    items = [item.url for item in found.main.items if not _FILE.search(urlsplit(item.url).path)]
    near = [url for url in items if _site(url) == _site(found.url)] or items
    picked = [near[0], near[len(near) // 2], near[-1]] if near else []
    wanted = dict.fromkeys([*picked[:FOLLOWED], *filter(None, [found.onward.following])])
    return ask(list(wanted)) if wanted else {}


def _site(url: str) -> str:
    return host_of(url).removeprefix("www.")


def _second_page(found: Discovery, answers: Mapping[str, Page | str]) -> tuple[str, Doubt | None]:
    """What the template reads in the next page."""
    answer = answers.get(found.onward.following or "")
    if not isinstance(answer, Page) or found.template is None or found.main is None:
        return "not asked for" if answer is None else str(answer), None
    try:
        markup = decode(answer.body, answer.content_type).text
    except Park as error:
        return str(error), None
    items = find_items(Selector(markup), answer.url, found.template, _last_day(found.main.items))
    new = {item.key for item in items} - found.main.keys
    if not items:
        return "no items", Doubt("the second page shows no items by the same template", 0.5)
    if not new:
        return "the first page again", Doubt("the second page shows the first one's items", 0.5)
    return f"{len(items)} items", None


def _last_day(items: Sequence[ListItem]) -> date | None:
    days = [item.listed.published.day for item in items if item.listed.published]
    return days[-1] if days else None


# --- the entry -------------------------------------------------------------------------------------


def _entry(  # noqa: PLR0913 - all that was found out comes together here
    found: Discovery,
    markup: str,
    page: Page,
    catalogue: Catalogue,
    container: Container,
    wishes: Wishes,
    *,
    live: bool,
) -> Entry | None:
    if found.main is None or found.template is None:
        return None
    shown = Selector(markup)
    known = catalogue.source_of(found.url)
    source = wishes.source or (known.id if known else source_id(found.url, catalogue))
    column = wishes.column or same_start(catalogue, source, found.url) or column_id(found.url)
    template = found.template.model_copy(update={"article": container.layout})
    name = _existing(found, shown, markup, catalogue, container)
    values: dict[str, Any] = {
        "name": wishes.name or _column_name(found, shown) or column,
        "start": found.url,
        "template": name or _free_name(f"{source}_{column}", catalogue),
    }
    if container.body:
        values["body"] = container.body
    values["verified"] = city_day(page.fetched_at) if live else None
    return Entry(
        source=source,
        publisher={
            "name": wishes.publisher or _publisher(shown) or host_of(found.url),
            "level": wishes.level or ("bureau" if ".gov.cn" in found.url else "news"),
            "hosts": _hosts(found),
        },
        column=column,
        values=values,
        template=None if name else template,
    )


def _existing(
    found: Discovery,
    page: Selector,
    markup: str,
    catalogue: Catalogue,
    container: Container,
) -> str | None:
    """A template of the catalogue that reads the same."""
    assert found.main is not None  # noqa: S101 - the caller has looked
    for name, template in catalogue.lists.items():
        if template.article != container.layout and container.articles:
            continue
        items = find_items(page, found.url, template)
        onward = following(page, found.url, template.pager, 1, markup)
        if tuple(items) == found.main.items and onward == found.onward.following:
            return name
    return None


def _free_name(wanted: str, catalogue: Catalogue) -> str:
    names = [wanted, *(f"{wanted}_{number}" for number in range(2, 100))]
    return next(name for name in names if name not in catalogue.lists)


def same_start(catalogue: Catalogue, source: str, url: str) -> str | None:
    """The id of a publisher's column that begins in the same folder."""
    known = catalogue.sources.get(source)
    columns = known.columns.items() if known else ()
    folder = urlsplit(url).path.rpartition("/")[0]
    return next(
        (
            name
            for name, one in columns
            if urlsplit(one.start).path.rpartition("/")[0] == folder and folder
        ),
        None,
    )


def _hosts(found: Discovery) -> list[str]:
    """The hosts of the list and of what it links to on its own site."""
    own = host_of(found.url)
    site = ".".join(own.removeprefix("www.").split(".")[-3:])
    items = found.main.items if found.main else ()
    others = {host for item in items if (host := host_of(item.url)).endswith(site)}
    return [own, *sorted(others - {own})]


def source_id(url: str, catalogue: Catalogue) -> str:
    """An id for a publisher that the catalogue has not: from its host."""
    labels = [part for part in host_of(url).split(".") if part not in {"www", "news"}]
    stem = re.sub(r"\W", "_", labels[0].lower()) if labels else "source"
    stem = stem if stem[:1].isalpha() else f"s_{stem}"
    names = [stem, *(f"{stem}_{number}" for number in range(2, 100))]
    return next(name for name in names if name not in catalogue.sources)


def column_id(url: str) -> str:
    """An id for a column: from its folder."""
    parts = urlsplit(url)
    folders = [part.lower() for part in parts.path.split("/")[:-1] if part]
    telling = [one for one in folders if one not in _COMMON_FOLDERS]
    stem = re.sub(r"\W", "_", (telling or folders or ["list"])[-1])
    return stem if stem[:1].isalpha() else f"c_{stem}"


def _column_name(found: Discovery, page: Selector) -> str | None:
    parts = _title_parts(page)
    return parts[0] if parts else (found.main.heading if found.main else None)


def _publisher(page: Selector) -> str | None:
    named = page.xpath("//meta[translate(@name,'SITENAME','sitename')='sitename']/@content").get()
    parts = _title_parts(page)
    return (named or "").strip() or (parts[-1] if len(parts) > 1 else None)


def _title_parts(page: Selector) -> list[str]:
    title = " ".join((page.xpath("//title/text()").get() or "").split())
    return [part for part in _SEPARATOR.split(title) if part]
