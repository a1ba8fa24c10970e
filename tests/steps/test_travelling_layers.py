"""A shot whose camera travels: layers at their distance, cards on their plane, refusals."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layered import Layered, employing, only, paint, two_references
from nuke import HALF
from seamline.errors import CanvasError
from seamline.optics.card import PlaneInWorld
from seamline.ports import CanvasPicture, PaintedLayer, ReferencePicture
from seamline.show.canvas import Canvas
from seamline.show.frames import FrameRange
from seamline.show.seam import Seam
from seamline.steps import book
from seamline.steps.audit import audit
from seamline.steps.canvas import lay_out
from seamline.steps.deliver import deliver
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.lock import set_lock
from seamline.steps.painting import painting, sheets
from seamline.steps.review import choose
from seamline.steps.sign import sign
from synth import Pose, Rig, rays
from tiny import TinyShow, frame_of, grey_and_noise

RIG = Rig(64, 36, 35.0, 24.89)
FOCAL_PX = 35.0 / 24.89 * 64
THREE = FrameRange(first=1001, last=1003)
FAR_M, NEAR_M = 60.0, 9.0
DOLLY = [Pose(position_m=(x, 1.6, 0.0)) for x in (-0.4, 0.0, 0.4)]
LOCK = "[environment]\ndistance_m = 1000\nnear_m = 9\n"


class Standing(Layered):
    """Its range and its mist stand where a travelling camera sees them move."""

    def __init__(self, near_m: float = NEAR_M) -> None:
        self.near_m = near_m

    def layers(
        self, seed: int, canvas: CanvasPicture, references: Sequence[ReferencePicture]
    ) -> list[PaintedLayer]:
        sky, far, mist, *rest = super().layers(seed, canvas, references)
        return [
            sky, replace(far, distance_m=FAR_M), replace(mist, distance_m=self.near_m), *rest
        ]  # fmt: skip


def travelling(
    show: TinyShow,
    *,
    poses: list[Pose] = DOLLY,
    shutter_deg: float = 0.0,
    lock: str = LOCK,
    plate: Callable[[int], np.ndarray] = lambda n: grey_and_noise(n, 36, 64),
) -> None:
    pattern = show.plate("042", THREE, lambda n: frame_of(plate(n), dtype=np.float32))
    track = show.track("042", RIG, poses, shutter_deg=shutter_deg)
    add_shot(show.studio, "042", plate=pattern, track=track, frames=THREE)
    matte = show.matte("042", THREE, lambda n: np.zeros((36, 64), np.float32))
    set_seam(show.studio, Seam(shot="042", version=1, matte=matte))
    if lock:
        set_lock(show.studio, "042", lock, where="lock.toml")


def painted_layers(show: TinyShow, near_m: float = NEAR_M, **said: Any) -> dict[str, Any]:
    employing(show, Standing(near_m))
    two_references(show)
    travelling(show, **said)
    return paint(show)


def read(show: TinyShow, path: Path | str) -> np.ndarray:
    picture = show.studio.images.read(str(path))
    return np.stack([picture.channels[n].astype(np.float64) for n in "RGBA"], axis=-1)


def delivered(show: TinyShow, entry: dict[str, Any]) -> Path:
    show.studio.keyring.create("Ada", None)
    choose(show.studio, "042", entry["id"], by="Ada")
    sign(show.studio, entry["id"], by="Ada", passphrase=None)
    folder = show.root.parent / "out"
    deliver(show.studio, "042", str(folder))
    return folder


# -- layers at their distance ----------------------------------------------------------


def test_the_delivered_layers_of_a_travelling_shot_are_the_element_again(
    tiny_show: TinyShow,
) -> None:
    entry = painted_layers(tiny_show, shutter_deg=180.0)

    folder = delivered(tiny_show, entry)

    for frame in THREE:
        flat = np.zeros((36, 64, 4))
        for name in ("sky", "far", "mist"):
            front = read(
                tiny_show, folder / "layers" / name / f"{entry['id']}_{name}.{frame}.exr"
            )
            flat = front + (1 - front[..., 3:]) * flat
        element = read(tiny_show, folder / "element" / f"{entry['id']}.{frame}.exr")
        np.testing.assert_allclose(flat, element, rtol=2 * HALF, atol=1e-6)
        assert (element[..., 3] > 0.999).all()


def test_a_near_layer_slides_over_a_far_one_and_the_sky_stands(tiny_show: TinyShow) -> None:
    entry = painted_layers(tiny_show)
    folder = delivered(tiny_show, entry)

    def view(name: str, frame: int) -> np.ndarray:
        return read(tiny_show, folder / "layers" / name / f"{entry['id']}_{name}.{frame}.exr")

    np.testing.assert_array_equal(view("sky", 1001), view("sky", 1003))
    # .8 m at 90 px: 8 px at 9 m, 1.2 px at 60 m.
    first, last = view("mist", 1001), view("mist", 1003)
    moved = round(0.8 / NEAR_M * FOCAL_PX)
    assert moved == 8
    inner = slice(32, 35), slice(16, 48)  # below the mist's upper edge
    there = last[inner[0], slice(16 - moved, 48 - moved), :3]
    assert np.corrcoef(first[*inner, :3].ravel(), there.ravel())[0, 1] > 0.9
    assert np.corrcoef(first[*inner, :3].ravel(), last[*inner, :3].ravel())[0, 1] < 0.5


def test_a_camera_that_only_turns_has_one_flat_painting(tiny_show: TinyShow) -> None:
    painted_layers(tiny_show, poses=[Pose(pan_deg=a) for a in (0.0, 1.0, 2.0)])
    variation = only(tiny_show)

    made = painting(tiny_show.studio, variation, sheets(tiny_show.studio, variation))

    assert made.depths == ()
    assert made.canvas.origin_m == (0.0, 0.0, 0.0)


def test_a_travelling_painting_is_as_many_depths_as_layers_move(tiny_show: TinyShow) -> None:
    painted_layers(tiny_show)
    variation = only(tiny_show)

    made = painting(tiny_show.studio, variation, sheets(tiny_show.studio, variation))

    assert [d.distance_m for d in made.depths] == [None, FAR_M, NEAR_M]
    assert made.nearest_m == NEAR_M
    assert made.canvas.origin_m == pytest.approx((0.0, 1.6, 0.0))


def test_a_pixel_is_traced_to_each_layer_where_that_layer_was_seen(tiny_show: TinyShow) -> None:
    entry = painted_layers(tiny_show)
    variation = only(tiny_show)
    canvas, _ = book.canvas_by_digest(tiny_show.studio.ledger, variation.ask.canvas_digest)
    element = tiny_show.studio.shelf.element_pattern(entry["id"]) % 1003

    said = audit(tiny_show.studio, element, pixel=(40, 33))

    told = {source["layer"]: source for source in said["sources"]}
    for facts in variation.layers:
        if facts.name not in told:
            continue
        column, row = on_layer(canvas, DOLLY[2], (40.5, 33.5), facts.distance_m)
        lineage = tiny_show.studio.blobs.picture(facts.lineage_digest)
        expected = [int(lineage.channels[f"master.{a}"][row, column]) for a in "xy"]
        assert [told[facts.name][a] for a in "xy"] == expected
    assert {"far", "mist"} <= set(told)
    columns = [on_layer(canvas, DOLLY[2], (40.5, 33.5), m)[0] for m in (None, FAR_M, NEAR_M)]
    assert columns[2] - columns[0] == pytest.approx(0.4 / NEAR_M * FOCAL_PX, abs=1)


def on_layer(
    canvas: Canvas, pose: Pose, at: tuple[float, float], distance_m: float | None
) -> tuple[int, int]:
    """By the textbook: the ray meets the layer's sphere, that is a longitude and latitude."""
    way = rays(RIG, pose, np.array(at[0]), np.array(at[1]))
    way = way / np.linalg.norm(way)
    if distance_m is not None:
        aside = np.array(pose.position_m) - np.array(canvas.origin_m)
        along = way @ aside
        way = aside + way * (math.sqrt(along**2 + distance_m**2 - aside @ aside) - along)
    x, y, z = way @ np.array(canvas.world_from_canvas).reshape(3, 3)
    return (
        math.floor((math.atan2(x, -z) - canvas.longitude_left_rad) * canvas.px_per_rad),
        math.floor(
            (canvas.latitude_top_rad - math.atan2(y, math.hypot(x, z))) * canvas.px_per_rad
        ),
    )


