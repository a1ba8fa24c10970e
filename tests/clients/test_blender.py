"""The add-on in real Blender: what it sends, and that what comes back is exactly that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import token_file
from in_blender import in_blender
from serves import serving

import layered
from blender import needs_blender
from seamline.pixels.picture import Picture
from seamline.show.frames import frame_path
from seamline.steps import book, queue
from synth import Pose
from tiny import TinyShow, frame_of

pytestmark = [needs_blender, pytest.mark.slow]
HEIGHT, WIDTH = 39, 70
FRAME, WINDOW = (0, 0, 64, 36), (-3, -2, WIDTH, HEIGHT)
BRING = """
kept = scene.seamline.asks.add()
kept.ask, kept.request = "0123456789ab", "r"
other = json.loads(json.dumps(said["versions"]))
other[1]["comp"]["colourspace"] = "Nowhere"
try:
    bring.bring_in(scene, kept, other)
except bring.CannotBringError as error:
    told["refused"] = str(error)
told["before"] = [n.name for n in versions.tree_of(scene).nodes]
bring.bring_in(scene, kept, said["versions"])
bring.bring_in(scene, kept, said["versions"])
told["nodes"] = sorted(n.name for n in versions.tree_of(scene).nodes)
rendered("merged")
kept.variation = 2
rendered("second")
tree = versions.tree_of(scene)
nodes_of = lambda what: tree.nodes[nodes.name_of(kept, what)]
versions.set_switch(nodes_of("matched"), True)
rendered("comp")
told["spaces"] = {n.image.name: n.image.colorspace_settings.name
                  for n in tree.nodes if n.bl_idname == "CompositorNodeImage"}
told["config"] = sorted(nodes._spaces())
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector
at = [world_to_camera_view(scene, bpy.data.objects["S_010 camera"], Vector((x, -z, y)))
      for x, y, z in said["points"]]
