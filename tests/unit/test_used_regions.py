"""Which pixels of a reference a painting shows, on a view four pixels wide."""

from __future__ import annotations

import numpy as np
import pytest

from seamline.pixels.used import outlined, used_region


def region(mine: np.ndarray, scale: float, size: tuple[int, int], shift: int = 0) -> np.ndarray:
    """A canvas that copies a view from ``shift`` on; the reference is ``scale`` finer."""
    height, width = mine.shape
    rows, columns = np.indices((height, width), dtype=np.uint32)
    columns = columns + np.uint32(shift)
    x, y = ((a + 0.5) * scale for a in (columns.astype(np.float64), rows.astype(np.float64)))
    return used_region(
        mine,
        (columns, rows),
        (x.astype(np.float32), y.astype(np.float32)),
        width_px=size[1],
        height_px=size[0],
    )


def test_pixel_for_pixel_what_is_copied_is_used() -> None:
    mine = np.zeros((3, 4), bool)
    mine[1, 1:3] = True

    found = region(mine, 1.0, (5, 9), shift=2)

    expected = np.zeros((5, 9), bool)
    expected[1, 3:5] = True
    np.testing.assert_array_equal(found, expected)


def test_of_a_finer_reference_all_pixels_under_a_copy_are_used() -> None:
    mine = np.zeros((3, 4), bool)
    mine[1:, 2:] = True

    found = region(mine, 4.0, (16, 20))

    expected = np.zeros((16, 20), bool)
    expected[4:12, 8:16] = True
    np.testing.assert_array_equal(found, expected)


def test_of_a_coarser_reference_every_pixel_that_was_enlarged_is_used() -> None:
    mine = np.ones((8, 8), bool)
    mine[:, 4:] = False

    found = region(mine, 0.5, (4, 4))

    expected = np.zeros((4, 4), bool)
    expected[:, :2] = True
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("turned", [False, True])
def test_a_view_a_little_coarser_than_its_reference_leaves_no_lines_unused(
    turned: bool,
) -> None:
    # 40 pixels of the view are 41 of the reference; places are whole pixels, so one is passed.
    columns = np.indices((40, 40), dtype=np.uint32)[1]
    rows = np.indices((40, 40), dtype=np.uint32)[0]
    if turned:
        columns = columns[:, ::-1]
    x, y = (np.floor((a + 0.5) * 41 / 40).astype(np.float32) + 0.5 for a in (columns, rows))
    assert len(np.unique(x)) == 40  # one of 41 is nobody's

    found = used_region(
        np.ones((40, 40), bool), (columns, rows), (x, y), width_px=50, height_px=50
    )

    np.testing.assert_array_equal(np.argwhere(found).max(axis=0), [40, 40])
    assert found[:41, :41].all()
    assert not found[41:].any()


@pytest.mark.parametrize("shift", [0, 17])
def test_nothing_lies_outside_the_reference(shift: int) -> None:
    found = region(np.ones((3, 4), bool), 3.7, (6, 8), shift=shift)

    assert found.shape == (6, 8)
    assert found.any()


def test_a_single_pixel_is_used_as_itself() -> None:
    mine = np.zeros((3, 4), bool)
    mine[2, 3] = True

    assert region(mine, 1.0, (5, 9)).sum() == 1


def test_what_is_not_used_is_shown_dim_and_grey_and_the_border_is_drawn() -> None:
    rgb = np.full((4, 6, 3), (0.8, 0.4, 0.2), np.float32)
    used = np.zeros((4, 6), bool)
    used[:, 3:] = True

    shown = outlined(rgb, used, dim=0.5, line=(1, 0, 0))

    np.testing.assert_array_equal(shown[:, 4:], rgb[:, 4:])
    np.testing.assert_allclose(shown[:, :2], 0.5 * (0.2126 * 0.8 + 0.7152 * 0.4 + 0.0722 * 0.2))
    np.testing.assert_array_equal(shown[:, 3], np.broadcast_to([1, 0, 0], (4, 3)))
