"""From a list of a kind to an entry of the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from crawler.catalogue import Catalogue
from crawler.discover.add import FOLLOWED, Ask, Wishes, column_id, same_start, source_id
from crawler.discover.container import Container, find_container
from crawler.discover.kinds import Recognised
from crawler.discover.verdict import Doubt, Doubted
from crawler.discover.writing import Entry
from crawler.lists import ListItem
from crawler.records import Page, city_day
from crawler.urls import host_of


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFound(Doubted):
    """A list of a kind as it was understood, and the entry that says so."""

    page: Page
    recognised: Recognised
    container: Container
    articles: tuple[Page, ...]
    doubts: tuple[Doubt, ...]
    entry: Entry


def understand_kind(
    page: Page, recognised: Recognised, catalogue: Catalogue, ask: Ask | None, wishes: Wishes
) -> KindFound:
    """Follow three of its articles for what holds their text; `ask` None: a saved page alone."""
    urls = [item.url for item in _picked(recognised.items)]
    answers = ask(urls) if ask and urls else {}
    articles = tuple(one for one in answers.values() if isinstance(one, Page))
    refused = sorted({one for one in answers.values() if isinstance(one, str)})
    container = find_container(articles, catalogue.articles) if articles else Container(())
    doubts = [*recognised.doubts]
    if refused:
        doubts.append(Doubt(f"some pages did not answer: {', '.join(refused)}", 0.2))
    if container.doubt:
        doubts.append(Doubt(container.doubt, 0.15))
    return KindFound(
        page=page,
        recognised=recognised,
        container=container,
        articles=articles,
        doubts=tuple(doubts),
        entry=_entry(page, recognised, catalogue, container, wishes, live=ask is not None),
    )


def _picked(items: Sequence[ListItem]) -> list[ListItem]:
    """Articles from over the list."""
    step = max(1, (len(items) - 1) // (FOLLOWED - 1))
    return list(items[::step][:FOLLOWED])


def _entry(
    page: Page,
    found: Recognised,
    catalogue: Catalogue,
    container: Container,
    wishes: Wishes,
    *,
    live: bool,
) -> Entry:
    known = catalogue.source_of(page.url)
    source = wishes.source or (known.id if known else source_id(page.url, catalogue))
    column = wishes.column or same_start(catalogue, source, found.start) or _column(found)
    values: dict[str, Any] = {
        "name": wishes.name or column,
        "kind": found.kind,
        "start": found.start,
        **found.values,
        **({"article": container.layout} if container.layout != "generic" else {}),
        **({"body": container.body} if container.body else {}),
        "verified": city_day(page.fetched_at) if live else None,
    }
    own = host_of(page.url)
    others = {host_of(item.url) for item in found.items} - {own}
    publisher = {
        "name": wishes.publisher or own,
        "level": wishes.level or _level(found, page.url),
        "hosts": [own, *sorted(others)],
    }
    return Entry(source=source, publisher=publisher, column=column, values=values, template=None)


def _column(found: Recognised) -> str:
    """From the folder; the days of a newspaper and what is the same everywhere are passed over."""
    return column_id(urlsplit(found.start.partition("{")[0])._replace(query="").geturl())


def _level(found: Recognised, url: str) -> str:
    if found.kind == "epaper":
        return "paper"
    return "bureau" if ".gov.cn" in url else "news"
