"""The ruler of detection, on a view nobody photographed: sound it passes, harmed it fails."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from quality import detection

from seamline.checks.limits import LIMITS
from seamline.ports import Studio


@pytest.fixture(scope="module")
def of() -> Studio:
    return detection.studio()


def a_view(seed: int = 1) -> detection.View:
    """Soft clouds over a dark plain, its horizon on row 110, the seam straight down."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: detection.HEIGHT, : detection.WIDTH].astype(np.float64)
    tone = sum(np.sin(a * x + b * y + c) for a, b, c in rng.uniform(-0.02, 0.02, (5, 3)))
    light = 0.5 * np.exp(0.15 * tone) * np.where(y < 110, 1.0, 0.3)
    return detection.View(
        source="made up",
        light=(light[..., None] * [1.0, 0.95, 0.9]).astype(np.float32),
        rows=np.full(detection.WIDTH, 110.0),
        apart=x + 0.5 - detection.WIDTH / 2,
        rng=rng,
    )


def test_a_sound_view_keeps_every_limit(of: Studio) -> None:
    found = detection.numbers(of, a_view())

    assert {"exposure", "white", "grain", "flicker", "edge", "horizon"} <= set(found)
    assert {c: v for c, v in found.items() if abs(v) > LIMITS[c]} == {}


@pytest.mark.parametrize(
    ("check", "size", "measured"),
    [
        ("exposure", -0.08, -0.08),
        ("white", 6900.0, 1e6 / 6900 - 1e6 / 6500),
        ("grain", 0.8, np.log2(0.8)),
        ("grain", 1.25, np.log2(1.25)),
        ("flicker", 0.005, 0.5),
        ("horizon", 2.0, -2.0),
    ],
)
def test_what_was_asked_for_is_found_and_has_its_size(
    of: Studio, check: str, size: float, measured: float
) -> None:
    found = detection.numbers(of, a_view(), check, size)[check]

    assert abs(found) > LIMITS[check]
    assert found == pytest.approx(measured, rel=0.35, abs=0.02)


def test_limits_are_what_one_frame_in_a_hundred_exceeds() -> None:
    rng = np.random.default_rng(1)
    rows = [
        ("a", dict(zip(detection.CALIBRATED, rng.normal(size=7).tolist(), strict=True)))
        for _ in range(4000)
    ]

    limits = detection.limits_of(rows)

    for_all = {c: limit / detection.WIDER for c, limit in limits.items()}
    missed = np.mean([any(abs(v) > for_all[c] for c, v in r.items()) for _, r in rows])
    assert missed == pytest.approx(0.01, abs=0.003)
    # Seven normal numbers: one in seven hundred each is 3.19 sigma.
    assert for_all["grain"] == pytest.approx(3.19, abs=0.35)


def test_an_interval_is_over_pictures_not_frames() -> None:
    one_bad_picture = [(n, n == "a") for n in "abcdefghij" for _ in range(50)]

    found = detection._rate(one_bad_picture)

    assert found["percent"] == 10.0
    assert found["interval"][0] == 0.0
    assert found["interval"][1] >= 20.0


def test_sources_that_set_the_limits_are_never_judged(shared: Path) -> None:
    setting, judged = detection.split()

    assert not set(setting) & set(judged)
    assert len(setting) + len(judged) == len(detection.sources()) >= 30


def test_the_limits_in_the_code_are_those_that_the_run_wrote_down() -> None:
    folder = Path(__file__).parents[2] / "benchmarks" / "quality"

    written = json.loads((folder / "detection.json").read_text())["calibrate"]["limits"]

    assert written == {check: LIMITS[check] for check in detection.CALIBRATED}
