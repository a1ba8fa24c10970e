"""
Cameras in: one move written in every format, and how far each comes in from it.

Protocol: 24 frames of a handheld move with a zoom (2 to 3 degrees a frame, 5 cm a frame, 35
to 42 mm), and an axis off the middle where the format has one, written by
``tests/formats/track_writers.py`` with numpy and pxr, nothing of the product in it. Figures
are the largest over all frames. Bad cameras are those of ``tests/formats/
test_tracks_refused.py``: how many are refused, how many named, how many get by. Sub-frame
samples: a pan of 21 degrees a second with a swing of 2 degrees, UHD, 35 mm on 24.89 mm, at 60
and 240 Hz for 24 frames a second; the error of the view's middle in pixels against the pan's
own formula at mid-exposure, and that of the last sample before it. Nothing was tuned on these.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from seamline.formats.tracks import TrackFiles

HERE = Path(__file__).parents[2] / "tests" / "formats"
UHD_PX, RATE = 3840, 24


def figures() -> dict[str, Any]:
    """Return the figures of every format, of bad cameras, of sub-frame samples and of cost."""
    sys.path.insert(0, str(HERE))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        return {
            "formats": _formats(root),
            "bad_cameras": _bad(root),
            "sub_frame_px": {f"{hz} Hz": _sub_frame(root, hz) for hz in (60, 240)},
            "opentrackio_us_per_sample": _cost(root, 5000),
        }


def _formats(root: Path) -> dict[str, dict[str, float]]:
    import track_writers as w

    ways = {
        "opentrackio json": (w.jsonl, {}, True),
        "opentrackio cbor": (w.cbor, {}, True),
        "chan": (w.chan, {}, True),
        "nk": (w.nk, {}, True),
        "usd": (w.usd, {"up": "Z", "metres": 0.01}, True),
        "tum": (w.tum, {"up": "Z"}, False),
    }
    found = {}
    for name, (write, how, zoom) in ways.items():
        axis = (0.0, 0.0) if name == "chan" else (0.2, -0.1)
        truth = w.handheld(24, zoom=zoom, axis=axis)
        track = TrackFiles().read(str(write(root, truth, **how)), None)
        positions = np.array([s.position_m for s in track.samples])
        turns = np.array([s.world_from_camera for s in track.samples]).reshape(-1, 3, 3)
        focals = np.array([s.lens.focal_length_mm for s in track.samples])
        centres = np.array([(s.lens.centre_x_mm, s.lens.centre_y_mm) for s in track.samples])
        found[name] = {
            "position_m": float(np.abs(positions - truth.positions).max()),
            "rotation": float(np.abs(turns - truth.turns).max()),
            "focal_mm": float(np.abs(focals - truth.focals).max()),
            "axis_mm": float(np.abs(centres - truth.axis).max()),
        }
    return found


def _bad(root: Path) -> dict[str, Any]:
    import test_tracks_refused as bad
    import track_writers as w

    good = w.handheld(24, axis=(0.0, 0.0))
    steady = replace(good, focals=np.full(24, 35.0))
    refused, named, missed = 0, 0, []
    for number, (name, (mutate, says)) in enumerate(bad.BAD.items()):
        folder = root / f"bad{number}"
        folder.mkdir()
        said = bad._said(mutate(folder, steady if name.startswith("tum") else good))
        if said.startswith("REFUSED"):
            refused += 1
        elif bad.re.search(says, said):
            named += 1
        else:
            missed.append(name)
    return {"examples": len(bad.BAD), "refused": refused, "named": named, "missed": missed}


def _stream(path: Path, hz: int, pan: Any, count: int) -> None:
    static = {
        "camera": {
            "activeSensorPhysicalDimensions": {"width": 24.89, "height": 14.0},
            "captureFrameRate": {"num": RATE, "denom": 1},
            "shutterAngle": 180.0,
        }
    }
    lines = [
        json.dumps(
            {
                "protocol": {"name": "OpenTrackIO", "version": [1, 0, 1]},
                "static": static,
                "timing": {"sampleRate": {"num": hz, "denom": 1}, "sequenceNumber": n},
                "lens": {"pinholeFocalLength": 35.0},
                "transforms": [
                    {
                        "translation": {"x": 0.0, "y": 0.0, "z": 1.6},
                        "rotation": {"pan": pan(n / hz), "tilt": 0.0, "roll": 0.0},
                    }
                ],
            }
        )
        for n in range(count)
    ]
    path.write_text("\n".join(lines))


def _sub_frame(root: Path, hz: int) -> dict[str, float]:
    def pan(t: float) -> float:
        return 21.0 * t + 2.0 * math.sin(5.0 * t)

    path = root / f"{hz}.jsonl"
    _stream(path, hz, pan, hz)
    track = TrackFiles().read(str(path), None)
    focal_px = 35.0 / 24.89 * UHD_PX
    ours, last = [], []
    for number, sample in enumerate(track.samples):
        middle = number / RATE + 0.25 / RATE
        m = sample.world_from_camera
        seen = math.degrees(math.atan2(m[2], m[8]))
        before = pan(math.floor(middle * hz) / hz)
        for angle, errors in ((seen, ours), (before, last)):
            errors.append(abs(math.tan(math.radians(angle - pan(middle)))) * focal_px)
    return {"read": max(ours), "last_sample_before": max(last), "frames": len(ours)}


def _cost(root: Path, count: int) -> dict[str, float]:
    path = root / "cost.jsonl"
    _stream(path, 24, lambda t: t, count)
    began = time.process_time()
    for line in path.read_text().splitlines():
        json.loads(line)
    parsed = time.process_time()
    TrackFiles().read(str(path), None)
    done = time.process_time()
    return {
        "json_alone": (parsed - began) / count * 1e6,
        "read_and_checked": (done - parsed) / count * 1e6,
    }
