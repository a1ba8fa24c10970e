"""A stage of ours, opened by USD's own library, is the camera and the painting we meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seamline.formats.usd import CameraTime, Scene, prim_name, usd_stage
from seamline.optics.canvas import sphere_canvas
from seamline.optics.projection import Pinhole, turn
from seamline.optics.reproject import sphere_coordinates
from seamline.optics.rotation import as_rotation
from seamline.optics.surface import SAG_PX, card_surface, frame_surface, sphere_surface
from seamline.show.camera import CameraTrack, Lens
from seamline.show.canvas import Canvas
from seamline.show.frames import FrameRange
from seamline.steps.delivered_scene import camera_times
from tiny import pan_track

pxr = pytest.importorskip("pxr", reason="usd-core is not installed")
from pxr import Gf, Usd, UsdGeom, UsdShade  # noqa: E402

THREE = FrameRange(first=1001, last=1003)
WINDOW = (0, 0, 3840, 2160)
LENSES = {
    "spherical": (
        Lens(focal_length_mm=35.0, sensor_width_mm=24.89, sensor_height_mm=14.0),
        1.0,
    ),
    "anamorphic": (
        Lens(
            focal_length_mm=50.0, sensor_width_mm=21.12, sensor_height_mm=17.64, squeeze=2.0,
            centre_x_mm=0.31, centre_y_mm=-0.22,
        ),
        2.0,
    ),
}  # fmt: skip


def scene(track: CameraTrack, *, pixel_aspect: float = 1.0, **said: Any) -> Scene:
    words: dict[str, Any] = {
        "name": "042_0110_env_b01_v001",
        "shot": "042_0110",
        "frames": (1001, 1003),
        "rate": "24000/1001",
        "colourspace": "ACEScg",
        "camera": camera_times(track, THREE, WINDOW, pixel_aspect),
        "shutter_frames": track.shutter_angle_deg / 360,
        "patches": [],
        **said,
    }
    return words  # type: ignore[return-value]


def opened(tmp_path: Path, found: Scene) -> Any:
    path = tmp_path / "scene.usda"
    path.write_bytes(usd_stage(found))
    return Usd.Stage.Open(str(path))


def seen_at(camera: Any, frame: int, points: np.ndarray) -> np.ndarray:
    """(N, 2) display pixels of world ``points``, by USD's own frustum."""
    frustum = camera.GetCamera(Usd.TimeCode(frame)).frustum
    world_to_clip = frustum.ComputeViewMatrix() * frustum.ComputeProjectionMatrix()
    there = np.array([world_to_clip.Transform(Gf.Vec3d(*map(float, p))) for p in points])
    _, _, width, height = WINDOW
    return np.stack([(there[:, 0] + 1) / 2 * width, (1 - there[:, 1]) / 2 * height], axis=-1)


@pytest.mark.parametrize("kind", LENSES)
def test_a_point_is_seen_where_our_own_lens_sees_it(tmp_path: Path, kind: str) -> None:
    lens, aspect = LENSES[kind]
    track = pan_track([0.0, 4.0, 9.0], tilt_deg=3.0, lens=lens, travel_m=(0.4, 0.1, -0.3))
    stage = opened(tmp_path, scene(track, pixel_aspect=aspect))
    camera = UsdGeom.Camera(stage.GetPrimAtPath("/shot/camera"))
    points = np.random.default_rng(3).uniform((-4, -1, -30), (4, 5, -8), (40, 3))

    for frame in THREE:
        sample = track.sample(frame)
        own = turn(
            as_rotation(sample.world_from_camera).T, points - np.array(sample.position_m)
        )
        pinhole = Pinhole.of(sample.lens, WINDOW, pixel_aspect=aspect)
        ours = np.stack(pinhole.pixels(own), axis=-1)

        theirs = seen_at(camera, frame, points)

        assert np.abs(theirs - ours).max() < 1e-3


def test_the_stage_is_in_metres_y_up_one_code_per_frame(tmp_path: Path) -> None:
    track = pan_track([0.0, 1.0, 2.0], shutter_angle_deg=172.8)
    stage = opened(tmp_path, scene(track))
    camera = UsdGeom.Camera(stage.GetPrimAtPath("/shot/camera"))

    assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    assert UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.y
    assert stage.GetTimeCodesPerSecond() == pytest.approx(24000 / 1001, rel=1e-12)
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (1001, 1003)
    # 172.8 degrees at one frame per code: open for .48 of a frame, about its middle.
    assert camera.GetShutterOpenAttr().Get() == pytest.approx(-0.24)
    assert camera.GetShutterCloseAttr().Get() == pytest.approx(0.24)
    # USD has lens lengths in tenths of a unit: 35 mm on a stage in metres.
    assert camera.GetFocalLengthAttr().Get() == pytest.approx(0.35)
    assert camera.GetHorizontalApertureAttr().Get() == pytest.approx(0.2489)


