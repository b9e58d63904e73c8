"""What a package gives is there, and imported when it is asked for."""

from importlib import import_module
from pathlib import Path

import pytest

import storage
import storage.corpus
import storage.models
import storage.records
from storage.database import Database
from tests.loading import loaded_by


@pytest.mark.parametrize("module", [storage, storage.corpus, storage.models, storage.records])
def test_every_name_that_a_module_gives_is_there(module: object) -> None:
    for name in module.__all__:  # type: ignore[attr-defined]
        assert getattr(module, name) is not None


def test_what_is_not_there_is_missed_as_in_any_module() -> None:
    with pytest.raises(AttributeError, match=r"'storage\.models' has no attribute 'Nothing'"):
        import_module("storage.models").Nothing  # noqa: B018


def test_one_table_does_not_bring_the_others() -> None:
    loaded = loaded_by("from storage.models import SearchEntry")
    assert "storage.models.search" in loaded
    assert loaded.isdisjoint({"storage.models.ledger", "storage.models.health"})


def test_who_asks_for_the_metadata_gets_every_table() -> None:
    loaded = loaded_by("from storage.models import Base; assert len(Base.metadata.tables) > 35")
    assert {"storage.models.ledger", "storage.models.crawling"} <= loaded


def test_who_writes_has_the_tables_that_his_refers_to(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'corpus.db'}"
    Database.open(url, create=True).close()
    opened = f"from storage.database import Database; opened = Database.open({url!r})"
    assert "storage.models.ledger" not in loaded_by(f"{opened}.reading().__enter__()")
    assert "storage.models.ledger" in loaded_by(f"{opened}.unit_of_work().__enter__()")
