"""What a command may be asked for by name."""

from pathlib import Path

import pytest

from flows.commands.console import names_of
from flows.taxonomy import Taxonomy
from storage.settings import Settings


def test_the_taxonomy_is_read_once_for_all_kinds_and_not_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[Path, ...]] = []
    load = Taxonomy.load

    def noting(*folders: Path) -> Taxonomy:
        read.append(folders)
        return load(*folders)

    monkeypatch.setattr(Taxonomy, "load", noting)
    names = names_of(Settings.for_home(tmp_path))
    assert read == []
    assert names("place")["泗洪"] == "suqian/sihong"
    assert names("organisation")["市科技局"] == "suqian/kjj"
    assert "通知" in names("type")
    assert read == [()]
