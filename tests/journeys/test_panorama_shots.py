"""
The promises of the main job on two shots made from real panoramas.

A camera of the tests' own pans over the panorama and photographs it through its
shutter; the lower part is live, with the values planted that break pictures. The
show paints from the panorama itself and from a photograph.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import material
import numpy as np
import OpenImageIO as oiio
import pytest
from numpy.typing import NDArray
from shell import Work, begin, process

from processors import older_processor
from synth import Pose, Rig, latlong, shutter
from synth import photograph as photographed

pytestmark = [pytest.mark.shared, pytest.mark.slow]

RIG = Rig(128, 72, 35.0, 24.89)
FRAMES = range(1001, 1004)
PANORAMAS = {
    "hilly_terrain_01_1k.hdr": Pose(pan_deg=40.0, tilt_deg=1.0),
    "noon_grass_1k.hdr": Pose(pan_deg=-120.0, tilt_deg=1.0),
}
SAID = (
    "--owner",
    "Poly Haven",
    "--licence",
    "CC0-1.0",
    "--approved-by",
    "M. Okafor",
    "--allow",
    "paint",
)
KINDS = (np.float16, np.float32)
Plates = list[NDArray[np.float64]]


@dataclass(frozen=True)
class Location:
    """One panorama on disk, and the three frames that a panning camera took of it."""

    path: Path
    frames: Plates


@pytest.fixture(scope="module", params=PANORAMAS)
def location(request: pytest.FixtureRequest, shared: Path) -> Location:
    path = shared / "data" / "hdri" / request.param
    pixels = oiio.ImageBuf(str(path)).get_pixels(oiio.FLOAT)[..., :3]
    scene, start = latlong(np.maximum(pixels, 0).astype(np.float32)), PANORAMAS[request.param]

    def pose(at: float) -> Pose:
        return Pose(pan_deg=start.pan_deg + 0.4 * (at - 1001), tilt_deg=start.tilt_deg)

    return Location(
        path=path,
        frames=[photographed(scene, RIG, shutter(pose, n, samples=3), finer=2) for n in FRAMES],
    )


def planted(frames: Plates, live: NDArray[np.bool_], kind: type) -> list[NDArray[Any]]:
    """The frames as stored, with NaN, Inf and their like wherever they are live."""
    found = []
    for turn, linear in enumerate(frames):
        pixels = np.minimum(linear, 60000.0).astype(kind)
        for channel in range(3):
            plane = np.ascontiguousarray(pixels[..., channel])
            material.plant(plane, live, turn + channel)
            pixels[..., channel] = plane
        found.append(pixels)
    return found


def panned(
    work: Work,
    location: Location,
    shot: str,
    live: NDArray[np.bool_],
    *,
    kind: type = np.float16,
    log: bool = False,
    primaries: tuple[float, ...] | None = material.AP1,
) -> list[Path]:
    """Take a panning shot and the panorama in; return the plate's files."""
    frames = [material.logc3(f) for f in location.frames] if log else location.frames
    said = ("--colourspace", material.LOGC3) if log else ()
    how = {} if log else {"primaries": primaries}
    plate = work.plate(shot, planted(frames, live, kind), **how)
    camera = material.track(work.outside / f"{shot}.jsonl", FRAMES)
    work("shot", "add", shot, "--plate", plate, "--track", str(camera), *said)
    work(
        "reference",
        "add",
        str(location.path),
        "--kind",
        "photography",
        *SAID,
        "--allow",
        "paint",
    )
    return [Path(plate % n) for n in FRAMES]


LIVE = material.matte_plane(RIG.width_px, RIG.height_px)


