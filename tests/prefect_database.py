"""Prefect's empty database, made once: its migrations take ten seconds of each home that has none."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from flows.prefect_home import environment
from storage.settings import Settings, environment_with

_MAKE = """
import asyncio
from prefect.server.database import provide_database_interface
asyncio.run(provide_database_interface().create_db())
"""
_FILE = "prefect.db"


@pytest.fixture(scope="session")
def prefect_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file, made by the first of all workers that needs it."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if shared.name.startswith("popen-") else shared
    home = Settings.for_home(shared / "prefect-database")
    with FileLock(shared / "prefect-database.lock"):
        if not (home.home / "made").exists():
            home.prefect_home.mkdir(parents=True)
            given = environment_with(environment(home))
            subprocess.run([sys.executable, "-W", "ignore", "-c", _MAKE], env=given, check=True)
            (home.home / "made").touch()
    return home.prefect_home / _FILE


def with_database(home: Path, made: Path) -> Path:
    """The same home, in which Prefect finds its database."""
    folder = Settings.for_home(home).prefect_home
    folder.mkdir(parents=True)
    for file in made.parent.glob(f"{_FILE}*"):
        shutil.copy(file, folder / file.name)
    return home
