"""
What leaves the show, opened by who it is for: USD, OpenTimelineIO, OpenColorIO, PyAV.

Cameras, cuts and colours are drawn at random from a fixed seed; nothing was tuned on them.
USD: 200 cameras (half anamorphic, all off axis), 50 points each, through USD's own frustum,
against our projection; and a patch of a sphere against the canvas's coordinates between its
points. Timelines and lists: 300 cuts at four rates, drop-frame too. CDL: 200 corrections.
Movies: 40 flat patches a codec against OpenColorIO's view, and what a 1920 x 1080 frame costs.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from seamline.formats.cdl import cdl_file
from seamline.formats.edl import edl
from seamline.formats.movie import write_movie
from seamline.formats.ocio import Config, builtin_config_text
from seamline.formats.otio import timeline
from seamline.formats.usd import usd_stage
from seamline.optics.canvas import sphere_canvas
from seamline.optics.projection import Pinhole, turn
from seamline.optics.reproject import sphere_coordinates
from seamline.optics.rotation import as_numbers, as_rotation, from_pan_tilt_roll
from seamline.optics.surface import sphere_surface
from seamline.show.camera import CameraSample, CameraTrack, Lens
from seamline.show.cdl import CDL
from seamline.show.frames import FrameRange
from seamline.show.timecode import may_drop, nominal, timecode
from seamline.steps.delivered_scene import camera_times

SEED = 20261126
WINDOW = (0, 0, 3840, 2160)
COST_FRAMES = {"prores": 32, "h264": 160}
"""x264 looks 40 frames ahead and keeps them; half of these is beyond that."""
RATES = ("24", "25", "24000/1001", "30000/1001")


def figures() -> dict[str, Any]:
    """Return every figure; ``None`` where a library is not installed."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, part in (
            ("usd", _usd),
            ("otio_edl", _cuts),
            ("cdl", _cdls),
            ("movies", _movies),
        ):
            began = time.perf_counter()
            try:
                found[name] = part(Path(folder))
            except ImportError as error:
                print(f"{name}: {error}", file=sys.stderr)
                found[name] = None
                continue
            found[name]["wall_s"] = round(time.perf_counter() - began, 1)
    return found


def _sample(chance: np.random.Generator, frame: int) -> CameraSample:
    anamorphic = frame % 2 == 0
    lens = Lens(
        focal_length_mm=float(chance.uniform(14, 150)),
        sensor_width_mm=21.12 if anamorphic else 24.89,
        sensor_height_mm=17.64 if anamorphic else 14.0,
        squeeze=2.0 if anamorphic else 1.0,
        centre_x_mm=float(chance.uniform(-0.5, 0.5)),
        centre_y_mm=float(chance.uniform(-0.5, 0.5)),
    )
    x, y, z = (float(v) for v in chance.uniform(-50, 50, 3))
    pan, tilt, roll = chance.uniform((-180, -80, -30), (180, 80, 30))
    return CameraSample(
        frame=frame,
        lens=lens,
        position_m=(x, y, z),
        world_from_camera=as_numbers(from_pan_tilt_roll(pan, tilt, roll)),
    )


def _usd(folder: Path) -> dict[str, Any]:
    from pxr import Gf, Usd, UsdGeom

    chance = np.random.default_rng(SEED)
    track = CameraTrack(samples=tuple(_sample(chance, 1001 + n) for n in range(200)))
    frames = FrameRange(first=1001, last=1200)
    path = folder / "cameras.usda"
    path.write_bytes(
        usd_stage(
            {
                "name": "cameras",
                "shot": "cameras",
                "frames": (1001, 1200),
                "rate": "24",
                "colourspace": "ACEScg",
                "camera": camera_times(track, frames, WINDOW, 1.0),  # type: ignore[typeddict-item]
                "shutter_frames": 0.5,
                "patches": [],
            }
        )
    )
    stage = Usd.Stage.Open(str(path))
    camera = UsdGeom.Camera(stage.GetPrimAtPath("/shot/camera"))
    apart = []
    for sample in track.samples:
        pinhole = Pinhole.of(sample.lens, WINDOW)
        places = chance.uniform((0, 0), (3840, 2160), (50, 2))
        own = pinhole.directions(places[:, 0], places[:, 1]) * chance.uniform(2, 2000, (50, 1))
        world = turn(as_rotation(sample.world_from_camera), own) + np.array(sample.position_m)
        frustum = camera.GetCamera(sample.frame).frustum
        clip = frustum.ComputeViewMatrix() * frustum.ComputeProjectionMatrix()
        seen = np.array([clip.Transform(Gf.Vec3d(*map(float, p))) for p in world])
        x, y = (seen[:, 0] + 1) / 2 * 3840, (1 - seen[:, 1]) / 2 * 2160
        apart += list(np.hypot(x - places[:, 0], y - places[:, 1]))
    return {
        "points": len(apart),
        "projection_median_px": float(np.median(apart)),
        "projection_max_px": float(np.max(apart)),
        "sphere_patch_max_px": _between_points(),
    }


