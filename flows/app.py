"""Everything a run works with, opened from the settings in one place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from crawler.catalogue import Catalogue, shipped_folder
from crawler.errors import StopRun
from crawler.hosts import is_local_name
from crawler.plan import Limits
from crawler.quiet import spans_of
from crawler.settings import allowed_hosts
from flows.steps.tag import Tagger
from flows.taxonomy import Taxonomy
from storage.archive import Archive
from storage.database import Database
from storage.settings import Settings


@dataclass(frozen=True)
class App:
    """The open parts of the system."""

    settings: Settings
    database: Database
    archive: Archive
    catalogue: Catalogue
    catalogue_folders: tuple[Path, ...]
    open_tagger: Callable[[], Tagger]
    limits: Limits
    private_hosts: bool = False

    @property
    def tagger(self) -> Tagger:
        """What tags articles; a run without news never asks for it, and reads no taxonomy."""
        return self.open_tagger()


def catalogue_folders(settings: Settings) -> tuple[Path, ...]:
    """The shipped catalogue and the operator's own over it; a replica's stands alone."""
    if settings.replica:
        return (settings.replica,)
    own = (settings.catalogue,) if settings.catalogue else ()
    return (shipped_folder(), *own)


def limits_of(settings: Settings) -> Limits:
    """What a crawl keeps to."""
    return Limits(
        quiet=spans_of(settings.quiet_hours), host_bytes=settings.host_megabytes * 1_000_000
    )


@contextmanager
def open_app(settings: Settings, *, create: bool = True) -> Iterator[App]:
    """Open the system for work; the database is made when it is not there yet, unless `create` is false:
    what is asked of a corpus that is not there is refused, and not answered by an empty one."""
    folders = catalogue_folders(settings)
    catalogue = Catalogue.load(*folders, shipped=False)
    open_tagger = _tagger_of(settings.catalogue)
    database = Database.open(settings.database_url, create=create)
    try:
        app = App(
            settings=settings,
            database=database,
            archive=Archive.open_at(settings.archive),
            catalogue=catalogue,
            catalogue_folders=folders,
            open_tagger=open_tagger,
            limits=limits_of(settings),
        )
        yield for_replica(app, settings.replica) if settings.replica else app
    finally:
        database.close()


def _tagger_of(own: Path | None) -> Callable[[], Tagger]:
    """A tagger of the shipped taxonomy with the operator's over it; that is read at once, since it may
    be wrong."""
    if own and (own / "taxonomy").exists():
        tagger = Tagger(Taxonomy.load(own))
        return lambda: tagger
    return _shipped_tagger


@cache
def _shipped_tagger() -> Tagger:
    """The program's own is read once a process: that takes half a second."""
    return Tagger(Taxonomy.load())


def for_replica(app: App, folder: Path) -> App:
    """The same system, but for the replica's sites: its catalogue alone, and no delays, since
    nobody else is on loopback. Raises StopRun for a catalogue of other sites."""
    catalogue = Catalogue.load(folder, shipped=False)
    for host in allowed_hosts(catalogue):
        if not is_local_name(host):
            raise StopRun(f"{folder} names {host}, which is not on this machine: no replica's")
    return replace(
        app,
        catalogue=catalogue,
        catalogue_folders=(folder,),
        limits=replace(app.limits, delay=0.0, concurrency_per_host=4, autothrottle=False),
        private_hosts=True,
    )
