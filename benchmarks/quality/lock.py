"""
Locks: whether takes beyond their tolerances are found, and others left alone.

``numbers``: 200 takes (seed 31) of one show, each with a lock of its own. Every number of a
take lies off its lock by up to .95 of the tolerance, and three in ten by 1.02 to 3 times
of it; written to a file and checked as the shell does. A deviation is found if that check
fails, false if a check fails that should not.

``pictures``: 100 takes (seed 32) measured by a rendered chart (1 % of noise, corners .7 px
off, a fifth of a stop uneven), 40 by pairs of balls under panoramas that nothing was tuned on
(``light``): half of them off by up to .85 of the tolerance, half by 1.15 to 3 times of it,
because a measure has errors of its own. ``not checked`` counts as neither found nor false.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality import light
from quality.colour import studio
from seamline.pixels.light.chart import light_of_chart, patch_colours
from seamline.pixels.light.found import Found
from seamline.ports import Studio
from seamline.show.lock import Light, Lock, Tolerances
from seamline.show.measured import Measured, Number
from seamline.steps.drift import drift
from seamline.steps.ingest import add_shot
from seamline.steps.lock import set_lock
from seamline.steps.measure import chart_reference, illuminant, white_numbers
from seamline.steps.take import Take, check_take

TAKES, CHARTS, BALLS = 200, 100, 40
CHECKS = ("lens", "height", "tilt", "key", "key to fill", "white", "tint", "exposure")


def _lock_text(rng: np.random.Generator) -> tuple[str, dict[str, float]]:
    """Return a lock as TOML, and its numbers."""
    said = {
        "height_m": rng.uniform(0.3, 6),
        "tilt_deg": rng.uniform(-15, 15),
        "focal_length_mm": rng.uniform(14, 135),
        "key_azimuth_deg": rng.uniform(0, 360),
        "key_elevation_deg": rng.uniform(2, 70),
        "key_fill_ratio": rng.uniform(2.1, 16),
        "colour_temperature_k": rng.uniform(2800, 9000),
        "exposure_stops": rng.uniform(-2, 2),
    }
    camera = "".join(f"{n} = {said[n]!r}\n" for n in ("height_m", "tilt_deg"))
    lights = "".join(
        f"{n} = {said[n]!r}\n" for n in said if n.startswith(("key", "colour", "exposure"))
    )
    lens = f"focal_length_mm = {said['focal_length_mm']!r}\n"
    lens += "sensor_width_mm = 24.89\nsensor_height_mm = 14.0\n"
    return f"[camera]\n{camera}[lens]\n{lens}[light]\n{lights}", {
        n: float(v) for n, v in said.items()
    }


def _taken(said: dict[str, float], off: dict[str, float], rng: np.random.Generator) -> Any:
    """Return a take's document, each number ``off`` by so many tolerances."""
    t = Tolerances()
    kelvin = 1e6 / (
        1e6 / said["colour_temperature_k"] + off["white"] * t.colour_temperature_mired
    )
    azimuth, elevation = _turned(
        said["key_azimuth_deg"],
        said["key_elevation_deg"],
        abs(off["key"]) * t.key_direction_deg,
        rng.uniform(0, 2 * math.pi),
    )
    return {
        "lens": {
            "focal_length_mm": said["focal_length_mm"]
            * (1 + off["lens"] * t.focal_length_percent / 100)
        },
        "camera": {
            "height_m": said["height_m"] + off["height"] * t.camera_height_m,
            "tilt_deg": said["tilt_deg"] + off["tilt"] * t.tilt_deg,
        },
        "light": {
            "key_azimuth_deg": azimuth,
            "key_elevation_deg": elevation,
            "key_fill_ratio": said["key_fill_ratio"]
            * 2.0 ** (abs(off["key to fill"]) * t.key_fill_stops),
            "colour_temperature_k": kelvin,
            "tint": off["tint"] * t.tint,
            "exposure_stops": said["exposure_stops"] + off["exposure"] * t.exposure_stops,
        },
    }


def _turned(azimuth: float, elevation: float, by: float, way: float) -> tuple[float, float]:
    """Return the direction ``by`` degrees from another, ``way`` around it."""
    a, e, b = (math.radians(v) for v in (azimuth, elevation, by))
    at = np.array([math.cos(e) * math.sin(a), math.sin(e), math.cos(e) * math.cos(a)])
    level = np.array([math.cos(a), 0, -math.sin(a)])
    up = np.cross(at, level)
    found = math.cos(b) * at + math.sin(b) * (math.cos(way) * level + math.sin(way) * up)
    return (
        math.degrees(math.atan2(found[0], found[2])),
        math.degrees(math.asin(max(-1.0, min(1.0, float(found[1]))))),
    )


def numbers(of: Studio, folder: Path) -> dict[str, Any]:
    """Return how many deviations were found, and how many findings were false."""
    rng = np.random.default_rng(31)
    beyond = found = sound = false = 0
    seconds = []
    for number in range(TAKES):
        name = f"031_{number:04d}"
        text, said = _lock_text(rng)
        add_shot(of, name, static=True)
        set_lock(of, name, text, where="bench.toml")
        off = {
            check: (rng.uniform(1.02, 3) if rng.random() < 0.3 else rng.uniform(0, 0.95))
            * rng.choice([-1, 1])
            for check in CHECKS
        }
        path = folder / "take.json"
        path.write_text(json.dumps(_taken(said, off, rng)))
        began = time.perf_counter()
        answer = check_take(of, name, Take(measured=str(path)))
        seconds.append(time.perf_counter() - began)
        verdicts = {f.check: f.verdict for f in answer.findings}
        for check, by in off.items():
            failed = verdicts[check] == "fail"
            far = bool(abs(by) > 1)
            beyond, found = beyond + far, found + (far and failed)
            sound, false = sound + (not far), false + (failed and not far)
    return {
        "takes": TAKES,
        "beyond": beyond,
        "found": found,
        "within": sound,
        "false": false,
        "median_s": round(float(np.median(seconds)), 4),
    }


