"""Settings: defaults need nothing set, everything derives from the home, secrets stay masked."""

from pathlib import Path

import pytest

from storage.errors import Refused
from storage.settings import Settings, masked


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SUQIAN_{name.upper()}", raising=False)


def test_defaults_need_nothing_set_and_create_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("storage.settings.user_data_path", lambda *_, **__: tmp_path / "suqian")
    settings = Settings.load()
    assert settings.database_url == f"sqlite:///{(tmp_path / 'suqian/suqian.db').as_posix()}"
    assert settings.archive == str(tmp_path / "suqian" / "archive")
    assert (settings.catalogue, settings.contact) == (None, None)
    assert list(tmp_path.iterdir()) == []


def test_everything_lies_in_the_home_however_it_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SUQIAN_HOME", "~/语 料")
    settings = Settings.load()
    home = tmp_path / "语 料"
    assert settings.home == home
    assert settings.database_url == f"sqlite:///{(home / 'suqian.db').as_posix()}"
    assert settings.archive == str(home / "archive")
    assert settings.crawl_folder.parent == settings.prefect_home.parent == home


def test_a_relative_home_is_relative_to_where_the_program_was_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.load(home=Path("data"))
    monkeypatch.chdir("/")
    assert str(tmp_path / "data" / "suqian.db") in settings.database_url


def test_an_unknown_persons_home_is_refused() -> None:
    with pytest.raises(Refused, match="write the path out"):
        Settings.load(home=Path("~nobody-of-this-name/data"))


def test_an_argument_goes_before_the_environment_and_that_before_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SUQIAN_CONTACT", "environment@example.org")
    monkeypatch.setenv("SUQIAN_ARCHIVE", "memory://archive")
    monkeypatch.setenv("SUQIAN_CATALOGUE", "")
    given = {"contact": "argument@example.org"}
    shown = {one.name: one for one in Settings.load(**given).describe(given)}
    assert (shown["contact"].value, shown["contact"].origin) == (given["contact"], "argument")
    assert (shown["archive"].value, shown["archive"].origin) == ("memory://archive", "environment")
    assert shown["home"].origin == "default"
    assert (shown["catalogue"].value, shown["catalogue"].origin) == (None, "default")
    assert shown["catalogue"].variable == "SUQIAN_CATALOGUE"
    assert all(one.meaning for one in shown.values())


def test_no_password_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUQIAN_DATABASE_URL", "postgresql+psycopg://suqian:geheim@db/suqian")
    monkeypatch.setenv("SUQIAN_ARCHIVE", "s3://id:geheim@bucket/archive")
    assert "geheim" not in str(Settings.load().describe())


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p@db/x", "postgresql://u:***@db/x"),
        ("postgresql://u@db/x?password=p", "postgresql://u@db/x?password=***"),
        ("sqlite:////数据/宿迁 语料.db", "sqlite:////数据/宿迁 语料.db"),
        ("/数据/archive", "/数据/archive"),
    ],
)
def test_an_address_is_shown_as_people_read_it(url: str, shown: str) -> None:
    assert masked(url) == shown


def test_a_child_process_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Settings.for_home(Path("/数据"))
    for name, value in mine.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings.load() == mine


def test_a_home_by_itself_takes_nothing_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SUQIAN_DATABASE_URL", "postgresql://elsewhere/real")
    monkeypatch.setenv("SUQIAN_ARCHIVE", "s3://real")
    monkeypatch.chdir(tmp_path)
    settings = Settings.for_home(Path())
    assert settings.database_url == f"sqlite:///{(tmp_path / 'suqian.db').as_posix()}"
    assert settings.archive == str(tmp_path / "archive")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings.load().contact = "someone"  # type: ignore[misc]
