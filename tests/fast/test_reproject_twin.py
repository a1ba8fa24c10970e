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
from seamline.pixels.flatten import flattened

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


def pinhole_rays(seen: dict[str, Any]) -> np.ndarray:
    """The slopes of the pinhole in ``seen``, written out by hand."""
    (fx, fy), (cx, cy) = seen["focal_px"], seen["centre_px"]
    rows, columns = np.indices((seen["height_px"], seen["width_px"]))
    return np.stack([(columns + 0.5 - cx) / fx, -(rows + 0.5 - cy) / fy], axis=-1)


def test_a_lens_told_ray_by_ray_gives_the_pinhole_s_bits() -> None:
    seen = view([(-3, 2, 1), (-2, 2.1, 1)], focal_px=(44.0, 88.0))
    expected = assert_same_bits(seen)

    found = assert_same_bits({**seen, "rays": pinhole_rays(seen)})

    np.testing.assert_array_equal(found, expected)


def test_a_camera_in_the_middle_sees_what_it_saw_before_layers_had_distances() -> None:
    seen = view([(-3, 2, 1), (-2, 2.1, 1)])

    found = assert_same_bits({**seen, "offsets": np.zeros((2, 3)), "zooms": np.ones(2)})

    np.testing.assert_array_equal(found, assert_same_bits(seen))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-40, 40), st.floats(-40, 40), st.floats(-180, 180)),
        min_size=2,
        max_size=2,
    ),
    st.lists(st.floats(-0.9, 0.9), min_size=6, max_size=6),
    st.floats(0.5, 2),
)
def test_both_twins_give_the_same_bits_for_a_camera_that_travels_and_zooms(
    poses: list[tuple[float, float, float]], offsets: list[float], zoom: float
) -> None:
    seen = view(poses, offsets=np.array(offsets).reshape(2, 3), zooms=np.array([1.0, zoom]))

    assert_same_bits(seen)
    assert_same_bits({**seen, "rays": pinhole_rays(seen) * 1.01})


def test_a_layer_half_as_far_away_moves_twice_as_much() -> None:
    dot = np.zeros((161, 221, 4), np.float32)
    dot[80, 110] = 1
    seen = view(
        [(0, 0, 0)], longitude_left_rad=-110.5 / 400, latitude_top_rad=80.5 / 400,
        px_per_rad=400.0, focal_px=(400.0, 400.0), centre_px=(40.5, 20.5), width_px=81,
        height_px=41,
    )  # fmt: skip

    def column(offset: float) -> float:
        frame = assert_same_bits({**seen, "offsets": np.array([[offset, 0, 0]])}, dot)
        return float((frame[..., 0] * (np.arange(81) + 0.5)).sum() / frame[..., 0].sum())

    # f x b / d: a camera 1 cm to the right sees what is 1 m ahead 4 px to the left.
    assert column(0.0) == pytest.approx(40.5, abs=1e-4)
    assert column(0.01) == pytest.approx(36.5, abs=0.02)
    assert column(0.02) == pytest.approx(32.5, abs=0.03)


def test_both_twins_lay_a_layer_over_another_with_the_same_bits() -> None:
    veil = CANVAS.copy()
    veil[..., 3] = np.random.default_rng(3).choice([0, 0.3, 1], veil.shape[:2])
    seen = view([(2, 1, 0)], offsets=np.array([[0.1, 0.05, -0.1]]))
    behind = np.random.default_rng(4).random((27, 48, 4), np.float32)
    alone = assert_same_bits(seen, veil)

    one, two = (
        twin.reproject_sphere(veil, **seen, under=behind.copy()) for twin in (plain, fast)
    )

    np.testing.assert_array_equal(one.view(np.uint32), two.view(np.uint32))
    flat = flattened([behind, alone])
    np.testing.assert_array_equal(two.view(np.uint32), flat.view(np.uint32))


def card_view(
    poses: list[tuple[float, float, float]],
    spots: list[tuple[float, float, float]],
    **said: Any,
) -> dict[str, Any]:
    return {
        "canvas_from_camera": np.stack([from_pan_tilt_roll(*p) for p in poses]),
        "spots_m": np.array(spots),
        "card_left_m": -3.25,
        "card_top_m": 2.25,
        "px_per_m": 20.0,
        "focal_px": (48.0, 48.0),
        "centre_px": (24.0, 13.5),
        "width_px": 48,
        "height_px": 27,
        **said,
    }


def assert_same_card(seen: dict[str, Any], canvas: np.ndarray = CANVAS) -> np.ndarray:
    expected, found = (twin.reproject_card(canvas, **seen) for twin in (plain, fast))

    np.testing.assert_array_equal(found.view(np.uint32), expected.view(np.uint32))
    return found


@pytest.mark.parametrize(
    "seen",
    [
        card_view([(0, 0, 0)], [(0, 0, 3)]),
        card_view([(3, 2, 1), (4, 2, 1)], [(0, 0, 3), (0.1, 0, 3)], zooms=np.array([1, 1.02])),
        card_view([(0, 75, 0)], [(0, -2, 1)]),  # at a slant, over the horizon
        card_view([(0, 0, 0)], [(0, 0, 40)]),  # far smaller than the frame's pixels
        card_view([(180, 0, 0)], [(0, 0, 3)]),  # looks away
        card_view([(180, 0, 0)], [(0, 0, -3)]),  # from behind
    ],
    ids=["ahead", "a move and a zoom", "the ground", "far away", "away", "behind"],
)
def test_both_twins_see_a_card_with_the_same_bits(seen: dict[str, Any]) -> None:
    frame = assert_same_card(seen)

    rays = pinhole_rays(seen)
    np.testing.assert_array_equal(assert_same_card({**seen, "rays": rays}), frame)


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(st.floats(-180, 180), st.floats(-89, 89), st.floats(-180, 180)),
    st.tuples(st.floats(-3, 3), st.floats(-3, 3), st.floats(-5, 5)),
)
def test_both_twins_see_a_card_with_the_same_bits_from_anywhere(
    pose: tuple[float, float, float], spot: tuple[float, float, float]
) -> None:
    assert_same_card(card_view([pose], [spot], width_px=16, height_px=9))


def test_a_ground_of_one_tone_is_one_tone_up_to_its_edge() -> None:
    ground = np.full((90, 130, 4), 0.18, np.float32)
    frame = assert_same_card(card_view([(0, 75, 0)], [(0, -2, 1)]), ground)

    whole = frame[..., 3] > 0.1799
    assert 0.2 < whole.mean() < 1
    np.testing.assert_allclose(frame[whole], 0.18, rtol=2e-3)
    assert not frame[0].any()  # above the horizon


def test_fine_stripes_on_a_distant_card_become_their_mean() -> None:
    stripes = np.zeros((90, 130, 4), np.float32)
    stripes[:, ::2] = 1

    frame = assert_same_card(card_view([(0, 0, 0)], [(0, 0, 12)]), stripes)

    inner = frame[9:18, 18:30]
    np.testing.assert_allclose(inner, 0.5, atol=0.1)
