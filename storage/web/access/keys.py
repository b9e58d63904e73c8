"""API keys and the sessions that browsers get for them, in a small database of their own.

The corpus is read-only for whoever serves it, and keys are no part of it: copies, exports and other
machines do not get them. Secrets are random, 256 bits, and kept as SHA-256: nothing slower is needed for
what cannot be guessed. They are shown once.
"""

import hmac
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Self

from storage.errors import Refused, Unavailable

SESSION = timedelta(hours=12)
"""How long a browser stays signed in."""
_NOTED = timedelta(minutes=1)
"""How exactly the last use is known."""
_MOST_NAME = 100
_SCHEMA = """
CREATE TABLE IF NOT EXISTS key (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, created_at TEXT NOT NULL,
    expires_at TEXT, revoked_at TEXT, last_used_at TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS standing ON key (name) WHERE revoked_at IS NULL;
CREATE TABLE IF NOT EXISTS session (
    digest TEXT PRIMARY KEY, key_id TEXT NOT NULL REFERENCES key (id), expires_at TEXT NOT NULL);
"""
_COLUMNS = "id, name, created_at, expires_at, revoked_at, last_used_at"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; its secret is not."""

    id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, row: tuple[str | None, ...]) -> Self:
        """A key from its row."""
        times = (datetime.fromisoformat(text) if text else None for text in row[2:])
        return cls(str(row[0]), str(row[1]), *times)  # type: ignore[arg-type]

    def counts(self, now: datetime) -> bool:
        """Whether it opens anything now."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one home."""

    path: Path
    clock: Callable[[], datetime] = _now

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=0o600)
            with closing(sqlite3.connect(self.path, timeout=10)) as connection, connection:
                connection.executescript(_SCHEMA)
                yield connection
        except OSError as error:
            raise Refused(f"{self.path} cannot be written: {error.strerror}") from error
        except sqlite3.OperationalError as error:
            raise Unavailable(f"{self.path}: {error}; try again later") from error

    def add(self, name: str, lifetime: timedelta | None = None) -> str:
        """Make a key and return its secret: it cannot be shown again.

        Raises Refused for a name that another key has, or that is none.
        """
        name = name.strip()
        if not name or len(name) > _MOST_NAME or not name.isprintable():
            raise Refused(f"{name!r} is no name for a key: give up to {_MOST_NAME} characters")
        now = self.clock()
        own_id = secrets.token_hex(4)
        secret = f"suqian_{own_id}_{secrets.token_urlsafe(32)}"
        expires = (now + lifetime).isoformat() if lifetime else None
        row = (own_id, name, _digest(secret), now.isoformat(), expires)
        with self._open() as connection:
            try:
                connection.execute(
                    "INSERT INTO key (id, name, digest, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
                    row,
                )
            except sqlite3.IntegrityError as error:
                raise Refused(f"there is a key {name!r} already; revoke it first") from error
        return secret

    def all(self) -> tuple[Key, ...]:
        """Every key that was ever made, the first one first."""
        with self._open() as connection:
            query = f"SELECT {_COLUMNS} FROM key ORDER BY created_at, id"  # noqa: S608 - constants
            return tuple(Key.of(row) for row in connection.execute(query))

    def standing(self) -> tuple[Key, ...]:
        """The keys that open something now."""
        now = self.clock()
        return tuple(key for key in self.all() if key.counts(now))

    def revoke(self, name: str) -> bool:
        """Have a key, by name or id, open nothing any more, nor its sessions; whether there was one."""
        with self._open() as connection:
            found = connection.execute(
                "UPDATE key SET revoked_at = ? WHERE (name = ? OR id = ?) AND revoked_at IS NULL"
                " RETURNING id",
                (self.clock().isoformat(), name, name),
            ).fetchall()
            connection.executemany("DELETE FROM session WHERE key_id = ?", found)
            return bool(found)

    def check(self, secret: str) -> Key | None:
        """The key that a secret is of, where it counts; its use is noted."""
        own_id = secret.removeprefix("suqian_")[:8]
        with self._open() as connection:
            query = f"SELECT digest, {_COLUMNS} FROM key WHERE id = ?"  # noqa: S608 - constants
            row = connection.execute(query, (own_id,)).fetchone()
            # Compared even where there is no such key: the time tells nothing.
            same = hmac.compare_digest(row[0] if row else "0" * 64, _digest(secret))
            key = Key.of(row[1:]) if row else None
            if not same or key is None or not key.counts(now := self.clock()):
                return None
            if key.last_used_at is None or now - key.last_used_at > _NOTED:
                used = (now.isoformat(), key.id)
                connection.execute("UPDATE key SET last_used_at = ? WHERE id = ?", used)
            return key

    def begin_session(self, key: Key) -> str:
        """Sign a browser in; return the token that its cookie holds."""
        token = secrets.token_urlsafe(32)
        now = self.clock()
        row = (_digest(token), key.id, (now + SESSION).isoformat())
        with self._open() as connection:
            connection.execute("DELETE FROM session WHERE expires_at < ?", (now.isoformat(),))
            connection.execute("INSERT INTO session VALUES (?, ?, ?)", row)
        return token

    def session(self, token: str) -> Key | None:
        """The key that a session is of, where both count."""
        now = self.clock()
        with self._open() as connection:
            row = connection.execute(
                "SELECT key.id, name, created_at, key.expires_at, revoked_at, last_used_at"
                " FROM session JOIN key ON key.id = key_id"
                " WHERE session.digest = ? AND session.expires_at > ?",
                (_digest(token), now.isoformat()),
            ).fetchone()
        key = Key.of(row) if row else None
        return key if key and key.counts(now) else None

    def end_session(self, token: str) -> None:
        """Sign a browser out: its cookie is worth nothing any more."""
        with self._open() as connection:
            connection.execute("DELETE FROM session WHERE digest = ?", (_digest(token),))


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
