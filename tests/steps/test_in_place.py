"""An exported canvas is seen in its shot: meshes, a Nuke script, and a real Blender."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest
from test_by_hand import back, changed

from layered import Layered, employing, paint, panned, two_references
from seamline.formats.nk_read import Node, parse
from seamline.show.frames import frame_path
from seamline.steps import book
from seamline.steps.by_hand import export
from tiny import TinyShow

BLENDER = shutil.which("blender")
RENDER = """
import bpy
scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.samples = 16
scene.cycles.use_denoising = False
scene.cycles.pixel_filter_type = "BOX"
scene.cycles.filter_width = 1.0
scene.render.image_settings.file_format = "OPEN_EXR"
scene.render.image_settings.color_depth = "32"
scene.render.filepath = {out!r}
scene.frame_set(1002)
bpy.ops.render.render(write_still=True)
"""


@pytest.fixture
def smooth(tiny_show: TinyShow) -> tuple[TinyShow, str]:
    """A pan whose sky is a soft gradient by hand, above 1 in places, and nothing before it."""
    employing(tiny_show, Layered())
    two_references(tiny_show)
    panned(tiny_show)
    tiny_show.studio.keyring.create("R. Lind", None)
    first = str(paint(tiny_show)["id"])
    path = str(tiny_show.material / "out.exr")
    export(tiny_show.studio, "042", first, path)
    picture = tiny_show.studio.images.read(path)
    height, width = picture.channels["R"].shape
    rows, columns = np.indices((height, width), dtype=np.float32)
    planes = {
        "sky.R": 0.2 + 0.03 * columns,
        "sky.G": 0.5 + 0.05 * rows,
        "sky.B": 3.0 - 0.02 * columns,
        "sky.A": np.ones_like(rows),
    }
    none = {f"{la}.{c}": 0 * rows for la in ("far", "mist") for c in "RGBA"}
    said = back(tiny_show, first, changed(picture, **planes, **none))
    return tiny_show, str(said["variations"][0]["id"])


def exported(show: TinyShow, element: str) -> dict[str, Path]:
    path = str(show.material / "place.exr")
    said = export(show.studio, "042", element, path)
    return {Path(paper).name: Path(paper) for paper in said["papers"]}


def test_beside_the_canvas_lie_a_mesh_for_each_layer_and_two_scripts(
    smooth: tuple[TinyShow, str],
) -> None:
    show, element = smooth

    papers = exported(show, element)

    assert set(papers) == {
        "place_sky.obj", "place_far.obj", "place_mist.obj", "place.nk", "place_blender.py",
    }  # fmt: skip


def test_a_mesh_holds_the_canvas_where_its_pixels_look(smooth: tuple[TinyShow, str]) -> None:
    show, element = smooth
    lines = exported(show, element)["place_far.obj"].read_text().splitlines()
    points = np.array([[float(v) for v in ln.split()[1:]] for ln in lines if ln[:2] == "v "])
    uv = np.array([[float(v) for v in ln.split()[1:]] for ln in lines if ln[:3] == "vt "])
    canvas, _ = book.canvas_by_digest(show.studio.ledger, only_ask(show))

    from_middle = points - np.array([0.0, 1.6, 0.0])  # where this camera stands
    np.testing.assert_allclose(np.linalg.norm(from_middle, axis=1), 8000.0, rtol=1e-9)
    axes = np.array(canvas.world_from_canvas).reshape(3, 3)
    own = from_middle / 8000.0 @ axes
    longitude = np.arctan2(own[:, 0], -own[:, 2])
    x = (longitude - canvas.longitude_left_rad) * canvas.px_per_rad
    np.testing.assert_allclose(x, uv[:, 0] * canvas.width_px, atol=1e-6)
    corners = {
        int(n) for ln in lines if ln[:2] == "f " for n in ln[2:].replace("/", " ").split()
    }
    assert corners == set(range(1, len(points) + 1))


def only_ask(show: TinyShow) -> str:
    return book.variations(show.studio.ledger, "042")[-1].ask.canvas_digest


def test_the_nuke_script_puts_every_layer_before_the_camera_and_over_the_plate(
    smooth: tuple[TinyShow, str],
) -> None:
    show, element = smooth

    nodes = parse(exported(show, element)["place.nk"].read_bytes())

    by_name = {node.name: node for node in nodes}
    viewer = by_name["Viewer1"].inputs[0]
    assert viewer is not None
    assert (viewer.kind, viewer.knobs["operation"]) == ("Merge2", "under")
    render, plate = viewer.inputs
    assert plate is by_name["plate"]
    assert render is by_name["through_the_lens"]
    background, painting, camera = by_name["through_the_lens"].inputs
    assert background is None
    assert camera is by_name["shot_camera"]
    assert painting is not None
    assert sorted(told(node) for node in painting.inputs if node is not None) == [
        ("place_far", "layer_far", "canvas"),
        ("place_mist", "layer_mist", "canvas"),
        ("place_sky", "layer_sky", "canvas"),
    ]
    folder = exported(show, element)["place.nk"].parent
    for node in nodes:
        file = node.knobs.get("file", "").replace("[file dirname [value root.name]]/", "")
        if file:
            name = file % 1001 if "%" in file else file
            assert (folder / name).exists(), file


def told(place: Node) -> tuple[str, str, str]:
    (shuffle,) = place.inputs
    assert shuffle is not None
    (read,) = shuffle.inputs
    assert read is not None
    return place.name, shuffle.name, read.name


@pytest.mark.skipif(BLENDER is None, reason="Blender is not installed here")
def test_blender_sees_the_canvas_as_the_shot_does(
    smooth: tuple[TinyShow, str], tmp_path: Path
) -> None:
    assert BLENDER is not None
    show, element = smooth
    script = exported(show, element)["place_blender.py"]
    job = tmp_path / "render.py"
    job.write_text(RENDER.format(out=str(tmp_path / "seen.exr")))

    done = subprocess.run(
        [BLENDER, "-b", "--factory-startup", "-t", "2", "-P", str(script), "-P", str(job)],
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip

    assert "Error" not in done.stderr + done.stdout, done.stdout[-3000:]
    seen = oiio.ImageBuf(str(tmp_path / "seen.exr")).get_pixels(oiio.FLOAT)[..., :4]
    own = show.studio.images.read(frame_path(show.studio.shelf.element_pattern(element), 1002))
    ours = own.rgb()
    assert seen.shape[:2] == ours.shape[:2]
    inner = np.s_[3:-3, 3:-3]
    np.testing.assert_allclose(seen[inner][..., 3], 1.0, atol=1e-3)
    # A gradient of .03 to a pixel: a tenth of a pixel beside is .003 in red.
    apart = np.abs(seen[inner][..., :3] - ours[inner])
    assert np.median(apart) < 0.003
    assert apart.max() < 0.02
