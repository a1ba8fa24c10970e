"""A delivery opens in an editor's and in a 3D artist's program, and is the signed one there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest

from layered import FAR_M, NEAR_M, Layered, employing, paint, panned, two_references
from nuke import script_of
from seamline.errors import FormatError, InputError, TamperError
from seamline.formats.cdl import read_cdl
from seamline.optics.canvas_pixels import canvas_to_frame
from seamline.optics.projection import Pinhole
from seamline.pixels.digest import picture_digest
from seamline.show.cdl import CDL
from seamline.show.seam import Box
from seamline.show.shot import Shot
from seamline.steps import book
from seamline.steps.audit import audit
from seamline.steps.camera import camera
from seamline.steps.deliver import deliver
from seamline.steps.review import choose
from seamline.steps.sign import sign
from tiny import TinyShow

Usd = pytest.importorskip("pxr.Usd", reason="usd-core is not installed")
from pxr import Gf, UsdGeom, UsdValidation  # noqa: E402

ID = "042_env_b01_v001"


def moving(show: TinyShow) -> None:
    employing(show, Layered())
    two_references(show)
    panned(show, shutter_deg=180.0)
    paint(show)


def still(show: TinyShow) -> None:
    employing(show, Layered())
    two_references(show)
    show.static_shot("042", frames=2, box=Box(x=4, y=4, width=50, height=30))
    paint(show)


def delivered(show: TinyShow, shot: Any = moving, **said: Any) -> Path:
    shot(show)
    show.studio.keyring.create("Ada", None)
    choose(show.studio, "042", ID, by="Ada")
    sign(show.studio, ID, by="Ada", passphrase=None)
    folder = show.root.parent / "out"
    deliver(show.studio, "042", str(folder), **said)
    return folder


def graded(show: TinyShow, cdl: CDL) -> None:
    shot: Shot = book.shot(show.studio.ledger, "042")
    book.write(show.studio.ledger, "shot", replace(shot, version=2, grade=cdl))


# -- the stage ----------------------------------------------------------------------------


def test_every_layer_stands_on_the_stage_at_its_distance(tiny_show: TinyShow) -> None:
    folder = delivered(tiny_show)
    stage = Usd.Stage.Open(str(folder / "scene" / f"{ID}.usda"))
    variation = book.variation_of(
        tiny_show.studio.ledger, book.version(tiny_show.studio.ledger, ID)
    )
    facts = {f.name: f for f in variation.layers}

    painted = [p.GetName() for p in stage.GetPrimAtPath("/shot/painting").GetChildren()]
    assert painted == ["sky", "far", "mist"]
    for name, far in (("far", FAR_M), ("mist", NEAR_M)):
        mesh = UsdGeom.Mesh(stage.GetPrimAtPath(f"/shot/painting/{name}"))
        points = np.array(mesh.GetPointsAttr().Get(), np.float64)
        # A camera on a head stands in the middle.
        middle = np.array(book.shot(tiny_show.studio.ledger, "042").track.samples[0].position_m)
        away = np.linalg.norm(points - middle, axis=-1)
        np.testing.assert_allclose(away, far, rtol=1e-5)
        shader = stage.GetPrimAtPath(f"/shot/painting/{name}/material/picture")
        file = shader.GetAttribute("inputs:file").Get()
        picture = tiny_show.studio.images.read(str(folder / "scene" / file.path))
        assert picture_digest(picture) == facts[name].digest
        assert file.resolvedPath  # USD itself finds it beside the stage


def test_the_stage_s_camera_sees_the_canvas_where_the_element_has_it(
    tiny_show: TinyShow,
) -> None:
    folder = delivered(tiny_show)
    stage = Usd.Stage.Open(str(folder / "scene" / f"{ID}.usda"))
    ledger = tiny_show.studio.ledger
    shot, (canvas, _) = book.shot(ledger, "042"), book.canvas(ledger, "042")
    track = camera(shot, None)
    mesh = UsdGeom.Mesh(stage.GetPrimAtPath("/shot/painting/far"))
    points = mesh.GetPointsAttr().Get()
    uv = np.array(UsdGeom.PrimvarsAPI(mesh).GetPrimvar("st").Get(), np.float64)

    for frame in shot.frames:
        pinhole = Pinhole.of(track.sample(frame).lens, (0, 0, 64, 36))
        x, y = canvas_to_frame(canvas, track, frame, pinhole)
        frustum = UsdGeom.Camera(stage.GetPrimAtPath("/shot/camera")).GetCamera(frame).frustum
        clip = frustum.ComputeViewMatrix() * frustum.ComputeProjectionMatrix()
        compared = 0
        for point, (u, v) in zip(points, uv, strict=True):
            there = clip.Transform(Gf.Vec3d(point))
            column, row = u * canvas.width_px - 0.5, (1 - v) * canvas.height_px - 0.5
            inside = 0 <= column < canvas.width_px - 1 and 0 <= row < canvas.height_px - 1
            if inside and max(abs(there[0]), abs(there[1])) < 0.9:
                ours = _between(x, column, row), _between(y, column, row)
                seen = (there[0] + 1) / 2 * 64, (1 - there[1]) / 2 * 36
                # Between two pixels of the canvas ours is told linearly.
                assert np.hypot(seen[0] - ours[0], seen[1] - ours[1]) < 0.01
                compared += 1
        assert compared >= 4


def _between(plane: np.ndarray, column: float, row: float) -> float:
    c, r = int(column), int(row)
    u, v = column - c, row - r
    top = (1 - u) * plane[r, c] + u * plane[r, c + 1]
    low = (1 - u) * plane[r + 1, c] + u * plane[r + 1, c + 1]
    return float((1 - v) * top + v * low)


def test_a_render_of_the_stage_is_the_delivered_layer(tiny_show: TinyShow) -> None:
    def smooth(show: TinyShow) -> None:
        employing(show, Layered())
        rows, columns = np.indices((150, 240)) * 2 * np.pi / np.array([150, 240])[:, None, None]
        waves = [np.sin(2 * columns + c) * np.cos(rows) for c in range(3)]
        rgb = (0.4 + 0.2 * np.stack(waves, axis=-1)).astype(np.float32)
        for name, light in (("sky.exr", 1.0), ("range.exr", 0.5)):
            lit, unlike = rgb * np.float32(light), ("sky.exr",) if name != "sky.exr" else ()
            show.reference(name, lit, unlike=unlike, hfov_deg=50.0, owner=name[:-4])
        panned(show, shutter_deg=0.0)
        paint(show)

    folder = delivered(tiny_show, smooth)
    stage = Usd.Stage.Open(str(folder / "scene" / f"{ID}.usda"))
    images = tiny_show.studio.images

    for frame in (1001, 1002):
        made = images.read(str(folder / "layers" / "sky" / f"{ID}_sky.{frame}.exr"))
        rendered = render(stage, folder / "scene", "sky", frame, images)
        assert made.data_window == (0, 0, 64, 36)
        # Where layers overlap in the frame they carry the difference that mixing made.
        before = [
            images.read(str(folder / "layers" / n / f"{ID}_{n}.{frame}.exr")).channels["A"]
            for n in ("far", "mist")
        ]
        alone = np.cumsum(before[0] + before[1], axis=0) == 0
        alone[:-2] &= alone[2:]
        assert alone.mean() > 0.4
        # Read between pixels in two ways, and kept as halves.
        np.testing.assert_allclose(rendered[alone], made.rgb()[alone], atol=2e-3)
        shifted = np.roll(made.rgb(), 1, axis=1)
        assert np.abs(rendered - shifted)[alone].mean() > 6e-3


def render(stage: Any, home: Path, layer: str, frame: int, images: Any) -> np.ndarray:
    """(36, 64, 3): rays of USD's own camera, met with the mesh, looked up in its picture."""
    mesh = UsdGeom.Mesh(stage.GetPrimAtPath(f"/shot/painting/{layer}"))
    points = np.array(mesh.GetPointsAttr().Get(), np.float64)
    uv = np.array(UsdGeom.PrimvarsAPI(mesh).GetPrimvar("st").Get(), np.float64)
    faces = np.array(mesh.GetFaceVertexIndicesAttr().Get()).reshape(-1, 4)
    shader = stage.GetPrimAtPath(f"/shot/painting/{layer}/material/picture")
    picture = images.read(str(home / shader.GetAttribute("inputs:file").Get().path)).rgb()
    frustum = UsdGeom.Camera(stage.GetPrimAtPath("/shot/camera")).GetCamera(frame).frustum
    found = np.zeros((36, 64, 3))
    triangles = np.concatenate([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]])
    a, b, c = (points[triangles[:, i]] for i in range(3))
    for row in range(36):
        for column in range(64):
            at = Gf.Vec2d((column + 0.5) / 32 - 1, 1 - (row + 0.5) / 18)
            ray = frustum.ComputePickRay(at)
            start, ahead = np.array(ray.startPoint), np.array(ray.direction)
            # Moeller and Trumbore 1997.
            p = np.cross(ahead, c - a)
            scale = ((b - a) * p).sum(axis=-1)
            away = start - a
            u = (away * p).sum(axis=-1) / scale
            q = np.cross(away, b - a)
            v = (q @ ahead) / scale
            (hits,) = np.nonzero((u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9))
            hit = next(n for n in hits if (q[n] * (c - a)[n]).sum() / scale[n] > 0)
            corners = uv[triangles[hit]]
            s, t = (
                (1 - u[hit] - v[hit]) * corners[0] + u[hit] * corners[1] + v[hit] * corners[2]
            )
            height, width, _ = picture.shape
            x, y = s * width - 0.5, (1 - t) * height - 0.5
            found[row, column] = [_between(picture[..., i], x, y) for i in range(3)]
    return found


