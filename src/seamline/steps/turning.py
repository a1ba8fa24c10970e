"""
Turning: a panorama is turned about the vertical until its sun stands where the lock says.

The turn decides pixels, so the locked key is part of the Ask, and a painting can be made
again after the lock was revised. A panorama that shows no sun cannot be turned to one.
"""

from __future__ import annotations

from dataclasses import replace

from seamline.errors import ApprovalError
from seamline.pixels.light import is_soft, seen_azimuth_deg
from seamline.ports import CanvasPicture
from seamline.show.lock import Light, Lock
from seamline.show.reference import Reference
from seamline.show.variation import Ask

SETTING = "key"


def locked_key(lock: Lock | None) -> tuple[float, float] | None:
    """Return azimuth and elevation of the locked key light, degrees; None unless both are."""
    if lock is None:
        return None
    azimuth, elevation = lock.light.key_azimuth_deg, lock.light.key_elevation_deg
    return None if azimuth is None or elevation is None else (azimuth, elevation)


def key_settings(lock: Lock | None, references: list[Reference]) -> tuple[tuple[str, str], ...]:
    """Return the locked key as an Ask's settings, where a reference is turned to it."""
    key = locked_key(lock)
    if key is None or not any(r.projection == "latlong" for r in references):
        return ()
    return ((SETTING, f"{key[0]:.6f},{key[1]:.6f}"),)


def lit_as_asked(canvas: CanvasPicture, ask: Ask) -> CanvasPicture:
    """Return ``canvas`` with the key that ``ask`` was made for."""
    said = dict(ask.settings).get(SETTING)
    if said is None:
        return canvas
    azimuth, elevation = (float(v) for v in said.split(","))
    return replace(canvas, key_deg=(azimuth, elevation))


def why_not_lit(reference: Reference, lock: Lock | None) -> str:
    """Return why ``reference`` cannot be lit as ``lock`` says; empty if it may be used."""
    key = locked_key(lock)
    if key is None or lock is None or reference.projection != "latlong":
        return ""
    if is_soft(lock.light):
        return ""
    if reference.light.key_azimuth_deg is None or reference.light.key_elevation_deg is None:
        return (
            f"reference {reference.file_name} shows no sun, and lock v{lock.version} has one "
            f"at azimuth {key[0]:g}, elevation {key[1]:g}"
        )
    return ""


def require_lit(references: list[Reference], lock: Lock | None) -> None:
    """
    Refuse references that cannot be lit as the lock says.

    Raises:
        ApprovalError: One of them cannot.
    """
    for reference in references:
        why = why_not_lit(reference, lock)
        if why:
            raise ApprovalError(
                why,
                remedy="Paint from a panorama with a sun, say where its key stands with "
                "--key-azimuth and --key-elevation, or lock a soft light.",
            )


def seen_light(
    reference: Reference, *, view_deg: float | None = None, mirrored: bool = False
) -> Light:
    """
    Return the light to hold against the lock.

    A panorama's azimuth is turned away. A flat picture's is told as if it looked along
    azimuth 180, so it goes with ``view_deg``, the azimuth a shot looks to, if that is known.
    """
    light = reference.light
    if reference.projection == "latlong":
        return replace(light, key_azimuth_deg=None)
    if light.key_azimuth_deg is None or view_deg is None:
        return light
    seen = seen_azimuth_deg(light.key_azimuth_deg, view_deg, mirrored=mirrored)
    return replace(light, key_azimuth_deg=seen)