# -- said before painting ----------------------------------------------------------------


def test_a_flat_canvas_is_refused_until_its_layers_have_a_distance(tiny_show: TinyShow) -> None:
    travelling(tiny_show, lock="[environment]\ndistance_m = 10\n")
    with pytest.raises(CanvasError, match=r"moves 3\.6 px against a flat canvas") as refused:
        lay_out(tiny_show.studio, "042")
    assert "reference cards" in (refused.value.remedy or "")

    set_lock(
        tiny_show.studio,
        "042",
        "[environment]\ndistance_m = 10\nnear_m = 9\n",
        where="lock.toml",
    )
    canvas, digest = lay_out(tiny_show.studio, "042")

    _, body = book.canvas_by_digest(tiny_show.studio.ledger, digest)
    (layer,) = body["layers"]
    assert layer["layer"] == "near_m"
    assert layer["parallax_px"] == pytest.approx(0.4 / 9 * FOCAL_PX, abs=1e-3)
    assert layer["coverage"] == 1.0
    # The window grows by what the near layer shows beside the middle: f b / d either way.
    assert canvas.width_px == pytest.approx(64 + 32 + 2 * 0.4 / 9 * FOCAL_PX, abs=4)


def test_a_layer_the_camera_would_pass_is_no_help(tiny_show: TinyShow) -> None:
    travelling(tiny_show, lock="[environment]\ndistance_m = 10\nnear_m = 0.45\n")

    with pytest.raises(CanvasError, match=r"it would pass near_m at 0\.45 m"):
        lay_out(tiny_show.studio, "042")


