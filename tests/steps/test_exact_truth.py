"""
Shots made from a panorama, where every pixel of every frame is known.

A camera of our own (``synth``) photographs the panorama, pixel areas and shutter
integrated; the show lays its canvas out, has it painted and renders the frames. What
comes back must stand still, move with the camera, and be as sharp as the plate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seamline.formats.images import ImageFiles
from seamline.pixels.digest import picture_digest
from seamline.pixels.metrics import edge_width_px
from seamline.ports import CanvasPicture, Painted, PaintedLayer, ReferencePicture
from seamline.show.frames import FrameRange, frame_path
from seamline.show.seam import Seam
from seamline.show.variation import Ask
from seamline.steps.canvas import lay_out
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.lock import set_lock
from seamline.steps.main_job import painted
from seamline.steps.reference import add_reference
from synth import (
    Pose,
    Rig,
    Scene,
    acescct,
    change_along_the_move,
    latlong,
    photograph,
    shutter,
    ten_to_ninety_px,
)
from tiny import APPROVED, TinyShow, frame_of

pytestmark = pytest.mark.shared

RIG = Rig(240, 136, 35.0, 24.89)
"""337 px per radian: twice as fine as the panoramas, so that these are smooth to it."""
FRAMES = FrameRange(first=1001, last=1005)
MIDDLE = 1003
DEG_PER_FRAME = 2.0
"""11.8 px; half of it while the shutter is open."""
PANORAMAS = {
    "hilly_terrain_01_1k.hdr": Pose(pan_deg=40.0, tilt_deg=6.0),
    "spruit_sunrise_4k.exr": Pose(pan_deg=-70.0, tilt_deg=8.0),
}
LOCK = "[lens]\nfocal_length_mm = 35\nsensor_width_mm = 24.89\nsensor_height_mm = 14.1\n"


class Truth:
    """Paints the panorama itself: what a perfect backend would."""

    name = "truth"
    pixels = 1
    encoding = "ACEScg"
    needs_references = True

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def paint(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
    ) -> Painted:
        elevation, azimuth = (
            np.radians(a.astype(np.float64)) for a in (canvas.elevation_deg, canvas.azimuth_deg)
        )
        level = np.cos(elevation)
        world = np.stack(
            [level * np.sin(azimuth), np.sin(elevation), level * np.cos(azimuth)], axis=-1
        )
        shape = elevation.shape
        view = references[0]
        row, column = np.argwhere(view.usable)[0]
        true = self.scene(world.reshape(-1, 3)).reshape(*shape, 3).astype(np.float32)
        offset = true - view.colour[row, column]
        layer = PaintedLayer(
            name="env",
            colour=view.colour[row, column] + offset,
            alpha=np.ones(shape, np.float32),
            source=np.zeros(shape, np.int32),
            source_x=np.full(shape, column, np.int32),
            source_y=np.full(shape, row, np.int32),
            offset=offset,
        )
        progress(1.0)
        return Painted(layers=(layer,))


@pytest.fixture(scope="module", params=PANORAMAS)
def panorama(request: pytest.FixtureRequest, shared: Path) -> tuple[str, np.ndarray]:
    """A panorama of 1024 x 512, and its name."""
    name = request.param
    picture = ImageFiles(None).read(str(shared / "data" / "hdri" / name))  # type: ignore[arg-type]
    rgb = picture.rgb()
    times = rgb.shape[1] // 1024
    height = rgb.shape[0] // times
    reduced = rgb.reshape(height, times, 1024, times, 3).mean(axis=(1, 3), dtype=np.float64)
    return name, np.maximum(reduced, 0).astype(np.float32)


def path_of(name: str) -> Callable[[float], Pose]:
    start = PANORAMAS[name]
    return lambda at: replace(
        start, pan_deg=start.pan_deg + DEG_PER_FRAME * (at - MIDDLE), position_m=(0, 1.6, 0)
    )


def live(number: int) -> np.ndarray:
    """The lowest quarter of the frame is live, with a soft edge of two lines."""
    matte = np.zeros((RIG.height_px, RIG.width_px), np.float32)
    matte[102:] = 1
    matte[100:102] = [[0.25], [0.75]]
    return matte


def taken_in(
    show: TinyShow, panorama: tuple[str, np.ndarray], *, moving: bool
) -> tuple[dict[str, Any], np.ndarray]:
    """Take the shot in and have it painted; return the entry and the middle plate."""
    name, pixels = panorama
    scene, path = latlong(pixels), path_of(name)
    exposed = shutter(path, MIDDLE, samples=12) if moving else [path(MIDDLE)]
    middle = photograph(scene, RIG, exposed, finer=2)
    rng = np.random.default_rng(1)

    def plate(number: int) -> Any:
        light = middle if number == MIDDLE else middle * rng.uniform(0.9, 1.1)
        return frame_of(light, dtype=np.float32)

    pattern = show.plate("042", FRAMES, plate)
    if moving:
        track = show.track("042", RIG, [path(n) for n in FRAMES])
        add_shot(show.studio, "042", plate=pattern, track=track, frames=FRAMES)
    else:
        add_shot(show.studio, "042", plate=pattern, static=True, frames=FRAMES)
        tilt = f"[camera]\ntilt_deg = {PANORAMAS[name].tilt_deg}\n"
        set_lock(show.studio, "042", LOCK + tilt, where="lock.toml")
        lay_out(show.studio, "042", kind="sphere")
    matte = show.matte("042", FRAMES, live)
    set_seam(show.studio, Seam(shot="042", version=1, matte=matte))
    add_reference(show.studio, show.picture("pano.exr", pixels, dtype=np.float32), APPROVED)
    show.studio = replace(show.studio, generator=lambda name: Truth(scene))
    document = painted(show.studio, "042", variations=1, seed=1, generator="truth")
    return document["variations"][0], middle


def elements(show: TinyShow, entry: dict[str, Any]) -> list[np.ndarray]:
    pattern = show.studio.shelf.element_pattern(entry["id"])
    return [show.studio.images.read(frame_path(pattern, n)).rgb() for n in FRAMES]


def test_a_locked_off_camera_sees_the_same_element_in_every_frame(
    tiny_show: TinyShow, panorama: tuple[str, np.ndarray]
) -> None:
    entry, _ = taken_in(tiny_show, panorama, moving=False)

    pattern = tiny_show.studio.shelf.element_pattern(entry["id"])
    pictures = [tiny_show.studio.images.read(frame_path(pattern, n)) for n in FRAMES]
    assert len({picture_digest(p) for p in pictures}) == 1
    assert (pictures[0].channels["A"] == 1).all()


@pytest.fixture(scope="module")
def pan(
    tmp_path_factory: pytest.TempPathFactory, panorama: tuple[str, np.ndarray]
) -> tuple[str, TinyShow, dict[str, Any], np.ndarray]:
    show = TinyShow(tmp_path_factory.mktemp("pan"))
    return panorama[0], show, *taken_in(show, panorama, moving=True)


Pan = tuple[str, TinyShow, dict[str, Any], np.ndarray]


def test_a_pan_moves_the_element_and_changes_nothing_else(pan: Pan) -> None:
    name, show, entry, _ = pan
    frames, path = elements(show, entry), path_of(name)
    whole = np.ones((RIG.height_px, RIG.width_px), bool)

    for place in range(len(frames) - 1):
        poses = path(1001 + place), path(1002 + place)
        change = change_along_the_move(frames[place], frames[place + 1], RIG, poses, whole)

        assert len(change) > 0.8 * whole.size * 0.9
        assert change.mean() < 0.0005
        assert np.percentile(change, 99) < 0.002


def test_the_element_is_what_the_camera_would_have_photographed(pan: Pan) -> None:
    _, show, entry, middle = pan

    element = elements(show, entry)[MIDDLE - FRAMES.first]

    apart = np.abs(acescct(element) - acescct(middle))
    assert apart.mean() < 0.0005  # a hundredth of a stop
    assert np.percentile(apart, 99) < 0.005


def test_the_element_is_as_sharp_as_the_plate_where_the_camera_smears(pan: Pan) -> None:
    _, show, entry, middle = pan
    element = elements(show, entry)[MIDDLE - FRAMES.first]

    tones = [acescct(rgb)[..., 1] for rgb in (element, middle)]
    mine, plate = (edge_width_px(tone.astype(np.float32)) for tone in tones)
    assert mine is not None
    assert plate is not None
    assert mine == pytest.approx(plate, rel=0.05)
    own, theirs = (np.median(ten_to_ninety_px(tone)) for tone in tones)
    assert own == pytest.approx(theirs, rel=0.05)
    (said,) = (f for f in entry["findings"] if f["check"] == "sharpness")
    # The camera pans in every frame: nobody has seen the plate at rest, and the check says so.
    assert said["verdict"] == "not checked"


def test_live_pixels_of_the_pan_are_the_plate(pan: Pan) -> None:
    _, show, entry, middle = pan
    pattern = show.studio.shelf.comp_pattern(entry["id"])

    comp = show.studio.images.read(frame_path(pattern, MIDDLE)).rgb()

    np.testing.assert_array_equal(comp[102:], middle[102:])
    assert not (comp[:100] == middle[:100]).all()


def test_the_soft_edge_lies_between_both_and_not_outside(pan: Pan) -> None:
    # Element and plate show the same scene, so a right comp does not show the seam.
    _, show, entry, middle = pan
    pattern = show.studio.shelf.comp_pattern(entry["id"])

    comp = show.studio.images.read(frame_path(pattern, MIDDLE)).rgb()

    apart = np.abs(acescct(comp) - acescct(middle))[98:104]
    assert apart.mean() < 0.01
