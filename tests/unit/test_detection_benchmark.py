"""The ruler of detection, on a view nobody photographed: sound it passes, harmed it fails."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from quality import detection
from quality import detection_views as shown
from quality.detection_copies import repeated

from seamline.checks.limits import LIMITS
from seamline.ports import Studio


@pytest.fixture(scope="module")
def of() -> Studio:
    return detection.studio()


def a_view(seed: int = 1) -> detection.View:
    """Soft clouds over a dark plain, its horizon on row 110, the seam straight down."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shown.HEIGHT, : shown.WIDTH].astype(np.float64)
    tone = sum(np.sin(a * x + b * y + c) for a, b, c in rng.uniform(-0.02, 0.02, (5, 3)))
    light = 0.5 * np.exp(0.15 * tone) * np.where(y < 110, 1.0, 0.3)
    return shown.View(
        source="made up",
        light=(light[..., None] * [1.0, 0.95, 0.9]).astype(np.float32),
        rows=np.full(shown.WIDTH, 110.0),
        apart=x + 0.5 - shown.WIDTH / 2,
        rng=rng,
    )


def a_turning_view(seed: int = 2) -> shown.View:
    """Soft stones of many sizes, seen by a camera that pans by 1.6 px a frame."""
    rng = np.random.default_rng(seed)
    height, width = (
        n + 2 * r for n, r in zip((shown.HEIGHT, shown.WIDTH), shown.ROUND_PX, strict=True)
    )
    y, x = np.mgrid[:height, :width].astype(np.float64)
    tone = np.zeros((height, width))
    for cx, cy, size, level in rng.uniform((0, 0, 2, -1), (width, height, 9, 1), (500, 4)):
        part = np.s_[max(int(cy) - 30, 0) : int(cy) + 30, max(int(cx) - 30, 0) : int(cx) + 30]
        tone[part] += level * np.exp(-((np.hypot(x[part] - cx, y[part] - cy) / size) ** 2))
    degrees = np.degrees(1.6 / shown.FOCAL_PX)
    turns = tuple(shown.turned(k * degrees, 0.0, 0.0) for k in range(shown.FRAMES))
    light = 0.18 * np.exp(tone)[..., None] * [1.0, 0.95, 0.9]
    across = np.arange(shown.WIDTH)[None] + 0.5 - shown.WIDTH / 2
    return shown.View(
        source="made up", light=light.astype(np.float32), rows=None,
        apart=across + np.zeros((shown.HEIGHT, 1)), rng=rng, turns=turns,
    )  # fmt: skip


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
        ("flicker", 0.005, 0.25),  # one of four levels
        ("horizon camera", 2.0, -2.0),
        ("horizon element", 2.0, 2.0),
    ],
)
def test_what_was_asked_for_is_found_and_has_its_size(
    of: Studio, check: str, size: float, measured: float
) -> None:
    found = detection.numbers(of, a_view(), check, size)[check.split()[0]]

    assert abs(found) > LIMITS[check.split()[0]]
    assert found == pytest.approx(measured, rel=0.35, abs=0.02)


def test_a_sound_view_of_a_turning_camera_keeps_every_limit(of: Studio) -> None:
    found = detection.numbers(of, a_turning_view())

    assert {"exposure", "white", "grain", "flicker", "perspective"} <= set(found)
    assert {c: v for c, v in found.items() if abs(v) > LIMITS[c]} == {}


@pytest.mark.parametrize(
    ("check", "size", "measured"),
    [("grain", 0.8, np.log2(0.8)), ("flicker", 0.005, 0.25), ("perspective", 2.0, 2.0)],
)
def test_errors_under_a_turning_camera_are_found_with_their_size(
    of: Studio, check: str, size: float, measured: float
) -> None:
    found = detection.numbers(of, a_turning_view(), check, size)[check]

    assert found == pytest.approx(measured, rel=0.35)
    assert abs(found) > LIMITS[check]


def test_a_frame_of_the_middle_of_a_wide_view_is_its_middle() -> None:
    view = a_turning_view()
    down, across = shown.ROUND_PX

    frame = shown.taken(view.light, np.eye(3))

    np.testing.assert_allclose(frame, view.light[down:-down, across:-across], rtol=1e-5)


@pytest.mark.parametrize(("share", "least"), [(0.0, 0.0), (0.04, 1.0)])
def test_a_piece_that_a_painter_laid_twice_is_counted(
    of: Studio, share: float, least: float
) -> None:
    rng = np.random.default_rng(3)
    tones = 0.2 * np.exp(rng.normal(0, 1.2, (35, 54)))
    light = np.kron(tones, np.ones((6, 6)))[: shown.HEIGHT, : shown.WIDTH, None].repeat(3, 2)
    other = light[::-1].astype(np.float32)
    made = np.arange(shown.WIDTH)[None] >= np.full((shown.HEIGHT, 1), 150)

    found = repeated(of, light.astype(np.float32), other, made, rng, share)

    assert found is not None
    assert least <= found <= 100 * share + LIMITS["repetition"]


def test_limits_are_what_one_frame_in_a_hundred_exceeds() -> None:
    rng = np.random.default_rng(1)
    rows = [
        ("a", "rest", dict(zip(detection.CALIBRATED, rng.normal(size=9).tolist(), strict=True)))
        for _ in range(4000)
    ]

    limits = detection.limits_of(rows)

    for_all = {c: limit / detection.WIDER for c, limit in limits.items()}
    missed = np.mean([any(abs(v) > for_all[c] for c, v in r.items()) for *_, r in rows])
    assert missed == pytest.approx(0.01, abs=0.003)
    # Nine normal numbers: one in nine hundred each is 3.26 sigma.
    assert for_all["grain"] == pytest.approx(3.26, abs=0.35)


def test_the_smallest_of_an_error_is_of_frames_in_which_it_can_be_seen() -> None:
    error = "white 400 K"
    harmed = [(error, "a", True, v) for v in (-6.0, 9.0, 10.0)]
    harmed += [(error, "a", False, 1.0), (error, "b", True, None)]

    assert detection.smallest(harmed) == {error: [6.0, 6.06, 9.0]}


def test_an_interval_is_over_pictures_not_frames() -> None:
    one_bad_picture = [(n, n == "a") for n in "abcdefghij" for _ in range(50)]

    found = detection._rate(one_bad_picture)

    assert found["percent"] == 10.0
    assert found["interval"][0] == 0.0
    assert found["interval"][1] >= 20.0


def test_sources_that_set_the_limits_are_never_judged(shared: Path) -> None:
    setting, judged = detection.split()

    assert not set(setting) & set(judged)
    assert len(setting) + len(judged) == len(shown.sources()) >= 30
    assert not set(shown.fresh()) & set(shown.sources())
    assert len(set(shown.fresh())) == 19


def test_the_limits_in_the_code_are_those_that_the_run_wrote_down() -> None:
    folder = Path(__file__).parents[2] / "benchmarks" / "quality"

    written = json.loads((folder / "detection.json").read_text())["calibrate"]["limits"]

    assert written == {check: LIMITS[check] for check in detection.CALIBRATED}
