"""
Backup and restore of a show, and the scrub that finds rot in what is stored.

A backup is a folder: the show file and config, keys, blobs, and the ledger's rows as one
file of their stored bytes, a line each, in order. Blobs are immutable and named by what
they hold, so a second backup into the same folder copies only what is new. The rows
come first and the blobs after: every blob that a row names was there before the row.
Keys are copied with the permissions they have.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from seamline.errors import FormatError, InputError, SeamlineError, TamperError
from seamline.ports import Blobs, Row
from seamline.store.chain import FIRST_PREVIOUS, read_row, what_is_wrong
from seamline.store.ledger import SqlLedger
from seamline.store.whole import in_words, make_folder, write_whole

ROWS = "ledger.rows"
_KEPT_BESIDE = ("show.toml", "config.ocio", "policy.toml")
_NOT_KEPT = frozenset(
    {
        "errands",
        "how-far",
        "leases",
        "screenings",
        "ledger.sqlite",
        "ledger.sqlite-wal",
        "ledger.sqlite-shm",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a backup or a restore did."""

    rows: int
    files: int
    bytes: int


def back_up(root: str, state: str, ledger: SqlLedger, target: str) -> Copied:
    """
    Copy the show at ``root`` into the folder ``target``; what is there already stays.

    Raises:
        TamperError: The ledger's chain is broken; nothing is written.
        InputError: ``target`` holds the backup of another show, or lies in the show.
    """
    ledger.verify()
    target = os.path.abspath(target)
    if target == root or target.startswith(root.rstrip("/") + "/"):
        raise InputError(
            f"{target} lies in the show itself", remedy="Name a folder on another disk."
        )
    rows = list(ledger.rows())
    lines = b"".join(row.stored + b"\n" for row in rows)
    _same_show(os.path.join(target, ROWS), lines)
    make_folder(target)
    copied = [_copy(path, root, target) for path in _files(root, state)]
    # Last: a backup without its rows is none.
    write_whole(os.path.join(target, ROWS), lines)
    new = [size for size in copied if size is not None]
    return Copied(rows=len(rows), files=len(new), bytes=sum(new) + len(lines))


def restore(backup: str, root: str, take_over: Callable[[Sequence[Row]], None]) -> Copied:
    """
    Put the show in ``backup`` back into the folder ``root``, which must not be a show.

    Args:
        backup: The folder that ``back_up`` wrote.
        root: Where the show is to stand.
        take_over: Writes the checked rows into an empty ledger.

    Raises:
        FormatError: ``backup`` is none.
        InputError: A show stands at ``root``.
        TamperError: A row in the backup is not what was written.
    """
    path = os.path.join(backup, ROWS)
    if not os.path.isfile(path):
        raise FormatError(
            f"{backup} is no backup of a show: there is no {ROWS} in it",
            remedy="Name the folder that seamline show backup wrote.",
        )
    if os.path.lexists(os.path.join(root, "show.toml")):
        raise InputError(
            f"{root} is a show already; nothing was restored",
            remedy="Name an empty folder.",
        )
    rows = list(read_rows(path))
    make_folder(root)
    last = os.path.join(backup, "show.toml")  # it makes the folder a show
    files = [file for file in _walk(backup) if file not in (path, last)]
    sizes = [_copy(file, backup, root) for file in files]
    take_over(rows)
    sizes.append(_copy(last, backup, root))
    new = [size for size in sizes if size is not None]
    return Copied(rows=len(rows), files=len(new), bytes=sum(new))


def read_rows(path: str) -> Iterator[Row]:
    """Yield the rows in a backup's file; TamperError at the first that does not follow."""
    previous = FIRST_PREVIOUS
    with in_words(path, "read"), open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            stored = line.rstrip(b"\n")
            hash_ = hashlib.sha256(stored).hexdigest()
            wrong = ""
            try:
                record = json.loads(stored)
                kind, key = record["kind"], record["key"]
                wrong = what_is_wrong(number, previous, number, kind, key, stored, hash_)
            except (ValueError, KeyError, TypeError):
                wrong = "its bytes are no record"
            if wrong:
                raise TamperError(
                    f"{path} was changed at row {number}: {wrong}",
                    remedy="Use another backup; nothing was restored.",
                )
            previous = hash_
            yield read_row(number, kind, stored, hash_)


def scrub(state: str, blobs: Blobs) -> tuple[int, list[str]]:
    """Read every blob; return how many, and the paths of those that are not what they were."""
    count, rotten = 0, []
    for path in _walk(os.path.join(state, "blobs")):
        digest, suffix = os.path.splitext(os.path.basename(path))
        if len(digest) != 64:
            continue
        count += 1
        try:
            if suffix == ".exr":
                blobs.picture(digest)
            elif _sha256(path) != digest:
                rotten.append(path)
        except SeamlineError:
            rotten.append(path)
    return count, rotten


def _files(root: str, state: str) -> Iterator[str]:
    for path in _walk(state):
        first = os.path.relpath(path, state).split(os.sep)[0]
        if first not in _NOT_KEPT and ".tmp-" not in path:
            yield path
    for name in _KEPT_BESIDE:
        path = os.path.join(root, name)
        if os.path.isfile(path):
            yield path


def _walk(folder: str) -> Iterator[str]:
    for at, folders, names in os.walk(folder):
        folders.sort()
        yield from (os.path.join(at, name) for name in sorted(names))


def _copy(path: str, root: str, target: str) -> int | None:
    """Copy a file to its place below ``target``; None if it stands there already."""
    to = os.path.join(target, os.path.relpath(path, root))
    size = os.path.getsize(path)
    blob = f"{os.sep}blobs{os.sep}" in to
    if blob and os.path.isfile(to) and os.path.getsize(to) == size:
        return None
    make_folder(os.path.dirname(to))
    making = f"{to}.tmp-backup"
    with in_words(to):
        shutil.copy2(path, making)
        os.replace(making, to)
    return size


def _same_show(path: str, lines: bytes) -> None:
    if not os.path.isfile(path):
        return
    with in_words(path, "read"), open(path, "rb") as file:
        standing = file.read()
    if not lines.startswith(standing):
        raise InputError(
            f"{os.path.dirname(path)} holds the backup of another show, or of rows that "
            "this one no longer has",
            remedy="Name another folder.",
        )


def _sha256(path: str) -> str:
    whole = hashlib.sha256()
    with in_words(path, "read"), open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            whole.update(chunk)
    return whole.hexdigest()
