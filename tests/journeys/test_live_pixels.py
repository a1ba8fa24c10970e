"""What was photographed stays what was photographed: bit for bit, in every comp."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import material
import numpy as np
import pytest
from numpy.typing import NDArray
from shell import Work

SIZE = (97, 65)
FRAMES = 3
ACES_FLAG = {"acesImageContainerFlag": ("int", 1)}
SPACES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "AP1": ({"primaries": material.AP1}, ()),
    "AP0 by its primaries": ({"primaries": material.AP0}, ()),
    "LogC3": ({}, ("--colourspace", material.LOGC3)),
}
TYPES = (np.float16, np.float32)


def hard_plate(
    live: NDArray[np.bool_], kind: type, *, log: bool = False, frames: int = FRAMES
) -> list[NDArray[Any]]:
    """Frames of a meadow with the hard values planted wherever it is live."""
    height, width = live.shape
    found = []
    for turn in range(frames):
        linear = material.meadow(width, height, turn=turn)
        pixels = (material.logc3(linear) if log else linear).astype(kind)
        for channel in range(3):
            plane = np.ascontiguousarray(pixels[..., channel])
            material.plant(plane, live, turn + channel)
            pixels[..., channel] = plane
        found.append(pixels)
    return found


@pytest.mark.parametrize("kind", TYPES, ids=("half", "float"))
@pytest.mark.parametrize("space", SPACES)
def test_where_the_matte_is_one_the_comp_is_the_plate(
    work: Work, space: str, kind: type
) -> None:
    width, height = SIZE
    matte = material.matte_plane(width, height)
    how, said = SPACES[space]
    plate = work.plate("042_0110", hard_plate(matte == 1, kind, log=bool(said)), **how)
    work("shot", "add", "042_0110", "--plate", plate, "--static", *said)
    work("seam", "set", "042_0110", "--matte", work.matte("042_0110", [matte] * FRAMES))
    work.reference()

    painted = work.json("paint", "042_0110", "-n", "2")["variations"]

    plates = [Path(plate % n) for n in range(1001, 1001 + FRAMES)]
    for variation in painted:
        comps = material.frames_in(variation["comp"])
        material.assert_live_is_the_plate(comps, plates, matte == 1)
        for comp, photographed in zip(comps, plates, strict=True):
            made, shot = material.read(comp)[0], material.read(photographed)[0]
            assert not np.array_equal(made["G"][matte == 0], shot["G"][matte == 0])
            assert all(np.isfinite(made[name][matte == 0]).all() for name in "RGB")


def test_an_aces_container_stays_one_and_its_live_pixels_too(work: Work) -> None:
    width, height = SIZE
    matte = material.matte_plane(width, height)
    plate = work.plate("042_0115", hard_plate(matte == 1, np.float16), attributes=ACES_FLAG)
    added = work.json("shot", "add", "042_0115", "--plate", plate, "--static")
    work("seam", "set", "042_0115", "--matte", work.matte("042_0115", [matte] * FRAMES))
    work.reference()

    painted = work.json("paint", "042_0115", "-n", "1")["variations"][0]

    assert added["colourspace"] == "ACES2065-1"
    plates = [Path(plate % n) for n in range(1001, 1001 + FRAMES)]
    comps = material.frames_in(painted["comp"])
    material.assert_live_is_the_plate(comps, plates, matte == 1)
    assert all(material.read(c)[1].get_int_attribute("acesImageContainerFlag") for c in comps)


@pytest.mark.parametrize("kind", TYPES, ids=("half", "float"))
def test_a_moving_camera_with_overscan_leaves_every_live_pixel_alone(
    work: Work, kind: type
) -> None:
    data, display = (-8, -5, 113, 75), (0, 0, 97, 65)
    soft = material.matte_plane(data[2], data[3])
    mattes = [np.roll(soft, n, axis=0) for n in range(FRAMES)]
    for n, matte in enumerate(mattes):
        matte[:n] = 0
    live = np.logical_and.reduce([m == 1 for m in mattes])
    plate = work.plate(
        "042_0120",
        hard_plate(live, kind),
        origin=data[:2],
        display=display,
        primaries=material.AP1,
    )
    camera = material.track(work.outside / "042_0120.jsonl", range(1001, 1001 + FRAMES))
    work("shot", "add", "042_0120", "--plate", plate, "--track", str(camera))
    seam = work.matte("042_0120", mattes, origin=data[:2], display=display)
    work("seam", "set", "042_0120", "--matte", seam)
    work.reference()

    painted = work.json("paint", "042_0120", "-n", "1")["variations"][0]

    for n, (matte, comp) in enumerate(
        zip(mattes, material.frames_in(painted["comp"]), strict=True)
    ):
        material.assert_live_is_the_plate([comp], [Path(plate % (1001 + n))], matte == 1)
        element, header = material.read(material.frames_in(painted["element"])[n])
        assert material.windows(header) == (data, display)
        assert (element["A"][matte == 0] > 0.999).all()


@pytest.mark.parametrize("kind", TYPES, ids=("half", "float"))
def test_outside_a_box_every_pixel_is_the_plate(work: Work, kind: type) -> None:
    width, height = SIZE
    live = material.outside_box(height, width, (20, 10, 40, 25))
    plate = work.plate("042_0130", hard_plate(live, kind), primaries=material.AP1)
    work("shot", "add", "042_0130", "--plate", plate, "--static")
    work("seam", "set", "042_0130", "--box", "20,10,40,25")
    work.reference()

    painted = work.json("paint", "042_0130", "-n", "1")["variations"][0]

    plates = [Path(plate % n) for n in range(1001, 1001 + FRAMES)]
    material.assert_live_is_the_plate(material.frames_in(painted["comp"]), plates, live)


def test_outside_a_polygon_every_pixel_is_the_plate(work: Work) -> None:
    width, height = SIZE
    corners = ((10.0, 5.0), (80.0, 5.0), (45.0, 50.0))
    y, x = np.mgrid[:height, :width]
    # Pixels that a triangle cannot touch: those beyond one of its sides by a pixel.
    live = (y < 4) | (x < 10 + 35 * (y - 5) / 45 - 2) | (x > 80 - 35 * (y - 5) / 45 + 2)
    live |= y > 51
    plate = work.plate("042_0140", hard_plate(live, np.float16), primaries=material.AP1)
    work("shot", "add", "042_0140", "--plate", plate, "--static")
    drawn = work.outside / "sky.json"
    drawn.write_text(str([list(corner) for corner in corners]))
    work("seam", "set", "042_0140", "--polygon", str(drawn))
    work.reference()

    painted = work.json("paint", "042_0140", "-n", "1")["variations"][0]

    plates = [Path(plate % n) for n in range(1001, 1001 + FRAMES)]
    comps = material.frames_in(painted["comp"])
    material.assert_live_is_the_plate(comps, plates, live)
    inside = (y > 8) & (y < 20) & (x > 30) & (x < 60)
    made, shot = material.read(comps[0])[0], material.read(plates[0])[0]
    assert not np.array_equal(made["G"][inside], shot["G"][inside])


def test_on_one_surface_the_margin_is_painted_and_the_plate_still_the_plate(
    work: Work,
) -> None:
    width, height = 160, 96
    live = material.outside_box(height, width, (60, 60, 40, 30))
    rng = np.random.default_rng(9)
    grass = np.array([0.09, 0.12, 0.04]) * rng.uniform(0.5, 1.6, (height, width, 1))
    frames = [grass.astype(np.float16)] * 2
    plate = work.plate("042_0145", frames, primaries=material.AP1)
    work("shot", "add", "042_0145", "--plate", plate, "--static")
    work("seam", "set", "042_0145", "--box", "60,60,40,30", "--one-surface")
    pixels = rng.integers(40, 140, (160, 256, 1)) * np.array([0.8, 1.0, 0.5])
    photo = material.photograph(work.outside / "grass.png", pixels.astype(np.uint8))
    said = ("--owner", "O", "--licence", "L", "--approved-by", "P", "--allow", "paint")
    work("reference", "add", str(photo), "--kind", "photography", *said)

    painted = work.json("paint", "042_0145", "-n", "1")["variations"][0]

    comps = material.frames_in(painted["comp"])
    material.assert_live_is_the_plate(comps, [Path(plate % n) for n in (1001, 1002)], live)
    made, shot = material.read(comps[0])[0], material.read(Path(plate % 1001))[0]
    inside = ~live
    assert (material.bits(made["G"]) != material.bits(shot["G"]))[inside].mean() > 0.5
    (margin,) = [f for f in painted["findings"] if f["check"] == "margin"]
    assert margin["verdict"] in ("pass", "fail")


def test_a_box_counts_from_the_display_window_also_under_overscan(work: Work) -> None:
    data, display = (-8, -4, 96, 64), (0, 0, 80, 56)
    live = material.outside_box(64, 96, (8 + 10, 4 + 6, 30, 20))
    plate = work.plate(
        "042_0150",
        hard_plate(live, np.float16, frames=1),
        origin=data[:2],
        display=display,
        primaries=material.AP1,
    )
    work("shot", "add", "042_0150", "--plate", plate, "--static")
    work("seam", "set", "042_0150", "--box", "10,6,30,20")
    work.reference()

    painted = work.json("paint", "042_0150", "-n", "1")["variations"][0]

    comps = material.frames_in(painted["comp"])
    material.assert_live_is_the_plate(comps, [Path(plate % 1001)], live)
    made, shot = material.read(comps[0])[0], material.read(Path(plate % 1001))[0]
    assert (material.bits(made["G"]) != material.bits(shot["G"]))[~live].mean() > 0.9


def test_depth_alpha_and_the_cameras_own_words_arrive(work: Work) -> None:
    width, height = SIZE
    matte = material.matte_plane(width, height)
    rng = np.random.default_rng(3)
    extra = {
        "A": rng.uniform(0, 1, (height, width)).astype(np.float16),
        "Z": rng.uniform(1, 900, (height, width)).astype(np.float16),
        "crypto00.R": rng.normal(0, 1, (height, width)).astype(np.float16),
    }
    header: Mapping[str, tuple[str, Any]] = {
        **material.HEADER,
        "smpte:TimeCode": ("timecode", material.TIMECODE),
    }
    plate = work.plate(
        "042_0160",
        hard_plate(matte == 1, np.float16),
        extra=extra,
        primaries=material.AP1,
        attributes=header,
    )
    work("shot", "add", "042_0160", "--plate", plate, "--static")
    work("seam", "set", "042_0160", "--matte", work.matte("042_0160", [matte] * FRAMES))

    painted = work.json("paint", "042_0160", "-n", "1", "-g", "neutral")["variations"][0]

    plates = [Path(plate % n) for n in range(1001, 1001 + FRAMES)]
    comps = material.frames_in(painted["comp"])
    material.assert_live_is_the_plate(comps, plates, matte == 1)
    for comp, photographed in zip(comps, plates, strict=True):
        made, shot = material.read(comp)[1], material.read(photographed)[1]
        assert {"A", "Z", "crypto00.R"} < set(made.channelnames)
        for name in (*header, "chromaticities"):
            assert made.getattribute(name) == shot.getattribute(name) is not None, name


def test_a_second_reader_finds_the_same_bits(work: Work) -> None:
    openexr = pytest.importorskip("OpenEXR", reason="the OpenEXR package is not installed")
    width, height = SIZE
    matte = material.matte_plane(width, height)
    plate = work.plate("042_0170", hard_plate(matte == 1, np.float16), primaries=material.AP1)
    work("shot", "add", "042_0170", "--plate", plate, "--static")
    work("seam", "set", "042_0170", "--matte", work.matte("042_0170", [matte] * FRAMES))

    painted = work.json("paint", "042_0170", "-n", "1", "-g", "neutral")["variations"][0]

    for n, comp in enumerate(material.frames_in(painted["comp"])):
        made, shot = (
            openexr.File(str(path), separate_channels=True).channels()
            for path in (comp, Path(plate % (1001 + n)))
        )
        for name in "RGB":
            same = material.bits(made[name].pixels) == material.bits(shot[name].pixels)
            assert same[matte == 1].all()
