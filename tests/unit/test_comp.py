"""The comp: live pixels are selected bit by bit, generated ones mixed in light."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamline.errors import FormatError
from seamline.pixels.comp import CompLayer, onto_plate, over, peak
from seamline.pixels.picture import Picture, as_float, fits_half, on_window, rgb_channels
from tiny import frame_of


def layer(
    name: str, rgb: tuple[float, float, float], alpha: float, *, live: bool = False
) -> CompLayer:
    return CompLayer(
        name=name,
        rgb=np.full((2, 3, 3), rgb, np.float32),
        alpha=np.full((2, 3), alpha, np.float32),
        live=live,
    )


def test_two_half_covering_layers_mix_as_porter_and_duff_say() -> None:
    mixed, _ = over([layer("env", (1.0, 0.5, 0.0), 1.0), layer("fog", (0.4, 0.4, 0.4), 0.5)])

    np.testing.assert_allclose(mixed[0, 0], [0.9, 0.65, 0.4])


def test_only_fully_live_pixels_with_nothing_above_are_the_plate() -> None:
    live = layer("live", (0.2, 0.2, 0.2), 1.0, live=True)
    live.alpha[0, 1] = np.nextafter(np.float32(1), np.float32(0))
    fog = layer("fog", (0.0, 0.0, 0.0), 0.0)
    fog.alpha[1, 2] = np.float32(1e-30)

    _, untouched = over([layer("env", (1, 1, 1), 1.0), live, fog])

    np.testing.assert_array_equal(untouched, [[True, False, True], [True, True, False]])


def test_without_live_action_nothing_is_the_plate() -> None:
    _, untouched = over([layer("env", (1, 1, 1), 1.0)])

    assert not untouched.any()


def test_live_action_behind_a_covering_layer_is_not_seen() -> None:
    mixed, untouched = over(
        [layer("live", (0.2, 0.2, 0.2), 1.0, live=True), layer("env", (1, 1, 1), 1.0)]
    )

    assert not untouched.any()
    assert (mixed == 1).all()


STRANGE_HALVES = np.array(
    [0x7E01, 0xFE7F, 0x7C00, 0xFC00, 0x8000, 0x0001, 0x7BFF, 0xB800], np.uint16
).view(np.float16)
"""Quiet NaNs with payloads, both infinities, -0, the least subnormal, 65504, -0.5."""
STRANGE_FLOATS = np.array(
    [0x7FC01234, 0xFFFFFFFF, 0x7F800000, 0xFF800000, 0x80000000, 1, 0x477FE000, 0xBF000000],
    np.uint32,
).view(np.float32)


@pytest.mark.parametrize("strange", [STRANGE_HALVES, STRANGE_FLOATS], ids=["half", "float"])
def test_every_bit_of_a_live_pixel_comes_through(strange: np.ndarray) -> None:
    plane = np.tile(strange, (2, 1))
    plate = Picture(
        channels={n: plane.copy() for n in "BGR"},
        data_window=(0, 0, 8, 2),
        display_window=(0, 0, 8, 2),
    )
    untouched = np.zeros((2, 8), bool)
    untouched[0] = True

    comp = onto_plate(plate, np.full((2, 8, 3), 0.25, np.float32), untouched)

    bits = np.uint16 if strange.dtype == np.float16 else np.uint32
    assert list(comp) == ["B", "G", "R"]
    for channel in comp.values():
        assert channel.dtype == strange.dtype
        np.testing.assert_array_equal(channel[0].view(bits), strange.view(bits))
        assert (channel[1] == 0.25).all()


def test_channels_that_are_no_colour_are_carried_through() -> None:
    depth = np.random.default_rng(1).random((2, 3)).astype(np.float32)
    ids = np.arange(6, dtype=np.uint32).reshape(2, 3)
    plate = frame_of(np.full((2, 3, 3), 0.5))
    plate = plate.with_channels({**plate.channels, "Z": depth, "id": ids})

    comp = onto_plate(plate, np.zeros((2, 3, 3), np.float32), np.zeros((2, 3), bool))

    assert comp["Z"] is depth
    assert comp["id"] is ids
    assert not comp["R"].any()


def test_a_sun_brighter_than_a_half_holds_makes_the_frame_float_and_never_infinite() -> None:
    plate = frame_of(np.full((1, 3, 3), 0.1))
    generated = np.full((1, 3, 3), 0.5, np.float32)
    generated[0, 1, 0] = 66000.0

    comp = onto_plate(plate, generated, np.array([[True, False, False]]))

    assert {c.dtype.name for c in comp.values()} == {"float32"}
    assert comp["R"][0, 1] == 66000.0
    assert comp["R"][0, 0] == np.float32(np.float16(0.1))  # the plate's number, unchanged
    assert np.isfinite(comp["R"]).all()


def test_the_largest_half_still_is_a_half() -> None:
    plate = frame_of(np.full((1, 2, 3), 0.1))

    comp = onto_plate(plate, np.full((1, 2, 3), 65504.0, np.float32), np.zeros((1, 2), bool))

    assert comp["G"].dtype == np.float16
    assert comp["G"][0, 0] == 65504.0


def test_a_sixteen_bit_plate_becomes_float_with_its_own_values() -> None:
    codes = np.array([[0, 1, 32768, 65535]], np.uint16)
    plate = Picture(
        channels=dict.fromkeys("RGB", codes),
        data_window=(0, 0, 4, 1),
        display_window=(0, 0, 4, 1),
    )

    comp = onto_plate(plate, np.full((1, 4, 3), 9.0, np.float32), np.ones((1, 4), bool))

    np.testing.assert_array_equal(comp["R"], [np.float32([0, 1, 32768, 65535]) / 65535])


def test_a_black_and_white_plate_stays_one() -> None:
    plate = Picture(
        channels={"Y": np.full((1, 2), 0.25, np.float16)},
        data_window=(0, 0, 2, 1),
        display_window=(0, 0, 2, 1),
    )

    comp = onto_plate(plate, np.full((1, 2, 3), 0.5, np.float32), np.array([[True, False]]))

    assert list(comp) == ["Y"]
    np.testing.assert_array_equal(comp["Y"], np.array([[0.25, 0.5]], np.float16))


@given(st.floats(-0.5, 65504, width=16))
def test_from_minus_a_half_to_65504_every_half_survives(value: float) -> None:
    rgb = np.full((1, 1, 3), value, np.float32)

    assert rgb_channels(rgb, "half")["R"][0, 0] == value


def test_nan_and_infinity_do_not_make_a_frame_float() -> None:
    assert fits_half(np.array([np.nan, np.inf, -np.inf, -65504.0], np.float32))
    assert not fits_half(np.array([65504.1, 0.0], np.float32))
    assert not fits_half(np.array([-70000.0], np.float32))


def test_the_peak_is_the_largest_finite_value_on_either_side_of_black() -> None:
    assert peak(np.array([0.5, -3.0, np.nan, np.inf], np.float32)) == 3.0


def test_a_picture_without_colour_says_what_it_has() -> None:
    depth = Picture(
        channels={"Z": np.zeros((1, 1), np.float32)},
        data_window=(0, 0, 1, 1),
        display_window=(0, 0, 1, 1),
    )

    with pytest.raises(FormatError, match=r"a\.exr has channels Z; neither R, G, B nor Y"):
        depth.rgb(where="a.exr")


def test_whole_codes_become_shares_of_the_largest() -> None:
    assert as_float(np.array([255], np.uint8))[0] == 1
    assert as_float(np.array([13107], np.uint16))[0] == np.float32(0.2)
    assert as_float(np.array([0.1], np.float16))[0] == np.float32(np.float16(0.1))


@given(st.integers(-6, 6), st.integers(-6, 6), st.integers(1, 9), st.integers(1, 9))
def test_a_plane_cut_to_a_window_keeps_every_pixel_at_its_coordinate(
    x: int, y: int, width: int, height: int
) -> None:
    plane = np.arange(35, dtype=np.float32).reshape(5, 7) + 1

    found = on_window(plane, (0, 0, 7, 5), (x, y, width, height), fill=-1)

    for row in range(height):
        for column in range(width):
            inside = 0 <= x + column < 7 and 0 <= y + row < 5
            expected = plane[y + row, x + column] if inside else -1
            assert found[row, column] == expected
