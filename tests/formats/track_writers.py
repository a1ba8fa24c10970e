"""
One camera, written in every format by independent means: numpy's matrices and pxr.

Nothing here is taken from the product. ``SHOT`` is a handheld move with a zoom and an
axis off the middle; each writer returns the path of a file that says the same.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cbor2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Z_UP = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])  # show from a Z-up stage
WIDE, HIGH = 24.89, 14.0
RATE, SHUTTER = 25, 172.8


def about(axis: str, angles_deg: Floats) -> Floats:
    """(N, 3, 3) right-handed turns about X, Y or Z."""
    c, s = np.cos(np.radians(angles_deg)), np.sin(np.radians(angles_deg))
    i, j = {"X": (1, 2), "Y": (2, 0), "Z": (0, 1)}[axis]
    found = np.tile(np.eye(3), (len(c), 1, 1))
    found[:, i, i], found[:, j, j], found[:, i, j], found[:, j, i] = c, c, -s, s
    return found


def applied(turn: Floats, order: str) -> dict[str, float]:
    """Angles about X, Y, Z of a rotation that applies them in ``order``, degrees (Shoemake)."""
    i, j, k = ("XYZ".index(axis) for axis in order)
    even = 1.0 if (j - i) % 3 == 1 else -1.0
    first = math.atan2(even * turn[k, j], turn[k, k])
    second = math.asin(-even * turn[k, i])
    third = math.atan2(even * turn[j, i], turn[i, i])
    return dict(zip(order, map(math.degrees, (first, second, third)), strict=True))


def as_quaternion(turn: Floats) -> Floats:
    """x, y, z, w of a rotation: the largest eigenvector of Bar-Itzhack's matrix."""
    # Of a unit quaternion q, 4 q q^T - 1 is linear in the matrix: its top eigenvector is q.
    (a, b, c), (d, e, f), (g, h, i) = turn
    k = np.array(
        [
            [a - e - i, d + b, g + c, h - f],
            [d + b, e - a - i, h + f, c - g],
            [g + c, h + f, i - a - e, d - b],
            [h - f, c - g, d - b, a + e + i],
        ]
    )
    return np.asarray(np.linalg.eigh(k / 3)[1][:, -1])


@dataclass(frozen=True)
class Truth:
    """(N, 3) metres, (N, 3, 3) world_from_camera, (N,) mm; the axis right and below, mm."""

    first: int
    positions: Floats
    turns: Floats
    focals: Floats
    axis: tuple[float, float]

    @property
    def frames(self) -> range:
        return range(self.first, self.first + len(self.focals))


def handheld(
    count: int = 12, *, zoom: bool = True, axis: tuple[float, float] = (0.2, -0.1)
) -> Truth:
    t = np.arange(count) / 24.0
    positions = np.stack([0.4 * t, 1.6 + 0.05 * np.sin(3 * t), 2.0 - 1.1 * t], axis=1)
    # Pan, tilt, roll about fixed axes: roll first, then tilt, then pan.
    turns = about("Y", 20 - 33 * t) @ about("X", 4 + 5 * t) @ about("Z", 3 * np.sin(2 * t))
    focals = 35.0 + (8.0 * t if zoom else 0 * t)
    return Truth(1001, positions, turns, focals, axis)


def opentrackio_samples(truth: Truth) -> list[dict[str, Any]]:
    samples = []
    for n, frame in enumerate(truth.frames):
        stage = Z_UP.T @ truth.turns[n] @ Z_UP
        a = applied(stage, "YXZ")
        x, y, z = Z_UP.T @ truth.positions[n]
        samples.append(
            {
                "protocol": {"name": "OpenTrackIO", "version": [1, 0, 1]},
                "static": {
                    "camera": {
                        "activeSensorPhysicalDimensions": {"width": WIDE, "height": HIGH},
                        "captureFrameRate": {"num": RATE, "denom": 1},
                        "shutterAngle": SHUTTER,
                    }
                },
                "timing": {"sequenceNumber": frame},
                "lens": {
                    "pinholeFocalLength": float(truth.focals[n]),
                    "projectionOffset": {"x": truth.axis[0], "y": truth.axis[1]},
                },
                "transforms": [
                    {
                        "translation": {"x": float(x), "y": float(y), "z": float(z)},
                        "rotation": {
                            "pan": a["Z"],
                            "tilt": a["X"],
                            "roll": a["Y"],
                        },
                    }
                ],
            }
        )
    return samples


def jsonl(folder: Path, truth: Truth) -> Path:
    path = folder / "camera.jsonl"
    path.write_text("\n".join(json.dumps(s) for s in opentrackio_samples(truth)))
    return path


def cbor(folder: Path, truth: Truth) -> Path:
    path = folder / "camera.cbor"
    path.write_bytes(b"".join(cbor2.dumps(s) for s in opentrackio_samples(truth)))
    return path


def sidecar(path: Path, **said: Any) -> None:
    lines = [f"{k} = {json.dumps(v)}" for k, v in said.items()]
    Path(f"{path}.toml").write_text("\n".join(lines) + "\n")


def chan_rows(truth: Truth, *, order: str, unit_m: float) -> list[list[float]]:
    rows = []
    for n, frame in enumerate(truth.frames):
        a = applied(truth.turns[n], order)
        fov = math.degrees(2 * math.atan(HIGH / 2 / truth.focals[n]))
        place = [float(v) / unit_m for v in truth.positions[n]]
        rows.append([frame, *place, a["X"], a["Y"], a["Z"], fov])
    return rows