def test_focus_is_in_metres_and_a_t_stop_is_no_f_stop(tmp_path: Path) -> None:
    lens = Lens(
        focal_length_mm=35.0, sensor_width_mm=24.89, sensor_height_mm=14.0,
        focus_distance_m=4.5, t_stop=2.8,
    )  # fmt: skip
    stage = opened(tmp_path, scene(pan_track([0.0, 1.0, 2.0], lens=lens)))
    camera = UsdGeom.Camera(stage.GetPrimAtPath("/shot/camera"))

    assert camera.GetFocusDistanceAttr().Get() == 4.5
    assert camera.GetPrim().GetAttribute("seamline:tStop").Get() == pytest.approx(2.8)
    assert camera.GetFStopAttr().Get() == 0  # focus is deep until somebody says otherwise


def test_a_zoom_has_a_focal_length_for_every_frame(tmp_path: Path) -> None:
    samples = []
    for sample, focal in zip(
        pan_track([0.0, 1.0, 2.0]).samples, (35.0, 37.5, 41.0), strict=True
    ):
        lens = Lens(focal_length_mm=focal, sensor_width_mm=24.89, sensor_height_mm=14.0)
        samples.append(
            type(sample)(
                frame=sample.frame, lens=lens, position_m=sample.position_m,
                world_from_camera=sample.world_from_camera,
            )
        )  # fmt: skip
    stage = opened(tmp_path, scene(CameraTrack(samples=tuple(samples))))
    focal = UsdGeom.Camera(stage.GetPrimAtPath("/shot/camera")).GetFocalLengthAttr()

    assert focal.GetTimeSamples() == [1001, 1002, 1003]
    assert focal.Get(1002) == pytest.approx(0.375)


def sphere() -> Canvas:
    return sphere_canvas(
        "042", pan_track([0.0, 20.0, 40.0], tilt_deg=20.0), THREE, WINDOW, WINDOW
    )


def patch(surface: Any, **said: Any) -> dict[str, Any]:
    return {
        "name": "042 far/range", "picture": "textures/far.exr", "points_m": surface.points_m,
        "uv": surface.uv, "faces": surface.faces, "distance_m": 800.0, "motion_deg_s": 0.0,
        "digest": "ab" * 32, **said,
    }  # fmt: skip


def test_every_point_of_a_sphere_s_patch_lies_on_its_own_pixel(tmp_path: Path) -> None:
    canvas = sphere()
    surface = sphere_surface(canvas, radius_m=800.0)
    stage = opened(tmp_path, scene(pan_track([0.0, 20.0, 40.0]), patches=[patch(surface)]))

    mesh = UsdGeom.Mesh(stage.GetPrimAtPath("/shot/painting/_042_far_range"))
    points = np.array(mesh.GetPointsAttr().Get(), np.float64)
    uv = np.array(UsdGeom.PrimvarsAPI(mesh).GetPrimvar("st").Get(), np.float64)
    own = turn(as_rotation(canvas.world_from_canvas).T, points - np.array(canvas.origin_m))
    x, y = sphere_coordinates(
        own, longitude_left_rad=canvas.longitude_left_rad,
        latitude_top_rad=canvas.latitude_top_rad, px_per_rad=canvas.px_per_rad,
    )  # fmt: skip

    np.testing.assert_allclose(np.linalg.norm(own, axis=-1), 800.0, rtol=1e-6)
    # Positions are single floats: 1e-7 of 800 m, at some 5,400 pixels per radian.
    assert np.abs(x - uv[:, 0] * canvas.width_px).max() < 2e-3
    assert np.abs(y - (1 - uv[:, 1]) * canvas.height_px).max() < 2e-3


def test_between_its_points_a_patch_lies_by_no_pixel_worth_the_name() -> None:
    canvas = sphere()
    surface = sphere_surface(canvas, radius_m=1.0)
    corners = surface.points_m[surface.faces]
    rotation = as_rotation(canvas.world_from_canvas).T

    for share in ((0.5, 0.5), (0.5, 0.0), (0.0, 0.5), (0.3, 0.8)):
        weights = np.array([[0.5, 0.5, 0, 0]]) if share == (0.5, 0.0) else np.array(
            [[(1 - share[0]) * share[1], share[0] * share[1], share[0] * (1 - share[1]),
              (1 - share[0]) * (1 - share[1])]]
        )  # fmt: skip
        place = (corners * weights[..., None]).sum(axis=1)
        uv = (surface.uv[surface.faces] * weights[..., None]).sum(axis=1)
        x, y = sphere_coordinates(
            turn(rotation, place), longitude_left_rad=canvas.longitude_left_rad,
            latitude_top_rad=canvas.latitude_top_rad, px_per_rad=canvas.px_per_rad,
        )  # fmt: skip
        apart = np.hypot(x - uv[:, 0] * canvas.width_px, y - (1 - uv[:, 1]) * canvas.height_px)
        assert apart.max() < 2 * SAG_PX


