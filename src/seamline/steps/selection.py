"""
A selection made in a host, taken to the shot: as its seam, or onto the canvas of a painting.

In a host 1 means "generate here"; a seam's matte says where live action stays. A box or a
polygon limits the seam that stands, whose matte still holds; a matte takes its place.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seamline.errors import FormatError, InputError
from seamline.optics.canvas_pixels import canvas_to_frame
from seamline.pixels.matte import Matte, live_matte, matte_plane
from seamline.pixels.picture import Picture, on_window
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.region import HostAsk, Region
from seamline.show.seam import Seam
from seamline.show.shot import Shot, Window
from seamline.steps import book
from seamline.steps.camera import camera
from seamline.steps.ingest import data_window, display_window, set_seam
from seamline.steps.lens import frame_projection
from seamline.steps.retouch import INSIDE, Mask
from seamline.steps.together import together


def seam_of(studio: Studio, shot: Shot, host: HostAsk, ask: str) -> Seam:
    """
    Record the seam that ``host``'s region makes of the shot's; the same one changes nothing.

    Args:
        studio: Ports.
        shot: The shot.
        host: What was asked for; its region is drawn over the plate.
        ask: Id of the ask: what a matte made here is called by.

    Raises:
        FormatError: The region's matte has a frame missing, or is not the plate's size.
        ShowError: The shot has no plate.
    """
    region = host.region
    assert region is not None
    standing = book.seam(studio.ledger, shot.name)
    surface = bool(standing and standing.one_surface)
    if host.one_surface is not None:
        surface = host.one_surface
    if region.matte:
        path = _live_matte(studio, shot, region, ask)
        seam = Seam(
            shot=shot.name, version=1, matte=path, matte_channel="A", one_surface=surface
        )
    elif standing is not None:
        seam = replace(standing, box=region.box, polygon=region.polygon, one_surface=surface)
    else:
        seam = Seam(
            shot=shot.name, version=1, box=region.box, polygon=region.polygon,
            one_surface=surface,
        )  # fmt: skip
    return set_seam(studio, seam)


def _live_matte(studio: Studio, shot: Shot, region: Region, ask: str) -> str:
    """Write 1 - region for every frame, whole or not at all; return the pattern."""
    folder = studio.shelf.matte_path(shot.name, f"{shot.name}_region_{ask}")
    name = f"{shot.name}_region_{ask}.%04d.exr"
    if studio.shelf.exists(folder):
        return f"{folder}/{name}"
    with studio.shelf.folder(folder) as making:

        def write(frame: int) -> None:
            window = data_window(studio, shot, frame)
            live = np.float32(1) - selected(studio, shot, region, frame, window)
            picture = Picture(
                channels={"A": live}, data_window=window, display_window=display_window(shot)
            )
            studio.images.write(f"{making}/{frame_path(name, frame)}", picture)

        together(studio, f"{shot.name}: reading the region", write, list(shot.frames))
    return f"{folder}/{name}"


def selected(studio: Studio, shot: Shot, region: Region, frame: int, window: Window) -> Matte:
    """
    Return (H, W) float32 over ``window``, 1 = generate here; 0 outside the region's pixels.

    Raises:
        FormatError: The matte is missing, of another size, or no matte.
    """
    display = display_window(shot)
    if not region.matte:
        seam = Seam(shot=shot.name, version=1, box=region.box, polygon=region.polygon)
        return np.float32(1) - live_matte(None, seam, display=display, window=window)
    path = frame_path(region.matte, frame)
    if not studio.shelf.exists(path):
        raise FormatError(
            f"{shot.name}: the region has no frame {frame}: {path} is missing",
            remedy=f"Write it for all of {shot.frames}, or as one still.",
        )
    picture = studio.images.read(path)
    if picture.display_window[2:] != display[2:]:
        raise FormatError(
            f"{path} is {picture.display_window[2]}x{picture.display_window[3]}, the plate's "
            f"frame is {display[2]}x{display[3]}",
            remedy="Write the region at the plate's size.",
        )
    plane = matte_plane(picture, "", where=path)
    x, y, width, height = picture.data_window
    dx, dy = display[0] - picture.display_window[0], display[1] - picture.display_window[1]
    held: Matte = on_window(plane, (x + dx, y + dy, width, height), window)
    return held


def on_canvas(studio: Studio, name: str, host: HostAsk) -> Mask:
    """
    Return (H, W) of a painting's canvas where the region, as one frame sees it, is a half.

    Raises:
        InputError: The shot has no such frame, or the region lies off the canvas.
        FormatError: The region's matte cannot be used.
    """
    assert host.region is not None
    version = book.version_in(studio.ledger, name, host.standing)
    variation = book.variation_of(studio.ledger, version)
    canvas, _ = book.canvas_by_digest(studio.ledger, variation.ask.canvas_digest)
    shot = book.shot(studio.ledger, name)
    frame = shot.frames.middle if host.frame is None else host.frame
    if frame not in shot.frames:
        raise InputError(
            f"{name} has frames {shot.frames}, not {frame}",
            remedy="Give the frame that the region was drawn over.",
        )
    left, top, width, height = display_window(shot)
    if canvas.kind == "frame":
        assert canvas.window is not None
        x, y = np.meshgrid(
            np.arange(canvas.width_px) + 0.5 + canvas.window[0],
            np.arange(canvas.height_px) + 0.5 + canvas.window[1],
        )
    else:
        track = camera(shot, book.lock(studio.ledger, name))
        assert track is not None
        lens = frame_projection(studio, shot, track, frame)
        x, y = canvas_to_frame(canvas, track, frame, lens)
    plane = selected(studio, shot, host.region, frame, (left, top, width, height))
    seen = np.isfinite(x) & np.isfinite(y)
    column = np.floor(np.where(seen, x - left, -1)).astype(np.int64)
    row = np.floor(np.where(seen, y - top, -1)).astype(np.int64)
    seen &= (column >= 0) & (column < width) & (row >= 0) & (row < height)
    inside: Mask = np.zeros(seen.shape, bool)
    inside[seen] = plane[row[seen], column[seen]] >= INSIDE
    if not inside.any():
        raise InputError(
            f"{name}: the region lies nowhere on the canvas as frame {frame} sees it",
            remedy="Select part of what the layer shows, over that frame.",
        )
    return inside
