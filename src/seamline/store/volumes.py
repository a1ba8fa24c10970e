"""Which file system a path lies on, as Linux tells it (proc(5), mountinfo)."""

from __future__ import annotations

import os
import re

NETWORK = frozenset(
    {
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.ceph",
        "fuse.glusterfs",
        "fuse.sshfs",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
    }
)


def network_file_system(path: str, mounts: str | None = None) -> str:
    """
    Return the kind of network file system ``path`` lies on; empty on a local disk.

    Args:
        path: A file or folder; it need not be there yet.
        mounts: The text of ``/proc/self/mountinfo``; read from there without. Where
            there is none, nothing is known and the answer is empty.
    """
    if mounts is None:
        try:
            with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
                mounts = file.read()
        except OSError:
            return ""
    kind, longest = "", -1
    at = os.path.realpath(path)
    for line in mounts.splitlines():
        left, dash, right = line.partition(" - ")
        fields = left.split()
        if not dash or len(fields) < 5:
            continue
        point = _unescaped(fields[4])
        # Of two mounts at one point the later one is what is seen.
        if _covers(point, at) and len(point) >= longest:
            kind, longest = right.split()[0], len(point)
    return kind if kind in NETWORK else ""


def _covers(point: str, path: str) -> bool:
    return point == "/" or path == point or path.startswith(f"{point}/")


def _unescaped(text: str) -> str:
    return re.sub(r"\\(\d{3})", lambda found: chr(int(found[1], 8)), text)
