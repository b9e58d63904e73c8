"""One saved page, one expected record: every source's contract with the code.

The shipped catalogue has no pages, since nothing that was fetched may be passed on; an operator takes
his own by `suqian sources test ID --save`. The replica's were saved as they were on one day.
"""

from pathlib import Path

import pytest

from crawler.catalogue import Catalogue
from crawler.contract import check
from crawler.demo.catalogue import write_catalogue
from crawler.demo.sites import load_sites

HERE = Path(__file__).parent
SHIPPED = Catalogue.load()


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("replica")
    write_catalogue(folder, 8321)
    return Catalogue.load(folder)


@pytest.mark.parametrize("source", [*SHIPPED.sources, *load_sites()])
def test_saved_pages_are_read_as_they_were(source: str, catalogue: Catalogue) -> None:
    results = check(catalogue, HERE, source)
    if not results:
        pytest.skip(f"{source} has no saved page: `suqian sources test {source} --save` takes them")
    assert {one.name: one.differences for one in results if one.differences} == {}


def test_every_source_of_the_replica_has_a_saved_page() -> None:
    assert {path.name for path in (HERE / "pages").iterdir()} == set(load_sites())