def test_a_picture_of_the_stage_is_traced_to_its_references(tiny_show: TinyShow) -> None:
    folder = delivered(tiny_show)
    path = str(folder / "scene" / "textures" / f"{ID}_sky.exr")

    found = audit(tiny_show.studio, path, (10, 3))
    outside = audit(tiny_show.studio, path, (5000, 3))

    assert (found["kind"], found["layer"], found["element"]) == (
        "layer on its canvas",
        "sky",
        ID,
    )
    assert found["signed_by"] == ["Ada"]
    # Seed 1 copies the sky from the first reference, shifted by rule: one source, all of it.
    assert (found["origin"], found["owner"]) == ("reference", "sky")
    assert found["sources"][0]["share"] == 1.0
    assert outside["origin"] == "nothing was painted here"


def test_a_paper_is_traced_to_its_delivery_and_a_changed_one_is_found(
    tiny_show: TinyShow,
) -> None:
    folder = delivered(tiny_show)

    for path in (folder / "scene" / f"{ID}.usda", folder / f"{ID}.otio", folder / f"{ID}.nk"):
        found = audit(tiny_show.studio, str(path))
        assert (found["kind"], found["element"], found["delivery"]) == (
            "paper",
            ID,
            str(folder),
        )

    stranger = folder / "scene" / "mine.usda"
    stranger.write_text("#usda 1.0\n")
    with pytest.raises(FormatError, match="lies in no delivery"):
        audit(tiny_show.studio, str(stranger))
    (folder / f"{ID}.edl").write_text("TITLE: another\n")
    with pytest.raises(TamperError, match="not the file that was delivered"):
        audit(tiny_show.studio, str(folder / f"{ID}.edl"))


