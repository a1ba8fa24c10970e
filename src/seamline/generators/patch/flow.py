"""
The flow: a minimum cut of a grid of pixels into two sides.

Whole numbers, so that the order of sums means nothing; and of all cuts that cost least the one
with the smallest source's side is returned, which is the same however the flow was found.
Excess first runs straight along rows and columns, then from pixel to neighbour downhill towards
the nearest sink, and a pixel that keeps some rises above its lowest neighbour. Sources: A. V.
Goldberg, R. E. Tarjan, A new approach to the maximum-flow problem, JACM 1988; B. V. Cherkassky,
A. V. Goldberg, On implementing the push-relabel method, Algorithmica 1997.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.resample import Bytes

RIGHT, LEFT, DOWN, UP = 0, 1, 2, 3
"""Directions of a grid's flows; a direction and its opposite differ in the last bit."""
RISING = 8
"""What a rise costs of ``PATIENCE``, beside a pixel that only gives away: it looks twice."""
PATIENCE = 3
"""Heights are found anew for all pixels after so many turns per pixel. Measured on the cuts of
first pictures: with one turn or six it takes a tenth longer at most."""


@njit(nogil=True, cache=True, inline="always")
def _stepped(i: int, direction: int, w: int) -> Any:
    """Return the neighbour of pixel ``i`` in ``direction``, in rows of ``w``."""
    if direction < DOWN:
        return i + 1 - 2 * direction
    return i + w if direction == DOWN else i - w


@njit(nogil=True, cache=True, inline="always")
def _sunk(left: Any, sink: Any) -> Any:
    """Return what is left of the one and the other."""
    flow = min(left, sink)
    return left - flow, sink - flow


@njit(nogil=True, cache=True)
def _straight(
    excess: Any, sink: Any, room: Any, d: int, first: int, step: int, takes: Any
) -> None:
    """
    Let excess run straight on into sinks, along the line from ``first`` in direction ``d``.

    ``takes`` (L,) is used for what each pixel and those after it take from the one before.
    """
    taken = 0
    for k in range(len(takes) - 1, 0, -1):
        i = first + k * step
        taken = min(taken + sink[i], room[d, i - step])
        takes[k] = taken
    running = 0
    for k in range(len(takes)):
        i = first + k * step
        running, sink[i] = _sunk(running, sink[i])
        running += excess[i]
        excess[i] = running
        if running > 0 and k + 1 < len(takes):
            free = room[d, i]
            flow = min(running, takes[k + 1])
            room[d, i] = free - flow
            room[d ^ 1, i + step] += flow
            excess[i] = running - flow
            running = flow
        else:
            running = 0


@njit(nogil=True, cache=True)
def _crossed(excess: Any, sink: Any, room: Any, h: int, w: int) -> None:
    """Let excess run straight into sinks, along every row and every column, both ways."""
    takes = np.zeros(max(h, w), np.int64)
    for y in range(h):
        _straight(excess, sink, room, RIGHT, y * w, 1, takes[:w])
        _straight(excess, sink, room, LEFT, y * w + w - 1, -1, takes[:w])
    for x in range(w):
        _straight(excess, sink, room, DOWN, x, w, takes[:h])
        _straight(excess, sink, room, UP, (h - 1) * w + x, -w, takes[:h])


@njit(nogil=True, cache=True)
def _heights(sink: Any, room: Any, height: Any, queue: Any, w: int) -> int:
    """
    Set ``height`` (N,) to the fewest steps to any pixel with ``sink``; N + 1: none.

    Returns how many have one; they are first in ``queue``, lowest first.
    """
    n = len(sink)
    tail = 0
    for i in range(n):
        height[i] = n + 1
        if sink[i] > 0:
            height[i] = 0
            queue[tail] = i
            tail += 1
    head = 0
    while head < tail:
        i = queue[head]
        head += 1
        for d in range(4):
            j = _stepped(i, d, w)
            if 0 <= j < n and height[j] > n and room[d ^ 1, j] > 0:
                height[j] = height[i] + 1
                queue[tail] = j
                tail += 1
    return tail


@njit(nogil=True, cache=True, inline="always")
def _given(left: int, free: int, d: int, i: int, j: int, excess: Any, room: Any) -> Any:
    """Give of what ``i`` has ``left`` to ``j``, its neighbour; return the rest."""
    flow = min(left, free)
    room[d, i] = free - flow
    room[d ^ 1, j] += flow
    excess[j] += flow
    return left - flow


@njit(nogil=True, cache=True)
def _wave(
    excess: Any, sink: Any, room: Any, height: Any, queue: Any, count: int, w: int
) -> None:
    """Let all excess run down the ``height`` that was just found, the highest first."""
    for k in range(count - 1, -1, -1):
        i = queue[k]
        if excess[i] == 0:
            continue
        left, sink[i] = _sunk(excess[i], sink[i])
        for d in range(4):
            free = room[d, i]
            if left > 0 and free > 0:
                j = _stepped(i, d, w)
                if height[j] == height[i] - 1:
                    left = _given(left, free, d, i, j, excess, room)
        excess[i] = left