def _between_points() -> float:
    """Return how far a patch of a sphere lies by, in the middles of facets and edges."""
    lens = Lens(focal_length_mm=35.0, sensor_width_mm=24.89, sensor_height_mm=14.0)
    samples = [
        CameraSample(
            frame=1001 + n, lens=lens, world_from_camera=as_numbers(from_pan_tilt_roll(pan, 25))
        )
        for n, pan in enumerate((0.0, 30.0, 60.0))
    ]
    frames = FrameRange(first=1001, last=1003)
    canvas = sphere_canvas("042", CameraTrack(samples=tuple(samples)), frames, WINDOW, WINDOW)
    surface = sphere_surface(canvas, radius_m=1.0)
    worst = 0.0
    for weights in ((1, 1, 1, 1), (1, 1, 0, 0), (0, 1, 1, 0), (0, 0, 1, 1), (3, 1, 1, 3)):
        w = np.array(weights, np.float64)[None, :, None] / sum(weights)
        place = (surface.points_m[surface.faces] * w).sum(axis=1)
        uv = (surface.uv[surface.faces] * w).sum(axis=1)
        x, y = sphere_coordinates(
            turn(as_rotation(canvas.world_from_canvas).T, place),
            longitude_left_rad=canvas.longitude_left_rad,
            latitude_top_rad=canvas.latitude_top_rad,
            px_per_rad=canvas.px_per_rad,
        )
        off = np.hypot(x - uv[:, 0] * canvas.width_px, y - (1 - uv[:, 1]) * canvas.height_px)
        worst = max(worst, float(off.max()))
    return worst


def _cuts(folder: Path) -> dict[str, Any]:
    import opentimelineio as otio

    chance = np.random.default_rng(SEED)
    wrong = {"otio": 0, "edl": 0}
    count = 0
    for rate in RATES:
        for drop in {False, may_drop(Fraction(rate))}:
            events, clips, record = [], [], 3600 * nominal(Fraction(rate))
            for n in range(60):
                source = int(chance.integers(0, 20 * 3600 * nominal(Fraction(rate))))
                frames = int(chance.integers(1, 400))
                name = f"{n:03d}_env_b01_v001"
                events.append(
                    {
                        "clip": name, "reel": f"A{n:03d}", "source": source, "record": record,
                        "frames": frames, "file": f"movies/{name}.mov", "notes": [],
                    }
                )  # fmt: skip
                files = {
                    key: {
                        "file": f"movies/{name}_{key}.mov", "first": source - 8,
                        "frames": frames + 16, "number": 0, "facts": {"element": key},
                    }
                    for key in ("b01", "b02", "b03")
                }  # fmt: skip
                clips.append(
                    {
                        "name": name, "first": source, "frames": frames, "references": files,
                        "active": "b02", "marks": [], "facts": {},
                    }
                )  # fmt: skip
                record += frames
            path = folder / "cut.otio"
            path.write_bytes(
                timeline(
                    {
                        "name": "cut", "rate": rate, "facts": {},
                        "strips": [{"name": "comp", "enabled": True, "clips": clips}],
                    }  # type: ignore[typeddict-item]
                )
            )  # fmt: skip
            for cut, clip in zip(
                clips, otio.adapters.read_from_file(str(path)).find_clips(), strict=True
            ):
                ref = clip.media_references()["b03"]
                wrong["otio"] += not (
                    clip.source_range.start_time.value == cut["first"]
                    and clip.source_range.duration.value == cut["frames"]
                    and clip.active_media_reference_key == "b02"
                    and ref.available_range.start_time.value == cut["first"] - 8
                    and ref.metadata["seamline"]["element"] == "b03"
                )
            wrong["edl"] += _edl_wrong(folder, events, rate, drop)
            count += len(events)
    return {"cuts": count, "otio_wrong": wrong["otio"], "edl_wrong": wrong["edl"]}


def _edl_wrong(folder: Path, events: list[Any], rate: str, drop: bool) -> int:
    import opentimelineio as otio

    path = folder / "cut.edl"
    path.write_bytes(edl("cut", events, rate=rate, drop=drop))
    read = otio.adapters.read_from_file(
        str(path), adapter_name="cmx_3600", rate=float(Fraction(rate))
    )
    wrong = 0
    for event, clip in zip(events, read.find_clips(), strict=True):
        wrong += not (
            clip.name == event["clip"]
            and clip.source_range.start_time.value == event["source"]
            and clip.source_range.duration.value == event["frames"]
            and timecode(event["source"], Fraction(rate), drop=drop)
            == clip.source_range.start_time.to_timecode(float(Fraction(rate)), drop_frame=drop)
        )
    return wrong


