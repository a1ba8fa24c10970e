"""
The plate's grain: measured once per shot, from up to eight frames spread over it.

What was found stands in the ledger beside the plate's digest, the model in the blobs; it is
measured again when plate or camera are others, or when seamline measures otherwise. Under a
moving camera those frames are taken that are smeared least and show most of one view:
detail that the shutter smears otherwise in each frame would count as grain. Where that
fails, or there is one frame, the estimate says how little it is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.errors import GrainError
from seamline.optics.projection import Pinhole, Projection
from seamline.optics.views import view_in_frame
from seamline.pixels.grain import measure_moving, measure_single, measure_static
from seamline.pixels.grain.box import box_mean
from seamline.pixels.grain.curve import Strength
from seamline.pixels.picture import Image, Picture, on_window
from seamline.ports import Studio
from seamline.show.camera import CameraTrack
from seamline.show.grain import GrainModel
from seamline.show.record import as_record, from_record, record_digest
from seamline.show.shot import Shot, Window
from seamline.steps import book
from seamline.steps.camera import camera
from seamline.steps.ingest import display_window, read_plate
from seamline.steps.lens import frame_projection

MEASURES = 4
"""Raised when the same plate would give another model."""
KIND = "plate grain"
MOST_FRAMES = 8
MOST_PIXELS = 640_000
"""Of each frame, around its middle: eight of them give sigma to a percent."""
OVERLAP = 0.6
"""Of one view, which every frame of a moving plate must show."""
MOST_SHARE, MOST_AT_BLACK = 0.15, 0.02
"""Sigma of grain is no more than this share of its signal, and this in the dark: over twice
what a camera pushed by three stops has at middle grey (about .02 of .18, scene-linear)."""
ALIKE_PX = 2.0
"""Frames whose smears differ by less are as good as each other."""
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateGrain:
    """What one plate's grain was found to be."""

    shot: str
    plate_digest: str
    model: str
    """SHA-256 of the model's file in the blobs; empty where none could be measured."""
    frames: tuple[int, ...]
    says: str


def plate_grain(studio: Studio, shot: Shot) -> PlateGrain | None:
    """Return the grain of the shot's plate, measuring it the first time; None without one."""
    if shot.plate is None:
        return None
    track = camera(shot, book.lock(studio.ledger, shot.name))
    key = record_digest(
        {
            "measures": MEASURES,
            "plate": shot.plate.digest,
            "space": shot.plate.colourspace,
            "frames": str(shot.frames),
            "camera": as_record(track) if track and not track.static else None,
        }
    )
    for row in studio.ledger.rows(KIND):
        if row.body["key"] == key and _is_there(studio, row.body["found"]["model"]):
            return from_record(PlateGrain, row.body["found"])
    with studio.progress.bar(f"{shot.name}: measuring the plate's grain", 1.0) as bar:
        found = _measured(studio, shot, track)
        bar.advance()
    studio.ledger.append(KIND, {"key": key, "found": as_record(found)})
    return found


def grain_model(studio: Studio, digest: str) -> GrainModel:
    """Return the model that lies in the blobs under ``digest``."""
    content = studio.shelf.read(studio.blobs.path(digest))
    return studio.papers.grain(content, where=f"grain model {digest[:12]}")


def plate_sigma(studio: Studio, shot: Shot, frames: Sequence[Image]) -> Image | None:
    """
    Return (H, W, 3) sigma of the plate's grain on the mean of (H, W, 3) frames.

    None where none was measured, or where the plate is not in the working space.
    """
    found = plate_grain(studio, shot)
    if found is None or not found.model:
        return None
    model = grain_model(studio, found.model)
    if model.how == "single frame" or model.space != studio.colour.working_space:
        return None
    mean = np.mean(frames, axis=0, dtype=np.float64)
    light = box_mean(np.where(np.isfinite(mean), mean, 0.0), 1).astype(np.float64)
    strength = Strength.of(model)
    sigmas = [strength.sigma(light, c) for c in range(3)]
    return np.stack(sigmas, axis=2).astype(np.float32)


def _is_there(studio: Studio, digest: str) -> bool:
    return not digest or studio.blobs.has(digest)