def write_chan(path: Path, rows: list[list[float]]) -> Path:
    path.write_text("\n".join("\t".join(f"{v:.12g}" for v in row) for row in rows) + "\n")
    return path


def chan(folder: Path, truth: Truth, *, order: str = "XYZ", unit: str = "cm") -> Path:
    metres = {"cm": 0.01, "m": 1.0, "ft": 0.3048, "in": 0.0254, "mm": 0.001}[unit]
    path = write_chan(folder / "camera.chan", chan_rows(truth, order=order, unit_m=metres))
    sidecar(
        path, rotation_order=order, unit=unit, sensor_width_mm=WIDE, sensor_height_mm=HIGH,
        rate=str(RATE), shutter_angle_deg=SHUTTER,
    )  # fmt: skip
    return path


def curve(frames: range, values: Floats) -> str:
    return f"{{curve x{frames[0]} {' '.join(f'{v:.15g}' for v in values)}}}"


def nk_camera(
    truth: Truth, *, name: str = "Camera1", kind: str = "Camera3", order: str = "ZXY"
) -> str:
    turned = [applied(t, order) for t in truth.turns]
    move = " ".join(curve(truth.frames, truth.positions[:, i]) for i in range(3))
    rotate = " ".join(
        curve(truth.frames, np.array([a[axis] for a in turned])) for axis in "XYZ"
    )
    u, v = -truth.axis[0] / (WIDE / 2), truth.axis[1] / (WIDE / 2)
    rot_order = "" if order == "ZXY" else f" rot_order {order}\n"
    return (
        f"{kind} {{\n inputs 0\n{rot_order} translate {{{move}}}\n rotate {{{rotate}}}\n"
        f" focal {{{curve(truth.frames, truth.focals)}}}\n"
        f" haperture {WIDE}\n vaperture {HIGH}\n"
        f" win_translate {{{u:.15g} {v:.15g}}}\n name {name}\n xpos 0\n ypos -20\n}}\n"
    )


ROOT = f"#! /usr/local/Nuke\nversion 14.0 v5\nRoot {{\n inputs 0\n name a\n fps {RATE}\n}}\n"


def nk(folder: Path, truth: Truth, **knobs: Any) -> Path:
    path = folder / "camera.nk"
    path.write_text(ROOT + nk_camera(truth, **knobs))
    sidecar(path, unit="m", window_v="half width", shutter_angle_deg=SHUTTER)
    return path


def usd(
    folder: Path, truth: Truth, *, up: str = "Y", metres: float = 1.0, ending: str = "usda",
    tenths: bool = False,
) -> Path:  # fmt: skip
    from pxr import Gf, Usd, UsdGeom

    path = folder / f"camera.{ending}"
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageMetersPerUnit(stage, metres)
    UsdGeom.SetStageUpAxis(stage, up)
    stage.SetFramesPerSecond(RATE)
    stage.SetTimeCodesPerSecond(RATE)
    stage.SetStartTimeCode(truth.first)
    stage.SetEndTimeCode(truth.frames[-1])
    UsdGeom.Xform.Define(stage, "/World")
    camera = UsdGeom.Camera.Define(stage, "/World/ShotCam")
    op = camera.AddTransformOp()
    scale = 1.0 / (metres * 100) if tenths else 1.0
    camera.GetHorizontalApertureAttr().Set(WIDE * scale)
    camera.GetVerticalApertureAttr().Set(HIGH * scale)
    camera.GetHorizontalApertureOffsetAttr().Set(-truth.axis[0] * scale)
    camera.GetVerticalApertureOffsetAttr().Set(truth.axis[1] * scale)
    camera.GetShutterOpenAttr().Set(-SHUTTER / 720)
    camera.GetShutterCloseAttr().Set(SHUTTER / 720)
    world = Z_UP.T if up == "Z" else np.eye(3)
    for n, frame in enumerate(truth.frames):
        matrix = np.eye(4)
        matrix[:3, :3] = (world @ truth.turns[n]).T  # row vectors
        matrix[3, :3] = world @ truth.positions[n] / metres
        op.Set(Gf.Matrix4d(matrix.tolist()), frame)
        camera.GetFocalLengthAttr().Set(float(truth.focals[n]) * scale, frame)
    stage.Save()
    return path


def tum(folder: Path, truth: Truth, *, up: str = "Y", axes: str = "opencv") -> Path:
    path = folder / "camera.txt"
    world = Z_UP.T if up == "Z" else np.eye(3)
    flip = np.diag([1.0, -1.0, -1.0]) if axes == "opencv" else np.eye(3)
    lines = ["# timestamp tx ty tz qx qy qz qw"]
    for n in range(len(truth.focals)):
        q = as_quaternion(world @ truth.turns[n] @ flip)
        place = world @ truth.positions[n]
        lines.append(
            f"{1311868163 + n / RATE:.9f} " + " ".join(f"{v:.15g}" for v in (*place, *q))
        )
    path.write_text("\n".join(lines) + "\n")
    width, height = 1920, 1920 * HIGH / WIDE
    fx = float(truth.focals[0]) / WIDE * width
    px = WIDE / width
    sidecar(
        path, rate=str(RATE), camera_axes=axes, up=up, fx=fx, fy=fx, width_px=width,
        height_px=height, cx=width / 2 - 0.5 + truth.axis[0] / px,
        cy=height / 2 - 0.5 + truth.axis[1] / px, sensor_width_mm=WIDE,
        shutter_angle_deg=SHUTTER,
    )  # fmt: skip
    return path