def test_faces_look_at_the_camera_that_stands_before_them() -> None:
    surface = sphere_surface(sphere(), radius_m=1.0)
    a, b, c, _ = (surface.points_m[surface.faces[:, i]] for i in range(4))

    normal = np.cross(b - a, c - a)

    assert ((normal * a).sum(axis=-1) < 0).all()  # towards the middle of the sphere


def test_a_card_stands_where_its_plane_and_its_metres_say() -> None:
    # The ground before a camera: its own up is the world's -Z, its normal the world's up.
    ground = Canvas(
        shot="042", kind="card", width_px=2000, height_px=1000,
        world_from_canvas=(1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0),
        origin_m=(0.0, 0.0, -5.0), card_left_m=-10.0, card_top_m=10.0, px_per_m=100.0,
    )  # fmt: skip

    surface = card_surface(ground)

    by_uv = {tuple(uv): p for uv, p in zip(surface.uv.tolist(), surface.points_m, strict=True)}
    np.testing.assert_allclose(by_uv[0.0, 1.0], (-10, 0, -15), atol=1e-12)
    np.testing.assert_allclose(by_uv[1.0, 0.0], (10, 0, -5), atol=1e-12)


def test_a_frame_s_canvas_fills_its_camera_s_view(tmp_path: Path) -> None:
    track = pan_track([12.0], tilt_deg=-4.0)
    sample = track.sample(1001)
    canvas = Canvas(shot="042", kind="frame", width_px=3840, height_px=2160, window=WINDOW)
    surface = frame_surface(
        canvas, Pinhole.of(sample.lens, WINDOW), as_rotation(sample.world_from_camera),
        sample.position_m, distance_m=50.0,
    )  # fmt: skip
    still = CameraTrack(samples=track.samples, static=True)
    stage = opened(tmp_path, scene(still, patches=[patch(surface)]))
    camera = UsdGeom.Camera(stage.GetPrimAtPath("/shot/camera"))

    seen = seen_at(camera, 1001, surface.points_m)

    np.testing.assert_allclose(seen, surface.uv * (3840, -2160) + (0, 2160), atol=1e-3)


def test_a_surface_shows_its_picture_by_its_own_light(tmp_path: Path) -> None:
    surface = sphere_surface(sphere(), radius_m=800.0)
    stage = opened(tmp_path, scene(pan_track([0.0, 1.0, 2.0]), patches=[patch(surface)]))
    mesh = stage.GetPrimAtPath("/shot/painting/_042_far_range")

    material, _ = UsdShade.MaterialBindingAPI(mesh).ComputeBoundMaterial()
    shader = material.ComputeSurfaceSource()[0]
    picture = shader.GetInput("emissiveColor").GetConnectedSources()[0][0].source
    file = picture.GetPrim().GetAttribute("inputs:file")

    assert shader.GetIdAttr().Get() == "UsdPreviewSurface"
    assert tuple(shader.GetInput("diffuseColor").Get()) == (0, 0, 0)
    assert file.Get().path == "textures/far.exr"
    assert file.GetColorSpace() == "lin_ap1_scene"
    assert picture.GetPrim().GetAttribute("inputs:sourceColorSpace").Get() == "raw"
    assert mesh.GetCustomData()["seamline"]["digest"] == "ab" * 32


def test_the_same_scene_gives_the_same_bytes_and_any_name_is_a_prim() -> None:
    track = pan_track([0.0, 4.0, 9.0])

    assert usd_stage(scene(track)) == usd_stage(scene(track))
    assert [prim_name(n) for n in ("042_env", "far range", "Ähre")] == [
        "_042_env", "far_range", "_hre",
    ]  # fmt: skip


def test_two_layers_that_usd_would_call_the_same_are_two(tmp_path: Path) -> None:
    surface = card_surface(
        Canvas(shot="042", kind="card", width_px=9, height_px=9, px_per_m=1.0)
    )
    patches = [patch(surface, name=name) for name in ("far-1", "far_1")]

    stage = opened(tmp_path, scene(pan_track([0.0, 1.0, 2.0]), patches=patches))

    found = stage.GetPrimAtPath("/shot/painting").GetChildren()
    assert [p.GetCustomData()["seamline"]["layer"] for p in found] == ["far-1", "far_1"]


def test_camera_times_of_a_still_camera_are_one() -> None:
    still = CameraTrack(samples=pan_track([0.0]).samples, static=True)

    found: list[CameraTime] = camera_times(still, THREE, WINDOW, 1.0)

    assert [t["frame"] for t in found] == [1001]
