"""The rulers of the patch benchmark, on pictures whose measure is known."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import ranges

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from patch import cases, gallery, measures

HEIGHT, WIDTH = 96, 160
ROWS, COLUMNS = np.indices((HEIGHT, WIDTH))
HOLE = (abs(ROWS - 48) < 30) & (abs(COLUMNS - 80) < 40)


def texture(seed: int) -> NDArray[np.float32]:
    plane = 0.4 + 0.1 * ranges.speckle(HEIGHT, WIDTH, seed)
    return np.repeat(plane[..., None], 3, axis=2).astype(np.float32)


def test_a_seam_as_busy_as_the_truth_measures_one() -> None:
    assert measures.seam_gradient(texture(1), texture(1), HOLE) == pytest.approx(1.0)
    assert measures.seam_gradient(texture(2), texture(1), HOLE) == pytest.approx(1.0, abs=0.1)


def test_a_step_at_the_seam_measures_more_and_a_blur_less() -> None:
    stepped = texture(1) + np.where(HOLE, np.float32(0.2), 0)[..., None]
    flat = np.full_like(texture(1), 0.45)

    assert measures.seam_gradient(stepped, texture(1), HOLE) > 3
    assert measures.seam_gradient(flat, texture(1), HOLE) == 0


def test_a_border_is_held_against_the_truth_s_lines_beside_it_too() -> None:
    calm = texture(1)  # the truth happens to be calm on the very line of the border
    calm[:, 120] = calm[:, 119]
    right = COLUMNS >= 120

    assert measures.seam_gradient(texture(2), calm, right) > 100
    assert measures.seam_beside(texture(2), calm, right) == pytest.approx(1.0, abs=0.15)
    assert measures.seam_beside(texture(1), texture(1), HOLE) == pytest.approx(1.0, abs=0.1)
    stepped = texture(1) + np.where(HOLE, np.float32(0.2), 0)[..., None]
    assert measures.seam_beside(stepped, texture(1), HOLE) > 3


def test_patches_of_one_texture_are_alike_and_those_of_another_are_not() -> None:
    full = np.ones((HEIGHT, WIDTH), bool)
    alike = measures.swd(texture(1), HOLE, texture(2), full)
    lifted = measures.swd(texture(1) + 0.2, HOLE, texture(2), full)
    smooth = measures.swd(np.full_like(texture(1), 0.45), HOLE, texture(2), full)

    assert alike[0] is not None
    assert lifted[0] is not None
    assert smooth[0] is not None
    assert lifted[0] > 5 * alike[0]
    assert smooth[0] > 5 * alike[0]


def test_a_region_without_a_patch_has_no_distance() -> None:
    speck = (abs(ROWS - 48) < 3) & (abs(COLUMNS - 80) < 3)

    assert measures.swd(texture(1), speck, texture(1), HOLE) == [None, None, None]


def test_sharpness_is_detail_over_that_of_the_truth() -> None:
    half = 0.45 + (texture(1) - 0.45) / 2

    assert measures.sharpness(texture(2), HOLE, texture(1)) == pytest.approx(1.0, abs=0.05)
    assert measures.sharpness(half, HOLE, texture(1)) == pytest.approx(0.5, abs=0.01)


def test_gain_and_offset_make_no_other_picture() -> None:
    # in ACEScct a factor in light is an offset, and a power a gain
    brighter = texture(1) + np.float32(0.1)
    smooth = np.repeat((0.3 + 0.003 * ROWS)[..., None], 3, axis=2).astype(np.float32)
    across = np.repeat((0.3 + 0.002 * COLUMNS)[..., None], 3, axis=2).astype(np.float32)

    same = measures.smallest_difference([texture(1), brighter], HOLE)
    other = measures.smallest_difference([smooth, across], HOLE)

    assert same == pytest.approx(0.0, abs=1e-3)
    assert other is not None
    assert other > 0.1


def test_no_fewer_plates_were_never_tuned_with_than_the_gallery_says() -> None:
    every, never = 0, 0
    for task, own in cases.CASES.items():
        unseen = [name for name in own if not cases.tuned(task, name) and name != "mixed"]
        assert len(own) >= 4, task
        # Few photographs at hand can be taken apart into cards; most of them were looked at.
        # So were most whose light agrees with a panorama's sky. The gallery says how many.
        least = {"whole": 2.0, "extension": 10.0, "sky": 3.0}.get(task, len(own) / 2)
        assert len(unseen) >= least, task
        every, never = every + len(own), never + len(unseen)
    assert 2 * never >= every


def test_verdicts_of_a_blind_set_are_counted_with_real_pictures_apart(tmp_path: Path) -> None:
    key = {
        "001.png": {"case": "hole-lake", "seed": 3},
        "002.png": {"case": "hole-lake", "real": 1},
        "003.png": {"case": "hole-lake", "seed": 4},
    }
    (tmp_path / "key.json").write_text(json.dumps(key))
    (tmp_path / "verdicts.csv").write_text(
        "picture,verdict,what is wrong\n001.png,usable,\n002.png,reject,flat\n003.png,,\n"
    )

    counted = gallery.counted(tmp_path)

    assert counted == {
        "hole-lake": {
            "painted": {"usable": 1, "fix": 0, "reject": 0},
            "real": {"usable": 0, "fix": 0, "reject": 1},
        }
    }


@pytest.mark.shared
@pytest.mark.parametrize(("task", "name"), [("hole", "prairie"), ("extension", "spruit")])
def test_no_reference_of_a_panorama_shows_what_the_plate_looks_at(
    shared: Path, task: str, name: str
) -> None:
    """Columns of a panorama run from azimuth 360 at its left edge down to 0."""
    case = cases.make(task, name, scale=0.2)
    around_px = round(case.canvas.px_per_deg * 360)

    looked_at = set(np.round(case.canvas.azimuth_deg).astype(int).ravel() % 360)
    shown = [
        set(np.round(360 - view.master_x * 360 / around_px).astype(int).ravel() % 360)
        for view in case.references[:-1]
    ]

    assert len(shown) == 3
    assert not any(looked_at & own for own in shown)
    assert len(set.union(looked_at, *shown)) > 270


@pytest.mark.shared
def test_a_photograph_is_the_only_picture_to_copy_from(shared: Path) -> None:
    assert cases.make("hole", "dunes", scale=0.2).alone
    assert not cases.make("hole", "quay", scale=0.2).alone
