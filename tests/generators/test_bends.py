"""Where two pieces of a sky meet, the one's slope goes over into the other's."""

from __future__ import annotations

import numpy as np

from seamline.generators.patch.bends import APART_PX, bent
from seamline.generators.patch.composite import KEPT, OPEN

HEIGHT, WIDTH, CUT = 360, 400, 220
RISE = 0.0002  # of ACEScct in a pixel: a stop, .057, in 285
CALM = np.ones((HEIGHT, WIDTH), np.float32)


def two_pieces(first: float, second: float) -> tuple[np.ndarray, ...]:
    """Two skies, one below the other in the atlas, which meet in value at the cut."""
    x = np.arange(WIDTH, dtype=np.float64) - CUT
    skies = [np.tile(0.4 + slope * x, (HEIGHT, 1)) for slope in (first, second)]
    atlas = np.repeat(np.concatenate(skies)[..., None], 3, axis=2).astype(np.float32)
    rows, columns = np.indices((HEIGHT, WIDTH))
    field = np.stack([rows + HEIGHT * (columns > CUT), columns], axis=-1).astype(np.int32)
    state = np.full((HEIGHT, WIDTH), OPEN, np.uint8)
    state[:, :60] = KEPT
    ones = np.ones(atlas.shape[:2], np.float32)
    return CALM, ones, state, field, atlas, ones.astype(np.uint8)


def laid(field: np.ndarray, atlas: np.ndarray) -> np.ndarray:
    return np.asarray(atlas[field[..., 0], field[..., 1]])


def test_the_crease_at_a_cut_becomes_a_bend() -> None:
    case = two_pieces(-RISE, RISE)
    before = laid(case[3], case[4])

    after = before + bent(*case)

    crease, bend = (
        np.abs(np.diff(p[180, CUT - 5 : CUT + 6, 1], n=2)).max() for p in (before, after)
    )
    assert crease > 1.9 * RISE
    assert bend < 0.1 * crease
    # and far from it each has its own slope again
    assert np.diff(after[180, 385:399, 1]).mean() > 0.9 * RISE


def test_pieces_whose_slopes_agree_are_left_as_they_are() -> None:
    case = two_pieces(RISE, RISE)

    assert np.abs(bent(*case)).max() < 1e-5


def test_the_plate_and_what_is_no_sky_are_left_to_the_bit() -> None:
    calm, *rest = two_pieces(-RISE, RISE)
    sky = calm.copy()
    sky[200:] = 0

    added = bent(sky, *rest)

    assert not added[rest[1] == KEPT].any()
    assert not added[220:].any()
    assert added[100, CUT].min() > 0


def test_a_step_is_no_slope() -> None:
    # a stop in six pixels: a hill's flank, not a sky
    flank = np.abs(bent(*two_pieces(0.0, 0.01))).max()

    assert flank < 0.1 * np.abs(bent(*two_pieces(0.0, RISE))).max()


def test_texture_at_a_cut_has_no_slope() -> None:
    calm, smooth, *rest = two_pieces(-RISE, RISE)

    assert not bent(calm, np.zeros_like(smooth), *rest).any()


def test_a_piece_says_nothing_of_where_it_may_not_be_looked_at() -> None:
    *case, pixel = two_pieces(-RISE, RISE)
    pixel[:HEIGHT, CUT + APART_PX // 2 :] = 0  # the first piece ends just behind the cut

    assert not bent(*case, pixel).any()


def test_it_is_the_same_downwards() -> None:
    calm, smooth, state, field, atlas, pixel = two_pieces(-RISE, RISE)
    turned = np.ascontiguousarray(atlas.transpose(1, 0, 2))
    places = np.ascontiguousarray(field[..., ::-1].transpose(1, 0, 2))

    down = bent(
        np.ascontiguousarray(calm.T), np.ascontiguousarray(smooth.T),
        np.ascontiguousarray(state.T), places, turned, np.ascontiguousarray(pixel.T),
    )  # fmt: skip

    across = bent(calm, smooth, state, field, atlas, pixel)
    np.testing.assert_allclose(down.transpose(1, 0, 2), across, atol=2e-5)
