"""From a file or one of its pixels back to plate, reference, owner and signer."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seamline.errors import FormatError, GeneratorError, TamperError
from seamline.ports import NOTHING, CanvasPicture, Painted, PaintedLayer, ReferencePicture
from seamline.show.frames import FrameRange, frame_path
from seamline.show.seam import Box, Seam
from seamline.show.variation import Ask
from seamline.steps import book
from seamline.steps.audit import audit
from seamline.steps.deliver import deliver
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.main_job import painted
from seamline.steps.review import choose
from seamline.steps.sign import sign
from synth import Pose, Rig, acescct, rays
from tiny import TinyShow, frame_of, grey_and_noise, lower_half

RIG = Rig(64, 36, 35.0, 24.89)
ONE = FrameRange(first=1001, last=1001)
TWO = FrameRange(first=1001, last=1002)
HFOV_DEG = 50.0


class Copyist:
    """Copies the reference row by row, column by column, over and over; darker by a step."""

    name = "copyist"
    pixels = 1
    encoding = "ACEScct"
    needs_references = True
    step = np.float32(0.03125)

    def paint(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
    ) -> Painted:
        view = references[0]
        height, width = canvas.keep.shape
        rows, columns = np.indices((height, width), dtype=np.int32)
        rows, columns = rows % view.usable.shape[0], columns % view.usable.shape[1]
        own = canvas.keep == 1
        colour = view.colour[rows, columns] - self.step
        colour[own] = canvas.known[own]
        source = np.zeros((height, width), np.int32)
        source[own] = NOTHING
        layer = PaintedLayer(
            name="env",
            colour=colour,
            alpha=np.where(own, 0, 1).astype(np.float32),
            source=source,
            source_x=columns,
            source_y=rows,
            offset=np.full((height, width, 3), -self.step, np.float32),
        )
        progress(1.0)
        return self.spoilt(Painted(layers=(layer,)))

    def spoilt(self, painted: Painted) -> Painted:
        """What a worse backend would hand over; this one does not."""
        return painted


def employing(show: TinyShow, generator: object) -> None:
    show.studio = replace(show.studio, generator=lambda name: generator)


def reference_pixels() -> np.ndarray:
    return np.random.default_rng(5).uniform(0.1, 0.9, (150, 240, 3)).astype(np.float32)


def panned(show: TinyShow, *, shutter_deg: float = 0.0) -> dict[str, Any]:
    """Two frames of a pan, painted by the copyist; below the middle is live."""
    employing(show, Copyist())
    show.reference("range.exr", reference_pixels(), hfov_deg=HFOV_DEG, owner="Ada Bell")
    pattern = show.plate("042", TWO, lambda n: frame_of(grey_and_noise(n, 36, 64)))
    track = show.track(
        "042", RIG, [Pose(pan_deg=0.0), Pose(pan_deg=3.0)], shutter_deg=shutter_deg
    )
    add_shot(show.studio, "042", plate=pattern, track=track, frames=TWO)
    matte = show.matte("042", TWO, lambda n: lower_half(36, 64))
    set_seam(show.studio, Seam(shot="042", version=1, matte=matte))
    found: dict[str, Any] = painted(
        show.studio, "042", variations=1, seed=1, generator="copyist"
    )["variations"][0]
    return found


def comp_of(show: TinyShow, entry: dict[str, Any], frame: int) -> str:
    return frame_path(show.studio.shelf.comp_pattern(entry["id"]), frame)


def expected_source(show: TinyShow, pose: Pose, x: int, y: int) -> tuple[int, int]:
    """The reference pixel seen at (x, y), by a camera, a sphere and a table of our own."""
    found = book.canvas(show.studio.ledger, "042")
    assert found is not None
    canvas, _ = found
    ray = rays(RIG, pose, np.array(x + 0.5), np.array(y + 0.5))
    right, up, back = ray @ np.array(canvas.world_from_canvas).reshape(3, 3)
    longitude, latitude = math.atan2(right, -back), math.atan2(up, math.hypot(right, back))
    column = math.floor((longitude - canvas.longitude_left_rad) * canvas.px_per_rad)
    row = math.floor((canvas.latitude_top_rad - latitude) * canvas.px_per_rad)
    # A flat picture is a plane, 2 f tan(25 deg) wide at the canvas's focal length.
    scale = 2 * canvas.px_per_rad * math.tan(math.radians(HFOV_DEG / 2)) / 240
    width, height = round(240 * scale), round(150 * scale)
    return (
        math.floor((column % width + 0.5) * 240 / width),
        math.floor((row % height + 0.5) * 150 / height),
    )


def test_a_generated_pixel_leads_along_its_ray_to_the_reference_it_was_copied_from(
    tiny_show: TinyShow,
) -> None:
    entry = panned(tiny_show)

    for frame, pose in ((1001, Pose(pan_deg=0.0)), (1002, Pose(pan_deg=3.0))):
        for pixel in ((0, 0), (63, 0), (31, 12), (5, 17), (44, 3)):
            said = audit(tiny_show.studio, comp_of(tiny_show, entry, frame), pixel)

            assert said["origin"] == "reference"
            assert (said["x"], said["y"]) == expected_source(tiny_show, pose, *pixel)
            assert said["file"] == "range.exr"
            assert said["owner"] == "Ada Bell"
            assert said["licence"] == "CC-BY-4.0"
            assert said["approver"] == "Supervisor"
            assert said["pixel"] == {"x": pixel[0], "y": pixel[1]}
            assert said["frame"] == frame
            assert said["matte"] == 0


def test_a_blurred_pixel_names_all_it_was_smeared_from_by_share(tiny_show: TinyShow) -> None:
    # 3 degrees a frame at 180 degrees: 90 px per radian smear 2.4 px.
    entry = panned(tiny_show, shutter_deg=180.0)

    said = audit(tiny_show.studio, comp_of(tiny_show, entry, 1001), (32, 5))

    shares = [s["share"] for s in said["sources"]]
    assert len(shares) > 1
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)


def test_a_live_pixel_is_the_plate_s(tiny_show: TinyShow) -> None:
    entry = panned(tiny_show)

    said = audit(tiny_show.studio, comp_of(tiny_show, entry, 1001), (10, 30))

    assert said["origin"] == "plate"
    assert said["file"].endswith("042.%04d.exr")
    assert (said["x"], said["y"]) == (10, 30)
    assert said["matte"] == 1


def test_lineage_and_offset_rebuild_the_painted_pixel(tiny_show: TinyShow) -> None:
    entry = panned(tiny_show)
    lineage = tiny_show.studio.images.read(entry["lineage"]).channels
    layer = tiny_show.studio.images.read(entry["canvas"])
    view = reference_view()

    rows, columns = lineage["view.y"], lineage["view.x"]
    offset = np.stack([lineage[f"offset.{n}"] for n in "RGB"], axis=-1)
    rebuilt = acescct(view[rows, columns]) + offset

    assert (lineage["source"] == 2).all()
    np.testing.assert_allclose(rebuilt, acescct(layer.rgb()), atol=2e-6)


def reference_view() -> np.ndarray:
    """The reference made smaller by area, at the canvas's pixels per degree."""
    scale = 2 * RIG.focal_px * math.tan(math.radians(HFOV_DEG / 2)) / 240
    width, height = round(240 * scale), round(150 * scale)
    rgb = reference_pixels().astype(np.float16).astype(np.float64)
    down = area_weights(150, height) @ rgb.reshape(150, -1)
    across = down.reshape(height, 240, 3)
    return np.einsum("wk,hkc->hwc", area_weights(240, width), across)


