"""
The lens of an OpenTrackIO sample: pinhole, squeeze, axis and distortion.

OpenLensIO's coordinates are millimetres on the sensor, x right and y down from the axis,
and its radial terms stand above and below the line by turns: 1 + k1 r2 + k3 r4 + k5 r6
over 1 + k2 r2 + k4 r4 + k6 r6. Over the focal length F, as the show has it, a radial term
of the 2n-th power is multiplied by F^2n and a tangential one by F (it stands for mm per
mm^2; SMPTE's own note on OpenCV says F^2, which moves a picture of HD by 1.2 px).

Source: OpenLensIO mathematical lens model 1.0.0 (SMPTE RIS-OSVP), equations 12, 16, 17.
"""

from __future__ import annotations

from typing import Any

from seamline.errors import TrackError
from seamline.optics.distortion import from_openlensio
from seamline.show.camera import TO_DISTORTED, TO_UNDISTORTED, Distortion

WAYS = {"Brown-Conrady U-D": TO_DISTORTED, "Brown-Conrady D-U": TO_UNDISTORTED}
USUAL = "Brown-Conrady D-U"
"""What a distortion without a model's name is, by the schema."""


def distortion(lens: dict[str, Any], focal_length_mm: float, where: str) -> Distortion | None:
    """
    Return the distortion in a sample's ``lens`` block; None where it moves nothing.

    Args:
        lens: The block, after the schema was looked at.
        focal_length_mm: The sample's pinhole.
        where: Named in errors.

    Raises:
        TrackError: The model is none that is known.
    """
    entries = [e for e in lens.get("distortion", ()) if _moves(e)]
    if not entries:
        return None
    offset = lens.get("distortionOffset", {"x": 0.0, "y": 0.0})
    known = [e for e in entries if e.get("model", USUAL) in WAYS]
    if not known:
        models = ", ".join(sorted({repr(e["model"]) for e in entries}))
        raise TrackError(
            f"{where}: the distortion model is {models}, expected one of {', '.join(WAYS)}",
            remedy="Export the lens as Brown-Conrady, or hand in a map of it.",
        )
    chosen = min(known, key=lambda e: e.get("model", USUAL) == USUAL)
    radial = tuple(float(v) for v in chosen["radial"])
    tangential = tuple(float(v) for v in chosen.get("tangential", ()))
    if len(radial) > 6:
        raise TrackError(
            f"{where}: lens.distortion has {len(radial)} radial terms; up to six are read",
            remedy="Export the lens as a Brown-Conrady model.",
        )
    try:
        return from_openlensio(
            WAYS[chosen.get("model", USUAL)],
            radial,
            tangential,
            focal_length_mm,
            offset_mm=(float(offset["x"]), float(offset["y"])),
        )
    except TrackError as error:
        raise TrackError(f"{where}: {error}", remedy=error.remedy) from error


def _moves(entry: dict[str, Any]) -> bool:
    return any(entry["radial"]) or any(entry.get("tangential", ()))
