"""What is painted beside the plate goes on from it, leaf by leaf, and nothing is pulled out."""

from __future__ import annotations

import numpy as np

from seamline.generators.patch.composite import FARTHEST, KEPT, OPEN
from seamline.generators.patch.rim import DEEP_PX, met

HEIGHT, WIDTH, LINE = 40, 60, 30
LEAVES = 0.03  # of ACEScct: half a stop


def leaves(seed: int) -> np.ndarray:
    """A wall of leaves some four pixels wide."""
    grain = np.random.default_rng(seed).standard_normal((HEIGHT, WIDTH + 3))
    wall = LEAVES / 2 * sum(grain[:, k : k + WIDTH] for k in range(4))
    return np.repeat(0.4 + wall[..., None], 3, axis=2).astype(np.float32)


def carried_on_by(other: np.ndarray) -> tuple[np.ndarray, ...]:
    """A plate of leaves up to LINE, and beyond it copies of ``other`` at the same pixels."""
    state = np.full((HEIGHT, WIDTH), OPEN, np.uint8)
    state[:, :LINE] = KEPT
    picture = np.where(state[..., None] == KEPT, leaves(1), other).astype(np.float32)
    field = np.stack(np.indices((HEIGHT, WIDTH)), axis=-1).astype(np.int32)
    return picture, state, field, other, np.ones((HEIGHT, WIDTH), np.uint8)


def steps(picture: np.ndarray) -> np.ndarray:
    return np.abs(np.diff(picture[..., 1], axis=1)).mean(axis=0)


def test_no_line_stands_where_leaves_end() -> None:
    case = carried_on_by(leaves(2))

    before, after = case[0], case[0] + met(*case)

    usual = np.median(steps(before))
    assert steps(before)[LINE - 1] > 1.6 * usual
    assert 0.7 * usual < steps(after)[LINE - 1] < 1.2 * usual
    # nor does it stand a pixel further
    assert steps(after)[LINE : LINE + DEEP_PX].max() < 1.3 * usual


def test_the_plate_and_all_but_the_first_pixels_are_left_to_the_bit() -> None:
    case = carried_on_by(leaves(2))

    added = met(*case)

    assert not added[:, :LINE].any()
    assert not added[:, LINE + DEEP_PX :].any()
    assert added[:, LINE : LINE + DEEP_PX].any()


def test_what_goes_on_already_is_left_to_the_bit() -> None:
    case = carried_on_by(leaves(1))

    assert np.abs(met(*case)).max() < 1e-6


def test_a_tower_is_not_pulled_out_into_the_sky() -> None:
    sky = np.full((HEIGHT, WIDTH, 3), 0.9, np.float32)
    picture, *rest = carried_on_by(sky)
    picture[:, :LINE] = 0.2

    added = met(picture, *rest)

    assert np.abs(added).max() < 0.01
    for step in (0.05, 0.1, 0.15, 0.2, 0.3):
        picture[:, :LINE] = 0.9 - step
        assert np.abs(met(picture, *rest)).max() <= FARTHEST


def test_in_a_hole_s_corner_two_sides_are_not_added_up() -> None:
    picture, state, *rest = carried_on_by(np.full((HEIGHT, WIDTH, 3), 0.4, np.float32))
    state[: HEIGHT // 2] = KEPT
    picture[state == KEPT] = 0.45

    added = met(picture, state, *rest)[state == OPEN]

    assert added.min() >= 0
    assert added.max() < 0.0501
