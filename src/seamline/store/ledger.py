"""
The ledger: the append-only, hash-chained book of a show, in one SQLite file.

A row is the canonical bytes of

    {"at", "body", "by", "host", "key", "kind", "number", "os_user", "previous"}

kept verbatim, where ``previous`` is the hash of the row before (64 zeros in the
first) and a row's hash is SHA-256 over its bytes. Whoever changes a byte of an
earlier row breaks every hash after it. The columns beside the bytes are an
index, nothing more. The file itself refuses to change or drop a row.

Write-ahead log, ``synchronous=FULL``: a row that was returned survives a power
cut. The log needs shared memory, so the file must lie on a disk of this machine.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import shutil
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from seamline.errors import (
    AgainError,
    DiskError,
    FormatError,
    InputError,
    LeaseError,
    SeamlineError,
    ShowError,
    TamperError,
)
from seamline.ports import Clock, Row
from seamline.show.record import canonical
from seamline.store.owners import this_host
from seamline.store.volumes import network_file_system
from seamline.store.whole import make_folder

FIRST_PREVIOUS = "0" * 64
_FORMAT = 1
_APPLICATION = 0x5EA_711_4E  # marks the file as a ledger in its SQLite header
_WAIT_S = 30.0
_PAGE = 500
_ROOM_BYTES = 1 << 18  # less than the log's smallest growth: the disk is full in effect

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
                yield _row(*found)
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
                wrong = _wrong(number, previous, *found)
                if wrong:
                    raise TamperError(
                        f"the ledger {self.path} was changed at row {number}: {wrong}",
                        remedy="Put the ledger back from a backup; rows before "
                        f"{number} are whole.",
                    )
                previous = found[4]
            says = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if says != "ok":
            raise _damaged(self.path, says)
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
        row = _row(number, kind, stored, hashlib.sha256(stored).hexdigest())
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
            raise _words(error, self.path, self._wait_s) from error


def row_bytes(
    *,
    number: int,
    previous: str,
    kind: str,
    key: str | None,
    body: Mapping[str, Any],
    by: str,
    at: str,
) -> bytes:
    """Return the canonical bytes of a row written by this user on this host."""
    return canonical(
        {
            "number": number,
            "previous": previous,
            "kind": kind,
            "key": key,
            "body": dict(body),
            "by": by,
            "at": at,
            "os_user": _os_user(),
            "host": this_host(),
        }
    )


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


def _row(number: int, kind: str, stored: bytes, hash_: str) -> Row:
    try:
        body = json.loads(stored)["body"]
    except (ValueError, KeyError, TypeError) as error:
        raise TamperError(
            f"row {number} of the ledger ({kind}) is no longer a record: {error}",
            remedy="Put the ledger back from a backup.",
        ) from error
    return Row(number=number, kind=kind, body=body, stored=bytes(stored), hash=hash_)


def _find(connection: sqlite3.Connection, kind: str, key: str) -> Row | None:
    found = connection.execute(
        "SELECT number, kind, stored, hash FROM rows WHERE kind = ? AND key = ?", (kind, key)
    ).fetchone()
    return _row(*found) if found else None


def _wrong(
    expected: int,
    previous: str,
    number: int,
    kind: str,
    key: str | None,
    stored: bytes,
    hash_: str,
) -> str:
    """Return what is wrong with a row that should follow ``previous``; empty if nothing."""
    if number != expected:
        return f"row {number} stands in its place"
    if not isinstance(stored, bytes) or hashlib.sha256(stored).hexdigest() != hash_:
        return "its bytes do not have its hash"
    try:
        record = json.loads(stored)
    except ValueError:
        return "its bytes are no record"
    if not isinstance(record, dict) or record.get("previous") != previous:
        return "it does not follow the row before"
    if (record.get("number"), record.get("kind"), record.get("key")) != (number, kind, key):
        return "its index does not match its bytes"
    return ""


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in many containers
        return str(os.getuid())


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
            if not _is_busy(error) or time.monotonic() > until:
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


# -- words ------------------------------------------------------------------


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code


def _is_busy(error: sqlite3.Error) -> bool:
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _damaged(path: str, says: str) -> TamperError:
    return TamperError(
        f"the ledger {path} is damaged: {says}",
        remedy="Put the ledger back from a backup.",
    )


def _words(error: sqlite3.Error, path: str, wait_s: float) -> SeamlineError:
    folder = os.path.dirname(path)
    code = _code(error)
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _no_room(folder)):
        return DiskError(
            f"cannot write to the ledger {path}: the disk of {folder} is full",
            remedy="Free some space there and run the same command again; "
            "what was finished stays.",
        )
    if _is_busy(error):
        return LeaseError(
            f"another process has been writing to the ledger {path} for {wait_s:g} seconds",
            remedy="Wait for it to end and run the same command again.",
        )
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return _damaged(path, str(error))
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return InputError(
            f"cannot use the ledger {path}: {error} (folder {folder})",
            remedy=f"Check that {folder} is there and that you may write in it.",
        )
    if code == sqlite3.SQLITE_IOERR:
        return AgainError(
            f"cannot use the ledger {path}: {error}",
            remedy="Check the disk or the mount, then run the same command again.",
        )
    return SeamlineError(f"the ledger {path}: {error}", remedy="This is a fault of seamline.")


def _no_room(folder: str) -> bool:
    with suppress(OSError):
        return shutil.disk_usage(folder).free < _ROOM_BYTES
    return False
