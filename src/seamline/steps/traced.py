"""Where one pixel of a frame came from: through its layers to references, hands and fills."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.errors import FormatError
from seamline.optics.parallax import on_canvas, shutter_poses
from seamline.pixels.picture import Picture
from seamline.ports import Studio
from seamline.show.canvas import Canvas
from seamline.show.reference import Reference
from seamline.show.shot import Shot
from seamline.show.variation import HandWork, LayerFacts, Variation
from seamline.steps import book
from seamline.steps.camera import camera
from seamline.steps.delivered_lens import UNDISTORTED
from seamline.steps.ingest import display_window, read_matte
from seamline.steps.layers import FIRST_VIEW, HAND_CODE, PLATE_CODE, shown_layers
from seamline.steps.lens import frame_projection
from seamline.steps.looked import layer_distance_m
from seamline.steps.painting import Pin, frames_seen, pins_of, until
from seamline.steps.palette import PLATE_ID
from seamline.steps.published import Published

Spots = list[tuple[int, int]]
"""Canvas pixels, x and y."""


def origin_of_pixel(
    studio: Studio, found: Published, picture: Picture, pixel: tuple[int, int]
) -> dict[str, Any]:
    """
    Return what is known of a ``pixel`` of a published frame, x and y of its display window.

    Raises:
        FormatError: It lies outside the picture, or the frame was brought out of its lens.
    """
    version, frame = found.version, found.frame
    if found.kind == UNDISTORTED:
        raise FormatError(
            f"frame {frame} is undistorted: its pixels are not those of the plate",
            remedy="Audit the pixel of the element or the comp that shows the same thing.",
        )
    shot = book.shot_of(studio.ledger, version)
    display, window = display_window(shot), picture.data_window
    x, y = pixel[0] + display[0] - window[0], pixel[1] + display[1] - window[1]
    if not (0 <= x < window[2] and 0 <= y < window[3]):
        raise FormatError(
            f"pixel {pixel[0]},{pixel[1]} lies outside the picture's {window[2]}x{window[3]} "
            "pixels",
            remedy="Count from the top left of the display window.",
        )
    at = {"x": pixel[0], "y": pixel[1]}
    seam = book.seam(studio.ledger, shot.name)
    live = float(read_matte(studio, shot, seam, frame)[y, x]) if shot.plate and seam else 0.0
    answer: dict[str, Any] = {"pixel": at, "matte": live}
    if found.kind == "comp" and live == 1:
        assert shot.plate is not None
        return {**answer, "origin": "plate", "file": shot.plate.pattern, **at}
    variation = book.variation_of(studio.ledger, version)
    canvas, _ = book.canvas_by_digest(studio.ledger, variation.ask.canvas_digest)
    pins = pins_of(studio, variation)
    shown = [f for f in shown_layers(variation) if found.layer in ("", f.name)]
    seen = frames_seen(pins, frame)
    away = [layer_distance_m(studio, shot.name, canvas, facts, seen) for facts in shown]
    spots = _spots(studio, shot, canvas, frame, window, (x, y), away, pins)
    layers, sources = sources_of(studio, shot, variation, shown, spots)
    if not sources:
        return {**answer, "origin": "nothing was painted here"}
    told = {"origin": origin(sources), **sources[0], "layers": layers, "sources": sources}
    return {**answer, **told}


def _spots(
    studio: Studio,
    shot: Shot,
    canvas: Canvas,
    frame: int,
    window: tuple[int, int, int, int],
    at: tuple[int, int],
    away: Sequence[float | None],
    pins: Sequence[Pin],
) -> list[Spots]:
    """
    Return the canvas pixels (x, y) that one frame pixel saw while the shutter was open.

    Of each layer by itself: one that is ``away`` by a distance was seen elsewhere on the
    canvas than one without end. (-1, -1) is beside the canvas.
    """
    if canvas.kind == "frame":
        assert canvas.window is not None
        left, top = window[0] - canvas.window[0], window[1] - canvas.window[1]
        return [[(at[0] + left, at[1] + top)]] * len(away)
    track = camera(shot, book.lock(studio.ledger, shot.name))
    assert track is not None
    pinhole = frame_projection(studio, shot, track, frame)
    pin = next((p for p in pins if frame in p.frames), None)
    begins = pin.at if pin else (0, 0)
    if pin is not None:
        canvas, track = pin.canvas, until(track, pin.frames)
    ahead = pinhole.directions(*(_centre(at[i] + window[i]) for i in range(2)))
    nearest = min((metres for metres in away if metres), default=None)
    poses = shutter_poses(canvas, track, frame, pinhole, window, nearest_m=nearest)
    return [
        [_whole(x, y, begins) for x, y in on_canvas(canvas, poses, ahead, distance_m=metres)]
        for metres in away
    ]


def _whole(
    x: NDArray[np.float64], y: NDArray[np.float64], begins: tuple[int, int]
) -> tuple[int, int]:
    if not (np.isfinite(x) and np.isfinite(y)):
        return (-1, -1)
    return (math.floor(float(x)) + begins[0], math.floor(float(y)) + begins[1])


def _centre(pixel: int) -> NDArray[np.float64]:
    return np.asarray(pixel + 0.5, np.float64)


def sources_of(
    studio: Studio,
    shot: Shot,
    variation: Variation,
    layers: Sequence[LayerFacts],
    spots: Sequence[Spots],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """
    Return what canvas pixels are made of: the layers, front first, and their sources.

    A share is the part of the pixel that is seen of it: a layer's alpha, behind what
    those before it let through, over all of its ``spots``.
    """
    known = book.references(studio.ledger)
    through = dict.fromkeys(range(max(len(own) for own in spots) if spots else 0), 1.0)
    seen: list[dict[str, Any]] = []
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for facts, own in zip(reversed(layers), reversed(spots), strict=True):
        lineage = studio.blobs.picture(facts.lineage_digest)
        _, _, width, height = lineage.data_window
        part = 0.0
        for place, (x, y) in enumerate(own):
            if not (0 <= x < width and 0 <= y < height):
                continue
            alpha = float(lineage.channels["alpha"][y, x])
            weight = alpha * through[place] / len(own)
            through[place] *= 1 - alpha
            if weight == 0:
                continue
            part += weight
            said = _source(shot, variation, known, lineage, x, y)
            key = (facts.name, said["reference"], said["x"], said["y"])
            entry = found.setdefault(key, {**said, "layer": facts.name, "share": 0.0})
            entry["share"] += weight
        if part:
            seen.append({"layer": facts.name, "share": part, "distance_m": facts.distance_m})
    ranked = sorted(found.values(), key=lambda s: -float(s["share"]))
    return _rounded(seen), _rounded(ranked)


def _source(
    shot: Shot,
    variation: Variation,
    known: Mapping[str, Reference],
    lineage: Picture,
    x: int,
    y: int,
) -> dict[str, Any]:
    code = int(lineage.channels["source"][y, x])
    if code >= HAND_CODE:
        return _by_hand(variation.hands[code - HAND_CODE], lineage, x, y)
    if code == PLATE_CODE or variation.views[code - FIRST_VIEW] == PLATE_ID:
        return {
            **dict.fromkeys(("owner", "licence", "approver"), ""),
            "reference": PLATE_ID,
            "file": shot.plate.pattern if shot.plate else "",
            "x": int(lineage.channels["view.x"][y, x]),
            "y": int(lineage.channels["view.y"][y, x]),
        }
    return {
        **who_answers(known[variation.views[code - FIRST_VIEW]]),
        "x": int(lineage.channels["master.x"][y, x]),
        "y": int(lineage.channels["master.y"][y, x]),
    }


def origin(sources: Sequence[Mapping[str, Any]]) -> str:
    """Return what most of a pixel is: the plate's, a hand's (named), or a reference's."""
    first = str(sources[0]["reference"])
    return first if first == PLATE_ID or first.startswith("hand: ") else "reference"


def _by_hand(work: HandWork, lineage: Picture, x: int, y: int) -> dict[str, Any]:
    return {
        **dict.fromkeys(("owner", "licence", "approver"), ""),
        "reference": f"hand: {work.by}",
        "file": "",
        "note": work.note,
        "at": work.at,
        "x": int(lineage.channels["view.x"][y, x]),
        "y": int(lineage.channels["view.y"][y, x]),
    }


def _rounded(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**entry, "share": round(float(entry["share"]), 6)} for entry in entries]


def who_answers(reference: Reference) -> dict[str, Any]:
    """Return whose a reference is, and who approved it."""
    return {
        "reference": reference.id,
        "file": reference.file_name,
        "owner": reference.owner,
        "licence": reference.licence,
        "approver": reference.approved_by,
        "approved_on": reference.approved_on,
    }
