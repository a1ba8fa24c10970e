"""
Take a lens in: a lens file, or ST maps, held against the plate and its camera.

What a lens file says is kept as it was said, and laid over the camera's own numbers frame by
frame. Maps are kept as pictures; where one of the two was not given it is made from the
other, and how far a pixel then comes back from itself is kept with them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from seamline.errors import TrackError
from seamline.optics.lens_map import PixelMap, from_st
from seamline.pixels.picture import Picture
from seamline.ports import Studio
from seamline.show.lens import LensMap, LensModel
from seamline.show.shot import Shot, Window
from seamline.steps import book

MOST_OFF_PX = 1.0
"""How far two maps of one lens may take a pixel from itself: a pair that was written."""
MOST_ASPECT_PX = 0.5
"""At the frame's edge: by how much pixels may be other than the lens was measured with."""
ANOTHER_CROP = 0.01
RIM_PX = 8.0
"""By how much a map made from the other one goes on beyond the plate: a filter's reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LensFiles:
    """Paths of what says what a lens does; empty where there is none."""

    model: str = ""
    undistort: str = ""
    redistort: str = ""


NO_LENS = LensFiles()


def taken_lens(studio: Studio, shot: Shot, files: LensFiles, display: Window) -> Shot:
    """
    Return ``shot`` with the lens of ``files``, over the frame ``display``.

    Raises:
        TrackError: There is no such file, it is no lens, or not this shot's.
    """
    if files == NO_LENS:
        return shot
    if files.model and (files.undistort or files.redistort):
        raise TrackError(
            f"{shot.name}: a lens is a model or a pair of maps, not both",
            remedy="Give --lens, or --stmap-undistort and --stmap-redistort.",
        )
    if files.model:
        return replace(shot, lens_model=_model(studio, shot, files.model, display))
    _require_bent_once(shot)
    return replace(shot, lens_map=_maps(studio, files, display))


def require_lens(shot: Shot) -> None:
    """
    Hold ``shot``'s track against the lens that stands in it, as when both were taken in.

    Raises:
        TrackError: The lens was not measured at one of its focal lengths or focus
            distances, or both say how it bends.
    """
    if shot.track is None:
        return
    if shot.lens_model is not None:
        for sample in shot.track.samples:
            shot.lens_model.on(sample.lens)
    if shot.lens_map is not None:
        _require_bent_once(shot)


def _require_bent_once(shot: Shot) -> None:
    if shot.track and any(s.lens.distortion for s in shot.track.samples):
        raise TrackError(
            f"{shot.name}: the track has the lens's distortion, and maps say it a second time",
            remedy="Export the track without distortion, or leave the maps away.",
        )


def _model(studio: Studio, shot: Shot, path: str, display: Window) -> LensModel:
    if not studio.shelf.exists(path):
        raise TrackError(
            f"{path}: there is no such lens file",
            remedy="Check the name, and whether the disk is mounted.",
        )
    model = studio.papers.lens(studio.shelf.read(path), where=path)
    _, _, width, height = display
    aspect = shot.plate.pixel_aspect if shot.plate else 1.0
    if model.picture_px is not None:
        theirs, ours = model.picture_px[0] / model.picture_px[1], width / height
        if abs(theirs / ours - 1) > ANOTHER_CROP:
            raise TrackError(
                f"{path}: the lens was measured on pictures of {model.picture_px[0]}x"
                f"{model.picture_px[1]}, and the shot's are {width}x{height}: another crop",
                remedy="Calibrate in the plate's own window.",
            )
    if model.pixel_aspect is not None:
        off = abs(model.pixel_aspect / aspect - 1) * height / 2
        if off > MOST_ASPECT_PX:
            raise TrackError(
                f"{path}: its pixels are {model.pixel_aspect:.5g} times as wide as high, the "
                f"shot's {aspect:.5g}: {off:.1f} px at the frame's edge, limit "
                f"{MOST_ASPECT_PX:g} px",
                remedy="Calibrate with fixed aspect (CALIB_FIX_ASPECT_RATIO), or correct the "
                "plate's pixel aspect.",
            )
        note = f"pixels as measured are {off:.2f} px off at the frame's edge"
        model = replace(model, notes=(*model.notes, *((note,) if off > 0.01 else ())))
    lock = book.lock(studio.ledger, shot.name)
    if shot.track is not None:
        for sample in shot.track.samples:
            model.on(sample.lens)
    elif lock is not None and lock.lens is not None:
        model.on(lock.lens, take_focal_length=len(model.entries) == 1)
    return model


def _maps(studio: Studio, files: LensFiles, plate: Window) -> LensMap:
    both = {k: _read(studio, p) for k, p in _given(files).items()}
    size = both["undistort"].display_window if "undistort" in both else plate
    whole = _middle_on_middle(files.undistort or files.redistort, size, plate)
    made = ""
    if "redistort" in both and both["redistort"].display_window[2:] != plate[2:]:
        width, height = both["redistort"].display_window[2:]
        raise TrackError(
            f"{files.redistort}: the map is {width}x{height}, the plate {plate[2]}x{plate[3]}",
            remedy="A redistort map has the plate's own format.",
        )
    maps = {
        "undistort": _pixels(both.get("undistort"), whole, plate),
        "redistort": _pixels(both.get("redistort"), plate, whole),
    }
    around = plate
    there, back = maps["undistort"], maps["redistort"]
    if there is None:
        assert back is not None
        made, there = "undistort", back.turned_round(_reached(back), beyond_px=RIM_PX)
    elif back is None:
        made, back = "redistort", there.turned_round(around)
    _require_whole(files, back, around, made)
    x, y, width, height = around
    at = np.meshgrid(np.arange(width) + x + 0.5, np.arange(height) + y + 0.5)
    again = there.look_up(*back.look_up(*at))
    off = np.maximum(np.abs(again[0] - at[0]), np.abs(again[1] - at[1]))
    residual = float(np.nan_to_num(off, nan=math.inf).max())
    if not residual <= MOST_OFF_PX:
        raise TrackError(
            f"{files.undistort} and {files.redistort}: a pixel that is undistorted and "
            f"distorted again lies {residual:.2f} px from itself, limit {MOST_OFF_PX:g} px",
            remedy="Export both maps of one lens, the undistorted one with its overscan.",
        )
    return LensMap(
        undistort=studio.blobs.put_picture(_kept(there)),
        redistort=studio.blobs.put_picture(_kept(back)),
        residual_px=round(residual, 4),
        made=made,
        origin=" and ".join(_given(files).values()),
    )


def _given(files: LensFiles) -> dict[str, str]:
    found = {"undistort": files.undistort, "redistort": files.redistort}
    return {kind: path for kind, path in found.items() if path}


def _read(studio: Studio, path: str) -> Picture:
    picture = studio.images.read(path)
    if "R" not in picture.channels or "G" not in picture.channels:
        raise TrackError(
            f"{path} has channels {', '.join(picture.channels)}; an ST map has R and G",
            remedy="Write the map with its coordinates in red and green.",
        )
    if picture.channel_type != "float":
        raise TrackError(
            f"{path} is {picture.channel_type}, which keeps half a pixel of a coordinate",
            remedy="Write the map as 32-bit float.",
        )
    return picture


def _middle_on_middle(path: str, size: Window, plate: Window) -> Window:
    """Return where a picture of ``size`` lies over ``plate``, in the plate's pixels."""
    left, top = plate[2] - size[2], plate[3] - size[3]
    if left % 2 or top % 2:
        raise TrackError(
            f"{path}: the map is {size[2]}x{size[3]} and the plate {plate[2]}x{plate[3]}; they "
            "do not lie pixel on pixel",
            remedy="Write the map with as many pixels of overscan on either side.",
        )
    return plate[0] + left // 2, plate[1] + top // 2, size[2], size[3]


