"""The compiled reprojection gives the plain one's bits, whatever the camera."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamline.fast import reproject as fast
from seamline.optics import reproject as plain
from seamline.optics.rotation import from_pan_tilt_roll

CANVAS = np.random.default_rng(7).random((90, 130, 4), np.float32)
CANVAS[40:42, 60] = 65504.0
CANVAS[10, 20] = -0.5
CANVAS[70:, :, 3] = 0.0
# A lens that bends, and shows nothing in its corner.
BENT = np.random.default_rng(8).uniform(-0.4, 0.4, (27, 48, 2))
BENT[:3, :3] = np.nan


def view(poses: list[tuple[float, float, float]], **said: Any) -> dict[str, Any]:
    return {
        "canvas_from_camera": np.stack([from_pan_tilt_roll(*p) for p in poses]),
        "longitude_left_rad": -0.55,
        "latitude_top_rad": 0.4,
        "px_per_rad": 115.0,
        "focal_px": (88.0, 88.0),
        "centre_px": (24.0, 13.5),
        "width_px": 48,
        "height_px": 27,
        **said,
    }


def assert_same_bits(seen: dict[str, Any], canvas: np.ndarray = CANVAS) -> np.ndarray:
    expected, found = (twin.reproject_sphere(canvas, **seen) for twin in (plain, fast))

    assert found.dtype == np.float32
    np.testing.assert_array_equal(found.view(np.uint32), expected.view(np.uint32))
    return found


@pytest.mark.parametrize(
    "seen",
    [
        view([(0, 0, 0)]),
        view([(-3, 2, 1), (-2, 2.1, 1), (-1, 2.2, 1.1)]),
        view([(0, 0, 0)], focal_px=(44.0, 88.0), centre_px=(20.0, 17.25)),
        view([(35, 0, 0)]),  # over the left edge of the canvas
        view([(0, -30, 0), (0, -31, 0)]),  # over its lower edge
        view([(180, 0, 0)]),  # looks away from it
        view([(12, 8, 180)], width_px=31, height_px=53),
        view([(1, 1, 1)], width_px=1, height_px=1, centre_px=(0.5, 0.5)),
        view([(-3, 2, 1), (-2, 2.1, 1)], rays=BENT),
    ],
    ids=["ahead", "a pan", "anamorphic", "left edge", "lower edge", "away", "upside down",
         "one pixel", "a bent lens"],
)  # fmt: skip
def test_both_twins_give_the_same_bits(seen: dict[str, Any]) -> None:
    frame = assert_same_bits(seen)

    assert np.isfinite(frame).all()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-180, 180), st.floats(-89, 89), st.floats(-180, 180)),
        min_size=1,
        max_size=3,
    ),
    st.floats(10, 400),
)
def test_both_twins_give_the_same_bits_for_any_camera(
    poses: list[tuple[float, float, float]], focal: float
) -> None:
    assert_same_bits(view(poses, focal_px=(focal, focal)))


def test_a_camera_that_looks_away_sees_nothing() -> None:
    assert not assert_same_bits(view([(180, 0, 0)])).any()


def test_a_canvas_all_the_way_round_is_seen_up_to_its_poles() -> None:
    whole = view(
        [(170, 60, 20)], longitude_left_rad=-math.pi, latitude_top_rad=math.pi / 2,
        px_per_rad=90 / math.pi, focal_px=(20.0, 20.0),
    )  # fmt: skip

    frame = assert_same_bits(whole, CANVAS[:, :, :].repeat(2, axis=1)[:, :180])

    assert (frame[..., :3] != 0).any()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 129), st.integers(0, 89), st.floats(-8, 8), st.floats(-8, 8))
def test_a_sun_on_a_black_canvas_lights_nothing_below_black(
    x: int, y: int, pan: float, tilt: float
) -> None:
    night = np.zeros((90, 130, 4), np.float32)
    night[y, x] = 65504.0

    frame = assert_same_bits(view([(pan, tilt, 0), (pan + 0.3, tilt, 0)]), night)

    assert frame.min() >= 0
    assert frame.max() <= 65504


def test_two_threads_give_the_bits_of_one() -> None:
    seen = [view([(a, a / 2, 0), (a + 0.2, a / 2, 0)]) for a in range(-10, 10)]
    alone = [fast.reproject_sphere(CANVAS, **v) for v in seen]

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda v: fast.reproject_sphere(CANVAS, **v), seen))

    for one, two in zip(alone, both, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_canvas_with_another_stride_is_the_same_canvas() -> None:
    wide = np.zeros((90, 260, 4), np.float32)
    wide[:, ::2] = CANVAS

    np.testing.assert_array_equal(
        fast.reproject_sphere(wide[:, ::2], **view([(2, 1, 0)])),
        fast.reproject_sphere(CANVAS, **view([(2, 1, 0)])),
    )


@pytest.mark.parametrize("name", ["sample", "sample_linear"])
@pytest.mark.parametrize("channels", [3, 4])
def test_any_place_of_a_picture_is_sampled_alike(name: str, channels: int) -> None:
    draw = np.random.default_rng(11)
    x, y = draw.uniform(-4, 134, (40, 50)), draw.uniform(-4, 94, (40, 50))
    x[0, 0] = np.nan
    canvas = CANVAS[..., :channels] - np.float32(0.2)

    expected, found = (getattr(twin, name)(canvas, x, y) for twin in (plain, fast))

    assert found.dtype == np.float32
    np.testing.assert_array_equal(found.view(np.uint32), expected.view(np.uint32))
