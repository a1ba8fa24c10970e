"""What our camera sees of cards and layers is what Blender's camera sees of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import travelling
from blender import needs_blender

pytestmark = [pytest.mark.slow, needs_blender]

MEDIAN_PX, MOST_PX = 0.1, 0.5
"""How far a known place may lie from where Blender puts it."""


def test_a_card_is_seen_where_blender_sees_it_while_camera_and_lens_move(
    tmp_path: Path,
) -> None:
    track = travelling.camera(
        [
            ((-0.4, 0.1, 0.0), (-3, 1, 0), 30.0),
            ((0.0, 0.0, 0.2), (0, 2, 1), 33.0),
            ((0.5, 0.1, 0.5), (4, 2, 2), 38.0),
        ]
    )

    found = travelling.card_apart(tmp_path, track, [1, 2, 3], slant_deg=25)

    assert found.dots >= 30
    assert found.median_px <= MEDIAN_PX
    assert found.most_px <= MOST_PX


def test_the_ground_lies_where_blender_s_lies(tmp_path: Path) -> None:
    found = travelling.ground_apart(tmp_path)

    assert found.dots >= 20
    assert found.median_px <= MEDIAN_PX
    assert found.most_px <= MOST_PX


def test_a_card_smears_as_blender_s_while_the_camera_travels_turns_and_zooms(
    tmp_path: Path,
) -> None:
    track = travelling.camera(
        [
            ((-0.05, 0.0, 0.0), (-0.3, 0, 0), 34.0),
            ((0.0, 0.0, 0.0), (0, 0, 0), 35.0),
            ((0.05, 0.0, 0.0), (0.3, 0, 0), 36.0),
        ],
        shutter=0.5,
    )

    found = travelling.card_apart(tmp_path, track, [2], shutter=0.5, samples=64)

    assert found.dots >= 30
    assert found.median_px <= MEDIAN_PX
    assert found.most_px <= MOST_PX


def test_a_sphere_is_seen_where_blender_sees_it_from_beside_its_middle(tmp_path: Path) -> None:
    track = travelling.camera(
        [((-0.6, 1.5, 0.2), (-4, 1, 0), 28.0), ((0.8, 1.8, -0.3), (5, -2, 3), 28.0)]
    )

    found = travelling.sphere_apart(tmp_path, track, [1, 2], 4.0)

    assert found.dots >= 30
    assert found.median_px <= MEDIAN_PX
    assert found.most_px <= MOST_PX


def test_three_complete_cards_pass_as_in_blender_without_a_hole(tmp_path: Path) -> None:
    found = travelling.cards_passed(tmp_path, [1, 2, 3])

    assert found.parallax_px["forest"] == pytest.approx(12.0)  # f b / d = 480 x .3 / 12
    assert found.hole_px == 0
    assert found.shift_px <= MEDIAN_PX
    assert found.stops_p99 < 0.1
    assert found.flat_stops_p99 > 4 * found.stops_p99  # the same cards, lying flat
