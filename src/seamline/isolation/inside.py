"""
Inside: the first thing that a child runs, before it has read a byte of anything.

``python -m seamline.isolation.inside WALLS MODULE WORDS...`` puts up the walls that WALLS (a
JSON object) asks for, as far as the kernel lets it, and becomes MODULE with WORDS. It is the
standard library alone, in one thread: what is asked of the kernel here holds for the thread
that asks, and for those it starts later. MODULE finds in ``STANDING`` what stands.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import runpy
import sys
from typing import Any

from seamline.isolation import landlock, seccomp

STANDING: dict[str, Any] = {}
"""What stands around this process; see ``walls.Walls``."""

_NEW_USER, _NEW_NET, _NEW_IPC = 0x10000000, 0x40000000, 0x08000000
_LIMITS = {
    "memory_bytes": resource.RLIMIT_DATA,
    "processor_s": resource.RLIMIT_CPU,
    "file_bytes": resource.RLIMIT_FSIZE,
    "open_files": resource.RLIMIT_NOFILE,
}


def main(words: list[str]) -> None:
    """Put up the walls that the first word asks for, then be the module that the second is."""
    asked = json.loads(words[0])
    if asked.get("internet") is False:
        with contextlib.suppress(OSError, KeyError):
            seccomp.install(seccomp.no_internet(seccomp.here()))
    else:
        enter(asked)
    sys.argv = words[1:]
    runpy.run_module(words[1], run_name="__main__", alter_sys=True)


def without_internet(words: list[str]) -> list[str]:
    """
    Return the command line that runs the Python module ``words[0]`` with the rest of them.

    It can make no socket that leaves the machine, where the kernel can see to that; it may
    start walled children of its own.
    """
    here = [sys.executable, "-P", "-m", "seamline.isolation.inside"]
    return [*here, json.dumps({"internet": False}), *words]


def enter(asked: dict[str, Any]) -> None:
    """
    Put up every wall that can be, and write into ``STANDING`` what stands.

    Args:
        asked: ``net`` and ``pid``: the caller's namespaces, as ``/proc/self/ns`` names them;
            ``reads``, ``writes`` and ``reading`` for Landlock; ``limits``; ``off``: limits
            only.
    """
    os.umask(0o077)
    for name, most in asked.get("limits", {}).items():
        _limit(_LIMITS[name], int(most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    off = bool(asked.get("off"))
    if not off and namespace("net") == asked["net"]:
        _leave_the_network()
    parted = {name: bool(namespace(name)) and namespace(name) != asked[name]
              for name in ("net", "pid", "mnt")}  # fmt: skip
    version, filtered = 0, False
    if not off:
        with contextlib.suppress(OSError):
            version = landlock.restrict(
                asked["reads"], asked["writes"], reading=bool(asked["reading"])
            )
        if seccomp.known(seccomp.here()):
            with contextlib.suppress(OSError):
                seccomp.install(seccomp.walled(seccomp.here()))
                filtered = True
    STANDING.update(parted, landlock=version, reading=bool(asked["reading"]), seccomp=filtered)
    STANDING["mounts"] = bool(asked.get("mounts")) and parted["mnt"]


def namespace(name: str) -> str:
    """Return the namespace ``name`` that this process is in; empty where there is none."""
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/self/ns/{name}")
    return ""


def _leave_the_network() -> None:
    """Go where there is no network at all, if the kernel lets this account."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        uid, gid = os.getuid(), os.getgid()
        if libc.unshare(_NEW_USER | _NEW_NET | _NEW_IPC) != 0:
            return
        for name, words in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"),
                            ("gid_map", f"{gid} {gid} 1")):  # fmt: skip
            with contextlib.suppress(OSError), open(f"/proc/self/{name}", "w") as file:
                file.write(words)


def _limit(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(which, (most, most))


if __name__ == "__main__":
    # The module that is run imports this one again: it is to find the same STANDING.
    sys.modules["seamline.isolation.inside"] = sys.modules["__main__"]
    main(sys.argv[1:])