told["seen"] = [[v.x * 70, (1 - v.y) * 39] for v in at]
told["range"] = [scene.frame_start, scene.frame_end]
"""


def plate(frame: int) -> np.ndarray:
    """Values no rounding would leave alone: grain, tiny ones, negative ones, large ones."""
    chance = np.random.default_rng(frame)
    rgb = chance.normal(0.18, 0.3, (HEIGHT, WIDTH, 3)).astype(np.float16)
    rgb[0, :6, 0] = [65504, -0.5, 6e-8, 1e-4, 1.001, 0.0]
    return rgb


def matte() -> np.ndarray:
    """1 in the middle, with one soft column on its left; 0 elsewhere."""
    found = np.zeros((HEIGHT, WIDTH), np.float32)
    found[8:28, 16:48] = 1
    found[8:28, 15] = 0.25
    return found


def painted(variation: int, frame: int) -> np.ndarray:
    chance = np.random.default_rng(1000 * variation + frame)
    rgba = np.zeros((HEIGHT, WIDTH, 4), np.float32)
    rgba[6:30, 12:52, 3] = 1
    rgba[6:30, 12:52, :3] = chance.uniform(-0.25, 7.5, (24, 40, 3))
    rgba[10, 20, :3] = (7.5, -0.25, 0.0)
    return rgba


def write(show: TinyShow, path: Path, planes: dict[str, np.ndarray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    show.studio.images.write(
        str(path), Picture(channels=planes, data_window=WINDOW, display_window=FRAME)
    )


def rgba_of(show: TinyShow, path: Path) -> np.ndarray:
    picture = show.studio.images.read(str(path))
    return np.stack([picture.channels[c] for c in "RGBA"], axis=-1)


def returned(show: TinyShow, variation: int) -> dict[str, Any]:
    """One version as the server tells it, its files written by hand."""
    folder = show.material / f"b{variation:02d}"
    patterns = {k: str(folder / f"{k}.%04d.exr") for k in ("element", "comp", "matte")}
    for frame in (1001, 1002):
        rgba = painted(variation, frame)
        write(
            show,
            folder / f"element.{frame}.exr",
            dict(zip("RGBA", rgba.transpose(2, 0, 1).copy(), strict=True)),
        )
        write(show, folder / f"matte.{frame}.exr", {"A": matte()})
        comp = frame_of(plate(frame) + np.float16(variation), window=WINDOW, display=FRAME)
        show.studio.images.write(patterns["comp"] % frame, comp)
        show.studio.images.write(
            str(show.material / f"plate.{frame}.exr"),
            frame_of(plate(frame), window=WINDOW, display=FRAME),
        )
    pictures = {k: {"pattern": p, "colourspace": "ACEScg"} for k, p in patterns.items()}
    return {
        "id": f"S_010_env_b{variation:02d}_v001", "shot": "S_010", "folder": str(folder),
        "frames": [1001, 1002], "rate": "24",
        "format": {"width_px": 64, "height_px": 36, "pixel_aspect": 1.0, "origin_px": [0, 0],
                   "window_px": list(WINDOW)},
        "plate": {"pattern": str(show.material / "plate.%04d.exr"), "colourspace": "ACEScg"},
        "element": pictures["element"], "comp": pictures["comp"],
        "matte": {"pattern": patterns["matte"], "channel": "A"},
        "layers": [{"name": "env", **pictures["element"]}],
        "scene": {"numbers": str(folder / "scene.json")},
    }  # fmt: skip


def test_what_came_back_is_merged_to_the_bit_and_the_plate_left_to_the_bit(
    tiny_show: TinyShow, tmp_path: Path
) -> None:
    versions = [returned(tiny_show, n) for n in (1, 2)]
    pose, mm = Pose(pan_deg=2.0, tilt_deg=-1.0), 24.89 / 64
    lens = {
        "frame": 1001, "position_m": pose.position_m, "focal_length_mm": 35.0,
        "world_from_camera": pose.axes().ravel().tolist(),
        "aperture_mm": [24.89, 36 * mm], "offset_mm": [5 * mm, -4 * mm],
    }  # fmt: skip
    for version in versions:
        numbers = {"camera": [lens], "patches": [], "colourspace": "ACEScg"}
        Path(version["scene"]["numbers"]).write_text(json.dumps(numbers))

    told = in_blender(
        tmp_path / "b",
        BRING,
        config=tiny_show.root / "config.ocio",
        versions=versions,
        points=POINTS_M,
    )

    inside, outside = matte() == 1, matte() == 0
    for stem, number in (("merged", 1), ("second", 2)):
        for frame in (1001, 1002):
            seen = rgba_of(tiny_show, tmp_path / "b" / f"{stem}.{frame}.exr")
            want, under = painted(number, frame), plate(frame).astype(np.float32)
            assert seen.dtype == np.float32
            np.testing.assert_array_equal(
                seen[outside][:, :3].view(np.uint32), under[outside].view(np.uint32)
            )
            np.testing.assert_array_equal(seen[inside][:, :3], want[inside][:, :3])
            assert seen[10, 20, :3].tolist() == [7.5, -0.25, 0.0]
            soft = 0.25 * want[8:28, 15, :3] + 0.75 * under[8:28, 15]
            np.testing.assert_allclose(seen[8:28, 15, :3], soft, rtol=0, atol=2e-6)
    for frame in (1001, 1002):
        seen = rgba_of(tiny_show, tmp_path / "b" / f"comp.{frame}.exr")[..., :3]
        np.testing.assert_array_equal(seen, (plate(frame) + np.float16(2)).astype(np.float32))
    # The lens's axis stands 5 pixels left of the frame's middle and 4 above it, and the files
    # begin 3 pixels left of the frame and 2 above it.
    expected = np.array(places(pose)) + np.array([3 - 5, 2 - 4])
    np.testing.assert_allclose(told["seen"], expected, atol=1e-3)
    assert "no colour space 'Nowhere'" in told["refused"]
    assert not [name for name in told["before"] if name.startswith("seamline")]
    assert told["range"] == [1001, 1002]
    assert told["nodes"].count("seamline 0123456789ab over") == 1
    assert not [name for name in told["nodes"] if name.startswith("seamline") and "." in name]
    assert set(told["spaces"].values()) == {"ACEScg", "Raw"}
    # The config is the show's own, opened by Blender: Blender's has neither.
    assert {"ACEScg", "ACEScct", "ACES2065-1"} <= set(told["config"])


OVER = """
mask = bpy.data.masks.new("sky")
spline = mask.layers.new(name="edge").splines.new()
spline.use_cyclic = True
spline.points.add(4 - len(spline.points))
for point, at in zip(spline.points, said["corners"]):
    point.co, point.handle_type = at, "VECTOR"
    point.handle_left = point.handle_right = at
settings.preferences().folder = said["shared"]
told["matte"] = regions._matte(scene, mask, said["shot"], "r1")
from seamline_blender.seamline_link import LinkError
try:
    regions._matte(scene, mask, said["other"], "r2")
except LinkError as error:
    told["refused"] = str(error)
