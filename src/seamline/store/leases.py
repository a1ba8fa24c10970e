"""
Leases: one process at a time on one thing.

A lease is a small file that names its holder (host, process id, start of the
process). A holder that is gone from this machine loses it at once, so a killed
run never blocks the next; one on another machine cannot be looked up, so it
says every minute that it is alive and loses the lease a quarter of an hour
after the last time.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

from seamline.errors import LeaseError
from seamline.store.owners import Owner
from seamline.store.whole import discard, in_words, make_folder, write_whole

EXPIRES_AFTER_S = 15 * 60.0
RENEWED_EVERY_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    owner: Owner
    token: str
    since: str
    expires_after_s: float


@contextmanager
def hold(folder: str, name: str) -> Iterator[None]:
    """
    Hold the lease ``name``, kept in ``folder``, while the block runs.

    Raises:
        LeaseError: A living process holds it, or it was lost on the way.
        InputError: ``folder`` cannot be written.
    """
    make_folder(folder)
    path = os.path.join(folder, f"{quote(name, safe='')}.json")
    token = secrets.token_hex(8)
    _take(folder, path, name, token)
    ended = threading.Event()
    renewing = threading.Thread(target=_renew, args=(path, ended), daemon=True)
    renewing.start()
    try:
        yield
    except BaseException:
        ended.set()
        _give_back(folder, path, token)
        raise
    ended.set()
    if not _give_back(folder, path, token):
        raise LeaseError(
            f"the lease on {name!r} was lost to another process while this one was held up",
            remedy="Run the same command again; what is finished is not done twice.",
        )


def _take(folder: str, path: str, name: str, token: str) -> None:
    with _one_at_a_time(folder):
        held = _read(path)
        if held and _stands(held, path):
            raise LeaseError(
                f"{name!r} is held by process {held.owner.pid} on {held.owner.host} "
                f"since {held.since}",
                remedy="Wait for it to end, then run the same command again.",
            )
        owner = Owner.here()
        record = {
            "host": owner.host,
            "pid": owner.pid,
            "start": owner.start,
            "token": token,
            "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "expires_after_s": EXPIRES_AFTER_S,
        }
        write_whole(path, json.dumps(record, indent=1).encode())


def _give_back(folder: str, path: str, token: str) -> bool:
    """Remove the lease if it is still ours; tell whether it was."""
    with _one_at_a_time(folder):
        held = _read(path)
        ours = held is not None and held.token == token
        if ours:
            discard(path)
        return ours


def _stands(held: _Held, path: str) -> bool:
    if held.owner.is_here:
        return held.owner.lives
    with in_words(path, "read"):
        # The file's time is when its holder last said that it is alive.
        return time.time() - os.stat(path).st_mtime < held.expires_after_s


def _read(path: str) -> _Held | None:
    """Return who holds the lease at ``path``; None if nobody, or the file says nothing."""
    if not os.path.exists(path):
        return None
    try:
        with in_words(path, "read"), open(path, encoding="utf-8") as file:
            record = json.load(file)
        return _Held(
            owner=Owner(host=record["host"], pid=int(record["pid"]), start=record["start"]),
            token=record["token"],
            since=record["since"],
            expires_after_s=float(record["expires_after_s"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _renew(path: str, ended: threading.Event) -> None:
    while not ended.wait(RENEWED_EVERY_S):
        try:
            os.utime(path)
        except OSError:
            return  # the lease will expire, and giving it back will say so


@contextmanager
def _one_at_a_time(folder: str) -> Iterator[None]:
    """Look and take in one step: nobody else looks in between."""
    guard = os.path.join(folder, ".guard")
    with in_words(guard):
        handle = os.open(guard, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        with in_words(guard):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
