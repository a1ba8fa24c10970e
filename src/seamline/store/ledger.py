"""
The ledger: the append-only, hash-chained book of a show, in SQLite or PostgreSQL.

A row's canonical bytes (see ``chain``) are kept verbatim; the columns beside
them are an index, nothing more. The database itself refuses to change or drop a
row. Where it lives, and what differs there, is in ``homes``.

Rows that several threads write at once go to disk together, in one transaction,
and none of them is returned before it is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    literal_column,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from seamline.errors import AgainError, RefusedError, TamperError
from seamline.ports import Clock, Row
from seamline.show.record import canonical
from seamline.store.chain import FIRST_PREVIOUS, read_row, row_bytes, what_is_wrong
from seamline.store.homes import WRITING, Home, SqliteHome, home_of

_WAIT_S = 30.0
_PAGE = 500
_MOST_TOGETHER = 256

_ROWS = Table(
    "rows",
    MetaData(),
    Column("number", Integer, primary_key=True),
    Column("kind", Text),
    Column("key", Text),
    Column("stored", LargeBinary),
    Column("hash", Text),
)
# As it lies in the database: a changed row may hold something of another type.
_STORED: Any = literal_column("stored")
_FOUND = (_ROWS.c.number, _ROWS.c.kind, _STORED, _ROWS.c.hash)


_Overtaken = Callable[[Connection], bool]


class _Wish:
    """A row that somebody waits for, unless it is ``overtaken`` when its turn comes."""

    def __init__(
        self,
        kind: str,
        key: str | None,
        body: Mapping[str, Any],
        by: str,
        overtaken: _Overtaken = lambda _: False,
    ) -> None:
        self.kind, self.key, self.body, self.by = kind, key, body, by
        self.overtaken = overtaken
        self.row: Row | None = None
        self.error: BaseException | None = None
        self.is_answered = False

    def answer(self, row: Row | None, error: BaseException | None = None) -> None:
        self.row, self.error, self.is_answered = row, error, True


class SqlLedger:
    """
    A show's ledger; safe for many threads and many processes.

    Args:
        home: Where it lives.
        clock: Where ``at`` comes from.
    """

    def __init__(self, home: Home, clock: Clock) -> None:
        self._home = home
        self._clock = clock
        self._lock = threading.RLock()
        self._gate = threading.Lock()
        self._waiting: list[_Wish] = []
        self._engine: Engine | None = None
        self._pid = 0
        self._closing: weakref.finalize[[Engine, int], Any] | None = None

    def append(self, kind: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        """Write one row, durable on return. Never rewrites an earlier one."""
        return _row(self._write(_Wish(kind, None, body, by)))

    def append_once(self, kind: str, key: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        """Write one row unless one of ``kind`` with ``key`` stands already; return that row."""
        with self._reading() as connection:
            standing = _find(connection, kind, key)
        return standing or _row(self._write(_Wish(kind, key, body, by)))

    def append_unless(
        self,
        kind: str,
        key: str,
        body: Mapping[str, Any],
        *,
        after: int,
        kinds: Collection[str],
        overtaken: Callable[[Row], bool],
    ) -> Row | None:
        """Write one row as ``append_once`` does, unless it was overtaken; None then."""
        later = select(*_FOUND).where(_ROWS.c.number > after, _ROWS.c.kind.in_(kinds))

        def is_overtaken(connection: Connection) -> bool:
            rows = connection.execute(later.order_by(_ROWS.c.number)).fetchall()
            return any(overtaken(read_row(*row)) for row in rows)

        return self._write(_Wish(kind, key, body, "", is_overtaken))

    def rows(self, kind: str | None = None, *, after: int = 0) -> Iterator[Row]:
        """Yield rows above number ``after``, oldest first; later ones come at the end."""
        last = after
        ask = select(*_FOUND).order_by(_ROWS.c.number).limit(_PAGE)
        if kind is not None:
            ask = ask.where(_ROWS.c.kind == kind)
        while True:
            with self._reading() as connection:
                page = connection.execute(ask.where(_ROWS.c.number > last)).fetchall()
            for found in page:
                yield read_row(*found)
            if len(page) < _PAGE:
                return
            last = page[-1][0]

    def verify(self) -> int:
        """
        Walk the chain and the database around it; return the number of rows.

        Raises:
            TamperError: A row's bytes, hash, place or index columns are not what they
                were; the sentence names the first such row.
        """
        number, previous = 0, FIRST_PREVIOUS
        columns = (_ROWS.c.number, _ROWS.c.kind, _ROWS.c.key, _STORED, _ROWS.c.hash)
        with self._reading() as connection:
            for found in connection.execute(select(*columns).order_by(_ROWS.c.number)):
                number += 1
                wrong = what_is_wrong(number, previous, *found)
                if wrong:
                    raise TamperError(
                        f"the ledger {self._home.name} was changed at row {number}: {wrong}",
                        remedy="Put the ledger back from a backup; rows before "
                        f"{number} are whole.",
                    )
                previous = found[4]
            self._home.check(connection)
        return number

    def take_over(self, rows: Sequence[Row]) -> None:
        """
        Write the ``rows`` of a backup, byte for byte, into this ledger.

        Raises:
            RefusedError: There are rows in it already.
        """
        with self._writing() as connection:
            if _head(connection)[0]:
                raise RefusedError(
                    f"the ledger {self._home.name} has rows already; nothing was restored",
                    remedy="Name an empty folder, or an empty database.",
                )
            for row in rows:
                _put(connection, row, json.loads(row.stored)["key"])
        self.verify()

    def close(self) -> None:
        """Let go of the database; the next use opens it again."""
        with self._lock:
            if self._closing:
                self._closing()
            self._engine = None

    # -- within -------------------------------------------------------------

    def _write(self, wish: _Wish) -> Row | None:
        canonical({"body": dict(wish.body)})  # refused alone, before it meets the others
        with self._gate:
            self._waiting.append(wish)
        with self._lock:
            # Whoever comes first writes for all that wait; the others find it done.
            while not wish.is_answered:
                with self._gate:
                    together = self._waiting[:_MOST_TOGETHER]
                    del self._waiting[:_MOST_TOGETHER]
                self._write_together(together)
        if wish.error is not None:
            raise wish.error
        return wish.row

    def _write_together(self, wishes: list[_Wish]) -> None:
        try:
            with self._writing() as connection:
                head = _head(connection)
                rows: list[Row | None] = []
                for wish in wishes:
                    # Somebody may have written it while we waited for our turn.
                    row = _find(connection, wish.kind, wish.key) if wish.key else None
                    if row is None and not wish.overtaken(connection):
                        row = self._insert(connection, head, wish)
                        head = (row.number, row.hash)
                    rows.append(row)
        except BaseException as error:
            interrupted = AgainError(
                "writing to the ledger was interrupted", remedy="Run the same command again."
            )
            for wish in wishes:
                wish.answer(None, error if isinstance(error, Exception) else interrupted)
            if not isinstance(error, Exception):
                raise
            return
        for wish, row in zip(wishes, rows, strict=True):
            wish.answer(row)

    def _insert(self, connection: Connection, head: tuple[int, str], wish: _Wish) -> Row:
        number = head[0] + 1
        stored = row_bytes(
            number=number,
            previous=head[1],
            kind=wish.kind,
            key=wish.key,
            body=wish.body,
            by=wish.by,
            at=self._clock.now(),
        )
        row = read_row(number, wish.kind, stored, hashlib.sha256(stored).hexdigest())
        _put(connection, row, wish.key)
        return row

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._lock, self._in_words(), self._open().connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._lock, self._in_words(), self._turn(self._open()) as connection:
            yield connection

    @contextmanager
    def _turn(self, engine: Engine) -> Iterator[Connection]:
        options = {WRITING: True}
        with engine.connect().execution_options(**options) as connection, connection.begin():
            self._home.take_turn(connection)
            yield connection

    def _open(self) -> Engine:
        if self._engine is None or self._pid != os.getpid():
            if self._engine is not None:
                # A connection does not survive fork (sqlite.org/howtocorrupt.html, 2.6).
                self._engine.dispose(close=False)
            engine = self._home.engine()
            try:
                self._ready(engine)
            except BaseException:
                engine.dispose()
                raise
            self._engine, self._pid = engine, os.getpid()
            self._closing = weakref.finalize(self, _close, engine, self._pid)
        return self._engine

    def _ready(self, engine: Engine) -> None:
        with engine.connect() as connection:
            if self._home.admit(connection):
                return
        with self._turn(engine) as connection:
            self._home.found(connection)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self._home.words(error) from error


class SqliteLedger(SqlLedger):
    """
    A ledger in one file of this machine.

    Args:
        path: The file; it is made at the first use, with its folder.
        clock: Where ``at`` comes from.
        wait_s: How long to wait for another process that is writing.
    """

    def __init__(self, path: str, clock: Clock, *, wait_s: float = _WAIT_S) -> None:
        self.path = os.path.abspath(path)
        super().__init__(SqliteHome(path, wait_s), clock)


def open_ledger(where: str, clock: Clock, *, wait_s: float = _WAIT_S) -> SqlLedger:
    """Return the ledger at ``where``: a PostgreSQL URL, or the path of a SQLite file."""
    return SqlLedger(home_of(where, wait_s), clock)


def _row(row: Row | None) -> Row:
    assert row is not None, "only what may be overtaken is not written"
    return row


def _head(connection: Connection) -> tuple[int, str]:
    last = connection.execute(
        select(_ROWS.c.number, _ROWS.c.hash).order_by(_ROWS.c.number.desc()).limit(1)
    ).first()
    return (last[0], last[1]) if last else (0, FIRST_PREVIOUS)


def _put(connection: Connection, row: Row, key: str | None) -> None:
    columns = {"number": row.number, "kind": row.kind, "key": key, "stored": row.stored}
    connection.execute(_ROWS.insert(), {**columns, "hash": row.hash})


def _find(connection: Connection, kind: str, key: str) -> Row | None:
    found = connection.execute(
        select(*_FOUND).where(_ROWS.c.kind == kind, _ROWS.c.key == key)
    ).first()
    return read_row(*found) if found else None


def _close(engine: Engine, pid: int) -> None:
    if pid == os.getpid():  # a forked child must leave its parent's connection alone
        engine.dispose()
