"""
Drift: how far a take has come from its lock, one sentence per agreed number.

A number measured only roughly decides nothing: where its interval is wider than the
tolerance, and reaches to both sides of it, the answer is ``not checked``, never ``pass``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from seamline.pixels.light import direction_apart_deg, is_soft
from seamline.show.camera import CameraTrack, Lens
from seamline.show.lensreport import LensReport
from seamline.show.lock import Light, Lock
from seamline.show.measured import Measured, Number
from seamline.show.review import Finding


def track_numbers(track: CameraTrack, lock: Lock) -> Measured:
    """
    Return what a track says: lens and height of its worst frame, tilt of its nearest.

    A camera that tilts on purpose passes the locked tilt somewhere; one that never
    comes near it has drifted.
    """
    numbers = {}

    def by(frame: int) -> str:
        return "the locked-off pose" if track.static else f"the track, frame {frame}"

    if lock.lens is not None:
        lens = max(track.samples, key=lambda s: _off(lock, s.lens))
        for name in ("focal_length_mm", "sensor_width_mm"):
            numbers[name] = Number(
                value=getattr(lens.lens, name), by=by(lens.frame), frame=lens.frame
            )
    if lock.camera_height_m is not None:
        height = lock.camera_height_m
        off = max(track.samples, key=lambda s: abs(s.position_m[1] - height))
        numbers["camera_height_m"] = Number(
            value=off.position_m[1], by=by(off.frame), frame=off.frame
        )
    if lock.tilt_deg is not None:
        tilts = [(_tilt_deg(s.world_from_camera[5]), s.frame) for s in track.samples]
        agreed_deg = lock.tilt_deg
        tilt, frame = min(tilts, key=lambda pair: abs(pair[0] - agreed_deg))
        numbers["tilt_deg"] = Number(value=tilt, by=by(frame), frame=frame)
    return Measured(numbers=numbers)


def report_numbers(report: LensReport, lock: Lock) -> Measured:
    """Return what a lens report says: the lens of its worst frame, tilt of its nearest."""
    numbers, by = {}, "the camera's report, frame {}"
    worst = max(report.samples, key=lambda s: _off(lock, s.lens))
    for name in ("focal_length_mm", "sensor_width_mm"):
        numbers[name] = Number(
            value=getattr(worst.lens, name), by=by.format(worst.frame), frame=worst.frame
        )
    tilts = [(s.tilt_deg, s.frame) for s in report.samples if s.tilt_deg is not None]
    if tilts and lock.tilt_deg is not None:
        agreed_deg = lock.tilt_deg
        tilt, frame = min(tilts, key=lambda pair: abs(pair[0] - agreed_deg))
        numbers["tilt_deg"] = Number(value=tilt, by=by.format(frame), frame=frame)
    return Measured(numbers=numbers)


def _off(lock: Lock, lens: Lens) -> float:
    return lock.focal_off_percent(lens.focal_length_mm, lens.sensor_width_mm)


def _tilt_deg(back_up: float) -> float:
    """Return the tilt of a camera whose backward axis has this much of the world's up."""
    return math.degrees(math.asin(max(-1.0, min(1.0, -back_up))))


def drift(lock: Lock, measured: Measured) -> tuple[Finding, ...]:
    """Return one finding for each number that the lock agrees on, or the take has."""
    return tuple(
        found
        for part in (_lens, _height, _tilt, _horizon, _key, _light)
        for found in part(lock, measured)
    )


def _lens(lock: Lock, measured: Measured) -> Iterator[Finding]:
    if lock.lens is None:
        return
    focal = measured.numbers.get("focal_length_mm")
    if focal is None:
        yield _missing(lock, "lens", "no lens report and no track")
        return
    sensor = measured.numbers.get("sensor_width_mm")
    width = sensor.value if sensor else lock.lens.sensor_width_mm
    yield _judged(
        lock,
        "lens",
        off=lock.focal_off_percent(focal.value, width),
        half=focal.half / focal.value * 100,
        limit=lock.tolerances.focal_length_percent,
        unit="%",
        number=focal,
        seen=f"{focal.value:g} mm on {width:g} mm",
        wanted=lock.lens_says,
        digits=2,
    )


def _height(lock: Lock, measured: Measured) -> Iterator[Finding]:
    yield from _plain(
        lock,
        measured,
        "height",
        agreed=lock.camera_height_m,
        name="camera_height_m",
        limit=lock.tolerances.camera_height_m,
        unit="m",
        lacking="nobody measured the camera's height",
        digits=3,
    )


def _tilt(lock: Lock, measured: Measured) -> Iterator[Finding]:
    yield from _plain(
        lock,
        measured,
        "tilt",
        agreed=lock.tilt_deg,
        name="tilt_deg",
        limit=lock.tolerances.tilt_deg,
        unit="deg",
        lacking="nobody measured the camera's tilt",
        digits=2,
    )


def _horizon(lock: Lock, measured: Measured) -> Iterator[Finding]:
    row, frame = (measured.numbers.get(n) for n in ("horizon_px", "frame_height_px"))
    if row is None or lock.tilt_deg is None:
        return
    if lock.lens is None or frame is None or lock.focal_range_mm is not None:
        what = (
            "the lock names no lens"
            if lock.lens is None
            else "nobody said how high it is"
            if frame is None
            else "the lock's lens is a range"
        )
        yield _missing(lock, "horizon", f"the frame's rows cannot be told as degrees: {what}")
        return
    focal_px = lock.lens.focal_length_mm / lock.lens.sensor_height_mm * frame.value
    wanted = frame.value / 2 + focal_px * math.tan(math.radians(lock.tilt_deg))

    def tilt_deg(at: float) -> float:
        return math.degrees(math.atan((at - frame.value / 2) / focal_px))

    yield _judged(
        lock,
        "horizon",
        off=abs(tilt_deg(row.value) - lock.tilt_deg),
        half=math.degrees(row.half / focal_px),
        limit=lock.tolerances.tilt_deg,
        unit="deg",
        number=row,
        seen=f"row {row.value:.1f}",
        wanted=f"row {wanted:.1f}, {abs(row.value - wanted):.1f} px from it",
        digits=2,
    )


