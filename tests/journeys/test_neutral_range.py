"""Neutral on a frame canvas gives the plate back: -0.5 to 65504, and nothing becomes Inf."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import material
import numpy as np
import pytest
from numpy.typing import NDArray
from shell import Work

WINDOWS = {
    "odd": ((0, 0, 97, 65), (0, 0, 97, 65)),
    "one pixel wide": ((0, 0, 1, 33), (0, 0, 1, 33)),
    "overscan": ((-7, -5, 111, 75), (0, 0, 97, 65)),
    "cropped": ((13, 9, 51, 31), (0, 0, 97, 65)),
}


def every_half(height: int, width: int, *, turn: int = 0) -> NDArray[np.float16]:
    """(H, W, 3): halves from -0.5 to 65504, as many as there are pixels, evenly picked."""
    upwards = np.arange(0x0000, 0x7C00, dtype=np.uint16).view(np.float16)
    below = np.arange(0x8000, 0xB801, dtype=np.uint16).view(np.float16)
    values = np.concatenate([upwards, below])
    assert (values.min(), values.max()) == (-0.5, 65504)
    picked = np.linspace(0, values.size - 1, height * width * 3).round().astype(int)
    return np.roll(values[picked], turn).reshape(height, width, 3)


def floats_between(height: int, width: int, *, turn: int = 0) -> NDArray[np.float32]:
    """(H, W, 3): floats that no half can hold, from -0.5 to 65504, and both ends themselves."""
    rng = np.random.default_rng([65504, turn])
    count = height * width * 3
    values = np.concatenate(
        [2.0 ** rng.uniform(-20, 15.99, count), rng.uniform(-0.5, 1, count)]
    )
    values = rng.permutation(values)[:count].astype(np.float32)
    values[:4] = (-0.5, 65504.0, 65503.996, 0.0)
    return values.reshape(height, width, 3)


def taken_in(work: Work, pixels: list[NDArray[Any]], window: str, **how: Any) -> str:
    data, display = WINDOWS[window]
    plate = work.plate("042_0200", pixels, origin=data[:2], display=display, **how)
    work("shot", "add", "042_0200", "--plate", plate, "--static")
    return plate


def neutral(work: Work) -> dict[str, Any]:
    painted = work.json("paint", "042_0200", "-n", "1", "-g", "neutral")
    return dict(painted["variations"][0])


def assert_same_values(
    made: Path, photographed: Path, *, where: NDArray[np.bool_] | None = None
) -> None:
    drawn, header = material.read(made)
    plate, plate_header = material.read(photographed)
    assert material.windows(header) == material.windows(plate_header)
    for name in "RGB":
        assert drawn[name].dtype == plate[name].dtype, made.name
        same = material.bits(drawn[name]) == material.bits(plate[name])
        wrong = ~same if where is None else ~same & where
        assert not wrong.any(), (
            f"{made.name}, {name}: {int(wrong.sum())} values, such as "
            f"{plate[name][wrong][0]!r} as {drawn[name][wrong][0]!r}"
        )


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("make", [every_half, floats_between], ids=("half", "float"))
def test_the_whole_range_comes_back_exactly(work: Work, make: Any, window: str) -> None:
    _, _, width, height = WINDOWS[window][0]
    pixels = make(height, width)
    plate = taken_in(work, [pixels], window, primaries=material.AP1)

    painted = neutral(work)

    for kind in ("element", "comp"):
        (made,) = material.frames_in(painted[kind])
        assert_same_values(made, Path(plate % 1001))


@pytest.mark.parametrize("make", [every_half, floats_between], ids=("half", "float"))
@pytest.mark.parametrize("primaries", [material.AP0, None], ids=("AP0", "ACES container"))
def test_in_another_space_than_the_shows_the_element_is_still_exact(
    work: Work, make: Any, primaries: tuple[float, ...] | None
) -> None:
    if primaries is None and make is floats_between:
        pytest.skip("an ACES container holds halves only (SMPTE ST 2065-4)")
    how: dict[str, Any] = {"primaries": primaries} if primaries else {}
    if not primaries:
        how = {"attributes": {"acesImageContainerFlag": ("int", 1)}}
    plate = taken_in(work, [make(65, 97)], "odd", **how)

    painted = neutral(work)

    (element,) = material.frames_in(painted["element"])
    assert_same_values(element, Path(plate % 1001))
    (comp,) = material.frames_in(painted["comp"])
    assert_same_values(comp, Path(plate % 1001))


def test_a_log_plate_comes_back_exactly(work: Work) -> None:
    coded = material.logc3(material.meadow(97, 65)).astype(np.float16)
    plate = work.plate("042_0200", [coded])
    work(
        "shot", "add", "042_0200", "--plate", plate, "--static", "--colourspace", material.LOGC3
    )

    painted = neutral(work)

    for kind in ("element", "comp"):
        (made,) = material.frames_in(painted[kind])
        assert_same_values(made, Path(plate % 1001))


def test_in_a_box_the_anchor_frame_is_exact_and_outside_every_frame_is(work: Work) -> None:
    frames = [every_half(65, 97, turn=n) for n in range(3)]
    plate = taken_in(work, list(frames), "odd", primaries=material.AP1)
    work("seam", "set", "042_0200", "--box", "30,20,40,30")
    box = np.zeros((65, 97), bool)
    box[20:50, 30:70] = True

    painted = neutral(work)

    comps = material.frames_in(painted["comp"])
    assert_same_values(comps[1], Path(plate % 1002))  # the canvas is laid out on the middle one
    for n, comp in enumerate(comps):
        assert_same_values(comp, Path(plate % (1001 + n)), where=~box)
    held = [material.read(comp)[0]["G"][box] for comp in comps]
    assert all(np.array_equal(material.bits(g), material.bits(held[1])) for g in held)


@pytest.mark.parametrize("kind", ["live", "generated"])
def test_66000_in_a_float_plate_never_becomes_inf(work: Work, kind: str) -> None:
    pixels = floats_between(65, 97)
    pixels[10:20, 10:20] = 66000.0
    plate = taken_in(work, [pixels], "odd", primaries=material.AP1)
    if kind == "live":
        work("seam", "set", "042_0200", "--box", "50,30,20,20")

    painted = neutral(work)

    (comp,) = material.frames_in(painted["comp"])
    planes = material.read(comp)[0]
    assert all((planes[name][10:20, 10:20] == 66000).all() for name in "RGB")
    assert_same_values(comp, Path(plate % 1001))
    assert not any(np.isinf(plane).any() for plane in planes.values())


@pytest.mark.parametrize(
    "how",
    [{"primaries": material.AP0}, {"attributes": {"acesImageContainerFlag": ("int", 1)}}],
    ids=("AP0", "ACES container"),
)
def test_a_sun_brighter_than_a_half_is_delivered_as_float(
    work: Work, how: dict[str, Any]
) -> None:
    width, height = 96, 64
    plate = work.plate("042_0210", [material.meadow(width, height).astype(np.float16)], **how)
    work("shot", "add", "042_0210", "--plate", plate, "--static")
    matte = material.matte_plane(width, height)
    work("seam", "set", "042_0210", "--matte", work.matte("042_0210", [matte]))
    sky = np.full((160, 256, 3), 66000.0, np.float32) * np.float32((1, 0.98, 0.95))
    sky[100:] = 0.2
    sky *= np.random.default_rng(5).uniform(0.99, 1.01, (160, 256, 1)).astype(np.float32)
    panel = material.write(
        work.outside / "sun.exr",
        {n: np.ascontiguousarray(sky[..., i]) for i, n in enumerate("RGB")},
        primaries=material.AP1,
    )
    said = ("--owner", "O", "--licence", "L", "--approved-by", "P", "--allow", "paint")
    work("reference", "add", str(panel), "--kind", "lighting", "--projection", "flat", *said)

    painted = work.json("paint", "042_0210", "-n", "1")["variations"][0]

    (element,) = material.frames_in(painted["element"])
    planes = material.read(element)[0]
    assert all(np.isfinite(planes[name]).all() for name in "RGBA")
    assert max(float(planes[name].max()) for name in "RGB") > material.HALF_MAX
    assert {planes[name].dtype.name for name in "RGB"} == {"float32"}
    (comp,) = material.frames_in(painted["comp"])
    made, shot = material.read(comp)[0], material.read(Path(plate % 1001))[0]
    for name in "RGB":
        assert np.isfinite(made[name]).all()
        live = matte == 1
        assert np.array_equal(made[name][live], shot[name].astype(np.float32)[live])
    assert "peak" in {f["check"] for f in painted["findings"] if f["verdict"] == "fail"}