def test_a_shot_without_a_lens_has_a_stage_without_a_place_for_it(tiny_show: TinyShow) -> None:
    folder = delivered(tiny_show, still)

    stage = Usd.Stage.Open(str(folder / "scene" / f"{ID}.usda"))

    assert not stage.GetPrimAtPath("/shot/camera")
    assert not list(stage.GetPrimAtPath("/shot/painting").GetChildren())
    assert stage.GetPrimAtPath("/shot").GetCustomData()["seamline"]["camera"] == "not known"


def test_usd_s_own_checker_finds_nothing_wrong(tiny_show: TinyShow) -> None:
    folder = delivered(tiny_show)

    known = UsdValidation.ValidationRegistry()
    names = [m.name for m in known.GetAllValidatorMetadata() if "Package" not in m.name]
    rules = UsdValidation.ValidationContext(known.GetOrLoadValidatorsByName(names))
    # EXR is no picture of AR viewers' packages; everywhere else it is.
    found = [
        error
        for error in rules.Validate(Usd.Stage.Open(str(folder / "scene" / f"{ID}.usda")))
        if "FileExtension" not in error.GetIdentifier()
    ]

    assert len(names) > 20
    assert [(e.GetName(), e.GetMessage()) for e in found] == []


# -- timeline and list --------------------------------------------------------------------


