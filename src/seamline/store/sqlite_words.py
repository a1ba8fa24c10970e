"""What SQLite says about a ledger's file, as one of the family."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import suppress

from seamline.errors import (
    AgainError,
    DiskError,
    InputError,
    LeaseError,
    SeamlineError,
    TamperError,
)

_ROOM_BYTES = 1 << 18  # less than the log's smallest growth: the disk is full in effect


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection is in the way."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def damaged(path: str, says: str) -> TamperError:
    """Return the error for a file that is no whole database any more."""
    return TamperError(
        f"the ledger {path} is damaged: {says}",
        remedy="Put the ledger back from a backup.",
    )


def sqlite_words(error: sqlite3.Error, path: str, wait_s: float) -> SeamlineError:
    """
    Return ``error`` about the ledger at ``path`` as one of the family.

    Full disk: DiskError. Kept busy by others for ``wait_s``: LeaseError. Not, or no
    longer, a database: TamperError. Missing or not writable: InputError.
    """
    folder = os.path.dirname(path)
    code = _code(error)
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _no_room(folder)):
        return DiskError(
            f"cannot write to the ledger {path}: the disk of {folder} is full",
            remedy="Free some space there and run the same command again; "
            "what was finished stays.",
        )
    if is_busy(error):
        return LeaseError(
            f"another process has been writing to the ledger {path} for {wait_s:g} seconds",
            remedy="Wait for it to end and run the same command again.",
        )
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return damaged(path, str(error))
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