def test_a_painting_with_a_layer_the_camera_passes_is_refused_not_shown_flat(
    tiny_show: TinyShow,
) -> None:
    with pytest.raises(CanvasError, match=r"stands 0\.45 m away"):
        painted_layers(tiny_show, near_m=0.45)


# -- cards on a plane ------------------------------------------------------------------


def surface(point: np.ndarray) -> np.ndarray:
    """(N, 3) a smooth colour of every (N, 2) place on a plane, metres."""
    u, v = point[..., 0], point[..., 1]
    return np.stack(
        [0.3 + 0.1 * np.sin(u), 0.3 + 0.1 * np.cos(0.7 * v), 0.3 + 0.1 * np.sin(0.5 * (u + v))],
        -1,
    ).astype(np.float32)


def plane_seen(pose: Pose, axis: int, at: float) -> np.ndarray:
    """(36, 64, 3) what is seen of the plane whose world coordinate ``axis`` is ``at``."""
    x, y = np.meshgrid(np.arange(64) + 0.5, np.arange(36) + 0.5)
    ways, spot = rays(RIG, pose, x, y), np.array(pose.position_m)
    with np.errstate(divide="ignore"):
        reach = (at - spot[axis]) / ways[..., axis]
    hit = spot + ways * np.where(reach > 0, reach, 0)[..., None]
    found = surface(np.delete(hit, axis, axis=-1))
    found[reach <= 0] = 0
    return found


WALK = [
    Pose(pan_deg=p, tilt_deg=-4.0, position_m=(x, 1.6, z))
    for p, x, z in ((2.0, -0.8, 0.0), (0.0, 0.0, 0.3), (-3.0, 0.7, 0.8))
]


