"""The rulers of the grain benchmark, on grain whose difference is known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import grains

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
from quality import grain_measures, grain_plates
from quality.grain_plates import Held

from seamline.pixels.grain import measure_static

RNG = np.random.default_rng(1)
LIGHT = np.concatenate([grains.ramp(256, 256)] * 3)


def held(grain: np.ndarray) -> Held:
    return Held(
        grain=grain.astype(np.float32),
        light=LIGHT,
        seen=np.ones(LIGHT.shape[:2], bool),
        frames=3,
    )


def white() -> np.ndarray:
    return RNG.standard_normal(LIGHT.shape)


def coarse() -> np.ndarray:
    return grains.coarse(RNG, *LIGHT.shape[:2])


def test_grain_a_tenth_stronger_measures_a_tenth() -> None:
    errors = grain_measures.sigma_errors(held(white()), held(1.1 * white()))

    assert errors.mean() == pytest.approx(0.1, abs=0.01)
    assert np.abs(errors - 0.1).max() < 0.04


def test_white_noise_is_flat_and_coarse_grain_lies_low() -> None:
    flat = 10 * np.log10(grain_measures.rings(white()))
    low = grain_measures.rings(coarse())

    assert np.abs(flat).max() < 0.4
    # weights 1 2 1 over the root of 6 pass 16 / 6 at frequency 0, down and across
    assert low[0].max() == pytest.approx((16 / 6) ** 2, rel=0.12)
    assert low[0, -1] < 0.05


def test_a_decibel_is_a_decibel() -> None:
    louder = white() * 10 ** (1 / 20)

    assert grain_measures.psd_errors_db(louder, white()).mean() == pytest.approx(1, abs=0.05)


def test_the_same_grain_cannot_be_told_apart_and_other_grain_can() -> None:
    assert grain_measures.auc(white(), white()) < 0.62
    assert grain_measures.auc(white(), coarse()) > 0.99
    assert grain_measures.auc(white(), 1.1 * white()) > 0.8
    skewed = (RNG.gamma(4.0, 1.0, LIGHT.shape) - 4) / 2
    assert grain_measures.auc(white(), skewed) > 0.95


def test_chance_is_what_so_few_independent_values_leave_unsaid() -> None:
    model = measure_static(grains.frames(grains.ramp()), space="ACEScg")
    wall = grains.ramp(768, 64)
    grain = [grains.sigma(wall) * RNG.standard_normal(wall.shape) for _ in range(5)]
    real = Held(
        grain=grain[0].astype(np.float32),
        light=wall,
        seen=np.ones(wall.shape[:2], bool),
        frames=1,
    )

    told = grain_measures.chance(real, [real.other(g.astype(np.float32)) for g in grain], model)

    values = wall[..., 0].size / grain_measures.SIGNALS
    # of one standard deviation, beside that of five frames, of which the first is the same
    assert told["sigma rms"] == pytest.approx(np.sqrt(0.8 / (2 * values)), rel=0.25)
    assert 0 < told["psd mean dB"] < told["psd max dB"]


def test_plates_are_enough_and_more_than_half_were_not_tuned_with() -> None:
    scenes = [
        *grain_plates.PAIRS,
        *(name for name, _ in grain_plates.SIMULATED),
        *(name for name, _ in grain_plates.MOVING),
    ]
    unseen = [name for name in scenes if name not in grain_plates.TUNED]

    assert set(scenes) >= grain_plates.TUNED
    assert len(scenes) >= 20
    assert 2 * len(unseen) > len(scenes)
