"""How soft a thing is that is out of focus; numbers from depth-of-field tables."""

from __future__ import annotations

import pytest

from seamline.pixels.sharpness import defocus_px


def disc_mm(focal_mm: float, stop: float, focus_m: float, distance_m: float) -> float:
    """The blur disc's diameter: four times the sigma, at one pixel to the millimetre."""
    return 4 * defocus_px(
        focal_length_mm=focal_mm, stop=stop, focus_m=focus_m, distance_m=distance_m, px_per_mm=1
    )


def test_focused_at_the_hyperfocal_distance_infinity_is_as_soft_as_the_table_allows() -> None:
    # 35 mm at f/8 and a circle of .03 mm: 5.14 m, as every table has it.
    assert disc_mm(35, 8, 5.139, 1e9) == pytest.approx(0.03, rel=1e-3)
    assert disc_mm(35, 8, 5.139, 5.139 / 2) == pytest.approx(0.03, rel=2e-2)


def test_what_is_in_focus_is_not_softened_and_a_wider_stop_softens_more() -> None:
    assert disc_mm(50, 2, 4.0, 4.0) == 0
    assert disc_mm(50, 2, 4.0, 100) == pytest.approx(2 * disc_mm(50, 4, 4.0, 100))
    assert disc_mm(50, 2, 0.04, 100) == 0  # nearer than the lens's own focus
