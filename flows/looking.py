"""Pages that a person wants to look at: asked for in turn with every run, at the same pace, and counted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from uuid import uuid4

from crawler.catalogue import Catalogue
from crawler.discover.add import Ask
from crawler.fetch import Shared, fetch
from crawler.segment import Note
from flows.app import App, open_app
from flows.turns import asked_by, keep_rules, turn_of
from flows.work import Hooks, Work, beating, renew
from storage import hosts, ledger
from storage.settings import Settings


@contextmanager
def asking(settings: Settings, catalogue: Catalogue) -> Iterator[Ask]:
    """What asks for pages, as the catalogue says of their publishers; the database is made when it is not
    there yet."""
    with open_app(settings) as app, sharing(app) as shared:
        yield partial(
            fetch,
            contact=settings.contact,
            limits=app.limits,
            catalogue=catalogue,
            shared=shared,
        )


@contextmanager
def sharing(app: App, hooks: Hooks | None = None) -> Iterator[Shared]:
    """Share the hosts with runs for as long as the block lasts: who has a host's turn keeps it until then."""
    work = Work(app, f"look {uuid4().hex}", hooks or Hooks())

    def asked(notes: Sequence[Note]) -> None:
        with app.database.unit_of_work() as session:
            hosts.note_asked(session, asked_by(notes))

    try:
        with beating(partial(renew, work)):
            yield Shared(partial(turn_of, work), partial(keep_rules, work), asked)
    finally:
        with app.database.unit_of_work() as session:
            ledger.release_leases(session, work.run_id)
