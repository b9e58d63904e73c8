"""A list that answers with the same bytes again is archived by reference, and nothing is lost by that."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import select
from warcio.archiveiterator import ArchiveIterator

from flows.forgetting import find_remains, forget
from flows.planning import new_plan
from flows.steps.archived import archived_segment
from flows.verify.run import verify
from flows.work import utc_now
from storage.archive import archived_name
from storage.models import Segment
from tests.flows.conftest import EVERYTHING, Lab

KJJ = replace(EVERYTHING, sources=("demo_kjj",))


def archived(lab: Lab) -> list[str]:
    """The names of the segments, oldest first; by their names those of one second have no order."""
    with lab.app.database.reading() as session:
        return list(session.scalars(select(Segment.name).order_by(Segment.stored_at)))


def list_records(lab: Lab, segment: str) -> Iterator[str]:
    """The types of the records that answers of lists are."""
    with archived_segment(lab.app.archive, segment) as opened:
        for note in opened.notes:
            if note.digest and note.offset is not None:
                opened.warc.seek(note.offset)
                yield str(next(ArchiveIterator(opened.warc)).rec_type)


def referred(lab: Lab) -> int:
    """How many lists the next crawl may refer to."""
    return len(new_plan(lab.app, utc_now()).archived)


def test_the_second_look_at_a_list_is_a_reference_that_every_reader_understands(
    small_lab: Lab,
) -> None:
    small_lab.ingest(KJJ)
    again = small_lab.ingest(KJJ)
    first, second = archived(small_lab)
    columns = small_lab.app.catalogue.source("demo_kjj").columns
    assert set(list_records(small_lab, first)) == {"response"}
    assert list(list_records(small_lab, second)) == ["revisit"] * len(columns)
    assert again.discovered == again.outcomes.total()
    with archived_segment(small_lab.app.archive, second) as opened:
        assert all(note.items for note in opened.notes if note.same_as)
    assert verify(small_lab.app).found == []

    # What is forgotten is not referred to any more, and that it was is no fault.
    url = next(iter(small_lab.corpus().articles())).url
    forget(small_lab.app, find_remains(small_lab.app, url), "because")
    assert referred(small_lab) == 0
    assert verify(small_lab.app).found == []


def test_a_list_is_written_whole_where_the_archive_has_lost_it(small_lab: Lab) -> None:
    small_lab.ingest(KJJ)
    small_lab.ingest(KJJ)
    first, _ = archived(small_lab)
    assert referred(small_lab) == len(small_lab.app.catalogue.source("demo_kjj").columns)
    name = archived_name(f"{first}.warc.gz")
    path = small_lab.app.settings.home / "archive" / name
    path.rename(path.with_suffix(".away"))
    assert referred(small_lab) == 0
    found = {finding.said for finding in verify(small_lab.app).found}
    assert any("has not the bytes of" in said for said in found)
    small_lab.ingest(KJJ)
    assert set(list_records(small_lab, archived(small_lab)[-1])) == {"response"}
