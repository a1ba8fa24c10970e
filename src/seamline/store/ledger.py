"""
The ledger: the append-only, hash-chained book of a show, in one SQLite file.

A row's canonical bytes (see ``chain``) are kept verbatim; the columns beside
them are an index, nothing more. The file itself refuses to change or drop a row.

Write-ahead log, ``synchronous=FULL``: a row that was returned survives a power
cut. The log needs shared memory, so the file must lie on a disk of this machine.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from seamline.errors import FormatError, ShowError, TamperError
from seamline.ports import Clock, Row
from seamline.store.chain import FIRST_PREVIOUS, read_row, row_bytes, what_is_wrong
from seamline.store.sqlite_words import damaged, is_busy, sqlite_words
from seamline.store.volumes import network_file_system
from seamline.store.whole import make_folder

_FORMAT = 1
_APPLICATION = 0x5EA_711_4E  # marks the file as a ledger in its SQLite header
_WAIT_S = 30.0
_PAGE = 500

_SCHEMA = f"""
CREATE TABLE rows (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT,
    stored BLOB NOT NULL,
    hash TEXT NOT NULL
);
CREATE UNIQUE INDEX rows_once ON rows (kind, key) WHERE key IS NOT NULL;
CREATE INDEX rows_kind ON rows (kind, number);
CREATE TRIGGER rows_stand BEFORE UPDATE ON rows
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER rows_stay BEFORE DELETE ON rows
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER rows_follow BEFORE INSERT ON rows
    WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM rows)
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_FORMAT};
"""


class SqliteLedger:
    """
    A show's ledger in one file; safe for many threads and many processes.

    Args:
        path: The file; it is made at the first use, with its folder.
        clock: Where ``at`` comes from.
        wait_s: How long to wait for another process that is writing.
    """

    def __init__(self, path: str, clock: Clock, *, wait_s: float = _WAIT_S) -> None:
        self.path = os.path.abspath(path)
        self._clock = clock
        self._wait_s = wait_s
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0
        self._closing: weakref.finalize[[sqlite3.Connection, int], Any] | None = None

    def append(self, kind: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        """Write one row, durable on return. Never rewrites an earlier one."""
        with self._writing() as connection:
            return self._insert(connection, kind, None, body, by)

    def append_once(self, kind: str, key: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        """Write one row unless one of ``kind`` with ``key`` stands already; return that row."""
        with self._reading() as connection:
            standing = _find(connection, kind, key)
        if standing:
            return standing
        with self._writing() as connection:
            # Somebody may have written it while we waited for our turn.
            return _find(connection, kind, key) or self._insert(connection, kind, key, body, by)

    def rows(self, kind: str | None = None) -> Iterator[Row]:
        """Yield rows, oldest first; rows written meanwhile come at the end."""
        last = 0
        where = "" if kind is None else "AND kind = :kind"
        ask = (
            f"SELECT number, kind, stored, hash FROM rows WHERE number > :last {where} "
            "ORDER BY number LIMIT :page"
        )
        while True:
            with self._reading() as connection:
                page = connection.execute(
                    ask, {"last": last, "kind": kind, "page": _PAGE}
                ).fetchall()
            for found in page:
                yield read_row(*found)
            if len(page) < _PAGE:
                return
            last = page[-1][0]

    def verify(self) -> int:
        """
        Walk the chain and the file around it; return the number of rows.

        Raises:
            TamperError: A row's bytes, hash, place or index columns are not what they
                were; the sentence names the first such row.
        """
        number, previous = 0, FIRST_PREVIOUS
        with self._reading() as connection:
            for found in connection.execute(
                "SELECT number, kind, key, stored, hash FROM rows ORDER BY number"
            ):
                number += 1
                wrong = what_is_wrong(number, previous, *found)
                if wrong:
                    raise TamperError(
                        f"the ledger {self.path} was changed at row {number}: {wrong}",
                        remedy="Put the ledger back from a backup; rows before "
                        f"{number} are whole.",
                    )
                previous = found[4]
            says = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if says != "ok":
            raise damaged(self.path, says)
        return number

    def close(self) -> None:
        """Fold the log into the file and let go of it; the next use opens it again."""
        with self._lock:
            if self._closing:
                self._closing()
            self._connection = None

    # -- within -------------------------------------------------------------

    def _insert(
        self,
        connection: sqlite3.Connection,
        kind: str,
        key: str | None,
        body: Mapping[str, Any],
        by: str,
    ) -> Row:
        last = connection.execute(
            "SELECT number, hash FROM rows ORDER BY number DESC LIMIT 1"
        ).fetchone()
        number, previous = (last[0] + 1, last[1]) if last else (1, FIRST_PREVIOUS)
        stored = row_bytes(
            number=number,
            previous=previous,
            kind=kind,
            key=key,
            body=body,
            by=by,
            at=self._clock.now(),
        )
        row = read_row(number, kind, stored, hashlib.sha256(stored).hexdigest())
        connection.execute(
            "INSERT INTO rows (number, kind, key, stored, hash) VALUES (?, ?, ?, ?, ?)",
            (row.number, kind, key, stored, row.hash),
        )
        return row

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._in_words():
            yield self._open()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._in_words():
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # A full disk has sometimes rolled back already.
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._pid != os.getpid():
            # A connection does not survive fork (sqlite.org/howtocorrupt.html, 2.6).
            self._connection, self._pid = self._connect(), os.getpid()
            self._closing = weakref.finalize(self, _close, self._connection, self._pid)
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        refuse_network(self.path)
        make_folder(os.path.dirname(self.path))
        connection = sqlite3.connect(
            self.path, timeout=self._wait_s, isolation_level=None, check_same_thread=False
        )
        try:
            self._set_up(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_up(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA synchronous = FULL")
        _use_log(connection, self._wait_s)
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            connection.execute("BEGIN IMMEDIATE")
            try:
                if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                    _create(connection, self.path)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        mark = connection.execute("PRAGMA application_id").fetchone()[0]
        if mark != _APPLICATION:
            raise FormatError(
                f"{self.path} is a database, but not a seamline ledger",
                remedy="Move it away, or put the show's ledger back from a backup.",
            )
        if version != _FORMAT:
            raise ShowError(
                f"the ledger {self.path} is of format {version}, this seamline writes "
                f"format {_FORMAT}",
                remedy="Use the version of seamline the show was made with, or a newer one.",
            )

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise sqlite_words(error, self.path, self._wait_s) from error


def refuse_network(path: str) -> None:
    """Raise ShowError if ``path`` lies on a file system that other machines share."""
    kind = network_file_system(path)
    if kind:
        raise ShowError(
            f"the ledger {path} would lie on a network file system ({kind}), where two "
            "machines can damage it",
            remedy="Keep the show's folder on a disk of the machine that works on it; plates "
            "and deliveries may lie on the network.",
        )


def _find(connection: sqlite3.Connection, kind: str, key: str) -> Row | None:
    found = connection.execute(
        "SELECT number, kind, stored, hash FROM rows WHERE kind = ? AND key = ?", (kind, key)
    ).fetchone()
    return read_row(*found) if found else None


def _close(connection: sqlite3.Connection, pid: int) -> None:
    if pid == os.getpid():  # a forked child must leave its parent's connection alone
        connection.close()


def _use_log(connection: sqlite3.Connection, wait_s: float) -> None:
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


def _create(connection: sqlite3.Connection, path: str) -> None:
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables:
        raise FormatError(
            f"{path} is a database, but not a seamline ledger",
            remedy="Move it away, or put the show's ledger back from a backup.",
        )
    statement = ""
    for line in _SCHEMA.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
