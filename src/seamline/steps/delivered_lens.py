"""
The lens on its way out: ST maps, its terms, and the element as a perfect lens would see it.

A lens that bends goes along as a pair of ST maps (Nuke's convention: red and green are 0 to 1
from the source's lower left), one pair for the shot, or one a frame where it changes, and as
an OpenLensIO document. ``overscan_percent`` of the frame on each side is added to the picture
without distortion; without it, what the plate's corners need. Asked for, the clean element is
written undistorted too, as far as its canvas reaches.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.errors import RefusedError
from seamline.optics.lens_fit import turned_round
from seamline.optics.lens_map import PixelMap, maps_of, to_st
from seamline.optics.parallax import shutter_poses
from seamline.optics.projection import Projection
from seamline.pixels.picture import Image, Picture, around
from seamline.ports import Studio
from seamline.show.camera import CameraTrack
from seamline.show.camera import Lens as CameraLens
from seamline.show.delivery import DeliveredFrame
from seamline.show.frames import frame_path
from seamline.show.shot import Shot, Window
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.camera import camera
from seamline.steps.element import as_frame, plate_frame, stamp_of
from seamline.steps.ingest import data_window, display_window
from seamline.steps.lens import frame_projection, projection
from seamline.steps.looked import Look
from seamline.steps.painting import Painting, nearest_of, painting, pinned, sheets
from seamline.steps.stands import delivered_frame
from seamline.steps.together import together

MOST_OVERSCAN_PERCENT = 100.0
UNDISTORTED = "element_undistorted"
NATIVE_PX = 0.15
"""How near the terms the other way have to come to be written beside the lens's own."""
Write = Callable[[str, Picture], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The picture without distortion: where it lies over the plate, and what asked for it."""

    window: Window
    overscan_percent: float
    """Of the frame's width and height, on each side."""
    covers_plate: bool


def lens_of(
    studio: Studio, shot: Shot, overscan_percent: float | None
) -> tuple[CameraTrack | None, Frame | None]:
    """
    Return the shot's camera, and its undistorted frame where there is anything to say of it.

    Args:
        studio: Ports.
        shot: The shot.
        overscan_percent: On each side; None without an undistorted element.

    Raises:
        RefusedError: The overscan is impossible, or no camera is known to undistort with.
    """
    percent = overscan_percent
    if percent is not None and not 0 <= percent <= MOST_OVERSCAN_PERCENT:
        raise RefusedError(
            f"an overscan of {percent:g} % on each side is asked for, expected 0 to "
            f"{MOST_OVERSCAN_PERCENT:g}",
            remedy="Write --overscan 10 for a tenth of the width on each side.",
        )
    track = None
    if shot.track or shot.static:
        track = camera(shot, book.lock(studio.ledger, shot.name))
    if track is None:
        if percent is not None:
            raise RefusedError(
                f"{shot.name}: no lens is known, so nothing can be undistorted",
                remedy="Add a track, or a lock with a [lens].",
            )
        return None, None
    views = {frame_projection(studio, shot, track, n) for n in shot.frames}
    if percent is None and all(view.bend is None for view in views):
        return track, None
    windows = [data_window(studio, shot, n) for n in shot.frames]
    need = _needed(views, around(display_window(shot), *windows))
    return track, _frame(display_window(shot), need, percent)


def _needed(views: set[Projection], window: Window) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom, display pixels, that ``window`` undistorts to."""
    x, y, width, height = window
    along = np.linspace(0.0, 1.0, 129)
    columns = np.concatenate([x + along * width] * 2 + [along * 0 + x, along * 0 + x + width])
    rows = np.concatenate([along * 0 + y, along * 0 + y + height] + [y + along * height] * 2)
    spots = [view.pinhole.pixels(view.directions(columns, rows)) for view in views]
    return (
        min(float(a.min()) for a, _ in spots), min(float(b.min()) for _, b in spots),
        max(float(a.max()) for a, _ in spots), max(float(b.max()) for _, b in spots),
    )  # fmt: skip


def _frame(
    display: Window, need: tuple[float, float, float, float], percent: float | None
) -> Frame:
    x, y, width, height = display
    over = (x - need[0], y - need[1], need[2] - x - width, need[3] - y - height)
    if percent is None:
        across, down = (max(0, math.ceil(max(over[i::2]))) for i in (0, 1))
        percent = 100 * max(across / width, down / height)
    else:
        across, down = (math.ceil(percent / 100 * size) for size in (width, height))
    covers = max(over[::2]) <= across and max(over[1::2]) <= down
    window = (x - across, y - down, width + 2 * across, height + 2 * down)
    return Frame(window=window, overscan_percent=percent, covers_plate=covers)


def patterns(element_id: str, shot: Shot, track: CameraTrack) -> dict[str, str]:
    """Return where the maps lie in a delivery: one each, or one a frame if the lens changes."""
    lenses = {track.sample(n).lens for n in shot.frames}
    number = ".%04d" if len(lenses) > 1 else ""
    return {
        kind: f"lens/{element_id}_{kind}{number}.exr" for kind in ("undistort", "redistort")
    }


def undistorted_pattern(element_id: str) -> str:
    """Return where the undistorted element's frames lie in a delivery."""
    return f"{UNDISTORTED}/{element_id}_undistorted.%04d.exr"


def write_maps(
    studio: Studio, shot: Shot, track: CameraTrack, frame: Frame, element_id: str, write: Write
) -> list[str]:
    """Write the shot's ST maps, and return their paths."""
    display, paths = display_window(shot), []
    where = patterns(element_id, shot, track)
    each = list(shot.frames) if "%" in where["undistort"] else [shot.frames.middle]
    for number in each:
        view = frame_projection(studio, shot, track, number)
        plate = around(display, data_window(studio, shot, number))
        undistort, redistort = maps_of(view, plate, frame.window)
        for kind, found, own, source in (
            ("undistort", undistort, frame.window, display),
            ("redistort", redistort, display, frame.window),
        ):
            paths.append(frame_path(where[kind], number) if "%" in where[kind] else where[kind])
            write(paths[-1], _st_picture(found, own, source, shot))
    return paths


def _st_picture(found: PixelMap, own: Window, source: Window, shot: Shot) -> Picture:
    red, green = to_st(found, source)
    # Outside the source Nuke shows black: what the lens does not show lies there.
    planes = {"R": red, "G": green, "B": np.zeros_like(red)}
    channels = {n: np.nan_to_num(p, nan=-1.0).astype(np.float32) for n, p in planes.items()}
    x, y, width, height = found.window
    aspect = shot.plate.pixel_aspect if shot.plate else 1.0
    return Picture(
        channels=channels,
        data_window=(x - own[0], y - own[1], width, height),
        display_window=(0, 0, own[2], own[3]),
        attributes={"PixelAspectRatio": ("float", aspect)},
    )


def lens_paper(
    studio: Studio, shot: Shot, track: CameraTrack, element_id: str
) -> dict[str, bytes]:
    """Return the lens's terms as OpenLensIO, by its path; nothing where there are none."""
    lenses = sorted({_bare(track.sample(n).lens) for n in shot.frames}, key=_settings)
    if not any(lens.distortion for lens in lenses):
        return {}
    found = {f"lens/{element_id}_lens.json": studio.papers.lens_file(lenses)}
    others = [_turned_round(studio, shot, lens) for lens in lenses]
    kept = [lens for lens in others if lens is not None]
    if len(kept) == len(lenses):
        found[f"lens/{element_id}_lens_turned_round.json"] = studio.papers.lens_file(kept)
    return found


def _bare(lens: CameraLens) -> CameraLens:
    return replace(lens, t_stop=None)


def _settings(lens: CameraLens) -> tuple[float, float]:
    return lens.focal_length_mm, lens.focus_distance_m or 0.0


def _turned_round(studio: Studio, shot: Shot, lens: CameraLens) -> CameraLens | None:
    """Return ``lens`` by terms that go the other way; None where none come near enough."""
    view, (x, y, width, height) = projection(studio, shot, lens), display_window(shot)
    reach = (
        max(view.centre_x_px - x, x + width - view.centre_x_px) / view.focal_x_px,
        max(view.centre_y_px - y, y + height - view.centre_y_px) / view.focal_y_px,
    )
    if lens.distortion is None:
        return lens
    found, apart = turned_round(lens.distortion, reach)
    if apart * view.focal_x_px > NATIVE_PX:
        return None
    return replace(lens, distortion=found)


def undistorted_frame(
    studio: Studio, shot: Shot, version: Version, made: Painting, frame: Frame, number: int
) -> tuple[Picture, float]:
    """Return the clean element of a frame as a perfect lens sees it, and how much is seen."""
    plate = plate_frame(studio, shot, number)
    track = camera(shot, book.lock(studio.ledger, shot.name))
    assert track is not None
    seen = _seen(studio, shot, made, track, frame.window, number)
    x, y, width, height = frame.window
    display = display_window(shot)
    empty = replace(
        plate,
        channels={"R": np.zeros((height, width), plate.channels["R"].dtype)}
        if "R" in plate.channels
        else {},
        data_window=(x - display[0], y - display[1], width, height),
    )
    stamp = stamp_of(made.variation, version.id, version.render_key)
    stamp = {**stamp, "seamline:lens": "undistorted"}
    unknown = replace(made, native=None)
    picture = as_frame(studio, shot, unknown, empty, seen, np.zeros((0, 0), bool), stamp)
    wide = replace(
        picture, data_window=(0, 0, width, height), display_window=(0, 0, width, height)
    )
    return wide, float((seen[..., 3] > 0).mean())


def _seen(
    studio: Studio, shot: Shot, made: Painting, track: CameraTrack, window: Window, number: int
) -> Image:
    view = frame_projection(studio, shot, track, number)
    if made.canvas.kind == "frame":
        assert made.canvas.window is not None
        x, y = _spots(view, window)
        return studio.optics.sample(
            made.flat, x - made.canvas.window[0], y - made.canvas.window[1]
        )
    # The camera as it was known for this frame; beyond the plate all of the canvas is there.
    _, track = pinned(made, track, number)
    depths = made.depths_at(number)
    poses = shutter_poses(
        made.canvas, track, number, view.pinhole, window, nearest_m=nearest_of(depths)
    )
    look = Look(studio=studio, canvas=made.canvas, pinhole=view.pinhole, window=window)
    return look.through(depths, poses) if depths else look.at(made.flat, poses, None)


def _spots(view: Projection, window: Window) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y, width, height = window
    across, down = np.meshgrid(np.arange(width) + x + 0.5, np.arange(height) + y + 0.5)
    return view.pixels(view.pinhole.directions(across, down))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """What was written of the lens: paths, what the frames are, and words for the record."""

    paths: tuple[str, ...] = ()
    frames: tuple[DeliveredFrame, ...] = ()
    facts: Mapping[str, Any] | None = None


def deliver_lens(
    studio: Studio, shot: Shot, version: Version, folder: str, overscan_percent: float | None
) -> Lens:
    """Write all of it under ``folder``; nothing for a perfect lens that nobody asks about."""
    track, frame = lens_of(studio, shot, overscan_percent)
    if track is None or frame is None:
        return Lens()

    def write(path: str, picture: Picture) -> None:
        studio.images.write(f"{folder}/{path}", picture)

    studio.shelf.make_folder(f"{folder}/lens")
    paths = write_maps(studio, shot, track, frame, version.id, write)
    for path, content in lens_paper(studio, shot, track, version.id).items():
        studio.shelf.write(f"{folder}/{path}", content)
        paths.append(path)
    facts = facts_of(shot, version.id, track, frame)
    if overscan_percent is None:
        return Lens(paths=tuple(paths), facts=facts)
    pattern = undistorted_pattern(version.id)
    studio.shelf.make_folder(f"{folder}/{pattern.rsplit('/', 1)[0]}")

    def keep(number: int, picture: Picture) -> None:
        write(frame_path(pattern, number), picture)

    rows = undistorted(studio, shot, version, frame, keep)
    paths += [frame_path(pattern, n) for n in shot.frames]
    facts = _asked(facts, version, rows, overscan_percent)
    return Lens(paths=tuple(paths), frames=tuple(f for f, _ in rows), facts=facts)


def undistorted(
    studio: Studio, shot: Shot, version: Version, frame: Frame,
    use: Callable[[int, Picture], object],
) -> list[tuple[DeliveredFrame, float]]:  # fmt: skip
    """Hand every undistorted frame to ``use``; return what it is, and the share seen of it."""
    variation = book.variation_of(studio.ledger, version)
    made = painting(studio, variation, sheets(studio, variation))

    def one(number: int) -> tuple[DeliveredFrame, float]:
        picture, share = undistorted_frame(studio, shot, version, made, frame, number)
        use(number, picture)
        return delivered_frame(picture), share

    return together(studio, f"{version.id}: undistorting", one, list(shot.frames))


def facts_of(shot: Shot, element_id: str, track: CameraTrack, frame: Frame) -> dict[str, Any]:
    """Return what the record and the Nuke script say of the lens."""
    return {
        **patterns(element_id, shot, track),
        "undistorted_px": list(frame.window[2:]),
        "overscan_percent": round(frame.overscan_percent, 4),
        "covers_plate": frame.covers_plate,
    }


def lens_again(studio: Studio, shot: Shot, version: Version, standing: dict[str, Any]) -> Lens:
    """Return what ``standing``, a delivery's record, should say of the lens: made again."""
    said = standing.get("lens") or {}
    percent = said.get("asked_percent")
    track, frame = lens_of(studio, shot, percent)
    if track is None or frame is None:
        return Lens()
    facts = facts_of(shot, version.id, track, frame)
    if percent is None:
        return Lens(facts=facts)
    rows = undistorted(studio, shot, version, frame, lambda number, picture: None)
    return Lens(frames=tuple(f for f, _ in rows), facts=_asked(facts, version, rows, percent))


def _asked(
    facts: dict[str, Any],
    version: Version,
    rows: Sequence[tuple[object, float]],
    percent: float,
) -> dict[str, Any]:
    return {
        **facts,
        "asked_percent": percent,
        UNDISTORTED: undistorted_pattern(version.id),
        "seen": round(min(share for _, share in rows), 4),
    }


def require_overscan(
    standing: dict[str, Any], directory: str, overscan_percent: float | None
) -> None:
    """
    Refuse to take a standing delivery for one with another overscan.

    Raises:
        RefusedError: It was written with another one.
    """
    there = (standing.get("lens") or {}).get("asked_percent")
    if overscan_percent is not None and there != overscan_percent:
        said = "without an undistorted element" if there is None else f"with {there:g} %"
        raise RefusedError(
            f"{directory} holds this delivery already, {said}",
            remedy="Deliver to another folder.",
        )
