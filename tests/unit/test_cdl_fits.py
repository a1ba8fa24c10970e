"""CDLs fitted to pairs of colours: what they find, and when they do not trust themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamline.pixels.cdl import HIGH, LOW, apply_cdl, fit_pairs, suggest
from seamline.show.cdl import CDL

GRADE = CDL(
    id="grade",
    slope=(1.04, 0.97, 1.02),
    offset=(0.02, -0.01, 0.015),
    power=(1.05, 0.95, 1.0),
    saturation=1.12,
)


def colours(count: int = 24, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.12, 0.75, (count, 3)).astype(np.float32)


def test_the_numbers_are_those_of_the_asc() -> None:
    # ASC CDL v1.2: out = (in x slope + offset) ^ power, then saturation about Rec.709 luma.
    cdl = CDL(id="c", slope=(2, 1, 0.5), offset=(0.1, 0, -0.1), power=(1, 2, 1), saturation=0.5)
    graded = np.array([2 * 0.2 + 0.1, 0.3**2, 0.5 * 0.4 - 0.1])
    luma = graded @ [0.2126, 0.7152, 0.0722]

    out = apply_cdl(np.array([[0.2, 0.3, 0.4]], np.float32), cdl)

    np.testing.assert_allclose(out[0], luma + 0.5 * (graded - luma), rtol=1e-6)


def test_a_negative_value_is_left_alone_by_the_power_and_nothing_is_clamped() -> None:
    cdl = CDL(id="c", power=(2.0, 2.0, 2.0))

    out = apply_cdl(np.array([[-0.3, 0.5, 3.0]], np.float32), cdl)

    np.testing.assert_allclose(out[0], [-0.3, 0.25, 9.0], rtol=1e-6)


@pytest.mark.parametrize("noise", [0.0, 0.002])
def test_a_chart_finds_the_grade_it_was_given(noise: float) -> None:
    before = colours()
    after = apply_cdl(before, GRADE) + np.random.default_rng(2).normal(0, noise, before.shape)

    fit = fit_pairs(before, after, id="fit")

    assert fit.sure
    assert not fit.suggestion
    assert np.abs(
        apply_cdl(colours(200, 9), fit.cdl) - apply_cdl(colours(200, 9), GRADE)
    ).max() < (0.004 + 4 * noise)
    assert fit.cdl.saturation == pytest.approx(1.12, abs=0.02)


def test_pairs_that_are_the_same_ask_for_nothing() -> None:
    fit = fit_pairs(colours(), colours(), id="fit")

    assert fit.sure
    assert fit.cdl.is_identity


def test_a_fifth_of_wrong_pairs_does_not_move_the_grade() -> None:
    before = colours(200)
    after = apply_cdl(before, GRADE)
    after[::5] = np.random.default_rng(4).uniform(0, 1, (40, 3))

    fit = fit_pairs(before, after, id="fit")

    assert np.abs(apply_cdl(before, fit.cdl) - apply_cdl(before, GRADE)).max() < 0.006


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        (colours(5), colours(5), "fewer than 6"),
        (np.full((24, 3), 0.4), np.full((24, 3), 0.45), "leave it open"),
        (colours(24), colours(24, seed=8), "not pairs"),
        (colours(24), colours(24) + np.float32(0.4), "beyond what a grade may do"),
        (np.full((24, 3), np.nan), colours(24), "fewer than 6"),
    ],
    ids=["too few", "one level", "not pairs", "too far", "nothing known"],
)
def test_where_pairs_do_not_determine_a_grade_it_is_unsure(
    before: np.ndarray, after: np.ndarray, word: str
) -> None:
    fit = fit_pairs(before, after, id="fit")

    assert not fit.sure
    assert word in fit.says


def test_a_narrow_margin_is_sure_of_its_own_colours_only() -> None:
    before = np.random.default_rng(1).uniform(0.40, 0.42, (400, 3))
    after = apply_cdl(before, GRADE) + np.random.default_rng(2).normal(0, 0.02, before.shape)

    own = fit_pairs(before, after, id="fit", applied_to=before)
    all_of_it = fit_pairs(before, after, id="fit", applied_to=colours(200))

    assert own.sure
    assert not all_of_it.sure
    assert all_of_it.spread > 3 * own.spread


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_no_fit_goes_beyond_what_a_colourist_accepts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, after = rng.uniform(0, 1, (2, 30, 3))

    cdl = fit_pairs(before, after, id="fit").cdl

    numbers = np.array([*cdl.slope, *cdl.offset, *cdl.power, cdl.saturation])
    assert (numbers >= LOW - 1e-6).all()
    assert (numbers <= HIGH + 1e-6).all()


# -- by statistics ----------------------------------------------------------


def picture(seed: int, shift: float = 0.0) -> np.ndarray:
    """A picture of the same stuff all over: (60, 120, 3) in ACEScct."""
    rng = np.random.default_rng(seed)
    return (rng.normal([0.42, 0.40, 0.36], [0.08, 0.07, 0.08], (60, 120, 3)) + shift).astype(
        np.float32
    )


def test_a_suggestion_says_that_it_is_one() -> None:
    grain = np.random.default_rng(2).normal(0, 0.004, (60, 120, 3))

    fit = suggest(picture(1), apply_cdl(picture(1) + grain, GRADE), id="fit")

    assert fit.suggestion
    assert fit.sure
    assert np.abs(apply_cdl(picture(3), fit.cdl) - apply_cdl(picture(3), GRADE)).mean() < 0.005
    assert "need not show the same things" in fit.says


def test_pictures_of_different_things_get_no_suggestion_to_be_used() -> None:
    reference = picture(2)
    reference[:, :60] += np.array([-0.15, 0.05, 0.2], np.float32)

    fit = suggest(picture(1), reference, id="fit")

    assert not fit.sure
    assert "disagree" in fit.says


def test_pictures_too_small_to_compare_get_none() -> None:
    fit = suggest(picture(1)[:4, :8], picture(2), id="fit")

    assert not fit.sure
    assert fit.cdl.is_identity
