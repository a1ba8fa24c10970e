"""Lens distortion: OpenCV's own functions are the truth."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamline.errors import TrackError
from seamline.optics.distortion import (
    FARTHEST,
    distorted,
    fold_radius,
    from_openlensio,
    to_openlensio,
    undistorted,
)
from seamline.optics.lens_fit import turned_round
from seamline.show.camera import TO_UNDISTORTED, Distortion

HD_FOCAL_PX = 24.0 / 24.89 * 1920  # 24 mm on Super 35
REACH = (0.52, 0.30)
BARREL = ((-0.12, 0.03, -0.002), (8e-4, -5e-4))
RATIONAL = ((0.10, -0.20, 0.05, 0.15, -0.10, 0.02), (1e-3, 5e-4))
PINCUSHION = ((0.30, 0.10), ())
LENSES = [BARREL, RATIONAL, PINCUSHION]


def coefficients(radial: tuple, tangential: tuple) -> np.ndarray:
    """OpenCV's order: k1 k2 p1 p2 k3 k4 k5 k6."""
    k = [*radial, *[0.0] * (6 - len(radial))]
    return np.array([k[0], k[1], *(tangential or (0.0, 0.0)), *k[2:]])


def spots() -> tuple[np.ndarray, np.ndarray]:
    found = np.random.default_rng(5).uniform(-1, 1, (4000, 2)) * REACH
    return found[:, 0], found[:, 1]


def seen_by_opencv(lens: tuple, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    points = np.stack([x, y, np.ones_like(x)], axis=1)
    at, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), np.eye(3), coefficients(*lens))
    return at[:, 0]


@pytest.mark.parametrize("lens", LENSES)
def test_a_point_lies_where_opencv_projects_it(lens):
    x, y = spots()

    found = distorted(Distortion(radial=lens[0], tangential=lens[1]), x, y)

    off = np.abs(np.stack(found, axis=1) - seen_by_opencv(lens, x, y))
    assert off.max() * HD_FOCAL_PX < 1e-9


@pytest.mark.parametrize("lens", LENSES)
def test_undistorting_agrees_with_opencv(lens):
    x, y = spots()
    points = seen_by_opencv(lens, x, y)
    many = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 500, 1e-14)
    theirs = cv2.undistortPoints(
        points[:, None], np.eye(3), coefficients(*lens), R=np.eye(3), P=np.eye(3), criteria=many
    )[:, 0]

    found = undistorted(
        Distortion(radial=lens[0], tangential=lens[1]), points[:, 0], points[:, 1]
    )

    assert np.abs(np.stack(found, axis=1) - theirs).max() * HD_FOCAL_PX < 1e-6


@given(
    k1=st.floats(-0.25, 0.4), k2=st.floats(-0.1, 0.2),
    p1=st.floats(-2e-3, 2e-3), p2=st.floats(-2e-3, 2e-3),
    offset=st.floats(-0.02, 0.02), backwards=st.booleans(),
)  # fmt: skip
def test_what_is_distorted_and_undistorted_is_where_it_was(k1, k2, p1, p2, offset, backwards):
    way = {"way": TO_UNDISTORTED} if backwards else {}
    lens = Distortion(radial=(k1, k2), tangential=(p1, p2), offset_x=offset, **way)
    x, y = spots()

    back = undistorted(lens, *distorted(lens, x, y))

    known = np.isfinite(back[0])
    assert known.mean() > 0.5
    assert np.abs(back[0][known] - x[known]).max() < 1e-10
    assert np.abs(back[1][known] - y[known]).max() < 1e-10


def test_beyond_the_fold_nothing_is_shown_rather_than_a_wrong_place():
    lens = Distortion(radial=(-0.3,))  # r - .3 r^3 stops growing at 1 / sqrt(.9)
    x = np.linspace(0.0, 2.0, 201)

    there, _ = distorted(lens, x, np.zeros_like(x))
    back, _ = undistorted(lens, x, np.zeros_like(x))

    fold = 1 / np.sqrt(0.9)
    assert fold_radius(lens) == pytest.approx(fold, abs=1e-12)
    np.testing.assert_array_equal(np.isfinite(there), x < fold)
    np.testing.assert_array_equal(np.isfinite(back), x < fold - 0.3 * fold**3)


def test_a_lens_that_never_folds_is_looked_at_as_far_as_anything_is():
    assert fold_radius(Distortion(radial=(0.2,))) == FARTHEST


@pytest.mark.parametrize("lens", LENSES)
def test_opencv_terms_in_openlensio_show_the_same_picture(lens):
    # OpenLensIO 1.0.1 in its own words: millimetres, k1 k3 k5 over k2 k4 k6, q = p / F.
    focal_mm = 24.0
    radial, tangential = to_openlensio(Distortion(radial=lens[0], tangential=lens[1]), focal_mm)
    k = [*radial, *[0.0] * (6 - len(radial))]
    q = tangential or (0.0, 0.0)
    x, y = spots()
    ex, ey = x * focal_mm, y * focal_mm
    r2 = ex**2 + ey**2
    stretch = (1 + k[0] * r2 + k[2] * r2**2 + k[4] * r2**3) / (
        1 + k[1] * r2 + k[3] * r2**2 + k[5] * r2**3
    )
    to_x = ex * stretch + 2 * q[0] * ex * ey + q[1] * (r2 + 2 * ex**2)
    to_y = ey * stretch + q[0] * (r2 + 2 * ey**2) + 2 * q[1] * ex * ey

    off = np.stack([to_x, to_y], axis=1) / focal_mm - seen_by_opencv(lens, x, y)

    assert np.abs(off).max() * HD_FOCAL_PX < 1e-6


@pytest.mark.parametrize("lens", LENSES)
def test_openlensio_terms_come_back_as_they_were(lens):
    terms = Distortion(radial=lens[0], tangential=lens[1])

    back = from_openlensio(terms.way, *to_openlensio(terms, 35.2), 35.2)

    assert back.radial == pytest.approx(terms.radial, rel=1e-12)
    assert back.tangential == pytest.approx(terms.tangential, rel=1e-12)


@pytest.mark.parametrize("lens", LENSES)
def test_a_lens_turned_round_says_how_far_it_is_from_itself(lens):
    terms = Distortion(radial=lens[0], tangential=lens[1])

    native, apart = turned_round(terms, REACH)

    x, y = spots()
    at = seen_by_opencv(lens, x, y)
    inside = (np.abs(at) <= REACH).all(axis=1)
    back = np.stack(undistorted(native, at[inside, 0], at[inside, 1]), axis=1)
    off = np.hypot(*(back - np.stack([x, y], axis=1)[inside]).T)
    assert native.way == TO_UNDISTORTED
    assert apart * HD_FOCAL_PX <= 0.15
    assert off.max() <= apart * 1.05 + 1e-9


def test_a_polynomial_that_goes_no_way_is_refused():
    with pytest.raises(TrackError, match="no way"):
        Distortion(way="Brown-Conrady", radial=(0.1,))