def area_weights(from_px: int, to_px: int) -> np.ndarray:
    """(to, from): how much of every old pixel lies under every new one, as a mean."""
    edges = np.arange(to_px + 1) * from_px / to_px
    low, high = edges[:-1, None], edges[1:, None]
    left = np.arange(from_px)[None]
    covered = np.clip(np.minimum(high, left + 1) - np.maximum(low, left), 0, None)
    return covered / covered.sum(axis=1, keepdims=True)


def test_a_pixel_of_a_locked_off_shot_leads_to_the_same_place_on_its_frame(
    tiny_show: TinyShow,
) -> None:
    employing(tiny_show, Copyist())
    tiny_show.reference("range.exr", reference_pixels(), hfov_deg=HFOV_DEG)
    tiny_show.static_shot("042", frames=1, box=Box(x=8, y=8, width=40, height=20))
    entry = painted(tiny_show.studio, "042", variations=1, seed=1, generator="copyist")
    comp = comp_of(tiny_show, entry["variations"][0], 1001)

    inside = audit(tiny_show.studio, comp, (20, 15))
    outside = audit(tiny_show.studio, comp, (3, 3))

    assert inside["origin"] == "reference"
    lineage = tiny_show.studio.images.read(entry["variations"][0]["lineage"]).channels
    assert (inside["x"], inside["y"]) == (
        int(lineage["master.x"][15, 20]),
        int(lineage["master.y"][15, 20]),
    )
    assert outside["origin"] == "plate"


