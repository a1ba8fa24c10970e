"""A sky that brightens towards the plate's edge goes on brightening where it is carried on."""

from __future__ import annotations

import numpy as np
import pytest

from seamline.generators.patch.composite import KEPT, OPEN
from seamline.generators.patch.slopes import carried_on

HEIGHT, WIDTH, LINE = 100, 300, 200
RISE = 0.0005  # of ACEScct in a pixel: a stop, .057, in 115


def sky(inside: float, *, outside: float = RISE) -> tuple[np.ndarray, np.ndarray]:
    """A sky that rises to the right by ``outside``, past the line by ``inside``."""
    x = np.arange(WIDTH, dtype=np.float64)
    row = 0.4 + np.where(x <= LINE, outside * (x - LINE), inside * (x - LINE))
    picture = np.repeat(np.tile(row, (HEIGHT, 1))[..., None], 3, axis=2).astype(np.float32)
    state = np.full((HEIGHT, WIDTH), OPEN, np.uint8)
    state[:, : LINE + 1] = KEPT
    return picture, state


EVERYWHERE = np.ones((HEIGHT, WIDTH), np.float32)


@pytest.mark.parametrize("inside", [-RISE, 0.0, -2 * RISE])
def test_the_slope_at_the_line_is_the_plate_s(inside: float) -> None:
    picture, state = sky(inside)

    shown = picture + carried_on(picture, EVERYWHERE, state)

    just_inside = np.diff(shown[50, LINE + 1 : LINE + 5, 1]).mean()
    crease = abs(RISE - inside)
    assert abs(just_inside - RISE) < 0.25 * crease
    assert abs(np.diff(shown[50, LINE - 1 : LINE + 3, 1], n=2)).max() < 0.25 * crease


def test_farther_in_the_painting_has_its_own_slope_again() -> None:
    picture, state = sky(-RISE)

    shown = picture + carried_on(picture, EVERYWHERE, state)

    assert np.diff(shown[50, 280:298, 1]).mean() < -0.5 * RISE


def test_a_sky_that_goes_on_already_is_left_as_it_is() -> None:
    picture, state = sky(RISE)

    assert np.abs(carried_on(picture, EVERYWHERE, state)).max() < 1e-4


def test_the_plate_and_what_has_texture_are_left_to_the_bit() -> None:
    picture, state = sky(-RISE)
    smooth = EVERYWHERE.copy()
    smooth[60:] = 0

    added = carried_on(picture, smooth, state)

    assert not added[state == KEPT].any()
    assert not added[80:].any()
    assert added[20, LINE + 20].min() > 0


def test_it_is_the_same_downwards() -> None:
    picture, state = sky(-RISE)

    across = carried_on(picture, EVERYWHERE, state)
    down = carried_on(
        np.ascontiguousarray(picture.transpose(1, 0, 2)), np.ascontiguousarray(EVERYWHERE.T),
        np.ascontiguousarray(state.T),
    )  # fmt: skip

    np.testing.assert_allclose(down.transpose(1, 0, 2), across, atol=2e-5)
