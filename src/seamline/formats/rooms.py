"""
Room for a picture's pixels: anonymous memory that caller and decoder both see.

A room is a memfd sealed so that neither side can make it smaller or larger under the
other's feet. It is lent out for one picture and comes back by itself when the last array
that looks into it is gone; the next picture of about that size then finds its pages
there, which costs half of what new ones do. A few are kept per decoder.
"""

from __future__ import annotations

import collections
import fcntl
import mmap
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from seamline.formats.claims import DTYPES, Claim
from seamline.pixels.picture import Plane

MOST_KEPT = 2
MOST_KEPT_BYTES = 256 << 20
"""A room larger than this is not kept: two 4K frames of floats are 212 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """One room: its number with its decoder, and the memory."""

    number: int
    memory: mmap.mmap


class Rooms:
    """The rooms of one decoder."""

    def __init__(self) -> None:
        self._free: collections.deque[Room] = collections.deque()
        self._forgotten: collections.deque[int] = collections.deque()
        self._made = 0

    @contextmanager
    def room(self, size: int) -> Iterator[tuple[Room, int | None]]:
        """
        Yield a room of at least ``size`` bytes, and its descriptor if it is new.

        The descriptor is closed when the block ends.
        """
        found = self._kept(size)
        if found is not None:
            yield found, None
            return
        fd = os.memfd_create("seamline picture", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(fd, size)
            seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
            self._made += 1
            yield Room(self._made, mmap.mmap(fd, size)), fd
        finally:
            os.close(fd)

    def forgotten(self) -> list[int]:
        """Return the numbers of rooms that the decoder need not keep any longer."""
        found = []
        while self._forgotten:
            found.append(self._forgotten.popleft())
        return found

    def planes(self, claim: Claim, room: Room) -> dict[str, Plane]:
        """Return the planes of ``claim`` in ``room``; the room is lent until they are gone."""
        whole = np.frombuffer(room.memory, np.uint8)
        # Every view of a view holds on to `whole`, so its end is that of the last of them.
        weakref.finalize(whole, self._come_back, room).atexit = False
        return planes_in(claim, whole)

    def _kept(self, size: int) -> Room | None:
        for _ in range(len(self._free)):
            try:
                room = self._free.popleft()
            except IndexError:
                return None
            if size <= len(room.memory) <= 2 * size:
                return room
            self._forgotten.append(room.number)
        return None

    def _come_back(self, room: Room) -> None:
        # Runs wherever the last array ends, in any thread: a deque needs no lock.
        if len(self._free) < MOST_KEPT and len(room.memory) <= MOST_KEPT_BYTES:
            self._free.append(room)
        else:
            self._forgotten.append(room.number)


def planes_in(claim: Claim, whole: Plane) -> dict[str, Plane]:
    """Return the planes of ``claim``, (H, W) each in its type, as views of bytes ``whole``."""
    height, width = claim.shape
    found = {}
    for (name, kind), offset in zip(claim.layout, claim.offsets, strict=False):
        size = height * width * np.dtype(DTYPES[kind]).itemsize
        plane = whole[offset : offset + size].view(DTYPES[kind])
        found[name] = plane.reshape(height, width)
    return found
