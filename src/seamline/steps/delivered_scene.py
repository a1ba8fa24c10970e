"""
A painting on its way into a 3D program: the shot's camera, and every layer on its surface.

Pictures are the layers as they were painted, on the canvas, each one file beside the stage.
A layer that somebody gave a distance stands there; the others stand as far as the canvas.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from seamline.optics.projection import Pinhole
from seamline.optics.rotation import as_rotation
from seamline.optics.surface import Surface, card_surface, frame_surface, sphere_surface
from seamline.ports import Studio
from seamline.show.camera import CameraSample, CameraTrack
from seamline.show.canvas import Canvas
from seamline.show.frames import FrameRange
from seamline.show.shot import Shot, Window
from seamline.show.variation import LayerFacts, Version
from seamline.steps import book
from seamline.steps.camera import camera
from seamline.steps.ingest import display_window
from seamline.steps.layers import shown_layers

FARTHEST_M = 1000.0
"""Where a surface stands that nobody said a distance for."""


def scene_pattern(element_id: str, name: str) -> str:
    """Return where a layer's picture lies in a delivery, from its root."""
    return f"scene/textures/{element_id}_{name}.exr"


def scene_path(element_id: str) -> str:
    """Return where the stage lies in a delivery."""
    return f"scene/{element_id}.usda"


def textures(studio: Studio, version: Version) -> list[tuple[str, str]]:
    """Return (blob path, path in the delivery) of every layer's picture."""
    variation = book.variation_of(studio.ledger, version)
    return [
        (studio.blobs.path(facts.digest), scene_pattern(version.id, facts.name))
        for facts in shown_layers(variation)
    ]


def stage(studio: Studio, shot: Shot, version: Version) -> bytes:
    """Return the USD stage of ``version``: camera, and layers on their surfaces."""
    return studio.papers.usd_stage(scene(studio, shot, version))


def scene(studio: Studio, shot: Shot, version: Version) -> dict[str, Any]:
    """Return what a stage is made from; see ``formats.usd.Scene``."""
    variation = book.variation_of(studio.ledger, version)
    canvas, _ = book.canvas_by_digest(studio.ledger, variation.ask.canvas_digest)
    track = camera(shot, book.lock(studio.ledger, shot.name))
    aspect = shot.plate.pixel_aspect if shot.plate else 1.0
    window = display_window(shot)
    layers = shown_layers(variation)
    # A frame canvas without a lens has no place in the world: then there is a camera alone.
    placed = canvas.kind != "frame" or track is not None
    return {
        "name": version.id,
        "shot": shot.name,
        "frames": (shot.frames.first, shot.frames.last),
        "rate": studio.settings.rate,
        "colourspace": studio.colour.working_space,
        "camera": camera_times(track, shot.frames, window, aspect) if track else [],
        "shutter_frames": track.shutter_angle_deg / 360 if track else 0.0,
        "patches": [
            _patch(version, canvas, track, (window, aspect), facts)
            for facts in (layers if placed else ())
        ],
        "facts": {
            "canvas": canvas.kind,
            "parallax_px": f"{canvas.parallax_px:g}",
            **_lens_words(track),
        },
    }


def camera_times(
    track: CameraTrack, frames: FrameRange, window: Window, pixel_aspect: float
) -> list[dict[str, Any]]:
    """
    Return the camera of every frame as USD counts it; one for a camera that stands still.

    Args:
        track: Poses, and the lens of each frame.
        frames: Those to tell.
        window: The display window, that the sensor fills.
        pixel_aspect: Width of a pixel over its height.
    """
    numbers = [frames.first] if track.static else list(frames)
    return [_time(track.sample(n), n, window, pixel_aspect) for n in numbers]


def _time(sample: CameraSample, frame: int, window: Window, aspect: float) -> dict[str, Any]:
    lens = sample.lens
    pinhole = Pinhole.of(lens, window, pixel_aspect=aspect)
    x, y, width, height = window
    across = lens.focal_length_mm / pinhole.focal_x_px  # millimetres to a pixel
    down = lens.focal_length_mm / pinhole.focal_y_px
    return {
        "frame": frame,
        "position_m": sample.position_m,
        "world_from_camera": sample.world_from_camera,
        "focal_length_mm": lens.focal_length_mm,
        "aperture_mm": (width * across, height * down),
        "offset_mm": (
            (x + width / 2 - pinhole.centre_x_px) * across,
            (pinhole.centre_y_px - y - height / 2) * down,
        ),
        "focus_distance_m": lens.focus_distance_m,
        "t_stop": lens.t_stop,
    }


def _lens_words(track: CameraTrack | None) -> dict[str, str]:
    """Return what a USD camera has no place for."""
    if track is None:
        return {"camera": "not known"}
    lens = track.samples[0].lens
    words = {"squeeze": f"{lens.squeeze:g}"} if lens.squeeze != 1 else {}
    bent = lens.distortion
    if bent is None or bent.is_none:
        return words
    return {
        **words,
        "distortion": f"{bent.way}; radial {', '.join(map(repr, bent.radial))}; "
        f"tangential {', '.join(map(repr, bent.tangential))} (first frame)",
    }


def _patch(
    version: Version,
    canvas: Canvas,
    track: CameraTrack | None,
    seen: tuple[Window, float],
    facts: LayerFacts,
) -> dict[str, Any]:
    far = facts.distance_m or canvas.distance_m or FARTHEST_M
    surface = _surface(canvas, track, seen, far)
    return {
        "name": facts.name,
        "picture": scene_pattern(version.id, facts.name).removeprefix("scene/"),
        "points_m": surface.points_m,
        "uv": surface.uv,
        "faces": surface.faces,
        "distance_m": far,
        "motion_deg_s": facts.motion_deg_s,
        "digest": facts.digest,
    }


def _middle(canvas: Canvas, track: CameraTrack | None) -> tuple[float, float, float]:
    """Return the sphere's middle; a canvas that does not say is in the middle of the move."""
    if canvas.origin_m != (0.0, 0.0, 0.0) or track is None:
        return canvas.origin_m
    spots = [sample.position_m for sample in track.samples]
    x, y, z = ((min(axis) + max(axis)) / 2 for axis in zip(*spots, strict=True))
    return (x, y, z)


def _surface(
    canvas: Canvas, track: CameraTrack | None, seen: tuple[Window, float], far_m: float
) -> Surface:
    if canvas.kind == "card":
        return card_surface(canvas)
    if canvas.kind == "sphere":
        return sphere_surface(replace(canvas, origin_m=_middle(canvas, track)), radius_m=far_m)
    assert track is not None
    sample = track.sample(canvas.anchor_frame or track.samples[0].frame)
    window, aspect = seen
    return frame_surface(
        canvas,
        Pinhole.of(sample.lens, window, pixel_aspect=aspect),
        as_rotation(sample.world_from_camera),
        sample.position_m,
        distance_m=far_m,
    )