"""


def test_a_mask_over_a_plate_with_overscan_lies_where_it_was_drawn(
    tiny_show: TinyShow, tmp_path: Path
) -> None:
    # One frame begins elsewhere than the other; a third one is of another size.
    begins = {1001: (-3, -2), 1002: (-5, 1)}
    for frame, (x, y) in begins.items():
        picture = frame_of(plate(frame), window=(x, y, WIDTH, HEIGHT), display=FRAME)
        tiny_show.studio.images.write(str(tiny_show.material / f"o.{frame}.exr"), picture)
    small = frame_of(plate(1003)[:36, :64], window=FRAME, display=FRAME)
    tiny_show.studio.images.write(str(tiny_show.material / "o.1003.exr"), small)
    shot = {
        "frames": [1001, 1002],
        "format": {"width_px": 64, "height_px": 36, "pixel_aspect": 1.0},
        "plate": {"pattern": str(tiny_show.material / "o.%04d.exr"), "colourspace": "ACEScg"},
    }
    # Over the file: x 20 to 50, rows 6 to 20. A mask counts in the longer side, from below.
    corners = [
        (x / WIDTH, (HEIGHT - row - HEIGHT / 2) / WIDTH + 0.5)
        for x, row in ((20, 6), (50, 6), (50, 20), (20, 20))
    ]

    told = in_blender(
        tmp_path / "o",
        OVER,
        config=tiny_show.root / "config.ocio",
        corners=corners,
        shared=str(tiny_show.material),
        shot=shot,
        other={**shot, "frames": [1001, 1003]},
    )

    for frame, (x, y) in begins.items():
        drawn = tiny_show.studio.images.read(frame_path(told["matte"], frame))
        assert drawn.data_window == (x, y, WIDTH, HEIGHT)
        assert drawn.display_window == FRAME
        plane = drawn.channels["R"]
        assert (plane[7:19, 21:49] == 1).all()
        inside = np.zeros(plane.shape, bool)
        inside[4:22, 18:52] = True  # the edge is drawn soft
        assert plane[~inside].max() == 0
    assert "64x36 and 70x39" in told["refused"]


SEND = """
mask = bpy.data.masks.new("sky")
spline = mask.layers.new(name="edge").splines.new()
spline.use_cyclic = True
spline.points.add(4 - len(spline.points))
# Corners of a mask count in the longer side, its middle in the middle: this is x 16 to 48,
# and from above the frame down to row 12.
corners = [(0.25, 0.59375), (0.75, 0.59375), (0.75, 0.95), (0.25, 0.95)]
for point, at in zip(spline.points, corners):
    point.co, point.handle_type = at, "VECTOR"
    point.handle_left = point.handle_right = at
kept = scene.seamline
kept.shot, kept.region, kept.mask, kept.variations = "042", "MASK", mask, 1
kept.all_frames, kept.first, kept.last = False, 1002, 1002
for name, value in said["preferences"].items():
    setattr(settings.preferences(), name, value)
assert bpy.ops.seamline.send() == {"FINISHED"}
until = time.time() + 200
while kept.asks[0].standing == "sending" and time.time() < until:
    asks.drain()
    time.sleep(0.05)
told["standing"], told["ask"] = kept.asks[0].standing, kept.asks[0].ask
told["wish"] = json.loads(kept.asks[0].wish)
scene.render.use_border = True
scene.render.resolution_x, scene.render.resolution_y = 64, 36
scene.render.border_min_x, scene.render.border_max_x = 0.25, 0.5
scene.render.border_min_y, scene.render.border_max_y = 0.5, 0.75
bpy.ops.seamline.box_from_border()
told["box"], scene.render.use_border = list(kept.box), False
kept.region, kept.generator = "BOX", "neutral"
assert bpy.ops.seamline.send() == {"FINISHED"}
while kept.asks[1].standing == "sending" and time.time() < until:
    asks.drain()
    time.sleep(0.05)
bpy.ops.seamline.cancel(request=kept.asks[1].request)
while kept.asks[1].standing != "cancelled" and time.time() < until:
    asks.drain()
    time.sleep(0.05)
told["cancelled"] = kept.asks[1].standing
told["hidden"] = len(bpy.data.scenes)
bpy.ops.wm.save_as_mainfile(filepath=said["blend"])
"""
GO_ON = """
import os
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector
for name, value in said["preferences"].items():
    setattr(settings.preferences(), name, value)
bpy.ops.wm.open_mainfile(filepath=said["blend"])
scene = bpy.context.scene
kept = scene.seamline.asks[0]
until, beats = time.time() + 200, 0
while kept.standing not in ("published", "cancelled", "refused") and time.time() < until:
    asks.drain()
    time.sleep(0.05)
    beats += 1