def test_a_pixel_is_counted_from_the_corner_of_the_frame_not_of_the_overscan(
    tiny_show: TinyShow,
) -> None:
    pattern = tiny_show.plate(
        "042", ONE,
        lambda n: frame_of(
            grey_and_noise(n, 44, 72), window=(-4, -4, 72, 44), display=(0, 0, 64, 36)
        ),
    )  # fmt: skip
    add_shot(tiny_show.studio, "042", plate=pattern, static=True, frames=ONE)
    set_seam(
        tiny_show.studio, Seam(shot="042", version=1, box=Box(x=0, y=0, width=5, height=5))
    )
    entry = painted(tiny_show.studio, "042", variations=1, seed=1, generator="neutral")
    comp = comp_of(tiny_show, entry["variations"][0], 1001)

    assert audit(tiny_show.studio, comp, (0, 0))["matte"] == 0
    assert audit(tiny_show.studio, comp, (5, 0))["matte"] == 1
    assert audit(tiny_show.studio, comp, (-1, 0))["matte"] == 1
    with pytest.raises(FormatError, match="pixel 68,0 lies outside"):
        audit(tiny_show.studio, comp, (68, 0))


# -- whole files ------------------------------------------------------------------------


def test_a_renamed_comp_is_known_by_its_pixels(tiny_show: TinyShow) -> None:
    entry = panned(tiny_show)
    copy = tiny_show.material / "final_FINAL.exr"
    shutil.copyfile(comp_of(tiny_show, entry, 1002), copy)

    said = audit(tiny_show.studio, str(copy))

    assert (said["element"], said["kind"], said["frame"]) == (entry["id"], "comp", 1002)
    assert said["references"][0]["file"] == "range.exr"
    assert said["generator"] == "copyist"


def test_two_versions_with_the_same_pixels_are_told_apart_by_what_the_file_says(
    tiny_show: TinyShow,
) -> None:
    # Neutral paints the same for every seed; only one of the two was signed.
    tiny_show.static_shot()
    document = painted(tiny_show.studio, "S_010", variations=2, seed=1, generator="neutral")
    first, second = document["variations"]
    tiny_show.studio.keyring.create("Ada", None)
    sign(tiny_show.studio, second["id"], by="Ada", passphrase=None)

    one = audit(tiny_show.studio, comp_of(tiny_show, first, 1001))
    two = audit(tiny_show.studio, comp_of(tiny_show, second, 1001))

    assert (one["element"], one["signed_by"]) == (first["id"], [])
    assert (two["element"], two["signed_by"]) == (second["id"], ["Ada"])
    comp = {"kind": "comp", "frame": 1001}
    assert {"element": second["id"], **comp} in one["equal"]
    assert {"element": first["id"], **comp} in two["equal"]
    assert {"element": first["id"], **comp} not in one["equal"]


def test_frames_of_the_same_pixels_are_all_named(tiny_show: TinyShow) -> None:
    still = grey_and_noise(7, 36, 64)
    tiny_show.static_shot(frames=3, rgb=lambda n: still if n != 1002 else still * 2)
    document = painted(tiny_show.studio, "S_010", variations=1, seed=1, generator="neutral")
    (entry,) = document["variations"]

    last = audit(tiny_show.studio, comp_of(tiny_show, entry, 1003))
    middle = audit(tiny_show.studio, comp_of(tiny_show, entry, 1002))

    # Their pixels do not say which of the two it is; the first is named, and the other too.
    assert (last["kind"], last["frame"]) == ("comp", 1001)
    assert [e["frame"] for e in last["equal"] if e["kind"] == "comp"] == [1003]
    assert [e for e in middle.get("equal", []) if e["kind"] == "comp"] == []


def test_a_comp_with_one_other_bit_is_a_forgery(tiny_show: TinyShow) -> None:
    entry = panned(tiny_show)
    picture = tiny_show.studio.images.read(comp_of(tiny_show, entry, 1001))
    planes = {n: p.copy() for n, p in picture.channels.items()}
    planes["G"].view(np.uint16)[35, 63] ^= 1
    forged = str(tiny_show.material / "forged.exr")
    tiny_show.studio.images.write(forged, picture.with_channels(planes))

    with pytest.raises(TamperError, match="but these pixels were never published"):
        audit(tiny_show.studio, forged)


def test_a_picture_of_nobody_s_is_no_picture_of_the_show_s(tiny_show: TinyShow) -> None:
    foreign = tiny_show.picture("holiday.exr", grey_and_noise(1, 8, 8))

    with pytest.raises(FormatError, match="is not a picture that this show published"):
        audit(tiny_show.studio, foreign)


@pytest.fixture
def delivery(tiny_show: TinyShow) -> tuple[TinyShow, Path]:
    entry = panned(tiny_show)
    tiny_show.studio.keyring.create("Ada", None)
    choose(tiny_show.studio, "042", entry["id"], by="Ada")
    sign(tiny_show.studio, entry["id"], by="Ada", passphrase=None)
    folder = tiny_show.root.parent / "out"
    deliver(tiny_show.studio, "042", str(folder))
    return tiny_show, folder