def _measured(studio: Studio, shot: Shot, track: CameraTrack | None) -> PlateGrain:
    assert shot.plate is not None
    numbers = list(shot.frames)
    tries: list[tuple[str, list[int]]] = [("single frame", [shot.frames.middle])]
    if len(numbers) > 1:
        if track is not None and not track.static:
            tries.insert(0, ("moving", _frames_of_one_view(studio, shot, track)))
        else:
            tries.insert(0, ("static", _spread(numbers)))
    why = ""
    for how, chosen in tries:
        if how != "single frame" and len(chosen) < 2:
            continue
        try:
            model = _model(studio, shot, track, how, chosen)
            _refuse_detail(model)
        except GrainError as error:
            why = f"{why or error}"
            continue
        model = replace(model, width_px=shot.width_px, height_px=shot.height_px)
        content = studio.papers.grain_file(model)
        return PlateGrain(
            shot=shot.name,
            plate_digest=shot.plate.digest,
            model=studio.blobs.put_bytes(content),
            frames=tuple(chosen),
            says=model.says if not why else f"{model.says} ({how}, because {why})",
        )
    return PlateGrain(
        shot=shot.name,
        plate_digest=shot.plate.digest,
        model="",
        frames=(),
        says=f"not measured: {why}",
    )


def _refuse_detail(model: GrainModel) -> None:
    """Raise GrainError where what was measured is stronger than any camera's grain."""
    for curve in model.curves:
        for signal, sigma in zip(curve.signals, curve.sigmas, strict=True):
            if sigma > MOST_AT_BLACK + MOST_SHARE * max(signal, 0.0):
                raise GrainError(
                    f"sigma {sigma:.3g} at signal {signal:.3g} is detail, not grain",
                    remedy="Give frames in which less moves, or a grain model by hand.",
                )


def _spread(numbers: Sequence[int]) -> list[int]:
    """Return up to eight of ``numbers``, evenly spread, the ends among them."""
    count = min(MOST_FRAMES, len(numbers))
    if count == 1:
        return list(numbers)
    return [numbers[round(k * (len(numbers) - 1) / (count - 1))] for k in range(count)]


def _frames_of_one_view(studio: Studio, shot: Shot, track: CameraTrack) -> list[int]:
    """Return the frames that show most of the middle one's view and are smeared least."""
    shown = [f for f in shot.frames if _overlap(studio, shot, track, f) >= OVERLAP]
    smears = {frame: _smear_px(shot, track, frame) for frame in shown}
    most = sorted(smears.values())[min(MOST_FRAMES, len(shown)) - 1]
    return _spread([f for f in shown if smears[f] <= most + ALIKE_PX])


def _overlap(studio: Studio, shot: Shot, track: CameraTrack, frame: int) -> float:
    x, y, width, height = display_window(shot)
    pinholes = _views(studio, shot, track, frame)
    at = view_in_frame(
        track,
        shot.frames.middle,
        frame,
        pinholes=pinholes,
        window=_inner(display_window(shot)),
        step_px=16,
    )
    sees = (at[..., 0] > x) & (at[..., 0] < x + width)
    sees &= (at[..., 1] > y) & (at[..., 1] < y + height)
    return float(sees.mean())


def stillest(shot: Shot, track: CameraTrack | None) -> int:
    """Return the frame that the camera smears least; the middle one where all are alike."""
    middle = shot.frames.middle
    if track is None or track.static or shot.plate is None:
        return middle
    smears = {frame: round(_smear_px(shot, track, frame), 1) for frame in shot.frames}
    return min(shot.frames, key=lambda n: (smears[n], abs(n - middle), n))


def rest_smear_px(shot: Shot, track: CameraTrack | None) -> float:
    """Return over how many pixels the shutter smears the stillest frame's middle."""
    if track is None or track.static or shot.plate is None or len(shot.frames) < 2:
        return 0.0
    return open_smear_px(shot, track, stillest(shot, track))


def open_smear_px(shot: Shot, track: CameraTrack, frame: int) -> float:
    """Return over how many pixels the shutter smears the middle of ``frame``."""
    return _smear_px(shot, track, frame) / 2 * track.shutter_angle_deg / 360


