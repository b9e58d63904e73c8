"""By what a source is judged, in words, and who says so."""

from crawler.floors import Floors
from flows.health.explaining import explain
from tests.health.conftest import Answer, Crawls
from tests.health.test_floors import with_floors


def explained(crawls: Crawls) -> dict[tuple[str, str], tuple[str, str]]:
    with crawls.app.database.reading() as session:
        found = explain(session, crawls.app.catalogue, "test", crawls.now)
    return {(one.column, one.what): (one.expected, one.says) for one in found}


def test_what_is_expected_is_said_with_its_reason(crawls: Crawls) -> None:
    crawls.run([Answer(n, day=f"2026-10-{12 + n} 09:00") for n in range(19)])
    with_floors(crawls, Floors(fields=("title",), copies="never"), Floors(items="never"))
    found = explained(crawls)
    assert found["tzgg", "state"][0] == "silent"
    expected, says = found["tzgg", "something new"]
    assert expected == "within 1 days; silent after 2"
    assert says == "learned from 18 gaps between days with something new"
    assert found["zcwj", "something new"][1] == "0 gaps are too few to learn from: nothing declared"
    assert found["tzgg", "items of its list"] == ("any number", "catalogue, floors")
    shown = "at least 30% of the usual (not known yet what is usual)"
    assert found["zcwj", "items of its list"] == (shown, "thresholds")
    assert found["zcwj", "copies in a batch"] == ("never", "catalogue, floors")
    assert found["tzgg", "fields"] == ("title", "catalogue, floors")
