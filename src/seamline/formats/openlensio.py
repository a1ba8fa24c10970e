"""
OpenLensIO: what a lens does, as the lens block of OpenTrackIO samples, in and out.

One JSON sample per focal length and focus: a single object, a list, or one a line. Its
coordinates are millimetres on the sensor, x right and y down. Which way a polynomial goes
stands in the model's name: "Brown-Conrady U-D" bends, "Brown-Conrady D-U" straightens. A
name that says neither is refused: the two differ by 70 px at HD. Without a name it is D-U in
a document that says it is OpenTrackIO, whose schema says so, and refused in any other.

Source: OpenLensIO 1.0.1 and the OpenTrackIO 1.0.1 schema (SMPTE RIS-OSVP).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seamline.errors import TrackError
from seamline.optics.distortion import from_openlensio, to_openlensio
from seamline.show.camera import TO_DISTORTED, TO_UNDISTORTED, Distortion, Lens
from seamline.show.lens import LensEntry, LensModel

MODELS = {TO_DISTORTED: "Brown-Conrady U-D", TO_UNDISTORTED: "Brown-Conrady D-U"}
_WAYS = {"u-d": TO_DISTORTED, "d-u": TO_UNDISTORTED}
PROTOCOL = {"name": "OpenTrackIO", "version": [1, 0, 1]}


def sniff(head: bytes) -> bool:
    """Tell whether the file is JSON with lens blocks in it."""
    return head.lstrip()[:1] in (b"{", b"[") and b'"distortion"' in head


def read(content: bytes, where: str) -> LensModel:
    """
    Return the lens of an OpenLensIO document.

    Args:
        content: The file's bytes.
        where: Named in errors.

    Raises:
        TrackError: It is no such document, a way is not told, or entries contradict.
    """
    entries: dict[tuple[float, float | None], LensEntry] = {}
    squeezes = set()
    for number, body in enumerate(_bodies(content, where), start=1):
        at = f"{where}, sample {number}"
        entry = _entry(body, at)
        key = (entry.focal_length, entry.focus_distance_m)
        if entries.setdefault(key, entry) != entry:
            raise TrackError(
                f"{at}: an earlier sample at {key[0]:g} mm and this focus says otherwise",
                remedy="Export the lens of one calibration.",
            )
        squeezes |= _squeeze(body, at)
    if len(squeezes) > 1:
        raise TrackError(f"{where}: its samples name several anamorphic squeezes")
    return LensModel(
        entries=tuple(entries[k] for k in sorted(entries, key=lambda k: (k[0], k[1] or 0))),
        squeeze=squeezes.pop() if squeezes else None,
        origin=where,
    )


def write(lenses: Sequence[Lens]) -> bytes:
    """
    Return an OpenLensIO document of ``lenses``: a JSON list of OpenTrackIO samples.

    Args:
        lenses: One per entry; the terms are written as they are, the way they go.
    """
    samples = []
    for lens in lenses:
        bent = lens.distortion or Distortion()
        block: dict[str, Any] = {
            "pinholeFocalLength": lens.focal_length_mm,
            "projectionOffset": {"x": lens.centre_x_mm, "y": lens.centre_y_mm},
            "distortion": [_terms(bent, lens.focal_length_mm)],
        }
        if lens.focus_distance_m is not None:
            block["focusDistance"] = lens.focus_distance_m
        if bent.offset_x or bent.offset_y:
            f = lens.focal_length_mm
            offset = bent.offset_x * f, bent.offset_y * f
            block["distortionOffset"] = {"x": offset[0], "y": offset[1]}
        sensor = {"width": lens.sensor_width_mm, "height": lens.sensor_height_mm}
        camera: dict[str, Any] = {"activeSensorPhysicalDimensions": sensor}
        if lens.squeeze != 1:
            top, bottom = lens.squeeze.as_integer_ratio()
            if bottom > 1000:
                top, bottom = round(lens.squeeze * 1000), 1000
            camera["anamorphicSqueeze"] = {"num": top, "denom": bottom}
        samples.append({"protocol": PROTOCOL, "static": {"camera": camera}, "lens": block})
    return (json.dumps(samples, indent=1, sort_keys=True) + "\n").encode()


def _terms(bent: Distortion, focal_length_mm: float) -> dict[str, Any]:
    radial, tangential = to_openlensio(bent, focal_length_mm)
    found: dict[str, Any] = {"model": MODELS[bent.way], "radial": list(radial) or [0.0]}
    return {**found, **({"tangential": list(tangential)} if tangential else {})}


def _bodies(content: bytes, where: str) -> Iterator[Mapping[str, Any]]:
    try:
        text = content.decode("utf-8-sig")
        try:
            whole = json.loads(text)
        except ValueError:
            whole = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise TrackError(
            f"{where} is not valid JSON ({error})", remedy="Export the lens again."
        ) from error
    for number, body in enumerate(whole if isinstance(whole, list) else [whole], start=1):
        if not isinstance(body, dict) or not isinstance(body.get("lens"), dict):
            raise TrackError(
                f"{where}, sample {number} has no lens block",
                remedy="Export the lens as OpenLensIO: OpenTrackIO samples with their lens.",
            )
        yield body


def _entry(body: Mapping[str, Any], where: str) -> LensEntry:
    lens = body["lens"]
    if "pinholeFocalLength" not in lens:
        raise TrackError(
            f"{where} has no lens.pinholeFocalLength, over which its terms are taken",
            remedy="Export it; a lens's nominal focal length is not what the camera sees.",
        )
    focal = _number(lens, "pinholeFocalLength", where)
    focus = _number(lens, "focusDistance", where) if "focusDistance" in lens else None
    if not focal > 0 or (focus is not None and not focus > 0):
        raise TrackError(f"{where}: focal length and focus distance must be above zero")
    centre, offset = (
        _pair(lens, key, where) for key in ("projectionOffset", "distortionOffset")
    )
    return LensEntry(
        focal_length=focal,
        focus_distance_m=focus,
        distortion=_distortion(body, lens, focal, offset, where),
        centre_x=centre[0],
        centre_y=centre[1],
    )


def _distortion(
    body: Mapping[str, Any], lens: Mapping[str, Any], focal: float,
    offset: tuple[float, float], where: str,
) -> Distortion:  # fmt: skip
    listed = lens.get("distortion", [])
    if not isinstance(listed, list) or not all(isinstance(e, dict) for e in listed):
        raise TrackError(f"{where}: lens.distortion is no list of models")
    if not listed:
        return Distortion()
    ways = [_way(entry, body, where) for entry in listed]
    # Where both ways are there, what bends comes first: it needs no inverse to draw with.
    place = ways.index(TO_DISTORTED) if TO_DISTORTED in ways else 0
    radial, tangential = (_numbers(listed[place], k, where) for k in ("radial", "tangential"))
    if len(radial) > 6:
        raise TrackError(
            f"{where}: lens.distortion has {len(radial)} radial terms; up to six are read",
            remedy="Export the lens as a Brown-Conrady model.",
        )
    try:
        return from_openlensio(ways[place], radial, tangential, focal, offset_mm=offset)
    except TrackError as error:
        raise TrackError(f"{where}: {error}", remedy=error.remedy) from error


def _way(entry: Mapping[str, Any], body: Mapping[str, Any], where: str) -> str:
    model = entry.get("model")
    protocol = body.get("protocol")
    said = isinstance(protocol, dict) and protocol.get("name") == PROTOCOL["name"]
    if model is None and said:
        return TO_UNDISTORTED
    name = str(model).casefold()
    way = _WAYS.get(name[-3:])
    if way is None or "brown" not in name:
        named = "has no model's name" if model is None else f"calls its model {model!r}"
        raise TrackError(
            f"{where}: lens.distortion {named}, which does not say whether it bends or "
            "straightens",
            remedy=f"Name it {' or '.join(repr(m) for m in MODELS.values())}: undistorted to "
            "distorted, or back.",
        )
    return way


def _squeeze(body: Mapping[str, Any], where: str) -> set[float]:
    static = body.get("static")
    camera = static.get("camera") if isinstance(static, dict) else None
    said = camera.get("anamorphicSqueeze") if isinstance(camera, dict) else None
    if not isinstance(said, dict):
        return set()
    bottom = _number(said, "denom", where)
    if not bottom > 0:
        raise TrackError(f"{where}: anamorphicSqueeze has a denominator of {bottom:g}")
    return {_number(said, "num", where) / bottom}


def _pair(lens: Mapping[str, Any], key: str, where: str) -> tuple[float, float]:
    found = lens.get(key)
    if not isinstance(found, dict):
        return 0.0, 0.0
    return _number(found, "x", where), _number(found, "y", where)


def _numbers(entry: Mapping[str, Any], key: str, where: str) -> tuple[float, ...]:
    found = entry.get(key, [])
    if not isinstance(found, list):
        raise TrackError(f"{where}: lens.distortion.{key} is no list of numbers")
    return tuple(_number({key: v}, key, where) for v in found)


def _number(body: Mapping[str, Any], key: str, where: str) -> float:
    found = body.get(key)
    try:
        value = float(found) if isinstance(found, int | float) else math.nan
    except OverflowError:
        value = math.nan
    if isinstance(found, bool) or not math.isfinite(value):
        raise TrackError(f"{where}: {key} is {found!r}, expected a number")
    return value