def test_a_whole_delivery_is_called_whole(delivery: tuple[TinyShow, Path]) -> None:
    show, folder = delivery

    for path in (folder, folder / "record.json"):
        said = audit(show.studio, str(path))
        assert said["whole"]
        assert said["chosen_by"] == ["Ada"]
        assert said["signed_by"] == ["Ada"]


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_record_with_one_byte_changed_is_found(
    delivery: tuple[TinyShow, Path], place: float
) -> None:
    show, folder = delivery
    record = folder / "record.json"
    content = bytearray(record.read_bytes())
    at = next(
        i
        for i in range(int(len(content) * place), len(content))
        if content[i : i + 1].isalnum()
    )
    content[at] ^= 1
    record.chmod(0o644)
    record.write_bytes(bytes(content))

    with pytest.raises(TamperError):
        audit(show.studio, str(folder))


def test_a_delivered_file_that_is_missing_is_found(delivery: tuple[TinyShow, Path]) -> None:
    show, folder = delivery
    next((folder / "comp").iterdir()).unlink()

    with pytest.raises(TamperError, match="is missing, or not the file that was delivered"):
        audit(show.studio, str(folder))


def test_a_record_of_another_show_is_not_this_show_s(
    delivery: tuple[TinyShow, Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    _, folder = delivery
    other = TinyShow(tmp_path_factory.mktemp("other"))

    with pytest.raises(TamperError, match="is not a record that this show wrote"):
        audit(other.studio, str(folder))


# -- a generator's promises -----------------------------------------------------------------


class Clipped(Copyist):
    """Returns float64."""

    def spoilt(self, painted: Painted) -> Painted:
        (layer,) = painted.layers
        return Painted(layers=(replace(layer, colour=layer.colour.astype(np.float64)),))


class Broken(Copyist):
    """Paints a NaN."""

    def spoilt(self, painted: Painted) -> Painted:
        painted.layers[0].colour[0, 0] = np.nan
        return painted


class Orphan(Copyist):
    """Paints a pixel from nowhere."""

    def spoilt(self, painted: Painted) -> Painted:
        painted.layers[0].source[0, 0] = NOTHING
        return painted


class Stranger(Copyist):
    """Names a reference that it was not handed."""

    def spoilt(self, painted: Painted) -> Painted:
        painted.layers[0].source[0, 0] = 7
        return painted


class Nothing(Copyist):
    """Paints nothing."""

    def spoilt(self, painted: Painted) -> Painted:
        return Painted(layers=())


@pytest.mark.parametrize(
    ("generator", "words"),
    [
        (Clipped, "colour is float64"),
        (Broken, "not finite"),
        (Orphan, "without lineage"),
        (Stranger, "a reference that was not handed over"),
        (Nothing, "it returned no layer"),
    ],
)
def test_a_generator_that_breaks_its_promise_leaves_no_variation(
    tiny_show: TinyShow, generator: type[Copyist], words: str
) -> None:
    employing(tiny_show, generator())
    tiny_show.reference("range.exr", reference_pixels(), hfov_deg=HFOV_DEG)
    tiny_show.static_shot("042", frames=1)

    with pytest.raises(GeneratorError, match=words) as broken:
        painted(tiny_show.studio, "042", variations=1, seed=1, generator="copyist")

    assert broken.value.exit_code == 3
    assert not list(tiny_show.studio.ledger.rows("variation"))


def test_a_generator_that_copies_what_must_not_be_copied_is_found_out(
    tiny_show: TinyShow,
) -> None:
    rgb = reference_pixels()
    rgb[:40] = np.nan
    employing(tiny_show, Copyist())
    tiny_show.reference("torn.exr", rgb, hfov_deg=HFOV_DEG)
    tiny_show.static_shot("042", frames=1)

    with pytest.raises(GeneratorError, match="that are not usable"):
        painted(tiny_show.studio, "042", variations=1, seed=1, generator="copyist")


class Eraser(Copyist):
    """Touches the plate by a ten-thousandth."""

    def paint(self, ask: Ask, canvas: CanvasPicture, *rest: Any) -> Painted:
        painted = super().paint(ask, canvas, *rest)
        (layer,) = painted.layers
        own = canvas.keep == 1
        layer.colour[own] *= np.float32(1.0001)
        layer.alpha[own] = 1
        layer.source[own] = 0
        return painted


def test_a_generator_that_touches_the_plate_is_found_out(tiny_show: TinyShow) -> None:
    employing(tiny_show, Eraser())
    tiny_show.reference("range.exr", reference_pixels(), hfov_deg=HFOV_DEG)
    tiny_show.static_shot(
        "042", frames=1, box=Box(x=8, y=8, width=10, height=10), one_surface=True
    )

    with pytest.raises(GeneratorError, match="touched plate pixels that were to be kept"):
        painted(tiny_show.studio, "042", variations=1, seed=1, generator="copyist")