@njit(nogil=True, cache=True)
def _run_off(
    excess: Any, sink: Any, room: Any, height: Any, queue: Any, waits: Bytes, w: int
) -> bool:
    """
    Let excess run off, first come, first served; whether some is left that may.

    A pixel that keeps excess rises, N at most: then no sink can be reached. Ends early where
    much has risen: to find all heights at once is quicker then.
    """
    n = len(excess)
    head, size, work = 0, 0, 0
    for i in range(n):
        waits[i] = excess[i] > 0 and height[i] <= n
        if waits[i]:
            queue[size] = i
            size += 1
    tail = size % n
    while size > 0 and work < PATIENCE * n:
        i = queue[head]
        head = head + 1 if head + 1 < n else 0
        size -= 1
        work += 1
        waits[i] = 0
        left, sink[i] = _sunk(excess[i], sink[i])
        while left > 0 and height[i] <= n:
            lower, lowest = height[i] - 1, n
            for d in range(4):
                free = room[d, i]
                if free == 0:
                    continue
                j = _stepped(i, d, w)
                if height[j] != lower or left == 0:
                    lowest = min(lowest, height[j])
                    continue
                left = _given(left, free, d, i, j, excess, room)
                if not waits[j]:
                    waits[j] = 1
                    queue[tail] = j
                    tail = tail + 1 if tail + 1 < n else 0
                    size += 1
            if left > 0:
                height[i] = lowest + 1
                work += RISING
        excess[i] = left
    return size > 0


@njit(nogil=True, cache=True)
def _reached(excess: Any, room: Any, queue: Any, w: int) -> Bytes:
    """Return (N,) 1 for pixels with ``excess`` and all that it could still run to."""
    n = len(excess)
    out = np.zeros(n, np.uint8)
    head = tail = 0
    for i in range(n):
        if excess[i] > 0:
            out[i] = 1
            queue[tail] = i
            tail += 1
    while head < tail:
        i = queue[head]
        head += 1
        for d in range(4):
            if room[d, i] > 0:
                j = _stepped(i, d, w)
                if out[j] == 0:
                    out[j] = 1
                    queue[tail] = j
                    tail += 1
    return out


@njit(nogil=True, cache=True)
def parted(excess: Any, sink: Any, room: Any, inside: Bytes) -> Bytes:
    """
    Return (H, W) 1 for the pixels of ``inside`` on the source's side of a minimum cut.

    Args:
        excess: (H, W) int64 cost of being on the sink's side; used up.
        sink: (H, W) int64 cost of being on the source's side; used up.
        room: (4, H, W) int64 cost of standing on the source's side with the neighbour
            ``RIGHT``, ``LEFT``, ``DOWN`` or ``UP`` on the other; used up; 0 off the grid.
        inside: (H, W) 1 where pixels are decided.
    """
    h, w = inside.shape
    n = h * w
    own, drain, ways = excess.reshape(n), sink.reshape(n), room.reshape(4, n)
    height, queue = np.zeros(n, np.int32), np.zeros(n, np.int32)
    waits = np.zeros(n, np.uint8)
    within = inside.reshape(n)
    for i in range(n):
        if within[i] == 0:
            own[i] = 0
    _crossed(own, drain, ways, h, w)
    for i in range(n):
        height[i] = drain[i] == 0  # no pixel is nearer than that
    while _run_off(own, drain, ways, height, queue, waits, w):
        count = _heights(drain, ways, height, queue, w)
        _wave(own, drain, ways, height, queue, count, w)
    reached: Bytes = _reached(own, ways, queue, w).reshape(h, w)
    return reached


@njit(nogil=True, cache=True)
def least_cut(own: Any, other: Any, right: Any, down: Any, inside: Bytes) -> Bytes:
    """
    Return (H, W) 1 for the pixels of ``inside`` on the source's side of a minimum cut.

    Args:
        own: (H, W) int64 cost of leaving a pixel out.
        other: (H, W) int64 cost of taking it in.
        right: (H, W) int64 cost of parting a pixel from its right neighbour.
        down: (H, W) int64 cost of parting it from its lower one.
        inside: (H, W) 1 where pixels are decided.
    """
    h, w = inside.shape
    excess, sink = own.copy(), other.copy()
    room = np.zeros((4, h, w), np.int64)
    for y in range(h):
        for x in range(w):
            if inside[y, x] == 0:
                excess[y, x] = sink[y, x] = 0
                continue
            flow = min(excess[y, x], sink[y, x])
            excess[y, x] -= flow
            sink[y, x] -= flow
            if x + 1 < w and inside[y, x + 1]:
                room[RIGHT, y, x] = room[LEFT, y, x + 1] = right[y, x]
            if y + 1 < h and inside[y + 1, x]:
                room[DOWN, y, x] = room[UP, y + 1, x] = down[y, x]
    taken: Bytes = parted(excess, sink, room, inside)
    return taken
