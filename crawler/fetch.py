"""A few pages, asked for as politely as a crawl asks: by a crawl, with robots.txt and its delays."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import yaml

from crawler.catalogue import Catalogue
from crawler.crawl import run_crawl
from crawler.hosts import is_local_name, is_private
from crawler.plan import CrawlPlan, Limits, Revisit
from crawler.progress import Rules, Turn
from crawler.records import Page
from crawler.segment import Note, Role, Segment, index_path, read_page, warc_path
from crawler.segment.note import NOTES
from crawler.urls import canonical_key, host_of

_SOURCE = "asked"


@dataclass(frozen=True, slots=True)
class Shared:
    """What who looks at a few pages shares with every other crawl."""

    turn: Callable[[str], Turn]
    """Gives a host's turn."""
    rules: Callable[[Rules], None]
    """Hears what a robots.txt said."""
    asked: Callable[[Sequence[Note]], None]
    """Hears what was asked."""


def fetch(
    urls: Sequence[str],
    *,
    contact: str | None,
    limits: Limits | None = None,
    catalogue: Catalogue | None = None,
    shared: Shared | None = None,
) -> dict[str, Page | str]:
    """Ask for each address once; by address the page, or why there is none, in a word or two.

    A publisher of the catalogue is asked as that says; where hosts are shared with other crawls, in
    their turn. Raises StopRun where real sites would be asked without a contact, TryLater when the
    crawl died.
    """
    hosts, asked = {host_of(url) for url in urls}, limits or Limits()
    local = all(is_local_name(host) or is_private(host) for host in hosts)
    with tempfile.TemporaryDirectory() as folder:
        _write_catalogue(Path(folder), urls, hosts, catalogue)
        plan = CrawlPlan(
            segment=uuid4().hex,
            folder=folder,
            catalogue=(folder,),
            revisits=tuple(Revisit(source=_SOURCE, column=None, url=url) for url in urls),
            contact=contact,
            limits=replace(asked, delay=0.0, autothrottle=False) if local else asked,
            private_hosts=local,
            lists_only=True,
            turns=shared is not None,
        )
        asking(plan, shared)
        return _answers(Path(folder), plan.segment, urls)


def asking(plan: CrawlPlan, shared: Shared | None) -> None:
    """Crawl, alone or in turn with others; they hear what was asked even where the crawl dies."""
    if shared is None:
        run_crawl(plan)
        return
    try:
        run_crawl(plan, None, shared.turn, shared.rules)
    finally:
        index = index_path(Path(plan.folder), plan.segment)
        if index.exists():
            with index.open("rb") as lines:
                shared.asked([NOTES.validate_json(line) for line in lines])


def _write_catalogue(
    folder: Path, urls: Sequence[str], hosts: set[str], catalogue: Catalogue | None
) -> None:
    """A catalogue of these hosts, with and without ``www.``: nobody else may be asked."""
    known = catalogue.source_of(urls[0]) if catalogue else None
    bare = {host.removeprefix("www.") for host in hosts}
    entry = {
        "name": _SOURCE,
        "level": "bureau",
        "hosts": sorted(hosts | bare | {f"www.{host}" for host in bare}),
        "politeness": known.politeness.model_dump(exclude_none=True, mode="json") if known else {},
        "columns": {"pages": {"name": "pages", "kind": "manual", "start": _start(urls[0])}},
    }
    (folder / "sources").mkdir()
    text = yaml.safe_dump(entry, allow_unicode=True)
    (folder / "sources" / f"{_SOURCE}.yaml").write_text(text, "utf-8")


def _start(url: str) -> str:
    return url if urlsplit(url).path else f"{url}/"


def _answers(folder: Path, segment_name: str, urls: Sequence[str]) -> dict[str, Page | str]:
    with (
        warc_path(folder, segment_name).open("rb") as warc,
        index_path(folder, segment_name).open("rb") as index,
    ):
        segment = Segment.load(segment_name, warc, index)
        found: dict[str, Page | str] = dict.fromkeys(urls, "no answer")
        for note in segment.notes:
            if note.url in found and note.role in {Role.ARTICLE, Role.FAILED}:
                found[note.url] = _answer(segment, note)
        return found


def _answer(segment: Segment, note: Note) -> Page | str:
    if note.status == 200 and note.offset is not None:
        page = read_page(segment.warc, note.offset)
        return replace(page, key=canonical_key(page.url))
    return note.reason or (f"http-{note.status}" if note.status else "no answer")
