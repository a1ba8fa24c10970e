"""
Whole files: a name shows nothing, or everything.

A file or folder is made under a temporary name in the folder it is meant for,
brought to the disk (fsync) and renamed. The temporary name tells who is at work:

    .NAME.tmp-HOST-PID-RANDOM

so what a killed process left behind can be told from what a living one is
writing, and only the former is swept away.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from seamline.errors import AgainError, DiskError, InputError, SeamlineError
from seamline.store.owners import could_have_written, this_host

# Writers of pictures leave out the leading dot and may add a word of their own at the end.
_TEMPORARY = re.compile(
    r"\.?(?P<name>.+)\.tmp-(?P<host>.+)-(?P<pid>\d+)-[0-9a-f]{8}(?:-[a-z]+)?"
)
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NOT_USABLE = (
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOENT,
    errno.EEXIST,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.ELOOP,
    errno.EINVAL,
    errno.EFBIG,
    errno.EBUSY,
    errno.ENOTSUP,
)
FOREIGN_EXPIRY_S = 24 * 3600.0
"""A process of another machine cannot be looked up: what it left untouched for a day, longer
than any one frame or painting takes, counts as left behind."""
_CHUNK = 1 << 20


# -- words ------------------------------------------------------------------


def disk_words(error: OSError, path: str, doing: str) -> SeamlineError:
    """
    Return what the system said about ``path`` as one of the family.

    A full disk is DiskError; a folder that is missing, not a folder or not ours to
    write is InputError; anything else (a failing disk, a lost mount) is AgainError.
    """
    folder = os.path.dirname(os.path.abspath(path))
    reason = os.strerror(error.errno).lower() if error.errno else str(error)
    if error.errno in _FULL:
        return DiskError(
            f"cannot {doing} {path}: the disk of {folder} is full",
            remedy="Free some space there and run the same command again; "
            "what was finished stays.",
        )
    if error.errno in _NOT_USABLE:
        return InputError(
            f"cannot {doing} {path}: {reason} (folder {folder})",
            remedy=f"Check that {folder} is there and that you may use it, or name another.",
        )
    return AgainError(
        f"cannot {doing} {path}: {reason}",
        remedy="Check the disk or the mount, then run the same command again.",
    )


@contextmanager
def in_words(path: str, doing: str = "write") -> Iterator[None]:
    """Turn what the system says about ``path`` within the block into one of the family."""
    try:
        yield
    except OSError as error:
        raise disk_words(error, path, doing) from error


# -- temporary names --------------------------------------------------------


def temporary_name(path: str) -> str:
    """Return a fresh temporary path beside ``path`` that names this process."""
    folder, name = os.path.split(os.path.abspath(path))
    owner = f"{this_host()}-{os.getpid()}-{secrets.token_hex(4)}"
    return os.path.join(folder, f".{name}.tmp-{owner}")


def is_left_behind(path: str) -> bool:
    """Tell whether ``path`` is a temporary whose process is gone."""
    found = _TEMPORARY.fullmatch(os.path.basename(path))
    if not found:
        return False
    try:
        modified_at = _last_touched(path)
    except FileNotFoundError:
        return False
    if found["host"] == this_host():
        return not could_have_written(int(found["pid"]), modified_at)
    return time.time() - modified_at > FOREIGN_EXPIRY_S


def _last_touched(path: str) -> float:
    latest = os.lstat(path).st_mtime
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            with suppress(FileNotFoundError):
                latest = max(latest, os.lstat(os.path.join(folder, name)).st_mtime)
    return latest


def sweep(folder: str, *, only_for: str = "", deep: bool = True) -> list[str]:
    """
    Remove temporaries in ``folder`` that a process which is gone left behind.

    Args:
        folder: Where to look.
        only_for: Only the temporaries of this file or folder name; all without.
        deep: Also look in the folders below.

    Returns:
        The paths removed.
    """
    removed: list[str] = []
    for at, folders, files in os.walk(folder):
        for name in (*folders, *files):
            found = _TEMPORARY.fullmatch(name)
            if not found or (only_for and found["name"] != only_for):
                continue
            path = os.path.join(at, name)
            if is_left_behind(path):
                discard(path)
                removed.append(path)
        # A temporary folder is one thing: it goes as a whole or not at all.
        folders[:] = [name for name in folders if deep and not _TEMPORARY.fullmatch(name)]
    return removed


def discard(path: str) -> None:
    """Remove the file or folder at ``path``, if it is there."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(FileNotFoundError):
            os.unlink(path)


# -- writing ----------------------------------------------------------------


