"""
What a child may see, and the bubblewrap command line that shows it that and no more.

Everything is named from outside and stands at the same place inside. What a child works on
is not here: pictures come to it as open descriptors or in anonymous memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin")
"""Libraries of the machine; links among them stay links."""
TRIFLES = ("/etc/ld.so.cache", "/etc/localtime", "/sys/devices/system/cpu")
_PRIVATE = ("/tmp", "/var/tmp", "/dev/shm", "/run")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a child sees of the disk."""

    reads: tuple[str, ...] = ()
    """Files and folders that it may read."""
    writes: tuple[str, ...] = ()
    """Folders that it may write in."""
    hands_in_files: bool = False
    """Whether files are handed in as descriptors, which only a wall of mounts can tell
    from files that it opened itself."""


def bwrap_line(
    bwrap: str,
    sight: Sight,
    *,
    reads_link: Callable[[str], str | None],
    exists: Callable[[str], bool],
) -> list[str]:
    """
    Return the words of a bubblewrap command before the child's own.

    Args:
        bwrap: Where bubblewrap stands.
        sight: What the child may see besides the machine's libraries.
        reads_link: Where a symbolic link leads, or None.
        exists: Whether a path is there.
    """
    words = [bwrap, "--unshare-all", "--cap-drop", "ALL", "--die-with-parent", "--new-session"]
    words += ["--proc", "/proc", "--dev", "/dev"]
    for folder in _PRIVATE:
        words += ["--tmpfs", folder]
    for path in SYSTEM:
        leads_to = reads_link(path)
        if leads_to is not None:
            words += ["--symlink", leads_to, path]
        elif exists(path):
            words += ["--ro-bind", path, path]
    for path in TRIFLES:
        words += ["--ro-bind-try", path, path]
    for path in outermost(sight.reads):
        if not _within(path, SYSTEM):
            words += ["--ro-bind", path, path]
    for path in outermost(sight.writes):
        words += ["--bind", path, path]
    return [*words, "--chdir", "/tmp", "--"]


def outermost(paths: Sequence[str]) -> list[str]:
    """Return ``paths`` without those that lie within another of them, sorted."""
    found: list[str] = []
    for path in sorted({os.path.abspath(path) for path in paths}):
        if not _within(path, found):
            found.append(path)
    return found


def _within(path: str, folders: Sequence[str]) -> bool:
    return any(
        path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders
    )


def of_python(
    search: Sequence[str],
    prefixes: Sequence[str],
    *,
    never: Sequence[str],
    is_there: Callable[[str], bool],
) -> tuple[str, ...]:
    """
    Return what Python itself has to see: its own folders and those it finds modules in.

    Args:
        search: Where modules are searched for (``sys.path``).
        prefixes: Folders of the interpreter.
        never: Folders that are somebody's work, such as the home and the show: neither they
            nor what they lie in is shown, even if modules are searched for there.
        is_there: Whether a path is there.
    """
    hidden = [os.path.abspath(path) for path in never if path]
    found = []
    for path in (*prefixes, *search):
        if not os.path.isabs(path) or not is_there(path):
            continue
        path = os.path.abspath(path)
        if path == "/" or any(_within(one, [path]) for one in hidden):
            continue
        found.append(path)
    return tuple(outermost(found))