@pytest.mark.parametrize("kind", KINDS, ids=("half", "float"))
@pytest.mark.parametrize("space", ["AP1", "AP0", "LogC3"])
def test_the_live_part_of_a_pan_is_the_plate_bit_for_bit(
    work: Work, location: Location, space: str, kind: type
) -> None:
    primaries = material.AP0 if space == "AP0" else material.AP1
    plates = panned(
        work,
        location,
        "042_0500",
        LIVE == 1,
        kind=kind,
        log=space == "LogC3",
        primaries=primaries,
    )
    work("seam", "set", "042_0500", "--matte", work.matte("042_0500", [LIVE] * 3))

    painted = work.json("paint", "042_0500", "-n", "2")["variations"]

    for variation in painted:
        comps = material.frames_in(variation["comp"])
        material.assert_live_is_the_plate(comps, plates, LIVE == 1)
        for comp in comps:
            made = material.read(comp)[0]
            assert all(np.isfinite(made[name][LIVE == 0]).all() for name in "RGB")


def test_outside_a_box_a_pan_is_the_plate(work: Work, location: Location) -> None:
    live = material.outside_box(RIG.height_px, RIG.width_px, (30, 8, 60, 30))
    plates = panned(work, location, "042_0510", live)
    work("seam", "set", "042_0510", "--box", "30,8,60,30")

    (painted,) = work.json("paint", "042_0510", "-n", "1")["variations"]

    comps = material.frames_in(painted["comp"])
    material.assert_live_is_the_plate(comps, plates, live)
    made, shot = material.read(comps[1])[0], material.read(plates[1])[0]
    assert (material.bits(made["G"]) != material.bits(shot["G"]))[~live].mean() > 0.9


def test_outside_a_polygon_a_pan_is_the_plate(work: Work, location: Location) -> None:
    corners = [[14.0, 6.0], [110.0, 6.0], [110.0, 40.0], [14.0, 40.0]]
    live = material.outside_box(RIG.height_px, RIG.width_px, (14, 6, 96, 34))
    plates = panned(work, location, "042_0520", live, kind=np.float32)
    drawn = work.outside / "range.json"
    drawn.write_text(json.dumps(corners))
    work("seam", "set", "042_0520", "--polygon", str(drawn))

    (painted,) = work.json("paint", "042_0520", "-n", "1")["variations"]

    material.assert_live_is_the_plate(material.frames_in(painted["comp"]), plates, live)


@pytest.mark.parametrize("kind", KINDS, ids=("half", "float"))
def test_neutral_gives_a_panoramas_light_back_exactly(
    work: Work, location: Location, kind: type
) -> None:
    frames = [np.minimum(f, 60000.0).astype(kind) for f in location.frames[:1]]
    frames[0][3, 5:9] = np.array([-0.5, 0.0, 65504.0, 100.0], kind)[:, None]
    plate = work.plate("042_0530", frames, primaries=material.AP1)
    work("shot", "add", "042_0530", "--plate", plate, "--static")

    (painted,) = work.json("paint", "042_0530", "-n", "1", "-g", "neutral")["variations"]

    (element,) = material.frames_in(painted["element"])
    made = material.read(element)[0]
    for i, name in enumerate("RGB"):
        shot = np.ascontiguousarray(frames[0][..., i])
        assert (material.bits(made[name]) == material.bits(shot)).all()


def digests(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What was painted, by pixels: canvas, element and comp of every variation."""
    return [
        (Path(v["canvas"]).stem, v["digest"], v["comp_digest"]) for v in document["variations"]
    ]


def test_a_pan_over_a_panorama_is_painted_the_same_again(
    location: Location, tmp_path: Path
) -> None:
    def shot(folder: str) -> Work:
        work = begin(tmp_path / folder)
        panned(work, location, "042_0540", LIVE == 1)
        work("seam", "set", "042_0540", "--matte", work.matte("042_0540", [LIVE] * 3))
        return work

    work = shot("one")
    first = digests(work.json("paint", "042_0540", "-n", "2", "--threads", "1"))
    other = digests(shot("two").json("paint", "042_0540", "-n", "2", "--threads", "2"))
    work("show", "prune")
    shutil.rmtree(work.root / "shots", ignore_errors=True)
    pruned = digests(work.json("paint", "042_0540", "-n", "2"))
    words = ("--show", str(shot("three").root), "paint", "042_0540", "-n", "2", "--json")
    older = process(*words, env=older_processor())

    assert len({canvas for canvas, _, _ in first}) == 2
    assert other == first
    assert pruned == first
    assert older.code == 0, older.err
    assert digests(older.json) == first
