"""
Whose a show's files are, where a group of people shares it.

``[files]`` in ``show.toml``: ``umask`` is what new files are made with, whoever makes them;
``group`` is whose they are. The show's folders are given to the group once, with the bit that
gives it on to all that is made in them (setgid, inode(7)).
"""

from __future__ import annotations

import grp
import os
import stat
from dataclasses import dataclass

from seamline.errors import RefusedError, ShowError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """
    What ``[files]`` says.

    Attributes:
        umask: Permissions that new files and folders do not get; None: the account's own.
        group: The group that all of the show belongs to; empty: as it comes.
    """

    umask: int | None = None
    group: str = ""


def apply(root: str, said: Sharing) -> None:
    """
    Have this process make files as the show at ``root`` says.

    Raises:
        ShowError: This machine knows no such group.
        RefusedError: This account may not give the show's folders to it.
    """
    if said.umask is not None:
        os.umask(said.umask)
    if not said.group:
        return
    try:
        gid = grp.getgrnam(said.group).gr_gid
    except KeyError as error:
        raise ShowError(
            f"show.toml names the group {said.group!r}, which this machine does not know",
            remedy="Name one of: getent group.",
        ) from error
    if not _is_given(root, gid):
        _give(root, gid, said)


def _is_given(folder: str, gid: int) -> bool:
    found = os.stat(folder)
    return found.st_gid == gid and bool(found.st_mode & stat.S_ISGID)


def _give(root: str, gid: int, said: Sharing) -> None:
    """Give ``root`` and all in it to the group; its own folder last, as the mark of it."""
    try:
        for folder, _, names in os.walk(root, topdown=False):
            for path in (*(os.path.join(folder, name) for name in names), folder):
                if os.path.islink(path):
                    continue
                mode = stat.S_IMODE(os.stat(path).st_mode)
                os.chown(path, -1, gid)
                os.chmod(path, _opened(mode, said.umask) | (stat.S_ISGID * (path == folder)))
    except PermissionError as error:
        raise RefusedError(
            f"{error.filename} cannot be given to the group {said.group!r} by this account",
            remedy=f"Whoever owns the show does it once: chgrp -R {said.group} {root} && "
            f"find {root} -type d -exec chmod g+s {{}} +",
        ) from error


def _opened(mode: int, umask: int | None) -> int:
    """Return ``mode`` with what the group may do by ``umask``; what is private stays so."""
    if umask is None or not mode & stat.S_IRGRP:
        return mode
    return mode | ((mode & stat.S_IRWXU) >> 3) & ~umask