@pytest.mark.parametrize(
    ("axis", "at", "said", "covered", "first_row"),
    [
        (
            2,
            -6.0,
            {"plane": PlaneInWorld(point_m=(0, 0, -6), normal=(0, 0, 1))},
            (1.0, 1.0),
            2,
        ),
        # Above row 24 a pixel spans metres, and the plate shows its middle alone.
        (1, 0.0, {"level": True}, (0.4, 0.75), 24),
    ],
    ids=["a wall", "the ground"],
)
def test_a_plane_photographed_by_a_walking_camera_comes_back_from_its_card(
    tiny_show: TinyShow,
    axis: int,
    at: float,
    said: dict[str, Any],
    covered: tuple[float, float],
    first_row: int,
) -> None:
    travelling(
        tiny_show, poses=WALK, lock="[camera]\nheight_m = 1.6\n",
        plate=lambda n: plane_seen(WALK[n - 1001], axis, at),
    )  # fmt: skip

    canvas, _ = lay_out(tiny_show.studio, "042", kind="card", **said)
    entry = paint(tiny_show, generator="neutral")

    assert canvas.kind == "card"
    assert covered[0] <= canvas.coverage <= covered[1]
    for frame in THREE:
        seen = read(tiny_show, tiny_show.studio.shelf.element_pattern(entry["id"]) % frame)
        truth = plane_seen(WALK[frame - 1001], axis, at)
        whole = seen[..., 3] > 0.999
        whole[:first_row] = whole[-2:] = whole[:, :2] = whole[:, -2:] = False
        assert whole.mean() > 0.2
        # Other frames' pixels, resampled twice: what the surface curves within a pixel.
        assert np.abs(seen[..., :3] - truth)[whole].max() < 0.01
        assert np.abs(seen[..., :3] - truth)[whole].mean() < 0.001


def test_a_card_stays_where_it_was_put_until_somebody_says_otherwise(
    tiny_show: TinyShow,
) -> None:
    travelling(tiny_show, poses=WALK)
    wall = PlaneInWorld(point_m=(0, 0, -6), normal=(0, 0, 1))
    canvas, digest = lay_out(tiny_show.studio, "042", kind="card", plane=wall)

    assert lay_out(tiny_show.studio, "042") == (canvas, digest)
    assert lay_out(tiny_show.studio, "042", kind="sphere")[0].kind == "sphere"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"kind": "card"}, "nothing says where the card stands"),
        ({"kind": "sphere", "level": True}, "a plane goes with a card"),
        (
            {"kind": "card", "level": True,
             "plane": PlaneInWorld(point_m=(0, 0, -6), normal=(0, 0, 1))},
            "a card stands on one plane",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_a_card_is_said(
    tiny_show: TinyShow, said: dict[str, Any], words: str
) -> None:
    travelling(tiny_show, poses=WALK)

    with pytest.raises(CanvasError, match=words):
        lay_out(tiny_show.studio, "042", **said)


def test_the_ground_lies_the_locked_height_below_the_camera(tiny_show: TinyShow) -> None:
    # This track's zero is the camera's own place.
    poses = [replace(p, position_m=(p.position_m[0], 0.0, p.position_m[2])) for p in WALK]
    travelling(tiny_show, poses=poses, lock="[camera]\nheight_m = 1.6\n")

    canvas, _ = lay_out(tiny_show.studio, "042", kind="card", level=True)

    assert canvas.origin_m == pytest.approx((0.0, -1.6, 0.0))


def test_a_pixel_of_a_card_is_traced_to_its_place_on_the_plane(tiny_show: TinyShow) -> None:
    travelling(tiny_show, poses=WALK, plate=lambda n: plane_seen(WALK[n - 1001], 2, -6.0))
    wall = PlaneInWorld(point_m=(0, 0, -6), normal=(0, 0, 1))
    canvas, _ = lay_out(tiny_show.studio, "042", kind="card", plane=wall)
    entry = paint(tiny_show, generator="neutral")

    said = audit(
        tiny_show.studio, tiny_show.studio.shelf.element_pattern(entry["id"]) % 1003, (20, 12)
    )

    way = rays(RIG, WALK[2], np.array(20.5), np.array(12.5))
    hit = np.array(WALK[2].position_m) + way * (-6.0 - WALK[2].position_m[2]) / way[2]
    assert said["origin"] == "plate"
    assert said["x"] == math.floor((hit[0] - canvas.card_left_m) * canvas.px_per_m)
    assert said["y"] == math.floor((canvas.card_top_m - hit[1]) * canvas.px_per_m)
