"""The compiled laying of grain gives the plain one's bits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import grains
from seamline.fast import grain as fast
from seamline.pixels.grain import grain_field, laid, measure_static, regrain
from seamline.show.grain import DetailCurve, GrainModel


@pytest.fixture(scope="module")
def model() -> GrainModel:
    return measure_static(grains.frames(grains.ramp()), space="ACEScg")


def _picture(height: int = 61, width: int = 83) -> np.ndarray:
    rng = np.random.default_rng(5)
    clean = (rng.standard_normal((height, width, 3)) * 1.5 + 0.7).astype(np.float32)
    clean[3, 4] = np.nan
    clean[5, 6, 1] = np.inf
    clean[7, 8] = 4000.0
    return clean


DETAIL = DetailCurve(slopes=(0.0, 0.5, 4.0), factors=(0.85, 1.0, 1.6))


@pytest.mark.parametrize("crosstalk", [False, True])
@pytest.mark.parametrize("amount", [1.0, 0.35])
def test_both_lay_the_same_bits(model: GrainModel, crosstalk: bool, amount: float) -> None:
    # one of both also knows detail
    model = replace(model, detail=DETAIL if crosstalk else None)
    if crosstalk:
        model = replace(
            model, crosstalk=((0.0, 2e-4, -1e-4), (1e-4, 0.0, 3e-5), (-2e-4, 1e-4, 0.0))
        )
    clean = _picture()
    share = np.random.default_rng(6).random(clean.shape[:2], np.float32)
    share[:10] = 0
    share[10:30] = 1
    field = grain_field(model, *clean.shape[:2], frame=1001, seed=3, origin=(-7, 11))

    plain = laid(model, clean, field, share, amount=amount)
    compiled = fast.laid(model, clean, field, share, amount=amount)

    assert plain.view(np.uint32).tolist() == compiled.view(np.uint32).tolist()


@pytest.mark.parametrize("detail", [None, DETAIL])
def test_laid_whole_it_is_what_regrain_gives_anybody(
    model: GrainModel, detail: DetailCurve | None
) -> None:
    model = replace(model, detail=detail)
    clean = _picture()
    field = grain_field(model, *clean.shape[:2], frame=1004, seed=3)

    whole = laid(model, clean, field, np.ones(clean.shape[:2], np.float32))

    again = regrain(model, clean, frame=1004, seed=3)
    assert whole.view(np.uint32).tolist() == again.view(np.uint32).tolist()


def test_where_nothing_is_generated_not_a_bit_changes(model: GrainModel) -> None:
    clean = _picture()
    field = grain_field(model, *clean.shape[:2], frame=1004, seed=3)
    share = np.zeros(clean.shape[:2], np.float32)
    share[20:] = 0.5

    found = laid(model, clean, field, share)

    assert found[:20].view(np.uint32).tolist() == clean[:20].view(np.uint32).tolist()
    assert (found[20:] != clean[20:]).mean() > 0.95