def test_the_timeline_has_every_sequence_and_shows_the_comp(tiny_show: TinyShow) -> None:
    folder = delivered(tiny_show)
    read = otio.adapters.read_from_file(str(folder / f"{ID}.otio"))

    tracks = {t.name: t for t in read.video_tracks()}
    assert list(tracks) == ["element", "matte", "sky", "far", "mist", "comp"]
    assert [name for name, t in tracks.items() if t.enabled] == ["comp"]
    record = json.loads((folder / "record.json").read_text())
    for name, track in tracks.items():
        (clip,) = track
        ref = clip.media_references()[ID]
        for place in range(ref.number_of_images_in_sequence()):
            path = folder / ref.target_url_for_image_number(place)
            assert path.is_file(), name
        assert ref.metadata["seamline"]["comp_digest"] == (record["sign_off"]["comp_digest"])
    assert any("signed by Ada" in mark.name for mark in tracks["comp"][0].markers)


def test_the_list_cuts_what_is_delivered(tiny_show: TinyShow) -> None:
    pytest.importorskip("otio_cmx3600_adapter", reason="otio-cmx3600-adapter is not installed")
    folder = delivered(tiny_show)

    read = otio.adapters.read_from_file(
        str(folder / f"{ID}.edl"), adapter_name="cmx_3600", rate=24
    )

    (clip,) = read.find_clips()
    assert clip.name == ID
    assert clip.source_range.start_time.value == 1001
    assert clip.source_range.duration.value == 2


# -- what it is looked at with -------------------------------------------------------------


def test_the_shot_s_cdl_goes_along_and_is_in_no_pixel(tiny_show: TinyShow) -> None:
    def shot(show: TinyShow) -> None:
        moving(show)
        graded(show, CDL(id="042", slope=(2.0, 1.0, 0.5)))

    folder = delivered(tiny_show, shot)

    assert read_cdl((folder / f"{ID}_view.cc").read_bytes()).slope == (2.0, 1.0, 0.5)
    version = book.version(tiny_show.studio.ledger, ID)
    for place, frame in enumerate((1001, 1002)):
        comp = tiny_show.studio.images.read(str(folder / "comp" / f"{ID}_comp.{frame}.exr"))
        assert picture_digest(comp) == version.comp_frames[place]


def test_a_movie_goes_along_where_one_is_wanted(tiny_show: TinyShow) -> None:
    av = pytest.importorskip("av", reason="PyAV is not installed")
    folder = delivered(tiny_show, movie="prores")

    with av.open(str(folder / "movies" / f"{ID}.mov")) as file:
        assert file.streams.video[0].frames == 3
    record = json.loads((folder / "record.json").read_text())
    (entry,) = [f for f in record["files"] if f["path"].endswith(".mov")]
    content = (folder / entry["path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    read = otio.adapters.read_from_file(str(folder / f"{ID}.otio"))
    assert read.video_tracks()[0][0].media_reference.target_url == f"movies/{ID}.mov"


def test_a_movie_that_is_wanted_later_is_not_left_out_in_silence(tiny_show: TinyShow) -> None:
    folder = delivered(tiny_show)

    with pytest.raises(InputError, match="this very delivery, without a movie"):
        deliver(tiny_show.studio, "042", str(folder), movie="h264")

    assert not (folder / "movies").exists()


def test_the_script_has_the_shot_s_camera_and_points_to_the_stage(tiny_show: TinyShow) -> None:
    folder = delivered(tiny_show)

    nodes = script_of(folder, {"id": ID})

    assert nodes["shot_camera"].kind == "Camera2"
    assert "curve x1001 " in nodes["shot_camera"].knobs["rotate"]
    assert f"scene/{ID}.usda" in nodes["scene"].knobs["label"]
