"""The schema's versions, applied from Python: no alembic.ini is needed.

Alembic is imported only when something is to be migrated: asking the corpus need not wait for it.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0022"
"""The newest revision in `versions/`; a test holds the two together."""


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    # Alembic reads the value with %-interpolation; a path may hold a percent sign.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


@cache
def known_revisions() -> frozenset[str]:
    """Every revision that this code can upgrade from."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return frozenset(script.revision for script in scripts)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema up to a revision, in the connection's transaction."""
    _run("upgrade", connection, revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Bring the schema back to a revision (``base``: nothing left), in the connection's transaction."""
    _run("downgrade", connection, revision)


def _run(command: str, connection: Connection, revision: str) -> None:
    from alembic import command as commands

    if not connection.in_transaction():
        # Alembic begins and commits by itself on a connection that is in no transaction.
        connection.begin()
    config = _config()
    config.attributes["connection"] = connection
    getattr(commands, command)(config, revision)
