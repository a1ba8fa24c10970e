"""
The element: what the shot's camera sees of a painting, frame by frame, before any match.

The painted layers are flattened on the canvas and looked at once, through lens and
shutter. Where the camera travels and layers have a distance, those equally far away are
flattened, and laid over one another as each moment of the shutter sees them. Layers may
also be looked at one by one, for a delivery: over one another they are then the element
again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.errors import TamperError
from seamline.optics.parallax import shutter_poses
from seamline.pixels.comp import onto_plate
from seamline.pixels.digest import picture_digest
from seamline.pixels.flatten import adding_up
from seamline.pixels.picture import Image, Picture, Plane, on_window, rgb_channels
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.shot import Shot
from seamline.show.variation import (
    Variation,
)
from seamline.steps import book
from seamline.steps.camera import camera
from seamline.steps.ingest import display_window, read_plate
from seamline.steps.lens import frame_projection
from seamline.steps.looked import Look, layer_distance_m
from seamline.steps.painting import Painting, Sheet, frames_seen, nearest_of, pinned

RENDER_KEY = "seamline:render"

Stamp = Mapping[str, str]
"""What a frame's header says of where it comes from."""


def stamp_of(variation: Variation, element_id: str, key: str) -> Stamp:
    """Return what the frames of one version say in their headers."""
    return {
        "Software": f"seamline {variation.made.seamline}",
        "seamline:element": element_id,
        "seamline:ask": variation.ask_digest,
        RENDER_KEY: key,
    }


def space_of(studio: Studio, shot: Shot) -> str:
    """Return the colour space of the shot's frames: the plate's, or the working space."""
    return shot.plate.colourspace if shot.plate else studio.colour.working_space


def plate_frame(studio: Studio, shot: Shot, frame: int) -> Picture:
    """Return the plate's frame if it still is what was taken in, or refuse; black without."""
    if shot.plate is None:
        return _no_plate(studio, shot)
    plate = read_plate(studio, shot, frame)
    found, taken_in = picture_digest(plate), shot.plate.digests[frame - shot.frames.first]
    if found != taken_in:
        raise TamperError(
            f"{frame_path(shot.plate.pattern, frame)} is not the plate that was taken in: its "
            f"pixels are {found[:12]}, they were {taken_in[:12]}",
            remedy=f"If the new scan is wanted, take it in: seamline shot add {shot.name} ...",
        )
    return plate


def _no_plate(studio: Studio, shot: Shot) -> Picture:
    window = display_window(shot)
    black = np.zeros((window[3], window[2]), np.float16)
    rate = studio.settings.rate.split("/")
    attributes: dict[str, tuple[str, Any]] = {
        "FramesPerSecond": ("rational", (int(rate[0]), int(rate[1]) if rate[1:] else 1)),
    }
    return Picture(
        channels={n: black for n in "RGB"},
        data_window=window,
        display_window=window,
        attributes=attributes,
    )


def element_frame(
    studio: Studio, shot: Shot, made: Painting, plate: Picture, frame: int, stamp: Stamp
) -> Picture:
    """Return the clean element of ``frame``: R, G, B in the plate's space, A = painted."""
    seen = looked_at(studio, shot, made, plate, frame)(made.flat, None)
    return as_frame(studio, shot, made, plate, seen, made.own, stamp)


def layer_frames(
    studio: Studio,
    shot: Shot,
    made: Painting,
    layers: Sequence[Sheet],
    frame: int,
    stamp: Stamp,
) -> list[Picture]:
    """
    Return what the camera sees of every layer, back to front, as frames like the element.

    Over one another they are the element of ``frame``; each keeps its own alpha.

    Args:
        studio: Ports.
        shot: The shot.
        made: The painting that ``layers`` make.
        layers: Back to front.
        frame: Its number.
        stamp: What their headers say.
    """
    plate = plate_frame(studio, shot, frame)
    look = looked_at(studio, shot, made, plate, frame)
    seen = [
        look(
            sheet.rgba,
            layer_distance_m(
                studio, shot.name, made.canvas, sheet.facts, frames_seen(made.pins, frame)
            ),
        )
        for sheet in layers
    ]
    if made.canvas.kind != "frame":
        seen = adding_up(seen, look(made.flat, None))
    return [
        as_frame(
            studio, shot, made, plate, rgba, sheet.own,
            {**stamp, "seamline:layer": sheet.facts.name},
        )
        for sheet, rgba in zip(layers, seen, strict=True)
    ]  # fmt: skip