def _smear_px(shot: Shot, track: CameraTrack, frame: int) -> float:
    """Return how far the middle of the picture moves from the frame before to the one after."""
    x, y, width, height = display_window(shot)
    spot = (x + width // 2, y + height // 2, 1, 1)
    pinholes = _pinholes(shot, track, frame)
    ends = [n for n in (frame - 1, frame + 1) if n in shot.frames]
    at = [
        view_in_frame(track, frame, n, pinholes=pinholes, window=spot)[0, 0]
        for n in (ends if len(ends) == 2 else [frame, *ends])
    ]
    moved = float(np.hypot(*(at[-1] - at[0])))
    return moved if len(ends) == 2 else 2 * moved


def _views(
    studio: Studio, shot: Shot, track: CameraTrack, frame: int
) -> tuple[Projection, Projection]:
    view, other = (
        frame_projection(studio, shot, track, n) for n in (shot.frames.middle, frame)
    )
    return view, other


def _pinholes(shot: Shot, track: CameraTrack, frame: int) -> tuple[Pinhole, Pinhole]:
    """Return the lenses of the middle frame and of ``frame`` on their axes, unbent."""
    assert shot.plate is not None
    aspect, display = shot.plate.pixel_aspect, display_window(shot)
    view, other = (
        Pinhole.of(track.sample(n).lens, display, pixel_aspect=aspect)
        for n in (shot.frames.middle, frame)
    )
    return view, other


def _inner(window: Window) -> Window:
    """Return the middle of ``window``, of its shape and no more than MOST_PIXELS."""
    x, y, width, height = window
    share = min(1.0, (MOST_PIXELS / (width * height)) ** 0.5)
    w, h = max(1, int(width * share)), max(1, int(height * share))
    return x + (width - w) // 2, y + (height - h) // 2, w, h


def _model(
    studio: Studio, shot: Shot, track: CameraTrack | None, how: str, chosen: Sequence[int]
) -> GrainModel:
    assert shot.plate is not None
    space = shot.plate.colourspace
    pictures = [read_plate(studio, shot, frame) for frame in chosen]
    if how != "moving":
        window = _inner(pictures[0].data_window)
        frames = [_part(picture, window) for picture in pictures]
        mask = ~np.logical_or.reduce([_filled(frame) for frame in frames])
        if how == "static":
            return measure_static(frames, space=space, mask=mask)
        return measure_single(frames[0], space=space, mask=mask)
    assert track is not None
    window = _inner(display_window(shot))
    frames, coordinates = [], []
    for frame, picture in zip(chosen, pictures, strict=True):
        at = view_in_frame(
            track,
            shot.frames.middle,
            frame,
            pinholes=_views(studio, shot, track, frame),
            window=window,
        )
        # Around the view no more is read than a frame may have moved by.
        part = _reach(at, picture.data_window)
        frames.append(_part(picture, part))
        coordinates.append(at - np.array(part[:2], np.float64))
    size = (max(f.shape[0] for f in frames), max(f.shape[1] for f in frames))
    frames = [_padded(f, size) for f in frames]
    return measure_moving(frames, coordinates, space=space)


def _part(picture: Picture, window: Window) -> Image:
    rgb: Image = on_window(picture.rgb(), picture.data_window, window, fill=np.nan)
    return rgb


def _reach(at: Floats, data: Window) -> Window:
    """Return the part of ``data`` that the coordinates ``at`` (H, W, 2) lie in."""
    x, y, width, height = data
    across, down = at[..., 0], at[..., 1]
    inside = (across >= x) & (across < x + width) & (down >= y) & (down < y + height)
    if not inside.any():
        return x, y, 1, 1
    left, right = int(across[inside].min()), int(across[inside].max()) + 1
    top, bottom = int(down[inside].min()), int(down[inside].max()) + 1
    return left, top, right - left, bottom - top


def _padded(frame: Image, size: tuple[int, int]) -> Image:
    room = ((0, size[0] - frame.shape[0]), (0, size[1] - frame.shape[1]), (0, 0))
    return np.pad(frame, room, constant_values=np.nan)


def _filled(frame: Image) -> Mask:
    """Return (H, W): where a pixel is the same bits as all around it: nothing photographed."""
    same = np.ones(frame.shape[:2], bool)
    for axis in (0, 1):
        for step in (-1, 1):
            same &= (frame == np.roll(frame, step, axis)).all(axis=-1)
    return same
