"""References beside the plate: the same meadow, exposed otherwise, is told; a wall is not."""

from __future__ import annotations

import numpy as np
import pytest

from seamline.pixels.likeness import likeness
from seamline.pixels.picture import Image
from seamline.ports import CanvasPicture, ReferencePicture
from seamline.steps.match_references import references_off

STOP = 1 / 17.52
"""ACEScct, S-2016-001: (log2(x) + 9.72) / 17.52."""
SIZE = (96, 160)
SEEN = np.ones(SIZE, np.bool_)
ELEVATION = np.repeat(np.linspace(12, -18, SIZE[0], dtype=np.float32)[:, None], SIZE[1], 1)


def place(seed: int, *, hue: float = 0.05, rough: float = 0.02) -> Image:
    """A meadow under a sky, log-coded: smooth and blue above, rough and green below."""
    rng = np.random.default_rng(seed)
    sky = ELEVATION > 0
    tone = np.where(sky, 0.55, 0.38) + np.where(sky, 0.002, rough) * rng.standard_normal(SIZE)
    blue = np.where(sky, 0.06, -hue)
    return np.stack([tone - 0.02, tone, tone + blue], axis=2).astype(np.float32)


@pytest.mark.parametrize("stops", [-0.35, 0.0, 0.35])
def test_a_reference_exposed_otherwise_is_told_by_what_both_show(stops: float) -> None:
    other = (place(2) + np.float32(stops * STOP)).astype(np.float32)

    found = likeness(place(1), SEEN, ELEVATION, other, SEEN, ELEVATION)

    assert found is not None
    assert found.sure
    assert found.stops == pytest.approx(-stops, abs=0.05)


def test_another_place_tells_nothing_of_exposure() -> None:
    bricks = place(2, hue=-0.1, rough=0.1)

    found = likeness(place(1), SEEN, ELEVATION, bricks, SEEN, ELEVATION + 30)

    assert found is not None
    assert not found.sure


def test_too_little_of_a_reference_tells_nothing() -> None:
    few = np.zeros(SIZE, np.bool_)
    few[:20, :20] = True

    assert likeness(place(1), SEEN, ELEVATION, place(2), few, ELEVATION) is None


def test_the_plate_s_own_rest_and_flat_pictures_are_not_held_against_the_plate() -> None:
    canvas = CanvasPicture(
        known=place(1),
        keep=SEEN.astype(np.float32),
        need=~SEEN,
        margin=~SEEN,
        elevation_deg=ELEVATION,
        azimuth_deg=np.zeros(SIZE, np.float32),
        px_per_deg=3.2,
    )
    columns, rows = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in SIZE[::-1]))
    darker = (place(2) - np.float32(0.35 * STOP)).astype(np.float32)

    def view(id: str, elevation: Image | None) -> ReferencePicture:
        return ReferencePicture(
            id=id, look=id, colour=darker, usable=SEEN, elevation_deg=elevation,
            master_x=columns, master_y=rows,
        )  # fmt: skip

    views = [view("plate", ELEVATION), view("meadow", ELEVATION), view("flat", None)]
    found = references_off(canvas, views)

    assert list(found) == ["meadow"]
    assert found["meadow"] == pytest.approx(0.35, abs=0.05)
