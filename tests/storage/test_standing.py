"""A run source by source, and what tags are called."""

import pytest
from sqlalchemy import insert

from storage import Corpus
from storage.database import Database
from storage.models import RunSource, Tally
from storage.records import RunReason
from tests.storage.samples import RUN, Sample, store

TAGS = (("topic", "shuili", "水利"), ("place", "suqian/sihong", "宿迁市泗洪县"))
TALLIES = [("a", "new", "", 3), ("a", "parked", "timeout", 1), ("a", "parked", "http-503", 2), ("b", "new", "", 1)]  # fmt: skip


@pytest.fixture
def corpus(database: Database) -> Corpus:
    with database.unit_of_work() as session:
        store(session, Sample(key="a.cn/1", tags=TAGS), Sample(key="a.cn/2", tags=TAGS[:1]))
        names = ("source", "outcome", "reason", "count")
        rows = [dict(zip(names, one, strict=True)) | {"run_id": RUN} for one in TALLIES]
        session.execute(insert(Tally), rows)
        session.execute(insert(RunSource), [{"run_id": RUN, "source": "a", "discovered": 6}])
    return Corpus(database)


def test_a_run_tells_what_each_source_came_to_and_why(corpus: Corpus) -> None:
    run = corpus.run(RUN)
    assert run is not None
    assert [(one.source, one.discovered, one.outcomes) for one in run.sources] == [
        ("a", 6, {"new": 3, "parked": 3}),
        ("b", 1, {"new": 1}),  # nothing was fetched of it: its cost was never counted
    ]
    assert run.columns == ("new", "parked")
    assert run.reasons == (
        RunReason("parked", "http-503", "a", 2),
        RunReason("parked", "timeout", "a", 1),
    )


def test_a_run_that_never_was_is_none(corpus: Corpus) -> None:
    assert corpus.run("no-such-run") is None


def test_tags_are_called_by_their_labels(corpus: Corpus) -> None:
    assert corpus.labels("topic", ["shuili", "nothing"]) == {"shuili": "水利"}
    assert corpus.labels("place", ["shuili"]) == {}
