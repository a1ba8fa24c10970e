"""
What was laid out for a painter before: canvas and views, found again by all that decided them.

Several workers of one machine paint on one canvas from the same references, and the next
paintings of a shot do too; laid out once, the same bits serve them all. It lies in the
account's own cache, beside compiled code and trusted like that: the folder is nobody else's,
what another account wrote is not opened, and a file whose bytes are not those that were
written is as if it were not there. It may be thrown away at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

from seamline.farm.memory import give_back
from seamline.farm.parcels import Material, material_in, parts_of

MOST_FILES = 4
LEAST_BYTES = 16 << 20
"""What is smaller is laid out again in no time."""
MOST_BYTES = 4 << 30
"""What takes more is laid out again each time."""
_HEAD = struct.Struct("<I32s")


class KeptMaterial:
    """
    Canvases and views of one account on one machine.

    Args:
        folder: Where they lie; it is made, and has to be this account's alone.
        beside: Whether what was made is written on a thread of its own: who waits for the
            first sketches does not wait for the disk. The process does not end before.
    """

    def __init__(self, folder: str, *, beside: bool = False) -> None:
        self._folder, self._beside = folder, beside

    def __call__(self, key: str, make: Callable[[], Material]) -> Material:
        """
        Return what lies under ``key``, else what ``make`` makes, which is kept.

        Args:
            key: Digest of everything that decides a bit of it.
            make: Lays it out.
        """
        path = os.path.join(self._folder, f"{key}.material")
        found = self._found(path) if self._is_ours() else None
        if found is not None:
            return found
        made = make()
        give_back()
        if self._beside:
            Thread(target=self._kept, args=(path, made)).start()
        else:
            self._kept(path, made)
        return made

    def _kept(self, path: str, made: Material) -> None:
        with suppress(OSError):
            self._keep(path, made)

    def _is_ours(self) -> bool:
        with suppress(OSError):
            Path(self._folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            said = os.lstat(self._folder)
            return stat.S_ISDIR(said.st_mode) and _own(said)
        return False

    def _found(self, path: str) -> Material | None:
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return None
        with os.fdopen(fd, "rb") as file:
            if not _own(os.fstat(fd)):
                return None
            try:
                length, digest = _HEAD.unpack(file.read(_HEAD.size))
                said = file.read(length)
                if hashlib.file_digest(file, _begun(said)).digest() != digest:
                    return None
                word = json.loads(said)
            except (struct.error, ValueError):
                return None
            with suppress(OSError):
                os.utime(path)  # the ones that are used stay
            return material_in(fd, word)

    def _keep(self, path: str, made: Material) -> None:
        """Write a file whole, and let the ones that were not used longest go."""
        if not self._is_ours():
            return
        parts = parts_of(made)
        sizes = [len(part) for part in parts]
        if not LEAST_BYTES <= sum(sizes) <= MOST_BYTES:
            return
        said, at = _layout(sizes)
        digest = _begun(said)()
        temporary = f"{path}.{os.getpid()}"
        with open(temporary, "xb", opener=lambda p, f: os.open(p, f, 0o600)) as file:
            file.write(_HEAD.pack(len(said), bytes(32)))
            file.write(said)
            for place, part in zip(at, parts, strict=True):
                gap = bytes(place - file.tell())
                for piece in (gap, part):
                    digest.update(piece)
                    file.write(piece)
            file.seek(0)
            file.write(_HEAD.pack(len(said), digest.digest()))
        os.rename(temporary, path)
        self._thin_out()

    def _thin_out(self) -> None:
        found = [entry for entry in os.scandir(self._folder) if entry.is_file()]
        found.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
        for entry in found[MOST_FILES:]:
            with suppress(OSError):
                os.unlink(entry.path)


def _own(said: os.stat_result) -> bool:
    return said.st_uid == os.geteuid() and not said.st_mode & 0o022


def _begun(said: bytes) -> Callable[[], hashlib._Hash]:
    return lambda: hashlib.sha256(said)


def _layout(sizes: list[int]) -> tuple[bytes, list[int]]:
    """Return the word that says where parts of ``sizes`` lie, and where that is."""
    # Its own length moves the parts: room enough is kept for it, whatever it says.
    room = 128 + 48 * len(sizes)
    at, next_ = [], -(-(_HEAD.size + room) // 64) * 64
    for size in sizes:
        at.append(next_)
        next_ += -(-max(size, 1) // 64) * 64
    word = {"parts": [[place, size] for place, size in zip(at, sizes, strict=True)]}
    return json.dumps(word).encode().ljust(room), at
