"""
What a painting has finished of itself, kept beside it until it stands.

A painting that was killed goes on from the last level it finished. A level lies in the
account's own cache, under the digest of the ask and of what paints: with another request,
generator or reference it is not found. It appears whole under its name or not at all, and
one whose bytes are not those that were written is as if it were not there. What nobody came
back for is swept when others are kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

EVERY_S = 1.0
"""What took less since the last one is painted again in no time."""
MOST_PAINTINGS = 32
"""So many that were not finished are kept, the latest."""
MOST_BYTES = 1 << 30
STAGE = re.compile(r"[a-z][a-z0-9-]{0,31}")
_HEAD = struct.Struct("<I32s")


class KeptLevels:
    """
    The levels of one painting.

    Args:
        folder: Where those of all paintings lie; it is made, and this account's alone.
        key: Digest of everything that decides a bit of the painting.
        every_s: Seconds that lie between two that are kept.
    """

    def __init__(self, folder: str, key: str, *, every_s: float = EVERY_S) -> None:
        self._all, self._key, self.every_s = Path(folder), key, every_s
        self._last = time.monotonic()

    def begins(self, stage: str, level: int, of: int) -> None:
        """Keep nothing yet: it is begun, not finished."""

    def found(self, stage: str) -> Mapping[str, NDArray[Any]]:
        """Return the planes that were kept last under ``stage``; none where there are none."""
        try:
            whole = self._path(stage).read_bytes()
            length, digest = _HEAD.unpack_from(whole)
            if hashlib.sha256(memoryview(whole)[_HEAD.size :]).digest() != digest:
                return {}
            word = json.loads(whole[_HEAD.size : _HEAD.size + length])
        except (OSError, ValueError, struct.error):
            return {}
        if word["key"] != self._key or word["stage"] != stage:
            return {}
        begun, planes = _HEAD.size + length, {}
        for name, kind, shape, at in word["planes"]:
            count = int(np.prod(shape, dtype=np.int64))
            plane = np.frombuffer(whole, np.dtype(kind), count, begun + at)
            planes[name] = plane.reshape(shape).copy()
        return planes

    def keep(self, stage: str, planes: Mapping[str, NDArray[Any]]) -> None:
        """Keep ``planes`` under ``stage``, in the place of what was kept there."""
        if time.monotonic() - self._last < self.every_s:
            return
        if sum(plane.nbytes for plane in planes.values()) <= MOST_BYTES:
            with suppress(OSError):  # a full disk makes no painting fail
                self._write(self._path(stage), _packed(self._key, stage, planes))
        self._last = time.monotonic()

    def done(self) -> None:
        """Let go of what was kept: the painting stands."""
        shutil.rmtree(self._all / self._key, ignore_errors=True)

    def _path(self, stage: str) -> Path:
        if not STAGE.fullmatch(stage):
            raise ValueError(f"a stage called {stage!r}")
        return self._all / self._key / f"{stage}.level"

    def _write(self, path: Path, parts: list[bytes | memoryview]) -> None:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sweep()
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        digest = hashlib.sha256()
        for part in parts[1:]:
            digest.update(part)
        length = len(parts[1])
        with open(temporary, "wb", opener=lambda p, f: os.open(p, f, 0o600)) as file:
            file.write(_HEAD.pack(length, digest.digest()))
            for part in parts[1:]:
                file.write(part)
        os.replace(temporary, path)

    def _sweep(self) -> None:
        found = sorted(self._all.iterdir(), key=lambda p: p.stat().st_mtime, reverse=True)
        for old in found[MOST_PAINTINGS:]:
            shutil.rmtree(old, ignore_errors=True)


def _packed(
    key: str, stage: str, planes: Mapping[str, NDArray[Any]]
) -> list[bytes | memoryview]:
    """Return a place for the head, the word that says what lies where, and the planes."""
    said, parts, at = [], [], 0
    for name, plane in planes.items():
        flat = np.ascontiguousarray(plane)
        said.append([name, flat.dtype.str, list(plane.shape), at])
        parts.append(flat.reshape(-1).view(np.uint8).data)
        at += flat.nbytes
    word = json.dumps({"key": key, "stage": stage, "planes": said}).encode()
    return [b"", word, *parts]
