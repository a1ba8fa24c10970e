"""
Plates through lenses that bend: canvas, element and audit all look through the lens.

Dots of light lie where OpenCV's projectPoints puts them. The camera pans, the canvas takes
each dot from the first frame that shows it, and the last frame must show it where OpenCV
says it lies there: through another part of the lens.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from lenses import Glass, dots, frame_with, middles, opencv_yaml, seen_through
from seamline.errors import CanvasError, TrackError
from seamline.pixels.picture import Picture
from seamline.show.frames import FrameRange, frame_path
from seamline.show.seam import Box, Seam
from seamline.steps import book
from seamline.steps.audit import audit
from seamline.steps.canvas import lay_out
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.main_job import painted
from seamline.steps.taken_lens import LensFiles
from synth import Pose, Rig
from tiny import AP1, TinyShow, frame_of

RIG = Rig(240, 136, 35.0, 24.89)
FRAMES = FrameRange(first=1001, last=1004)
POSES = [Pose(pan_deg=4.0 * n, tilt_deg=3.0) for n in range(len(FRAMES))]
DOTS = dots((-40, 40), (-25, 30), 2.6)
FEWER = dots((-70, 70), (-25, 30), 5.2)
BARREL = Glass((-0.18, 0.05, 1e-3, -8e-4, 0.0), centre_px=(3.0, -2.0))
SHARP = Glass((0.0,) * 5)


def at(glass: Glass, frame: int, rig: Rig = RIG) -> np.ndarray:
    return seen_through(glass, rig, POSES[frame - 1001], DOTS if glass.squeeze == 1 else FEWER)


def st_map(path: Path, x: np.ndarray, y: np.ndarray, size: tuple[int, int]) -> str:
    """Write where pixels come from (display pixels) as Nuke's ST map, with OpenEXR."""
    import OpenEXR

    channels = {
        "R": (x / size[0]).astype(np.float32), "G": (1 - y / size[1]).astype(np.float32),
        "B": np.zeros(x.shape, np.float32),
    }  # fmt: skip
    with OpenEXR.File({"type": OpenEXR.scanlineimage}, channels) as file:
        file.write(str(path))
    return str(path)


def maps(folder: Path, glass: Glass, over: int) -> dict[str, str]:
    """Both ST maps of ``glass`` by OpenCV, the undistorted picture with overscan."""
    k, d = glass.matrix(RIG), np.array(glass.coefficients)
    # The undistorted picture is the track's pinhole: its axis in the middle.
    wide = Glass(()).matrix(RIG) + np.array([[0, 0, over], [0, 0, over], [0, 0, 0]])
    size = RIG.width_px + 2 * over, RIG.height_px + 2 * over
    there = cv2.initUndistortRectifyMap(k, d, np.eye(3), wide, size, cv2.CV_32FC2)[0] + 0.5
    columns, rows = np.meshgrid(np.arange(RIG.width_px), np.arange(RIG.height_px))
    points = np.stack([columns, rows], axis=-1).reshape(-1, 1, 2).astype(np.float64)
    many = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-12)
    back = cv2.undistortPoints(points, k, d, R=np.eye(3), P=wide, criteria=many)
    back = back.reshape(RIG.height_px, RIG.width_px, 2) + 0.5
    frame = RIG.width_px, RIG.height_px
    return {
        "undistort": st_map(folder / "undistort.exr", there[..., 0], there[..., 1], frame),
        "redistort": st_map(folder / "redistort.exr", back[..., 0], back[..., 1], size),
    }


def openlensio(folder: Path, glass: Glass) -> str:
    k1, k2, p1, p2, k3 = glass.coefficients[:5]
    f, mm = RIG.focal_length_mm, RIG.sensor_width_mm / RIG.width_px
    block: dict[str, Any] = {
        "pinholeFocalLength": f,
        "projectionOffset": {"x": glass.centre_px[0] * mm, "y": glass.centre_px[1] * mm},
        "distortion": [{
            "model": "Brown-Conrady U-D",
            "radial": [k1 / f**2, 0.0, k2 / f**4, 0.0, k3 / f**6],
            "tangential": [p1 / f, p2 / f],
        }],
    }  # fmt: skip
    squeeze = {"anamorphicSqueeze": {"num": int(glass.squeeze * 10), "denom": 10}}
    path = folder / "lens.json"
    path.write_text(json.dumps({"static": {"camera": squeeze}, "lens": block}))
    return str(path)


def files(show: TinyShow, said: str, glass: Glass) -> LensFiles:
    folder = show.material
    if said == "OpenCV":
        (folder / "lens.yml").write_text(opencv_yaml(glass, RIG))
        return LensFiles(model=str(folder / "lens.yml"))
    if said == "OpenLensIO":
        return LensFiles(model=openlensio(folder, glass))
    # Of a lone redistort map nobody knows how large the undistorted picture was.
    found = maps(folder, glass, 0 if said == "redistort" else 40)
    return LensFiles(**{k: v for k, v in found.items() if said in ("both maps", k)})


def taken_in(show: TinyShow, glass: Glass, lens: LensFiles, *, aspect: float = 1.0) -> None:
    attributes: dict[str, Any] = {"chromaticities": AP1}
    if aspect != 1:
        attributes["PixelAspectRatio"] = ("float", aspect)

    def plate(number: int) -> Picture:
        rgb = frame_with(at(glass, number), RIG)
        return frame_of(rgb, dtype=np.float32, attributes=attributes)

    pattern = show.plate("S_010", FRAMES, plate)
    track = show.track("S_010", RIG, POSES, shutter_deg=0.0, sensor_height_mm=14.1)
    add_shot(show.studio, "S_010", plate=pattern, track=track, frames=FRAMES, bends=lens)
    set_seam(
        show.studio, Seam(shot="S_010", version=1, box=Box(x=0, y=0, width=240, height=136))
    )


