"""The environment (`SUQIAN_*`), read once, here and nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote

from platformdirs import user_data_path
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from storage.errors import Refused

CORPUS_FILE = "suqian.db"
"""The database of a home, where no other is set."""
_PREFIX = "SUQIAN_"
# Drivers and object stores also take their secrets from an address's query.
_SECRETS = ("password", "passwd", "passphrase", "secret", "token", "key")
"""What stands in the name of each."""


def _default_home() -> Path:
    return user_data_path("suqian", appauthor=False)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as `suqian config` shows it; passwords are masked."""

    name: str
    variable: str
    value: str | None
    origin: str
    """``default``, ``environment`` or ``argument``."""
    meaning: str


class Settings(BaseSettings):
    """Where the data live and who we are. Nothing is created by reading it."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_ignore_empty=True, frozen=True, extra="ignore"
    )

    home: Path = Field(default_factory=_default_home, description="folder of all data")
    database_url: str = Field(
        default_factory=lambda data: f"sqlite:///{(data['home'] / CORPUS_FILE).as_posix()}",
        description="SQLAlchemy URL of the database",
    )
    archive: str = Field(
        default_factory=lambda data: str(data["home"] / "archive"),
        description="folder or fsspec URL of the archive",
    )
    catalogue: Path | None = Field(
        default=None, description="folder with sources/*.yaml and taxonomy/*.yaml of your own"
    )
    contact: str | None = Field(
        default=None, description="who the sites can write to; goes into the User-Agent"
    )

    alert_webhook: str | None = Field(
        default=None, description="address that messages about what breaks and heals are sent to"
    )
    quiet_hours: str | None = Field(
        default=None,
        description="hours of the city in which no host is asked: 08:00-12:00,14:00-18:00",
    )
    host_megabytes: int = Field(
        default=1000, ge=1, description="how much a host may serve in a day, at the most"
    )
    web_url: str | None = Field(
        default=None, description="address of the web page, for the links in reports"
    )
    keep_days: int = Field(
        default=30, ge=1, le=3650, description="days for which Prefect keeps runs, logs and reports"
    )
    replica: Path | None = Field(
        default=None,
        description="catalogue of a replica on this machine, crawled in the place of the real sites",
    )

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Read the environment; `given` (by name) goes before it."""
        return cls(**given)

    @classmethod
    def for_home(cls, home: Path) -> Self:
        """Settings of a home by itself: everything in that folder, whatever the environment says."""
        home = home.absolute()
        database = f"sqlite:///{(home / CORPUS_FILE).as_posix()}"
        return cls(
            home=home,
            database_url=database,
            archive=str(home / "archive"),
            catalogue=None,
            contact=None,
            alert_webhook=None,
            web_url=None,
            quiet_hours=None,
            host_megabytes=1000,
            keep_days=30,
            replica=None,
        )

    @field_validator("home", "catalogue", "replica")
    @classmethod
    def _absolute(cls, folder: Path | None) -> Path | None:
        """Before the database's and the archive's places are derived from it."""
        try:
            return folder and folder.expanduser().absolute()
        except RuntimeError as error:
            raise Refused(f"{folder} names the home of nobody here: write the path out") from error

    @property
    def crawl_folder(self) -> Path:
        """Where crawls write their segments until they are archived."""
        return self.home / "crawl"

    @property
    def keys_file(self) -> Path:
        """Where the keys of the web service are kept, hashed: no part of the corpus."""
        return self.home / "keys.db"

    @property
    def prefect_home(self) -> Path:
        """Prefect's own home, apart from the user's."""
        return self.home / "prefect"

    def describe(self, given: Mapping[str, Any] | None = None) -> list[Setting]:
        """Every setting, its value and where it came from."""
        return [
            Setting(
                name=name,
                variable=f"{_PREFIX}{name.upper()}",
                value=_shown(name, getattr(self, name)),
                origin=_origin(name, given or {}),
                meaning=field.description or "",
            )
            for name, field in type(self).model_fields.items()
        ]

    def as_environment(self) -> dict[str, str]:
        """The variables that give a child process these very settings."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {f"{_PREFIX}{k.upper()}": str(v) for k, v in values.items() if v is not None}


def _origin(name: str, given: Mapping[str, Any]) -> str:
    if name in given:
        return "argument"
    variables = {variable.upper() for variable, value in os.environ.items() if value}
    return "environment" if f"{_PREFIX}{name.upper()}" in variables else "default"


def _shown(name: str, value: object) -> str | None:
    if value is None:
        return None
    if name == "alert_webhook":
        # Whoever has such an address can write to it: its path is a password.
        return f"{str(value).partition('//')[2].partition('/')[0]}/***"
    return masked(str(value)) if name in {"database_url", "archive"} else str(value)


def masked(url: str) -> str:
    """An address without its passwords, to be read by people."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return url
    secrets = {name: "***" for name in parsed.query if _is_secret(name)}
    shown = parsed.update_query_dict(secrets) if secrets else parsed
    return unquote(shown.render_as_string(hide_password=True))


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRETS)


def environment_with(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's environment and `extra` over it: for a child process."""
    return {**os.environ, **extra}


def set_environment(extra: Mapping[str, str]) -> None:
    """Set what a library reads at its import, unless the operator has set it."""
    for name, value in extra.items():
        os.environ.setdefault(name, value)


def prefect_password() -> str | None:
    """What who asks Prefect's server has to know (`PREFECT_SERVER_API_AUTH_STRING`), if anything."""
    return os.environ.get("PREFECT_SERVER_API_AUTH_STRING") or None


def prefect_api() -> str | None:
    """Where Prefect's server answers (`PREFECT_API_URL`), if the operator says so."""
    return os.environ.get("PREFECT_API_URL") or None


def launched_by_uv() -> bool:
    """Whether `uv run` started this: then its commands are written with it."""
    return "UV" in os.environ