def _cdls(folder: Path) -> dict[str, Any]:
    import PyOpenColorIO as OCIO

    chance = np.random.default_rng(SEED)
    off = 0.0
    for n in range(200):
        numbers = [tuple(float(v) for v in chance.uniform(0.2, 3, 3)) for _ in range(3)]
        cdl = CDL(
            id=f"c{n}", slope=numbers[0], offset=tuple(v - 1 for v in numbers[1]),
            power=numbers[2], saturation=float(chance.uniform(0, 2)),
        )  # type: ignore[arg-type]  # fmt: skip
        path = folder / f"{n}.cc"
        path.write_bytes(cdl_file(cdl))
        read = OCIO.CDLTransform.CreateFromFile(str(path), cdl.id)
        for mine, theirs in (
            (cdl.slope, read.getSlope()),
            (cdl.offset, read.getOffset()),
            (cdl.power, read.getPower()),
            ((cdl.saturation,), [read.getSat()]),
        ):
            off = max(off, float(np.abs(np.array(mine) - np.array(theirs)).max()))
    return {"corrections": 200, "largest_difference": off}


def _movies(folder: Path) -> dict[str, Any]:
    import av

    (folder / "config.ocio").write_text(builtin_config_text())
    config = Config(str(folder / "config.ocio"), sha256=None)
    chance = np.random.default_rng(SEED)
    light = 2.0 ** chance.uniform(-5, 2.5, (1, 40, 1)) * chance.uniform(0.2, 1, (1, 40, 3))
    shown = config.for_viewing(light.astype(np.float32))[0]
    found: dict[str, Any] = {"versions": av.__version__}
    for codec in ("h264", "prores"):
        patches = np.repeat(np.repeat(shown.reshape(5, 8, 3), 72, axis=0), 80, axis=1)
        path = folder / f"{codec}.mov"
        sums = []
        for _ in range(2):
            write_movie(str(path), iter([patches] * 3), _facts(codec, (640, 360)))
            sums.append(hashlib.sha256(path.read_bytes()).hexdigest())
        with av.open(str(path)) as file:
            stream = file.streams.video[0]
            exact = stream.average_rate == Fraction(24000, 1001) and stream.frames == 4
            frames = list(file.decode(video=0))
        seen = _middles(frames[2])
        # Words stand on the upper and lower rows' corners, so middles of patches are clear.
        found[codec] = {
            "colour_max": round(float(np.abs(seen - shown.reshape(5, 8, 3)).max()), 5),
            "rate_and_count_exact": exact,
            "same_bytes_twice": sums[0] == sums[1],
            **_cost(folder, codec),
        }
    return found


def _middles(frame: Any) -> np.ndarray:
    wide = "10" in frame.format.name
    found = []
    for plane in frame.planes:
        codes = np.frombuffer(plane, "<u2" if wide else np.uint8).reshape(plane.height, -1)
        codes = codes[:, : plane.width] / (4.0 if wide else 1.0)
        rows = (np.arange(5) + 0.5) * plane.height / 5
        columns = (np.arange(8) + 0.5) * plane.width / 8
        found.append(codes[rows.astype(int)[:, None], columns.astype(int)[None, :]])
    y, cb, cr = (found[0] - 16) / 219, (found[1] - 128) / 224, (found[2] - 128) / 224
    r, b = y + 1.5748 * cr, y + 1.8556 * cb
    return np.stack([r, (y - 0.2126 * r - 0.0722 * b) / 0.7152, b], axis=-1)


def _cost(folder: Path, codec: str) -> dict[str, float]:
    """Return what a frame of 1920 x 1080 takes, and how memory grows in the second half."""
    chance = np.random.default_rng(SEED)
    slope = np.linspace(0.05, 0.8, 1920, dtype=np.float32)[None, :, None]
    noisy = slope + chance.normal(0, 0.01, (1080, 1920, 3)).astype(np.float32)
    count = COST_FRAMES[codec]
    marks: list[float] = []

    def frames(count: int) -> Iterator[np.ndarray]:
        for n in range(count):
            marks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
            yield np.roll(noisy, 3 * n, axis=1)

    began = time.perf_counter()
    write_movie(str(folder / "cost.mov"), frames(count), _facts(codec, (1920, 1080)))
    passed = time.perf_counter() - began
    return {
        "hd_frames": count,
        "s_per_hd_frame": round(passed / (count + 1), 3),
        "memory_mb": round(marks[-1]),
        "memory_grown_mb_in_second_half": round(marks[-1] - marks[len(marks) // 2], 1),
    }


def _facts(codec: str, size: tuple[int, int]) -> Any:
    return {
        "codec": codec, "rate": "24000/1001", "size": size, "starts": 86400, "drop": False,
        "title": "042_0110_env_b01_v001", "warning": "", "facts": "",
        "slate": [("show", "doors")],
        "first": 1001, "element": "042_0110_env_b01_v001", "view": "sRGB",
    }  # fmt: skip