def make_folder(folder: str, *, mode: int = 0o777) -> None:
    """
    Make ``folder`` and those above it, on disk on return; InputError where that cannot be.

    A file on disk in a folder whose own name is not is lost with it when the power is cut.
    """
    with in_words(folder, "make"):
        above, at = [], os.path.abspath(folder)
        while not os.path.isdir(at):
            at = os.path.dirname(at)
            above.append(at)
        os.makedirs(folder, mode=mode, exist_ok=True)
        for parent in reversed(above):
            sync(parent)


def sync(path: str) -> None:
    """Bring the file or folder at ``path`` to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems have no fsync for folders
            raise
    finally:
        os.close(handle)


def write_whole(
    path: str,
    content: bytes,
    *,
    mode: int = 0o666,
    replace: bool = True,
    synced: bool = True,
) -> None:
    """
    Write ``content`` as the file ``path``, whole or not at all; its folder must be there.

    One that is not ``synced`` may be lost with the power: for a ``whole_folder``, which is
    synced before it gets its name.

    Raises:
        FileExistsError: ``replace`` is False and something stands at ``path``.
        DiskError: The disk is full.
        InputError: The folder is missing or not writable.
    """
    temporary = temporary_name(path)
    try:
        with in_words(path):
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                if synced:
                    os.fsync(file.fileno())
        place(temporary, path, replace=replace, synced=synced)
    except BaseException:
        discard(temporary)
        raise


def copy_whole(source: str, path: str, *, replace: bool = True) -> str:
    """
    Copy the file ``source`` to ``path``, whole or not at all; return the copy's SHA-256.

    Raises:
        FileExistsError: ``replace`` is False and something stands at ``path``.
        DiskError: The disk is full.
        InputError: ``source`` cannot be read, or the folder of ``path`` not written.
    """
    with in_words(source, "read"):
        reading = open(source, "rb")  # noqa: SIM115  (its errors are another file's)
    temporary, digest = temporary_name(path), hashlib.sha256()
    try:
        with reading, in_words(path), open(temporary, "xb") as file:
            while chunk := reading.read(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        place(temporary, path, replace=replace)
    except BaseException:
        discard(temporary)
        raise
    return digest.hexdigest()


def place(temporary: str, path: str, *, replace: bool = True, synced: bool = True) -> None:
    """Give the finished file ``temporary`` its name ``path``, and bring that to the disk."""
    if not replace:
        _place_new(temporary, path)
    with in_words(path):
        if replace:
            os.replace(temporary, path)
        if synced:
            sync(os.path.dirname(os.path.abspath(path)))


def _place_new(temporary: str, path: str) -> None:
    try:
        os.link(temporary, path)  # fails if the name is taken, even in the same instant
        os.unlink(temporary)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP):
            raise disk_words(error, path, "write") from error
        # A file system without hard links.
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path) from None
        with in_words(path):
            os.rename(temporary, path)


@contextmanager
def whole_folder(path: str, *, mode: int = 0o777) -> Iterator[str]:
    """
    Give a temporary folder that becomes ``path`` when the block ends well, else vanishes.

    Raises:
        InputError: ``path`` stands already and is not an empty folder, or it cannot be
            made there.
        DiskError: The disk is full.
    """
    path = os.path.abspath(path)
    parent, name = os.path.split(path)
    make_folder(parent)
    _refuse_taken(path)
    sweep(parent, only_for=name, deep=False)
    temporary = temporary_name(path)
    with in_words(path, "make"):
        os.mkdir(temporary, mode)
    try:
        if os.path.isdir(path):  # an empty folder's owner decided who may use it
            shutil.copymode(path, temporary)
        yield temporary
        with in_words(path):
            _sync_tree(temporary)
            _name_folder(temporary, path)
            sync(parent)
    except BaseException:
        discard(temporary)
        raise


def _refuse_taken(path: str) -> None:
    with in_words(path, "use"):
        taken = os.path.lexists(path) and not (os.path.isdir(path) and not os.listdir(path))
    if taken:
        raise InputError(
            f"{path} stands already and is not an empty folder; nothing was written",
            remedy="Name a folder that is empty or not there yet.",
        )


def _name_folder(temporary: str, path: str) -> None:
    try:
        os.rename(temporary, path)  # takes the place of an empty folder, of nothing else
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            _refuse_taken(path)
        raise


def _sync_tree(folder: str) -> None:
    for at, _, files in os.walk(folder):
        for name in files:
            sync(os.path.join(at, name))
        sync(at)


# -- reading ----------------------------------------------------------------


def file_sha256(path: str) -> str:
    """Return the SHA-256 of the file's bytes; InputError where it cannot be read."""
    with in_words(path, "read"), open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
