"""
Audit: from any published or delivered picture, or one of its pixels, back to its sources.

A picture is recognised by its pixels, never by its name or header. A delivery
record is checked byte for byte, with everything it lists.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.errors import FormatError, TamperError
from seamline.optics.parallax import on_canvas, shutter_poses
from seamline.pixels.digest import picture_digest
from seamline.pixels.picture import Picture
from seamline.ports import Studio
from seamline.show.canvas import Canvas
from seamline.show.record import as_record
from seamline.show.reference import Reference
from seamline.show.shot import Shot
from seamline.show.variation import HandWork, LayerFacts, Variation, Version
from seamline.steps import book
from seamline.steps.canvas import camera
from seamline.steps.delivered_lens import UNDISTORTED
from seamline.steps.delivery_record import RECORD, read_record, verify_files
from seamline.steps.element import Pin, frames_seen, pins_of, until
from seamline.steps.ingest import display_window, read_matte
from seamline.steps.layers import FIRST_VIEW, HAND_CODE, PLATE_CODE, shown_layers
from seamline.steps.lens import frame_projection
from seamline.steps.looked import layer_distance_m
from seamline.steps.palette import PLATE_ID
from seamline.steps.published import Published, published
from seamline.steps.rebuild import rebuild

PAPERS = (".usda", ".otio", ".edl", ".mov", ".nk", ".cc", ".ccc", ".ocio", ".html")
"""What a delivery has besides pictures and JSON."""
DEEPEST = 4
"""How many folders up a paper's delivery may begin."""


def audit(
    studio: Studio,
    path: str,
    pixel: tuple[int, int] | None = None,
    *,
    again: bool = False,
) -> dict[str, Any]:
    """
    Return what is known about the file at ``path``, or about one pixel of it.

    Args:
        studio: Ports.
        path: A picture, a delivery record, or a delivery folder.
        pixel: x, y in display-window pixels from the top left.
        again: Also make every layer again from its references' files.

    Raises:
        TamperError: A record, or a file it lists, was changed; or a layer made again is
            another picture.
        FormatError: The picture is not one this show published.
    """
    studio.ledger.verify()
    record = f"{path}/{RECORD}" if studio.shelf.exists(f"{path}/{RECORD}") else path
    if record.endswith(".json"):
        said = _delivery(studio, record)
        return {**said, **(_made_again(studio, said["element"]) if again else {})}
    if path.lower().endswith(PAPERS):
        said = _paper(studio, path)
        return {**said, **(_made_again(studio, said["element"]) if again else {})}
    picture = studio.images.read(path)
    digest = picture_digest(picture)
    claimed = str(picture.attributes.get("seamline:element", ("string", ""))[1])
    found = published(studio, digest, claimed)
    if found is None:
        painted = _on_its_canvas(studio, path, digest, pixel)
        if painted is not None:
            rebuilt = _made_again(studio, str(painted["element"])) if again else {}
            return {**painted, **rebuilt}
        if claimed:
            raise TamperError(
                f"{path} says it is {claimed}, but these pixels were never published",
                remedy="Somebody changed the picture after it left the show.",
            )
        raise FormatError(
            f"{path} is not a picture that this show published",
            remedy="Audit a comp, an element, a delivered layer, or a delivery's record.json.",
        )
    said = {"file": path, "digest": digest, **_family(studio, found.version)}
    said |= {"kind": found.kind, "frame": found.frame}
    if found.layer:
        said["layer"] = found.layer
    if found.equal:
        said["equal"] = list(found.equal)
    if pixel is not None:
        said |= _pixel(studio, found, picture, pixel)
    return {**said, **(_made_again(studio, found.version.id) if again else {})}


def _made_again(studio: Studio, element_id: str) -> dict[str, Any]:
    version = book.version(studio.ledger, element_id)
    names = rebuild(studio, book.variation_of(studio.ledger, version))
    return {"rebuilt": True, "rebuilt_layers": names}


def _delivery(studio: Studio, path: str) -> dict[str, Any]:
    record = read_record(studio.shelf.read(path), where=path)
    known = {str(row.body["record"]) for row in studio.ledger.rows("delivery")}
    if record["digest"] not in known:
        raise TamperError(
            f"{path} is not a record that this show wrote",
            remedy="Look for the show that delivered it.",
        )
    head = record["ledger"]
    if all(
        (row.number, row.hash) != (head["rows"], head["hash"]) for row in studio.ledger.rows()
    ):
        raise TamperError(
            f"the ledger no longer holds row {head['rows']}, which {path} was written after",
            remedy="Bring the ledger back from a backup.",
        )
    verify_files(studio, path[: -len(RECORD)].rstrip("/") or ".", record)
    return {
        "file": path,
        "kind": "delivery",
        "whole": True,
        "files": len(record["files"]),
        **_family(studio, book.version(studio.ledger, record["element"])),
    }