def _key(lock: Lock, measured: Measured) -> Iterator[Finding]:
    light, numbers = lock.light, measured.numbers
    if light.key_elevation_deg is None:
        return
    if measured.clear_key is False:
        soft = is_soft(light)
        yield Finding(
            check="key",
            verdict="pass" if soft else "fail",
            says=f"{_who(lock)}: no clear key was measured, lock v{lock.version} "
            + ("has a soft one" if soft else "has a key that casts shadows"),
        )
        return
    elevation = numbers.get("key_elevation_deg")
    if elevation is None:
        yield _missing(lock, "key", "nobody measured where the key stands")
        return
    azimuth = numbers.get("key_azimuth_deg")
    cone = numbers.get("key_within_deg")
    seen = Light(
        key_azimuth_deg=azimuth.value if azimuth else None, key_elevation_deg=elevation.value
    )
    off = direction_apart_deg(seen, light)
    assert off is not None
    both = azimuth is not None and light.key_azimuth_deg is not None
    yield _judged(
        lock,
        "key",
        off=off,
        half=cone.value if cone else max(elevation.half, azimuth.half if azimuth else 0.0),
        limit=lock.tolerances.key_direction_deg,
        unit="deg",
        number=elevation,
        seen=_direction(azimuth.value if both and azimuth else None, elevation.value),
        wanted=_direction(light.key_azimuth_deg if both else None, light.key_elevation_deg),
        digits=1,
    )


def _direction(azimuth_deg: float | None, elevation_deg: float) -> str:
    across = "" if azimuth_deg is None else f"azimuth {azimuth_deg % 360:.1f}, "
    return f"{across}elevation {elevation_deg:.1f} deg"


def _light(lock: Lock, measured: Measured) -> Iterator[Finding]:
    light, limits = lock.light, lock.tolerances
    yield from _plain(
        lock, measured, "key to fill", agreed=light.key_fill_ratio, name="key_fill_ratio",
        limit=limits.key_fill_stops, unit="stops", lacking="nobody measured key to fill",
        digits=2, scale=math.log2,
    )  # fmt: skip
    yield from _plain(
        lock, measured, "white", agreed=light.colour_temperature_k, name="colour_temperature_k",
        limit=limits.colour_temperature_mired, unit="mired",
        lacking="nobody measured the colour temperature", digits=1, scale=lambda k: 1e6 / k,
    )  # fmt: skip
    if light.colour_temperature_k is not None and "tint" in measured.numbers:
        yield from _plain(
            lock, measured, "tint", agreed=light.tint, name="tint", limit=limits.tint,
            unit="", lacking="", digits=4,
        )  # fmt: skip
    yield from _plain(
        lock, measured, "exposure", agreed=light.exposure_stops, name="exposure_stops",
        limit=limits.exposure_stops, unit="stops", lacking="nobody measured the exposure",
        digits=2,
    )  # fmt: skip


def _plain(
    lock: Lock,
    measured: Measured,
    check: str,
    *,
    agreed: float | None,
    name: str,
    limit: float,
    unit: str,
    lacking: str,
    digits: int,
    scale: Callable[[float], float] = float,
) -> Iterator[Finding]:
    """Yield how far a number is from the agreed one, both on ``scale``; none if not agreed."""
    if agreed is None:
        return
    number = measured.numbers.get(name)
    if number is None:
        yield _missing(lock, check, lacking)
        return
    at = scale(number.value)
    ends = [scale(v) for v in (number.low, number.high) if v is not None and math.isfinite(v)]
    told = {"colour_temperature_k": " K", "key_fill_ratio": " to 1"}.get(
        name, f" {unit}".rstrip()
    )
    yield _judged(
        lock,
        check,
        off=abs(at - scale(agreed)),
        half=max((abs(end - at) for end in ends), default=0.0),
        limit=limit,
        unit=unit,
        number=number,
        seen=f"{_short(number.value, name)}{told}",
        wanted=f"{_short(agreed, name)}{told}",
        digits=digits,
    )


def _short(value: float, name: str) -> str:
    places = {"colour_temperature_k": 0, "tint": 4}.get(name, 2)
    return f"{value:.{places}f}"


def _judged(
    lock: Lock,
    check: str,
    *,
    off: float,
    half: float,
    limit: float,
    unit: str,
    number: Number,
    seen: str,
    wanted: str,
    digits: int,
) -> Finding:
    coarse = half > limit and off - half <= limit
    beyond = off > limit
    about = f" give or take {half:.{digits}f}" if half else ""
    by = f" by {number.by}" if number.by else ""
    unit_word = f" {unit}" if unit else ""
    says = (
        f"{_who(lock)}: {check} measured at {seen}{by}, lock v{lock.version} says {wanted}; "
        f"{off:.{digits}f}{about}{unit_word} apart, limit {limit:g}{unit_word}"
    )
    return Finding(
        check=check,
        verdict="not checked" if coarse else "fail" if beyond else "pass",
        measured=off,
        limit=limit,
        unit=unit,
        frame=number.frame,
        says=says + ("; measured too roughly to tell" if coarse else ""),
    )


def _missing(lock: Lock, check: str, why: str) -> Finding:
    return Finding(check=check, verdict="not checked", says=f"{_who(lock)}: {check}: {why}")


def _who(lock: Lock) -> str:
    return lock.shot
