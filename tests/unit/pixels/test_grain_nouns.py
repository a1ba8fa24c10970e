"""A grain model is refused where it cannot be, and is the same one when it comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from seamline.errors import FormatError, GrainError
from seamline.show.grain import (
    CrossSpectrum,
    DetailCurve,
    GrainModel,
    Marginals,
    SigmaCurve,
    grain_from_record,
    grain_record,
)

CURVE = SigmaCurve(signals=(0.02, 0.18, 1.0), sigmas=(0.002, 0.009, 0.02))
SPECTRUM = CrossSpectrum(
    size=4,
    planes=(
        *((1.5, 1.0, 0.5, 1.2, 0.9, 0.4, 1.5, 1.0, 0.5, 1.2, 0.9, 0.4),) * 3,
        *((0.3, 0.1, 0.0, 0.1, 0.1, 0.0, 0.3, 0.1, 0.0, 0.1, 0.1, 0.0),) * 6,
    ),
)
MARGINALS = Marginals(
    signals=(0.05, 0.6), scores=(-3.0, 0.0, 3.0), tables=((-2.5, -0.1, 3.4), (-3.0, 0.0, 3.0))
)
MODEL = GrainModel(
    space="ACEScg",
    how="moving",
    frames=12,
    width_px=2048,
    height_px=1152,
    curves=(CURVE, CURVE, CURVE),
    crosstalk=((0.0, 1e-4, -2e-5), (0.0, 0.0, 0.0), (3e-5, 0.0, 0.0)),
    spectrum=SPECTRUM,
    marginals=(MARGINALS, MARGINALS, MARGINALS),
)


def test_a_model_that_was_written_down_is_the_same_model() -> None:
    record = json.loads(json.dumps(grain_record(MODEL)))

    assert grain_from_record(record) == MODEL
    assert hash(grain_from_record(record)) == hash(MODEL)
    # what was written before anybody measured it has no word of it
    assert "detail" not in record


def test_what_detail_adds_is_written_down_too() -> None:
    busy = replace(MODEL, detail=DetailCurve(slopes=(0.0, 1.0), factors=(0.9, 1.3)))
    record = json.loads(json.dumps(grain_record(busy)))

    assert grain_from_record(record) == busy
    assert record["detail"] == {"slopes": [0.0, 1.0], "factors": [0.9, 1.3]}


@pytest.mark.parametrize(
    ("slopes", "factors", "says"),
    [
        ((0.0,), (1.0,), "1 slopes"),
        ((0.0, 1.0), (1.0,), "2 slopes, 1 factors"),
        ((1.0, 0.5), (1.0, 1.0), "do not rise"),
        ((-1.0, 0.5), (1.0, 1.0), "below none"),
        ((0.0, 1.0), (1.0, 0.0), "no grain at all"),
        ((0.0, 1.0), (1.0, float("nan")), "nan"),
    ],
)
def test_a_detail_curve_that_cannot_be_is_refused(
    slopes: tuple[float, ...], factors: tuple[float, ...], says: str
) -> None:
    with pytest.raises(GrainError, match=says):
        DetailCurve(slopes=slopes, factors=factors)


def test_a_model_is_plain_numbers_that_json_knows() -> None:
    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(isinstance(k, str) and plain(v) for k, v in value.items())
        if isinstance(value, list):
            return all(plain(v) for v in value)
        return type(value) in (str, int, float)

    assert plain(grain_record(MODEL))


def test_it_says_how_it_was_measured() -> None:
    assert MODEL.says == "measured in 12 moving frame(s) of 2048x1152 in ACEScg"


def deep(record: dict[str, Any], *path: Any, to: Any) -> None:
    *way, last = path
    for step in way:
        record = record[step]
    record[last] = to


@pytest.mark.parametrize(
    ("path", "to", "says"),
    [
        (("space",), "", "names no colour space"),
        (("how",), "guessed", "measured 'guessed', expected one of static, moving"),
        (("frames",), 0, "its frames is 0"),
        (("width_px",), -4, "its width_px is -4"),
        (("height_px",), 1152.5, "its height_px is 1152.5"),
        (("curves", 1, "sigmas", 2), -0.1, "below nothing"),
        (("curves", 1, "sigmas"), [0.1], "3 signals and 1 sigmas"),
        (("curves", 0, "signals", 1), 0.02, "do not rise"),
        (("curves", 0, "signals", 1), "dark", "holds 'dark', expected a number"),
        (("crosstalk", 1, 1), 0.5, "crosstalk with itself"),
        (("crosstalk", 1, 0), float("inf"), "crosstalk holds inf"),
        (("spectrum", "size"), 5, "size 5, expected even"),
        (("spectrum", "size"), 6, "not 9 planes of 24 numbers"),
        (("spectrum", "size"), 1 << 20, "size 1048576"),
        (("spectrum", "planes", 0, 3), -0.2, "less than no power"),
        (("spectrum", "planes", 3, 1), 1.4, "share more than they have"),
        (("marginals", 2, "tables", 0, 0), 4.0, "falls"),
        (("marginals", 2, "tables", 0), [1.0], "has 1 numbers"),
        (("marginals", 2, "scores"), [0.0, 0.0, 0.0], "do not rise"),
    ],
)
def test_numbers_that_cannot_be_a_plates_grain_are_refused(
    path: tuple[Any, ...], to: Any, says: str
) -> None:
    record = grain_record(MODEL)
    deep(record, *path, to=to)

    with pytest.raises(GrainError, match=says) as refused:
        grain_from_record(record)

    assert refused.value.remedy


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda r: [r], "no grain model"),
        (lambda r: {k: v for k, v in r.items() if k != "schema"}, "names no schema"),
        (lambda r: {**r, "schema": 7}, "schema 7, this seamline reads 1"),
        (lambda r: {k: v for k, v in r.items() if k != "curves"}, "incomplete"),
        (lambda r: {**r, "iso": 800}, "no field 'iso'"),
        (lambda r: {**r, "spectrum": 3}, "something else where numbers belong"),
        (lambda r: {**r, "curves": r["curves"][:2]}, "something else where numbers belong"),
    ],
)
def test_what_is_no_grain_model_is_refused(
    change: Callable[[dict[str, Any]], Any], says: str
) -> None:
    with pytest.raises(FormatError, match=says) as refused:
        grain_from_record(change(grain_record(MODEL)))

    assert refused.value.remedy or "incomplete" in says