told["standing"], told["says"], told["beats"] = kept.standing, kept.says, beats
told["asks"] = [a.ask for a in scene.seamline.asks]
rendered("merged")
told["returned"] = json.loads(kept.returned)
told["seen"] = []
for frame in (1001, 1002):
    scene.frame_set(frame)
    for x, y, z in said["points"]:
        at = world_to_camera_view(scene, bpy.data.objects["042 camera"], Vector((x, -z, y)))
        told["seen"].append([at.x * 64, (1 - at.y) * 36])
told["collections"] = {c.name: [o.type for o in c.objects] for c in bpy.data.collections}
mesh = next(o for o in bpy.data.objects if o.name.startswith("042_env")).data
told["mesh"] = {"points": [list(v.co) for v in mesh.vertices], "faces": len(mesh.polygons)}
"""
POINTS_M = [(0.4, 1.2, -6.0), (-1.5, 2.0, -9.0), (2.0, 0.5, -14.0)]


def test_a_mask_sent_from_blender_is_painted_by_a_worker_and_rendered_over_the_plate(
    tiny_show: TinyShow, tmp_path: Path
) -> None:
    """Blender and the server are both ended on the way; file and request go on, once."""
    layered.two_references(tiny_show)
    layered.panned(tiny_show)
    config = tiny_show.root / "config.ocio"
    token, door = token_file(tiny_show.root), tmp_path / "s.sock"
    facts: dict[str, Any] = {
        "preferences": {
            "url": f"unix:{door}", "token_file": str(token), "folder": str(tiny_show.material),
        },
        "blend": str(tmp_path / "shot.blend"),
        "points": POINTS_M,
    }  # fmt: skip
    with serving(tiny_show.root, "--socket", str(door), log=tmp_path / "log"):
        sent = in_blender(tmp_path / "one", SEND, config=config, **facts)
    with serving(tiny_show.root, "--socket", str(door), "--workers", "1", log=tmp_path / "log"):
        told = in_blender(tmp_path / "two", GO_ON, config=config, **facts)

    assert (sent["standing"], sent["hidden"]) == ("queued", 1)
    assert (told["standing"], told["asks"][:1]) == ("published", [sent["ask"]]), told["says"]
    asks = queue.read(tiny_show.studio.ledger).values()
    assert [a.standing for a in asks] == ["published", "cancelled"]
    assert (sent["cancelled"], sent["box"]) == ("cancelled", [16, 9, 16, 9])
    (version,) = book.versions(tiny_show.studio.ledger, "042")
    (back,) = told["returned"]
    assert back["id"] == version.id
    for frame in (1001, 1002):
        drawn = tiny_show.studio.images.read(
            frame_path(sent["wish"]["region"]["matte"], frame)
        ).channels["R"]
        assert (drawn[1:11, 17:47] == 1).all()
        assert drawn[13:].max() == 0
        pictures = {
            k: tiny_show.studio.images.read(frame_path(back[k]["pattern"], frame))
            for k in ("plate", "element", "matte")
        }
        region = pictures["matte"].channels["A"]
        np.testing.assert_array_equal(region, drawn)
        seen = rgba_of(tiny_show, tmp_path / "two" / f"merged.{frame}.exr")[..., :3]
        under, above = (pictures[k].rgb() for k in ("plate", "element"))
        np.testing.assert_array_equal(
            seen[region == 0].view(np.uint32), under[region == 0].view(np.uint32)
        )
        solid = (region == 1) & (pictures["element"].channels["A"] == 1)
        assert solid.sum() > 250
        np.testing.assert_array_equal(seen[solid], above[solid])
        assert (above[solid] != under[solid]).mean() > 0.5, "the plate is no painting"

    # The camera is the one that was on the head; surfaces stand around where it stood.
    expected = [place for pan in (0.0, 3.0) for place in places(Pose(pan_deg=pan))]
    np.testing.assert_allclose(told["seen"], expected, atol=1e-3)
    assert told["collections"][f"seamline {version.id}"] == ["CAMERA", "MESH"]
    away = np.asarray(told["mesh"]["points"]) - (0.0, 0.0, 1.6)
    np.testing.assert_allclose(np.linalg.norm(away, axis=1), 1000.0, rtol=1e-5)


def places(pose: Pose) -> list[list[float]]:
    """Where the points stand in the frame, by the camera report's own numbers."""
    rig, axes = layered.RIG, pose.axes()
    aside = (np.array(POINTS_M) - pose.position_m) @ axes
    x = rig.width_px / 2 + rig.focal_px * aside[:, 0] / -aside[:, 2]
    y = rig.height_px / 2 - rig.focal_px * aside[:, 1] / -aside[:, 2]
    return np.stack([x, y], axis=-1).tolist()