def looked_at(
    studio: Studio, shot: Shot, made: Painting, plate: Picture, frame: int
) -> Callable[[Image, float | None], Image]:
    """
    Return the view of ``frame``: canvas (H, W, 4) to plate window (h, w, 4).

    It takes a layer and its distance; the painting's own ``flat`` is all of its depths.
    """
    if made.canvas.kind == "frame":
        window = made.canvas.window
        assert window is not None
        return lambda layer, _: on_window(layer, window, plate.data_window)
    return lambda layer, distance_m: through_the_lens(
        studio, shot, made, plate, frame, layer=layer, distance_m=distance_m
    )


def through_the_lens(
    studio: Studio,
    shot: Shot,
    made: Painting,
    plate: Picture,
    frame: int,
    *,
    layer: Image | None = None,
    distance_m: float | None = None,
    at_rest: bool = False,
) -> Image:
    """
    Return the painting, or another ``layer`` on its canvas, as ``frame`` sees it.

    Args:
        studio: Ports.
        shot: The shot.
        made: The painting.
        plate: Whose windows the frame has.
        frame: Its number.
        layer: (H, W, 4) on the canvas; None, or the painting's ``flat``, is all of it, each
            depth where it stands.
        distance_m: How far the layer is; None is without end.
        at_rest: With the shutter open for a moment only.
    """
    track = camera(shot, book.lock(studio.ledger, shot.name))
    assert track is not None
    if at_rest:
        track = replace(track, shutter_angle_deg=0.0)
    pinhole = frame_projection(studio, shot, track, frame)
    pin, track = pinned(made, track, frame)
    at_depths = made.depths_at(frame)
    poses = shutter_poses(
        pin.canvas, track, frame, pinhole, plate.data_window, nearest_m=nearest_of(at_depths)
    )
    look = Look(studio=studio, canvas=pin.canvas, pinhole=pinhole, window=plate.data_window)
    whole = layer is None or layer is made.flat
    if not whole or not at_depths:
        seen = made.flat if layer is None else layer
        return look.at(pin.part(seen), poses, distance_m)
    depths = [replace(depth, rgba=pin.part(depth.rgba)) for depth in at_depths]
    return look.through(depths, poses)


def as_frame(
    studio: Studio,
    shot: Shot,
    made: Painting,
    plate: Picture,
    seen: Image,
    own: NDArray[np.bool_],
    stamp: Stamp,
) -> Picture:
    """Return what is ``seen``, (h, w, 4) working space, as a frame in the plate's space."""
    rgb = studio.colour.convert(
        np.ascontiguousarray(seen[..., :3]),
        studio.colour.working_space,
        space_of(studio, shot),
    )
    channels = rgb_channels(
        rgb, plate.channel_type if plate.channel_type == "half" else "float"
    )
    if made.native is not None:
        channels = _own_pixels(made, made.native, own, plate, channels)
    channels["A"] = seen[..., 3].astype(channels["R"].dtype)
    return headed(studio, shot, plate, channels, stamp)


def _own_pixels(
    made: Painting,
    native: Picture,
    own: NDArray[np.bool_],
    plate: Picture,
    channels: dict[str, Plane],
) -> dict[str, Plane]:
    """Select the plate's stored values where the lineage says that they are the plate's."""
    assert made.canvas.window is not None
    window = plate.data_window
    stored = {n: native.channels[n if "R" in native.channels else "Y"] for n in "RGB"}
    base = Picture(
        channels={n: on_window(p, native.data_window, window) for n, p in stored.items()},
        data_window=window,
        display_window=plate.display_window,
    )
    drawn = np.stack([channels[n].astype(np.float32) for n in "RGB"], axis=-1)
    return onto_plate(base, drawn, on_window(own, made.canvas.window, window))


def headed(
    studio: Studio, shot: Shot, plate: Picture, channels: Mapping[str, Plane], stamp: Stamp
) -> Picture:
    """Return ``channels`` as a frame with the plate's windows and header, and ``stamp``."""
    space = space_of(studio, shot)
    known = studio.images.interop_id(space)
    attributes = {
        **plate.attributes,
        **({"colorInteropID": ("string", known)} if known else {}),
        **{name: ("string", words) for name, words in stamp.items()},
        "seamline:colourspace": ("string", space),
    }
    return Picture(
        channels=channels,
        data_window=plate.data_window,
        display_window=plate.display_window,
        attributes=attributes,
    )
