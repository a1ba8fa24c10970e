"""
Where a ledger lives: a SQLite file on this machine, or a PostgreSQL database.

A home knows what differs between the two: how a connection is made, how a writer
waits for its turn, and what its errors mean. All else is in ``ledger``.

SQLite: write-ahead log, ``synchronous=FULL``; a row that was returned survives a
power cut. The log needs shared memory, so the file must lie on a disk of this
machine. PostgreSQL: ``synchronous_commit`` on, whatever the server's own setting.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from seamline.errors import FormatError, SeamlineError, ShowError
from seamline.store.migrations import HEAD, bring_up, revision
from seamline.store.postgres_words import postgres_words
from seamline.store.sqlite_words import damaged, is_busy, sqlite_words
from seamline.store.volumes import network_file_system
from seamline.store.whole import in_words, make_folder

_FORMAT = 1
_APPLICATION = 0x5EA_711_4E  # marks the file as a ledger in its SQLite header
_TURN = 0x5EA_711_4E  # the advisory lock that PostgreSQL writers wait for
WRITING = "seamline_writing"
"""Execution option of a connection whose transaction will write."""


class Home(Protocol):
    """Where a ledger lives."""

    name: str

    def engine(self) -> Engine:
        """Return a fresh engine; nothing of it outlives a fork."""
        ...

    def take_turn(self, connection: Connection) -> None:
        """Wait until no other process writes, for the rest of the transaction."""
        ...

    def admit(self, connection: Connection) -> bool:
        """Whether this is a ledger of today's form; False if it is to be brought up."""
        ...

    def found(self, connection: Connection) -> None:
        """Make the ledger or bring it up, unless somebody did meanwhile."""
        ...

    def check(self, connection: Connection) -> None:
        """Raise TamperError if the database around the rows is damaged."""
        ...

    def words(self, error: Exception) -> SeamlineError:
        """Return a database's ``error`` as one of the family."""
        ...


def refuse_network(path: str) -> None:
    """Raise ShowError if ``path`` lies on a file system that other machines share."""
    kind = network_file_system(path)
    if kind:
        raise ShowError(
            f"the ledger {path} would lie on a network file system ({kind}), where two "
            "machines can damage it",
            remedy="Keep the show's folder on a disk of the machine that works on it, or keep "
            'the ledger in PostgreSQL: ledger = "postgresql://HOST/NAME" in show.toml under '
            "[show]; plates and deliveries may lie on the network.",
        )


class SqliteHome:
    """One file; it is made at the first use, with its folder."""

    def __init__(self, path: str, wait_s: float) -> None:
        self.name = os.path.abspath(path)
        self._wait_s = wait_s

    def engine(self) -> Engine:
        """Return an engine over one connection: the ledger lends it to one thread at a time."""
        made = create_engine("sqlite://", creator=self._connect, poolclass=StaticPool)
        event.listen(made, "begin", _begin)
        return made

    def take_turn(self, connection: Connection) -> None:
        """Nothing to do: BEGIN IMMEDIATE has waited."""

    def admit(self, connection: Connection) -> bool:
        """Whether this is a ledger of today's form; False if it is to be brought up."""
        version = connection.exec_driver_sql("PRAGMA user_version").scalar()
        if version == 0:
            return False
        if connection.exec_driver_sql("PRAGMA application_id").scalar() != _APPLICATION:
            raise self._no_ledger()
        if version != _FORMAT:
            raise ShowError(
                f"the ledger {self.name} is of format {version}, this seamline writes "
                f"format {_FORMAT}",
                remedy="Use the version of seamline the show was made with, or a newer one.",
            )
        return _of_today(self.name, revision(connection))

    def found(self, connection: Connection) -> None:
        """Make the ledger or bring it up, unless somebody did meanwhile."""
        if self.admit(connection):
            return
        fresh = connection.exec_driver_sql("PRAGMA user_version").scalar() == 0
        tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
        if fresh and tables:
            raise self._no_ledger()
        bring_up(connection)

    def check(self, connection: Connection) -> None:
        """Raise TamperError if the file around the rows is damaged."""
        says = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
        if says != "ok":
            raise damaged(self.name, str(says))

    def words(self, error: Exception) -> SeamlineError:
        """Return SQLite's ``error`` as one of the family."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, sqlite3.Error):
            return sqlite_words(cause, self.name, self._wait_s)
        return SeamlineError(f"the ledger {self.name}: {error}")

    def _no_ledger(self) -> FormatError:
        return FormatError(
            f"{self.name} is a database, but not a seamline ledger",
            remedy="Move it away, or put the show's ledger back from a backup.",
        )

    def _connect(self) -> sqlite3.Connection:
        refuse_network(self.name)
        make_folder(os.path.dirname(self.name))
        self._make_file()
        connection = sqlite3.connect(
            self.name, timeout=self._wait_s, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA synchronous = FULL")
            _use_log(connection, self._wait_s)
        except BaseException:
            connection.close()
            raise
        return connection

    def _make_file(self) -> None:
        # SQLite's own would be 0644 whatever the umask says, and nobody else's of a group.
        with in_words(self.name, "make"), suppress(FileExistsError):
            os.close(os.open(self.name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666))


class PostgresHome:
    """
    One PostgreSQL database, by its URL; for a show that many machines work on.

    Args:
        url: ``postgresql://USER@HOST/NAME``; a password belongs in ``~/.pgpass``.
        wait_s: How long a writer waits for the others.
    """

    def __init__(self, url: str, wait_s: float) -> None:
        head, _, rest = url.partition("://")
        self._url = f"postgresql+psycopg://{rest}" if head else url
        self.name = _without_password(url)
        self._wait_s = wait_s

    def engine(self) -> Engine:
        """Return an engine over one connection, looked at before each use."""
        return create_engine(
            self._url,
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10, "application_name": "seamline"},
        )

    def take_turn(self, connection: Connection) -> None:
        """Wait until no other process writes, for the rest of the transaction."""
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO on")
        connection.exec_driver_sql(f"SET LOCAL lock_timeout TO {int(self._wait_s * 1000)}")
        connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})

    def admit(self, connection: Connection) -> bool:
        """Whether this is a ledger of today's form; False if it is to be brought up."""
        return _of_today(self.name, revision(connection))

    def found(self, connection: Connection) -> None:
        """Make the ledger or bring it up, unless somebody did meanwhile."""
        if not self.admit(connection):
            bring_up(connection)

    def check(self, connection: Connection) -> None:
        """Nothing to do: PostgreSQL checks its own pages."""

    def words(self, error: Exception) -> SeamlineError:
        """Return PostgreSQL's ``error`` as one of the family."""
        return postgres_words(error, self.name, self._wait_s)


def home_of(where: str, wait_s: float) -> Home:
    """Return the home that ``where`` names: a PostgreSQL URL, or a file's path."""
    if where.startswith(("postgresql://", "postgresql+psycopg://")):
        return PostgresHome(where, wait_s)
    return SqliteHome(where, wait_s)


def _of_today(name: str, found: str) -> bool:
    if found > HEAD:
        raise ShowError(
            f"the ledger {name} is of revision {found}, this seamline knows them up to {HEAD}",
            remedy="Use the version of seamline that brought it there, or a newer one.",
        )
    return found == HEAD


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _use_log(connection: Any, wait_s: float) -> None:
    # Switching to the log does not wait for other processes by itself.
    until = time.monotonic() + wait_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _without_password(url: str) -> str:
    head, mark, rest = url.partition("://")
    user, at, place = rest.rpartition("@")
    return f"{head}{mark}{user.split(':')[0]}{at}{place}"