def _off(rng: np.random.Generator) -> float:
    size = rng.uniform(1.15, 3) if rng.random() < 0.5 else rng.uniform(0, 0.85)
    return float(size * rng.choice([-1, 1]))


class Count:
    """Deviations of pictures, by what became of them."""

    def __init__(self) -> None:
        self.told = dict.fromkeys(("beyond", "found", "within", "false", "not checked"), 0)

    def add(self, off: float, verdict: str) -> None:
        """Count one."""
        side, hit = ("beyond", "found") if abs(off) > 1 else ("within", "false")
        self.told[side] += 1
        self.told[hit] += int(verdict == "fail")
        self.told["not checked"] += int(verdict == "not checked")


def charts(of: Studio) -> dict[str, Any]:
    """Return what became of white and exposure by rendered charts."""
    rng = np.random.default_rng(32)
    reference, counts = chart_reference(of), {c: Count() for c in ("white", "exposure")}
    t = Tolerances()
    for _ in range(CHARTS):
        kelvin, stops = rng.uniform(3000, 9000), rng.uniform(-2, 2)
        off = {"white": _off(rng), "exposure": _off(rng)}
        white = illuminant(of, 1e6 / (1e6 / kelvin + off["white"] * t.colour_temperature_mired))
        level = 2.0 ** (stops + off["exposure"] * t.exposure_stops)
        frame, corners = _chart(reference * white / white.mean() * level, rng)
        found = light_of_chart(patch_colours(frame, corners), reference)
        assert found is not None
        e = found.exposure_stops
        measured = Measured(
            numbers=white_numbers(of, found.white, found.white_spread, "chart")
            | {"exposure_stops": Number(value=e.value, low=e.low, high=e.high)}
        )
        lock = Lock(
            shot="bench",
            version=1,
            light=Light(colour_temperature_k=kelvin, exposure_stops=stops),
        )
        for finding in drift(lock, measured):
            if finding.check in counts:
                counts[finding.check].add(off[finding.check], finding.verdict)
    return {check: count.told for check, count in counts.items()}


def _chart(
    colours: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return a frame with a turned chart, and its corners as somebody drew them."""
    pitch, turn = rng.uniform(18, 40), rng.uniform(-0.3, 0.3)
    size = int(pitch * 9)
    across = pitch * np.array([math.cos(turn), math.sin(turn)])
    down = pitch * np.array([-math.sin(turn), math.cos(turn)])
    middle = np.array([size / 2, size / 2])
    x, y = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    off = np.stack([x, y], -1) - middle
    u, v = (off @ axis / pitch**2 for axis in (across, down))
    column, row = np.rint(u + 2.5).astype(int), np.rint(v + 1.5).astype(int)
    inside = (column >= 0) & (column < 6) & (row >= 0) & (row < 4)
    inside &= (np.abs(u + 2.5 - column) < 0.42) & (np.abs(v + 1.5 - row) < 0.42)
    frame = np.full((size, size, 3), 0.03)
    frame[inside] = colours[row[inside] * 6 + column[inside]]
    frame *= 2.0 ** (0.2 * u / 5)[..., None]
    frame *= np.exp(rng.normal(0, 0.01, frame.shape))
    places = [(-2.5, -1.5), (2.5, -1.5), (2.5, 1.5), (-2.5, 1.5)]
    corners = np.array([middle + a * across + b * down for a, b in places])
    return frame.astype(np.float32), corners + rng.normal(0, 0.7, corners.shape)


def balls() -> dict[str, Any]:
    """Return what became of the key's direction by pairs of balls."""
    rng, count = np.random.default_rng(33), Count()
    t = Tolerances()
    clear = [sky for sky in light.skies(tuned=False) if sky.share >= light.CLEAR]
    for number in range(BALLS):
        sky = clear[number % len(clear)]
        off = _off(rng)
        key = sky.key
        azimuth, elevation = _turned(
            math.degrees(math.atan2(key[0], key[2])),
            math.degrees(math.asin(key[1])),
            abs(off) * t.key_direction_deg,
            rng.uniform(0, 2 * math.pi),
        )
        lock = Lock(
            shot="bench",
            version=1,
            light=Light(key_azimuth_deg=azimuth, key_elevation_deg=elevation),
        )
        found = light.measured(light.case(sky, rng))["both"]
        (finding,) = drift(lock, _measured(found))
        count.add(off, finding.verdict)
        print(f"{sky.name}: off {off:.2f} {finding.verdict}", file=sys.stderr, flush=True)
    return count.told


def _measured(found: Found) -> Measured:
    if found.key is None:
        return Measured()
    return Measured(
        numbers={
            "key_azimuth_deg": Number(value=found.key.azimuth_deg),
            "key_elevation_deg": Number(value=found.key.elevation_deg),
            "key_within_deg": Number(value=found.key.within_deg),
        },
        clear_key=True,
    )


def run(words: list[str] | tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the figures of numbers and of pictures."""
    of = studio()
    with tempfile.TemporaryDirectory(prefix="seamline-bench-lock-") as folder:
        told = numbers(of, Path(folder))
    return {"numbers": told, "pictures": {**charts(of), "key": balls()}}
