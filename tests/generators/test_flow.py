"""A minimum cut is the same however its flow was found: of the cheapest the smallest."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest

from seamline.generators.patch.flow import least_cut, parted
from seamline.generators.patch.pieces.seams import CANVAS, OUTSIDE, UNIT, spread, whole_price

STEPS = ((0, 1), (0, -1), (1, 0), (-1, 0))
Problem = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def found_plainly(
    excess: np.ndarray, sink: np.ndarray, room: np.ndarray, inside: np.ndarray
) -> np.ndarray:
    """Cut by the first way there is, one after the other, until no excess reaches a sink."""
    left, open_, ways = excess * inside, sink.copy(), room.copy()
    while True:
        came: dict[tuple[int, int], tuple[int, int, int] | None] = {
            (int(y), int(x)): None for y, x in np.argwhere(left > 0)
        }
        queue, end = deque(came), None
        while queue and end is None:
            y, x = queue.popleft()
            if open_[y, x] > 0:
                end = (y, x)
                break
            for d, (dy, dx) in enumerate(STEPS):
                new = (y + dy, x + dx)
                if ways[d, y, x] > 0 and new not in came:
                    came[new] = (y, x, d)
                    queue.append(new)
        if end is None:
            out = np.zeros(excess.shape, np.uint8)
            for y, x in came:
                out[y, x] = 1
            return out
        path, at = [], end
        while (step := came[at]) is not None:
            path.append(step)
            at = step[:2]
        flow = min([left[at], open_[end], *(ways[d, y, x] for y, x, d in path)])
        left[at] -= flow
        open_[end] -= flow
        for y, x, d in path:
            dy, dx = STEPS[d]
            ways[d, y, x] -= flow
            ways[d ^ 1, y + dy, x + dx] += flow


def problem(seed: int, kind: str) -> Problem:
    chance = np.random.default_rng(seed)
    shape = (
        tuple(chance.integers(1, 8, 2))
        if kind != "a line"
        else (1, 12)[:: chance.choice((1, -1))]
    )
    most = {"all alike": 2, "large": 10**9}.get(kind, 25)
    terminal = chance.integers(-most + 1, most, shape)
    terminal[chance.random(shape) < 0.4] = 0
    room = chance.integers(0, most, (4, *shape))
    if kind in ("apart", "one way"):
        room[chance.random(room.shape) < 0.6] = 0
    inside = np.ones(shape, np.uint8)
    if kind == "masked":
        inside = (chance.random(shape) < 0.7).astype(np.uint8)
    if kind == "no sinks":
        terminal = np.abs(terminal)
    if kind == "no excess":
        terminal = -np.abs(terminal)
    room[0, :, -1] = room[1, :, 0] = room[2, -1] = room[3, 0] = 0
    excess, sink = np.maximum(terminal, 0), np.maximum(-terminal, 0)
    return excess.astype(np.int64), sink.astype(np.int64), room.astype(np.int64), inside


@pytest.mark.parametrize(
    "kind",
    [
        "any",
        "all alike",
        "large",
        "apart",
        "one way",
        "masked",
        "no sinks",
        "no excess",
        "a line",
    ],
)
def test_of_the_cheapest_cuts_the_one_that_takes_least_is_found(kind: str) -> None:
    sizes = set()
    for seed in range(60):
        asked = problem(seed, kind)

        found = parted(*(plane.copy() for plane in asked))

        plainly = found_plainly(*asked)
        assert np.array_equal(found, plainly), (kind, seed)
        sizes.add(int(plainly.sum()))
    assert len(sizes) > 1 or kind == "no excess"


def test_a_long_way_round_is_found_and_then_blocked() -> None:
    height, width = 9, 40
    room = np.zeros((4, height, width), np.int64)
    for y in range(height):  # one way, to and fro
        room[0 if y % 2 == 0 else 1, y] = 5
        if y + 1 < height:
            room[2, y, width - 1 if y % 2 == 0 else 0] = 5
    room[0, :, -1] = room[1, :, 0] = 0
    excess, sink = np.zeros((2, height, width), np.int64)
    excess[0, 0], sink[-1, -1] = 5, 5
    inside = np.ones((height, width), np.uint8)

    passed = parted(excess.copy(), sink.copy(), room.copy(), inside)
    room[1, 5, 7] = 4
    stopped = parted(excess.copy(), sink.copy(), room.copy(), inside)

    assert not passed.any()
    assert np.array_equal(stopped, found_plainly(excess, sink, room, inside))
    assert stopped[5, 7]
    assert not stopped[5, 6]


def test_a_cut_of_taken_and_left_out_pixels_is_as_cheap_as_any() -> None:
    chance = np.random.default_rng(5)
    for _ in range(20):
        own, other, right, down = chance.integers(0, 30, (4, 6, 9))
        inside = (chance.random((6, 9)) < 0.8).astype(np.uint8)
        room = np.zeros((4, 6, 9), np.int64)
        beside, below = inside[:, :-1] & inside[:, 1:], inside[:-1] & inside[1:]
        room[0, :, :-1] = room[1, :, 1:] = right[:, :-1] * beside
        room[2, :-1] = room[3, 1:] = down[:-1] * below

        found = least_cut(own, other, right, down, inside)

        plainly = found_plainly(own * inside, other * inside, room, inside)
        assert np.array_equal(found, plainly)


def cut(shown: tuple[np.ndarray, ...], y: int, x: int, d: int, a: int, b: int) -> int:
    """What it costs that ``a`` shows a pixel and ``b`` the next, as the whole is priced."""
    box = np.s_[y : y + 1 + d, x : x + 2 - d]
    planes = [np.ascontiguousarray(plane[:, *box]) for plane in shown[:4]]
    dear, pair = np.ascontiguousarray(shown[4][box]), np.array([a, b])
    label = pair.reshape(planes[1].shape[1:]).astype(np.int64)
    return int(whole_price(*planes, dear, label, np.zeros(label.shape, np.uint8)) * UNIT)


def spread_plainly(
    shown: tuple[np.ndarray, ...], label: np.ndarray, free: np.ndarray, alpha: int
) -> np.ndarray:
    """Where ``alpha`` should lie after it spread, priced pair by pair without halves."""
    height, width = label.shape
    excess, sink = np.zeros((2, height, width), np.int64)
    room = np.zeros((4, height, width), np.int64)
    for y, x in np.argwhere(free):
        excess[y, x] += int(float(shown[3][label[y, x], y, x]) * UNIT)
        sink[y, x] += int(float(shown[3][alpha, y, x]) * UNIT)
    for y, x, d in np.ndindex(height, width, 2):
        yy, xx = y + d, x + 1 - d
        if yy >= height or xx >= width or min(label[y, x], label[yy, xx]) == OUTSIDE:
            continue
        p, q = label[y, x], label[yy, xx]
        stay, first = cut(shown, y, x, d, p, q), cut(shown, y, x, d, alpha, q)
        second = cut(shown, y, x, d, p, alpha)
        if free[y, x] and free[yy, xx]:
            excess[y, x] += stay
            sink[y, x] += first
            excess[yy, xx] += first
            room[3 if d else 1, yy, xx] = max(0, first + second - stay)
        elif free[y, x]:
            excess[y, x] += stay
            sink[y, x] += first
        elif free[yy, xx]:
            excess[yy, xx] += stay
            sink[yy, xx] += second
    both = np.minimum(excess, sink)
    taken = found_plainly(excess - both, sink - both, room, free)
    return np.where((taken > 0) & (free > 0), alpha, label)


@pytest.mark.parametrize("seed", range(12))
def test_a_piece_takes_what_a_plain_sum_over_all_pairs_says(seed: int) -> None:
    chance = np.random.default_rng(seed)
    count, height, width = 5, 7, 9
    colour = chance.uniform(0, 0.3, (count, height, width, 3)).astype(np.float32)
    there = (chance.random((count, height, width)) < 0.85).astype(np.uint8)
    change = chance.uniform(0, 0.1, (*there.shape, 2)).astype(np.float32)
    price = np.where(there, chance.uniform(0, 0.05, there.shape), 2.0).astype(np.float32)
    dear = chance.uniform(0.5, 3, (height, width, 3)).astype(np.float32)
    free = np.zeros((height, width), np.uint8)
    free[1:-1, 1:-1] = 1
    label = np.where(free, chance.integers(1, count, free.shape), CANVAS).astype(np.int64)
    label[:, :4][free[:, :4] > 0] = 1  # a piece that lies together, besides scraps
    label[0, :3] = OUTSIDE
    shown, moved = (colour, there, change, price, dear), 0

    for alpha in (2, 1, 3, 4, 2):
        able = free & there[alpha]
        wanted = spread_plainly(shown, label, able, alpha)
        moved += int((wanted != label).sum())

        taken = spread(*shown, label, able, alpha)

        assert np.array_equal(label, wanted), alpha
        assert taken >= 0
    assert moved > 0
