"""How far small pictures differ: apart from exposure and contrast, where both are known."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.alike import Small, difference, log10_light, most_different

ROWS, COLUMNS = 9, 16


def small(seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=(ROWS, COLUMNS))


def known(light: NDArray[np.float64]) -> Small:
    return light, np.ones_like(light)


def test_exposure_and_contrast_do_not_count() -> None:
    one = small(1)

    assert difference(known(one), known(0.4 * one + 1.5)) < 1e-9
    assert difference(known(one), known(small(2))) > 0.5


def test_what_is_left_of_another_picture_is_told_as_its_rms() -> None:
    across = np.tile([1.0, -1.0], (ROWS, COLUMNS // 2))
    down = np.tile([[1.0], [1.0], [-2.0]], (ROWS // 3, COLUMNS))

    # nothing of the one is in the other, so the lesser is left whole: sqrt of mean of squares
    assert math.isclose(difference(known(across), known(down)), 1.0)
    assert math.isclose(difference(known(down), known(0.5 * across)), 0.5)


def test_only_what_both_know_is_compared() -> None:
    one, other = small(1), small(1)
    other[:, 8:] += small(3)[:, 8:]
    left = np.zeros((ROWS, COLUMNS))
    left[:, :8] = 1

    assert difference((one, left), known(other)) < 1e-9
    assert difference((one, left), (other, 1 - left)) == 0.0
    assert difference(known(one), known(one[:, :8])) == math.inf


def test_the_first_is_taken_and_then_always_the_least_like_all_before() -> None:
    across, down = np.indices((ROWS, COLUMNS)).astype(float)
    nearly = across + 0.01 * small(1)

    assert most_different([known(v) for v in (across, nearly, down)], 2) == [0, 2]
    assert most_different([known(v) for v in (across, nearly, down)], 9) == [0, 2, 1]


def test_decades_of_light_are_those_of_the_library() -> None:
    light = 10 ** np.linspace(-5, 5, 501)[None]

    assert np.abs(log10_light(light) - np.log10(light)).max() < 1e-12
    assert np.allclose(log10_light(np.array([[0.0, -1.0]])), -5)
