"""What Blender writes, and what the page's script makes of FBX and Alembic, is its camera."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import track_writers as w

from seamline.formats.tracks import TrackFiles
from seamline.show.camera import CameraTrack

PAGE = Path(__file__).parents[2] / "docs/how-to/bring-a-camera-in.md"
BLENDER = shutil.which("blender")
MAKE = """
import bpy, json, math, sys
folder = sys.argv[-1]
bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
scene.render.fps, scene.frame_start, scene.frame_end = 24, 1001, 1012
scene.render.resolution_x, scene.render.resolution_y = 480, 270
data = bpy.data.cameras.new("shotcam")
camera = bpy.data.objects.new("shotcam", data)
scene.collection.objects.link(camera)
scene.camera = camera
data.sensor_fit, data.sensor_width, data.sensor_height = "HORIZONTAL", 24.89, 14.0
camera.rotation_mode = "XYZ"
for n, frame in enumerate(range(1001, 1013)):
    camera.location = (0.1 * n, -0.2 * n + 1.0, 1.6 + 0.01 * n)
    angles = 84.0 + n, 2.0 - 0.5 * n, 15.0 * n - 40.0
    camera.rotation_euler = [math.radians(angle) for angle in angles]
    camera.keyframe_insert("location", frame=frame)
    camera.keyframe_insert("rotation_euler", frame=frame)
    data.lens = 35.0 + 0.5 * n
    data.keyframe_insert("lens", frame=frame)
truth = []
for frame in range(1001, 1013):
    scene.frame_set(frame)
    truth.append({"matrix": [list(row) for row in camera.matrix_world], "lens": data.lens})
json.dump(truth, open(folder + "/truth.json", "w"))
bpy.ops.object.select_all(action="SELECT")
if "alembic_export" in dir(bpy.ops.wm):
    bpy.ops.wm.alembic_export(filepath=folder + "/camera.abc", start=1001, end=1012,
                              as_background_job=False)
bpy.ops.export_scene.fbx(filepath=folder + "/camera.fbx", bake_anim_step=1.0,
                         bake_anim_simplify_factor=0.0)
bpy.context.view_layer.objects.active = camera
import addon_utils
addon_utils.enable("io_anim_nuke_chan")
bpy.ops.export.export_chan(filepath=folder + "/camera.chan", y_up=True, rotation_order="ZXY")
"""


def _blender(*args: str) -> None:
    assert BLENDER is not None
    done = subprocess.run([BLENDER, "-b", *args], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if BLENDER is None:
        pytest.skip("no blender on this machine")
    made = tmp_path_factory.mktemp("blender")
    (made / "make.py").write_text(MAKE)
    _blender("--python-exit-code", "9", "--python", str(made / "make.py"), "--", str(made))
    return made


def _agrees(track: CameraTrack, folder: Path, *, metres: float, turn: float, mm: float) -> None:
    truth = json.loads((folder / "truth.json").read_text())
    worlds = np.array([entry["matrix"] for entry in truth])
    assert [s.frame for s in track.samples] == list(range(1001, 1013))
    positions = np.array([s.position_m for s in track.samples])
    turns = np.array([s.world_from_camera for s in track.samples]).reshape(-1, 3, 3)
    np.testing.assert_allclose(positions, worlds[:, :3, 3] @ w.Z_UP.T, atol=metres)
    np.testing.assert_allclose(turns, w.Z_UP @ worlds[:, :3, :3], atol=turn)
    focals = [s.lens.focal_length_mm for s in track.samples]
    np.testing.assert_allclose(focals, [entry["lens"] for entry in truth], atol=mm)
    assert track.samples[0].lens.sensor_width_mm == pytest.approx(24.89, abs=1e-4)


@pytest.mark.slow
def test_a_chan_that_blender_wrote_is_blender_s_camera(folder: Path) -> None:
    w.sidecar(
        folder / "camera.chan", rotation_order="ZXY", unit="m", sensor_width_mm=24.89,
        sensor_height_mm=14.0, rate="24", shutter_angle_deg=180.0,
    )  # fmt: skip

    track = TrackFiles().read(str(folder / "camera.chan"), None)

    _agrees(track, folder, metres=2e-6, turn=2e-6, mm=2e-4)


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["abc", "fbx"])
def test_the_script_of_the_page_converts_alembic_and_fbx(folder: Path, ending: str) -> None:
    if not (folder / f"camera.{ending}").exists():
        pytest.skip("this blender was built without Alembic")
    (script,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    (folder / "convert_camera.py").write_text(script)
    target = folder / f"{ending}.jsonl"

    _blender(
        "--python-exit-code", "9", "--python", str(folder / "convert_camera.py"), "--",
        str(folder / f"camera.{ending}"), str(target), "24", "1001", "1012",
    )  # fmt: skip

    track = TrackFiles().read(str(target), None)
    _agrees(track, folder, metres=1e-5, turn=1e-5, mm=1e-3)
