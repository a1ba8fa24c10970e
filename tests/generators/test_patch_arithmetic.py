"""What holds of resampling and of ties to the plate, beside plain arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

import ranges
from seamline.generators.patch import composite
from seamline.generators.patch.lineage import origins_of, trace
from seamline.generators.patch.resample import blur, grow, shrink, shrink_share, shrink_usable
from seamline.generators.patch.sheets import make_atlas, make_sheet

RANDOM = np.random.default_rng(7)


@pytest.mark.parametrize(("height", "width", "radius"), [(9, 14, 2), (3, 5, 4), (1, 30, 12)])
def test_a_mean_over_squares_is_the_mean_of_what_lies_in_the_picture(
    height: int, width: int, radius: int
) -> None:
    plane = RANDOM.random((height, width), dtype=np.float32)

    found = blur(plane, radius)

    for y, x in ((0, 0), (height // 2, width // 2), (height - 1, width - 1)):
        rows = slice(max(0, y - radius), y + radius + 1)
        around = plane[rows, max(0, x - radius) : x + radius + 1]
        assert found[y, x] == pytest.approx(around.mean(), abs=1e-6)


def test_a_picture_made_smaller_keeps_its_mean_and_leaves_out_what_may_not_be_copied() -> None:
    colour = RANDOM.random((12, 18, 3), dtype=np.float32)
    usable = (RANDOM.random((12, 18)) > 0.3).astype(np.uint8)

    small, share = shrink_usable(colour, usable, 4, 6), shrink_share(usable, 4, 6)

    squares = (colour * usable[..., None]).reshape(4, 3, 6, 3, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(small[..., :3], squares, atol=1e-6)
    np.testing.assert_allclose(
        small[..., 3], usable.reshape(4, 3, 6, 3).mean(axis=(1, 3)), atol=1e-6
    )
    np.testing.assert_array_equal(share, small[..., 3])
    uneven = shrink(colour, 5, 7)
    np.testing.assert_allclose(uneven.mean(axis=(0, 1)), colour.mean(axis=(0, 1)), atol=1e-5)


def test_a_mask_grows_by_a_square() -> None:
    mask = np.zeros((9, 11), np.uint8)
    mask[4, 2] = 1

    grown = grow(mask, 3)

    assert grown.sum() == 7 * 6  # columns 0 to 5: the picture ends there
    assert grown[1:8, :6].all()


def beside_a_plate(noise: float) -> np.ndarray:
    """How far from the plate a piece .04 darker is lifted, (W,), 64 columns of plate first."""
    height, width, kept = 256, 320, 64
    state = np.full((height, width), composite.OPEN, np.uint8)
    state[:, :kept] = composite.KEPT
    picture = np.full((height, width, 3), 0.5, np.float32)
    picture += (RANDOM.standard_normal((height, width, 1)) * noise).astype(np.float32)
    atlas = picture - np.float32(0.04)
    copies = np.where((state == composite.OPEN)[..., None], atlas, picture).astype(np.float32)
    field = np.indices((height, width), dtype=np.int32).transpose(1, 2, 0).copy()
    smooth = composite.smoothness(atlas)
    found = composite.correction(
        atlas, np.ones((height, width), np.uint8), smooth, field, state, copies,
        composite.anchor_of(smooth, field, state), shifted=True,
    )  # fmt: skip
    return np.asarray(found[height // 2, kept:, 0])


def test_a_smooth_sky_is_tied_to_the_plate_over_its_whole_width() -> None:
    """A pull k lets a step go as exp(-d sqrt(k)): at 1e-4 it left 14 % after 200 px."""
    lifted = beside_a_plate(0.0)

    assert lifted[2] == pytest.approx(0.04, rel=0.1)
    assert lifted[200] > 0.6 * lifted[2]
    assert np.all(np.diff(lifted) < 1e-4)


def test_texture_goes_back_to_what_was_copied() -> None:
    lifted = beside_a_plate(0.03)

    assert abs(float(lifted[200])) < 0.25 * 0.04


def test_what_is_not_torn_needs_no_mending() -> None:
    field = np.indices((6, 8), dtype=np.int32).transpose(1, 2, 0).copy()
    shown = np.ones((6, 8), np.uint8)
    assert not composite.torn(field, shown)

    field[:, 5:, 1] += 4
    assert composite.torn(field, shown)
    shown[:, 4] = 0
    assert not composite.torn(field, shown)


def test_origins_say_of_each_row_whose_it_is_as_the_atlas_does() -> None:
    views = [ranges.reference(name, height=96, width=210, seed=1) for name in ("noon", "dusk")]
    sheets = [make_sheet(v, k) for k, v in enumerate(views)]
    atlas = make_atlas(sheets, [np.zeros(s.usable.shape, np.float32) for s in sheets], 1.0)

    origins = origins_of(sheets)

    np.testing.assert_array_equal(origins.owner, atlas.owner)
    np.testing.assert_array_equal(origins.base, atlas.base)
    field = np.array([[[atlas.base[1] + 9, 11]]], np.int32)
    source, x, y = trace(field, np.ones((1, 1), np.uint8), origins, views)
    assert (source[0, 0], x[0, 0], y[0, 0]) == (1, 11, 9)
