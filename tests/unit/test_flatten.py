"""Layers over one another: numbers of Porter and Duff's, and bits that must survive."""

from __future__ import annotations

import numpy as np
import pytest

from seamline.pixels.flatten import adding_up, flattened, plate_alone, seen, through


def layer(*pixels: tuple[float, float, float, float]) -> np.ndarray:
    """One row of associated pixels, (1, N, 4)."""
    return np.array([pixels], np.float32)


def alphas(*layers: np.ndarray) -> list[np.ndarray]:
    return [la[..., 3] for la in layers]


def test_one_layer_alone_is_itself_bit_for_bit() -> None:
    strange = layer((-0.0, 65504, -0.5, 1.0), (0.1, 0.2, 0.3, 0.7), (0, 0, 0, 0))

    assert flattened([strange]).tobytes() == strange.tobytes()


def test_half_a_red_mist_over_a_blue_sky_is_purple() -> None:
    sky, mist = layer((0, 0, 1, 1)), layer((0.5, 0, 0, 0.5))

    np.testing.assert_array_equal(flattened([sky, mist]), layer((0.5, 0, 0.5, 1.0)))


def test_what_is_hidden_or_not_covered_keeps_its_bits() -> None:
    back = layer((-0.0, 3e-41, 0.1, 1), (0.1, 0.2, 0.3, 1), (7, 8, 9, 0.3))
    front = layer((0, 0, 0, 0), (-0.0, 60000, 1e-7, 1), (0, 0, 0, 0))

    flat = flattened([back, front])

    assert flat[0, 0].tobytes() == back[0, 0].tobytes()
    assert flat[0, 1].tobytes() == front[0, 1].tobytes()
    assert flat[0, 2].tobytes() == back[0, 2].tobytes()


def test_anything_over_an_opaque_sky_is_opaque_to_the_last_bit() -> None:
    soft = np.linspace(0, 1, 4099, dtype=np.float32)
    front = np.stack([soft * 0, soft * 0, soft * 0, soft], axis=-1)[None]
    sky = np.ones_like(front)

    assert (flattened([sky, front])[..., 3] == 1).all()


def test_an_infinite_highlight_behind_a_solid_range_does_not_shine_through() -> None:
    sun, rock = layer((np.inf, np.inf, np.inf, 1)), layer((0.1, 0.1, 0.1, 1))

    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(flattened([sun, rock]), rock)


def test_of_three_layers_each_is_seen_as_the_ones_before_it_allow() -> None:
    sky, far, mist = layer((0, 0, 0, 1)), layer((0, 0, 0, 0.5)), layer((0, 0, 0, 0.25))

    parts = [float(w[0, 0]) for w in seen(alphas(sky, far, mist))]

    assert parts == [0.375, 0.375, 0.25]
    assert sum(parts) == 1
    assert [float(t[0, 0]) for t in through(alphas(sky, far, mist))] == [0.375, 0.75, 1.0]


@pytest.mark.parametrize(
    ("stack", "alone"),
    [
        (((1.0, True),), True),
        (((1.0, False),), False),
        (((1.0, False), (1.0, True)), True),
        (((1.0, True), (0.0, False)), True),
        (((1.0, True), (0.1, False)), False),
        (((1.0, True), (1.0, False)), False),
        (((1.0, False), (0.9, True)), False),
    ],
)
def test_only_an_opaque_plate_pixel_with_nothing_before_it_is_the_plate_s_own(
    stack: tuple[tuple[float, bool], ...], alone: bool
) -> None:
    found = plate_alone(
        [np.full((1, 1), alpha, np.float32) for alpha, _ in stack],
        [np.full((1, 1), own) for _, own in stack],
    )

    assert found[0, 0] == alone


def test_layers_smeared_one_by_one_are_mended_to_what_was_smeared_as_a_whole() -> None:
    """A hard edge over a sky that changes with it, smeared over two pixels."""
    sky = np.stack([layer((0.2, 0.2, 0.2, 1)), layer((1.0, 1.0, 1.0, 1))])
    rock = np.stack([layer((0.1, 0.1, 0.1, 1)), layer((0, 0, 0, 0))])
    whole = flattened([sky, rock]).mean(axis=0)
    one_by_one = [la.mean(axis=0, dtype=np.float32) for la in (sky, rock)]
    assert abs(flattened(one_by_one) - whole).max() == pytest.approx(0.2)

    mended = adding_up(one_by_one, whole)

    np.testing.assert_allclose(flattened(mended), whole, atol=1e-7)
    np.testing.assert_array_equal([m[..., 3] for m in mended], alphas(*one_by_one))


def test_a_layer_that_is_not_seen_is_not_mended() -> None:
    layers = [layer((0.3, 0.3, 0.3, 1)), layer((0.2, 0.2, 0.2, 1)), layer((0, 0, 0, 0))]
    whole = layer((0.25, 0.25, 0.25, 1))

    back, middle, front = adding_up(layers, whole)

    np.testing.assert_array_equal(back, layers[0])
    np.testing.assert_array_equal(front, layers[2])
    np.testing.assert_allclose(middle, whole, atol=1e-7)


def test_light_where_alpha_is_nothing_is_left_out() -> None:
    layers = [layer((0.3, 0.3, 0.3, 1)), layer((0.01, 0.01, 0.01, 0))]

    back, front = adding_up(layers, layers[0])

    np.testing.assert_array_equal(front, layer((0, 0, 0, 0)))
    np.testing.assert_array_equal(back, layers[0])


def test_a_sky_that_ends_under_a_range_lets_no_plate_through_when_both_are_smeared() -> None:
    """Three canvas pixels under one frame pixel: sky, both, range; all of it covered."""
    sky = np.stack([layer(p) for p in ((1, 1, 1, 1), (1, 1, 1, 1), (0, 0, 0, 0))])
    rock = np.stack([layer(p) for p in ((0, 0, 0, 0), (0.1, 0.1, 0.1, 1), (0.1, 0.1, 0.1, 1))])
    whole = flattened([sky, rock]).mean(axis=0, dtype=np.float32)
    one_by_one = [la.mean(axis=0, dtype=np.float32) for la in (sky, rock)]
    assert flattened(one_by_one)[0, 0, 3] == pytest.approx(1 - 1 / 9)  # the plate leaks

    mended = flattened(adding_up(one_by_one, whole))

    np.testing.assert_allclose(mended, whole, atol=1e-6)
    assert mended[0, 0, 3] == 1