def _paper(studio: Studio, path: str) -> dict[str, Any]:
    """Return what a delivered paper is: a file that a delivery around it lists, unchanged."""
    folder, _, _ = path.rpartition("/")
    for _ in range(DEEPEST):
        record = f"{folder}/{RECORD}"
        if studio.shelf.exists(record):
            said = _delivery(studio, record)
            listed = read_record(studio.shelf.read(record), where=record)["files"]
            if any(f"{folder}/{entry['path']}" == path for entry in listed):
                return {**said, "file": path, "kind": "paper", "delivery": folder}
        folder, _, _ = folder.rpartition("/")
    raise FormatError(
        f"{path} lies in no delivery of this show",
        remedy="Audit it where it was delivered, beside record.json.",
    )


def _on_its_canvas(
    studio: Studio, path: str, digest: str, pixel: tuple[int, int] | None
) -> dict[str, Any] | None:
    """Return what a layer as it was painted is, a pixel of it too; None for any other."""
    for version in reversed(list(book.nouns(studio.ledger, "version", Version))):
        variation = book.variation_of(studio.ledger, version)
        facts = next((f for f in variation.layers if f.digest == digest), None)
        if facts is None:
            continue
        said = {"file": path, "digest": digest, **_family(studio, version)}
        said |= {"kind": "layer on its canvas", "layer": facts.name}
        if pixel is None:
            return said
        shot = book.shot(studio.ledger, version.shot)
        layers, sources = _told(studio, shot, variation, [facts], [[pixel]])
        at = {"pixel": {"x": pixel[0], "y": pixel[1]}}
        if not sources:
            return {**said, **at, "origin": "nothing was painted here"}
        told = {"origin": _origin(sources), **sources[0], "layers": layers, "sources": sources}
        return {**said, **at, **told}
    return None


def _family(studio: Studio, version: Version) -> dict[str, Any]:
    variation = book.variation_of(studio.ledger, version)
    shot = book.shot_of(studio.ledger, version)
    known = book.references(studio.ledger)
    return {
        "element": version.id,
        "shot": version.shot,
        "generator": variation.ask.generator,
        "seed": variation.ask.seed,
        "ask": variation.ask_digest,
        "plate": shot.plate.pattern if shot.plate else None,
        "references": [
            {"share": share, **_person(known[i])} for i, share in variation.shares if i in known
        ],
        "hands": [
            {"by": w.by, "at": w.at, "note": w.note, "layers": list(w.layers)}
            for w in variation.hands
        ],
        "made": as_record(variation.made),
        "layer_grades": as_record(version.grades),
        "match": as_record(version.match) if version.match else None,
        "chosen_by": _chosen_by(studio, version),
        "signed_by": [s.by for s in book.sign_offs(studio.ledger, version.id)],
    }


def _chosen_by(studio: Studio, version: Version) -> list[str]:
    """Return who chose it by name, and whose choice goes on with it in a changed shot."""
    named = [
        str(row.body["by"])
        for row in studio.ledger.rows("choice")
        if row.body["element"] == version.id
    ]
    choice = book.chosen(studio.ledger, version.shot)
    if choice is not None and choice.element == version.id and choice.by not in named:
        named.append(choice.by)
    return named


def _person(reference: Reference) -> dict[str, Any]:
    return {
        "reference": reference.id,
        "file": reference.file_name,
        "owner": reference.owner,
        "licence": reference.licence,
        "approver": reference.approved_by,
        "approved_on": reference.approved_on,
    }


def _pixel(
    studio: Studio, found: Published, picture: Picture, pixel: tuple[int, int]
) -> dict[str, Any]:
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
    layers, sources = _told(studio, shot, variation, shown, spots)
    if not sources:
        return {**answer, "origin": "nothing was painted here"}
    told = {"origin": _origin(sources), **sources[0], "layers": layers, "sources": sources}
    return {**answer, **told}


Spots = list[tuple[int, int]]


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


def _told(
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
        **_person(known[variation.views[code - FIRST_VIEW]]),
        "x": int(lineage.channels["master.x"][y, x]),
        "y": int(lineage.channels["master.y"][y, x]),
    }


def _origin(sources: Sequence[Mapping[str, Any]]) -> str:
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
