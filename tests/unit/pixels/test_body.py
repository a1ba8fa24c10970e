"""A card's picture under another outline: moved whole, enlarged whole, folded at its edge."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from seamline.pixels.body import Laid, fill, lay_under

H, W = 96, 160


def numbered(height: int, width: int) -> NDArray[np.float32]:
    """(H, W, 3): each pixel's centre, column and row, and 1."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return np.stack([x, y, np.ones_like(x)], axis=-1).astype(np.float32)


def box(shape: tuple[int, int], rows: slice, columns: slice) -> NDArray[np.bool_]:
    found = np.zeros(shape, bool)
    found[rows, columns] = True
    return found


def test_a_card_that_is_large_enough_is_moved_and_nothing_else() -> None:
    outline = box((H, W), slice(40, 80), slice(0, W))
    solid = box((200, 320), slice(64, 190), slice(40, 300))

    laid = lay_under(outline, solid, np.zeros_like(solid), mirror=False)

    assert laid is not None
    assert (laid.step, laid.mirrored) == (1.0, False)
    found, x, y = fill(outline, numbered(200, 320), solid, laid)
    rows, columns = np.nonzero(outline)
    np.testing.assert_array_equal(x[outline] - columns, x[40, 0])
    np.testing.assert_array_equal(y[outline] - rows, y[40, 0] - 40)
    assert solid[y[outline], x[outline]].all()
    np.testing.assert_allclose(found[outline][:, 0], x[outline] + 0.5)
    assert not found[~outline].any()


def test_what_is_seen_goes_before_what_was_completed() -> None:
    outline = box((H, W), slice(40, 80), slice(0, W))
    solid = box((64, 400), slice(8, 56), slice(0, 400))
    made_up = box((64, 400), slice(0, 64), slice(0, 220))

    laid = lay_under(outline, solid, made_up, mirror=False)

    assert laid is not None
    _, x, _ = fill(outline, numbered(64, 400), solid, laid)
    assert x[outline].min() >= 216


def test_a_card_that_is_too_small_is_enlarged_whole() -> None:
    outline = box((H, W), slice(16, 80), slice(0, W))
    solid = box((40, 120), slice(2, 38), slice(0, 120))

    laid = lay_under(outline, solid, np.zeros_like(solid), mirror=False)

    assert laid is not None
    assert laid.step < 0.7
    found, _, _ = fill(outline, numbered(40, 120), solid, laid)
    # A ramp read between pixels is the same ramp, its slope the step both ways.
    across = np.diff(found[40, 20:140, 0].astype(np.float64))
    down = np.diff(found[30:60, 80, 1].astype(np.float64))
    np.testing.assert_allclose(across, laid.step, atol=1e-4)
    np.testing.assert_allclose(down, laid.step, atol=1e-4)


def test_beyond_its_edge_it_is_folded_back_and_never_read_outside() -> None:
    outline = box((H, W), slice(0, H), slice(0, W))
    solid = box((50, 90), slice(10, 40), slice(5, 85))
    laid = Laid(step=1.0, left=0.0, top=0.0, mirrored=False, cost=0.0)

    found, x, y = fill(outline, numbered(50, 90), solid, laid)

    assert solid[y, x].all()
    # Rows 10 to 39 are the card's own; 40 is 39 again, 41 is 38.
    assert y[10:44, 50].tolist() == [*range(10, 40), 39, 38, 37, 36]
    assert y[9, 50] == 10
    assert np.isfinite(found).all()
    assert found[..., 2].min() == pytest.approx(1.0)


def test_a_mirrored_card_is_read_from_its_right() -> None:
    outline = box((20, 30), slice(0, 20), slice(0, 30))
    solid = np.ones((20, 60), bool)
    laid = Laid(step=1.0, left=4.0, top=0.0, mirrored=True, cost=0.0)

    _, x, _ = fill(outline, numbered(20, 60), solid, laid)

    assert x[5].tolist() == list(range(55, 25, -1))


def test_shallow_columns_are_left_out_where_it_is_folded() -> None:
    solid = np.zeros((64, 100), bool)
    solid[60:64, :40] = True
    solid[0:64, 40:] = True
    outline = np.ones((64, 100), bool)
    laid = Laid(step=1.0, left=0.0, top=0.0, mirrored=False, cost=0.0)

    _, x, _ = fill(outline, numbered(64, 100), solid, laid)

    assert x.min() == 40


def test_nothing_lies_under_nothing() -> None:
    some, none = np.ones((16, 16), bool), np.zeros((16, 16), bool)

    assert lay_under(none, some, none, mirror=True) is None
    assert lay_under(some, none, none, mirror=True) is None
