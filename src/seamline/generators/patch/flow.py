"""
The flow: a minimum cut of a grid of pixels into two sides.

Whole numbers, so that the order of sums means nothing. Source: E. A. Dinic, Algorithm for
solution of a problem of maximum flow in networks with power estimation, 1970.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.resample import Bytes

RIGHT, LEFT, DOWN, UP = 0, 1, 2, 3
"""Directions of a grid's flows; a direction and its opposite differ in the last bit."""


@njit(nogil=True, cache=True, inline="always")
def _stepped(y: int, x: int, direction: int) -> Any:
    """Return the neighbour of (y, x) in ``direction``."""
    if direction == RIGHT:
        return y, x + 1
    if direction == LEFT:
        return y, x - 1
    if direction == DOWN:
        return y + 1, x
    return y - 1, x


@njit(nogil=True, cache=True, inline="always")
def _levels(inside: Bytes, excess: Any, sink: Any, room: Any, level: Any, queue: Any) -> Any:
    """
    Set ``level`` (H, W) to the fewest steps from any pixel with ``excess``; -1: none.

    Returns how many have excess, first in ``queue``, and whether a sink is reached.
    """
    h, w = inside.shape
    level[:] = -1
    head = tail = 0
    found = False
    for y in range(h):
        for x in range(w):
            if inside[y, x] and excess[y, x] > 0:
                level[y, x] = 0
                queue[tail] = y * w + x
                tail += 1
    first = tail
    while head < tail:
        y, x = queue[head] // w, queue[head] % w
        head += 1
        found = found or sink[y, x] > 0
        for d in range(4):
            if room[d, y, x] > 0:
                yy, xx = _stepped(y, x, d)
                if level[yy, xx] < 0:
                    level[yy, xx] = level[y, x] + 1
                    queue[tail] = yy * w + xx
                    tail += 1
    return first, found


@njit(nogil=True, cache=True, inline="always")
def _drained(
    sy: int, sx: int, excess: Any, sink: Any, room: Any, level: Any, turn: Any, path: Any
) -> None:
    """Push the excess of (sy, sx) along growing levels into sinks, until no way is left."""
    y, x, count = sy, sx, 0
    while excess[sy, sx] > 0:
        if sink[y, x] > 0:
            flow = min(excess[sy, sx], sink[y, x])
            for i in range(count):
                flow = min(flow, room[path[i, 2], path[i, 0], path[i, 1]])
            for i in range(count):
                py, px, d = path[i, 0], path[i, 1], path[i, 2]
                room[d, py, px] -= flow
                yy, xx = _stepped(py, px, d)
                room[d ^ 1, yy, xx] += flow
            excess[sy, sx] -= flow
            sink[y, x] -= flow
            y, x, count = sy, sx, 0
        elif turn[y, x] < 4:
            d = turn[y, x]
            yy, xx = _stepped(y, x, d)
            if room[d, y, x] > 0 and level[yy, xx] == level[y, x] + 1:
                path[count, 0], path[count, 1], path[count, 2] = y, x, d
                count += 1
                y, x = yy, xx
            else:
                turn[y, x] += 1
        elif count == 0:
            return
        else:
            level[y, x] = -2  # a dead end, in this phase
            count -= 1
            y, x = path[count, 0], path[count, 1]
            turn[y, x] += 1


@njit(nogil=True, cache=True)
def parted(excess: Any, sink: Any, room: Any, inside: Bytes) -> Bytes:
    """
    Return (H, W) 1 for the pixels of ``inside`` on the source's side of a minimum cut.

    Args:
        excess: (H, W) int64 cost of being on the sink's side; used up.
        sink: (H, W) int64 cost of being on the source's side; used up.
        room: (4, H, W) int64 cost of standing on the source's side with the neighbour
            ``RIGHT``, ``LEFT``, ``DOWN`` or ``UP`` on the other; used up.
        inside: (H, W) 1 where pixels are decided.
    """
    h, w = inside.shape
    level = np.zeros((h, w), np.int32)
    queue = np.zeros(h * w, np.int32)
    turn = np.zeros((h, w), np.int8)
    path = np.zeros((h * w, 3), np.int32)
    while True:
        first, found = _levels(inside, excess, sink, room, level, queue)
        if not found:
            return (level >= 0).astype(np.uint8)
        turn[:] = 0
        for k in range(first):
            _drained(queue[k] // w, queue[k] % w, excess, sink, room, level, turn, path)


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