def off_px(show: TinyShow, glass: Glass, frame: int) -> np.ndarray:
    """How far each dot of a rendered element lies from where OpenCV puts it."""
    entry = painted(show.studio, "S_010", variations=1, seed=1, generator="neutral")
    name = entry["variations"][0]["id"]
    element = show.studio.images.read(
        frame_path(show.studio.shelf.element_pattern(name), frame)
    )
    expected = at(glass, frame)
    found = middles(element.rgb(), expected)
    off = np.hypot(*(found - expected).T)
    return off[np.isfinite(off)]


@pytest.mark.parametrize(
    "said", ["OpenLensIO", "OpenCV", "both maps", "undistort", "redistort"]
)
def test_a_dot_lies_where_the_lens_puts_it_however_the_lens_is_told(tiny_show, said):
    taken_in(tiny_show, BARREL, files(tiny_show, said, BARREL))

    off = off_px(tiny_show, BARREL, FRAMES.last)

    assert len(off) > 100
    assert np.median(off) < 0.1
    assert off.max() < 0.5


def test_without_its_lens_the_same_plate_does_not_fit(tiny_show):
    taken_in(tiny_show, BARREL, LensFiles())

    assert np.median(off_px(tiny_show, BARREL, FRAMES.last)) > 0.5


def test_an_anamorphic_plate_fits_with_its_squeeze_and_its_pixel_aspect(tiny_show):
    glass = replace(BARREL, squeeze=2.0, centre_px=(0.0, 0.0))
    lens = LensFiles(model=openlensio(tiny_show.material, glass))
    taken_in(tiny_show, glass, lens, aspect=2.0)

    off = off_px(tiny_show, glass, FRAMES.last)

    assert len(off) > 50
    assert np.median(off) < 0.1
    assert off.max() < 0.5


def test_a_pixel_is_audited_through_the_lens(tiny_show):
    taken_in(tiny_show, BARREL, files(tiny_show, "OpenCV", BARREL))
    entry = painted(tiny_show.studio, "S_010", variations=1, seed=1, generator="neutral")
    name = entry["variations"][0]["id"]
    path = frame_path(tiny_show.studio.shelf.element_pattern(name), 1004)

    said = audit(tiny_show.studio, path, (7, 128))

    canvas, _ = book.canvas(tiny_show.studio.ledger, "S_010") or (None, None)
    assert canvas is not None
    lon = canvas.longitude_left_rad + (said["x"] + 0.5) / canvas.px_per_rad
    lat = canvas.latitude_top_rad - (said["y"] + 0.5) / canvas.px_per_rad
    on_canvas = np.array([np.cos(lat) * np.sin(lon), np.sin(lat), -np.cos(lat) * np.cos(lon)])
    world = np.reshape(canvas.world_from_canvas, (3, 3)) @ on_canvas
    np.testing.assert_allclose(
        seen_through(BARREL, RIG, POSES[3], world[None])[0], (7.5, 128.5), atol=0.75
    )


def test_a_lens_that_folds_within_the_frame_is_refused_with_the_radius(tiny_show):
    glass = Glass((-1.6, 0.0, 0.0, 0.0, 0.0))  # folds at .456 of the focal length, 154 px
    lens = files(tiny_show, "OpenCV", glass)
    taken_in(tiny_show, SHARP, lens)

    with pytest.raises(CanvasError, match=r"its polynomial folds there") as refused:
        lay_out(tiny_show.studio, "S_010")

    # A picture of it ends at two thirds of that: r (1 - 1.6 r^2).
    radius = int(str(refused.value).split("lies ")[1].split(" px")[0])
    assert radius == pytest.approx(154 * 2 / 3, abs=3)


def test_a_lens_of_another_focal_length_is_refused(tiny_show):
    other = Rig(240, 136, 50.0, 24.89)
    (tiny_show.material / "lens.yml").write_text(opencv_yaml(BARREL, other))

    with pytest.raises(
        TrackError, match="measured at 50 mm, and the shot's focal length is 35"
    ):
        taken_in(tiny_show, SHARP, LensFiles(model=str(tiny_show.material / "lens.yml")))


def test_maps_of_two_lenses_are_refused(tiny_show):
    lens = maps(tiny_show.material, BARREL, 40)
    other = Glass((0.1, 0.0, 0.0, 0.0, 0.0))
    (tiny_show.material / "other").mkdir()
    theirs = maps(tiny_show.material / "other", other, 40)

    with pytest.raises(TrackError, match="px from itself"):
        taken_in(
            tiny_show,
            SHARP,
            LensFiles(undistort=lens["undistort"], redistort=theirs["redistort"]),
        )


def test_a_map_in_half_floats_is_refused(tiny_show):
    path = tiny_show.picture("half.exr", np.zeros((136, 240, 3)))

    with pytest.raises(TrackError, match="half"):
        taken_in(tiny_show, SHARP, LensFiles(undistort=path))


def test_an_undistort_map_without_overscan_says_how_much_it_misses(tiny_show):
    lens = maps(tiny_show.material, BARREL, 0)

    with pytest.raises(TrackError, match=r"% of the plate lies beyond the map"):
        taken_in(tiny_show, SHARP, LensFiles(undistort=lens["undistort"]))