def _pixels(picture: Picture | None, own: Window, source: Window) -> PixelMap | None:
    if picture is None:
        return None
    data, display = picture.data_window, picture.display_window
    window = (own[0] + data[0] - display[0], own[1] + data[1] - display[1], *data[2:])
    red, green = (picture.channels[n].astype(np.float64) for n in "RG")
    return from_st(red, green, window, source)


def _reached(back: PixelMap) -> Window:
    """Return the pixels that a redistort map comes from, whole, and two more."""
    low = np.nanmin(back.at, axis=(0, 1))
    high = np.nanmax(back.at, axis=(0, 1))
    x, y = (math.floor(v) - 2 for v in low)
    return x, y, math.ceil(high[0]) + 2 - x, math.ceil(high[1]) + 2 - y


def _require_whole(files: LensFiles, back: PixelMap, around: Window, made: str) -> None:
    x, y, width, height = around
    at = np.meshgrid(np.linspace(x, x + width, 65), np.linspace(y, y + height, 65))
    lost = ~np.isfinite(back.look_up(*at)[0])
    if lost.any():
        raise TrackError(
            f"{files.redistort or files.undistort}: {float(lost.mean()):.1%} of the plate lies "
            f"beyond the map",
            remedy="Write the undistort map with overscan, or hand in both maps."
            if made
            else "Write the map over all of the plate.",
        )


def _kept(pixels: PixelMap) -> Picture:
    return Picture(
        channels={n: pixels.at[..., i].astype(np.float32) for i, n in enumerate("xy")},
        data_window=pixels.window,
        display_window=pixels.window,
    )
