"""What QC asks of a painting: sources, its margin beside the plate, what stands twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from seamline.checks.look import Spot
from seamline.pixels.detail import detail_apart
from seamline.pixels.flatten import MARGIN, seen
from seamline.pixels.light.white import temperature_of
from seamline.pixels.overlap import Overlap, compared
from seamline.pixels.picture import Image, on_window
from seamline.pixels.twice import largest_repeat
from seamline.ports import Studio
from seamline.show.shot import Shot
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.camera import camera
from seamline.steps.element import plate_frame, through_the_lens
from seamline.steps.ingest import linear, read_matte
from seamline.steps.layers import FIRST_VIEW, HAND_CODE, shown_layers
from seamline.steps.matched import layers_on
from seamline.steps.opened import luminance
from seamline.steps.painting import Painting, painting, sheets

Spots = dict[str, Spot]
Missing = dict[str, str]
Curves = dict[str, tuple[tuple[int, float], ...]]
OPAQUE = 0.999


def lineage_spot(
    studio: Studio, version: Version, digests: Mapping[int, tuple[str, str]], spots: Spots
) -> None:
    """Count painted pixels without a source, and frames that are not what was published."""
    variation = book.variation_of(studio.ledger, version)
    shot = book.shot_of(studio.ledger, version)
    words, count, frame = [], 0, None
    for facts in shown_layers(variation):
        lineage = studio.blobs.picture(facts.lineage_digest).channels
        alpha = studio.blobs.picture(facts.digest).channels["A"]
        lost = int(((lineage["source"] == 0) & (alpha > 0)).sum())
        if lost:
            count += lost
            words.append(f"{lost} painted pixels of layer {facts.name}")
    known = zip(version.element_frames, version.comp_frames, strict=True)
    for number, published in zip(shot.frames, known, strict=True):
        for kind, now, then in zip(
            ("element", "comp"), digests[number], published, strict=True
        ):
            if now != then:
                count += 1
                frame = frame or number
                words.append(f"{kind} frame {number} is not the published one")
    if shot.plate is not None and version.plate_digest != shot.plate.digest:
        count += 1
        words.append("the plate is another than it was rendered over")
    said = f": {'; '.join(words[:3])}" if words else ""
    spots["lineage"] = Spot(value=count, frame=frame, words=said)


def overlap_spots(
    studio: Studio, version: Version, frames: Sequence[int],
    spots: Spots, missing: Missing, curves: Curves,
) -> None:  # fmt: skip
    """Compare the painted margin, graded as it goes into the comp, with the plate beneath."""
    shot = book.shot_of(studio.ledger, version)
    variation = book.variation_of(studio.ledger, version)
    facts = next((f for f in variation.layers if f.name == MARGIN), None)
    checks = ("exposure", "white", "black", "softness")
    if facts is None or shot.plate is None:
        missing.update(dict.fromkeys(checks, "no margin was painted"))
        return
    layer = studio.blobs.picture(facts.digest)
    rgba = np.concatenate([layer.rgb(), layer.channels["A"][..., None]], axis=-1)
    made = painting(studio, variation, sheets(studio, variation))
    track = camera(shot, book.lock(studio.ledger, shot.name))
    at_rest = track is None or track.static
    found: dict[str, list[Spot]] = {check: [] for check in checks}
    for frame in frames:
        said = _overlap(studio, shot, version, made, rgba, frame, at_rest)
        if said is None:
            continue
        overlap, soft, place = said
        mired, tint = mired_of(studio, overlap.gains)
        values = {
            "exposure": overlap.stops, "white": mired,
            "black": overlap.black, "softness": soft,
        }  # fmt: skip
        for check, value in values.items():
            if value is not None:
                words = f", tint {tint:+.4f}" if check == "white" else ""
                found[check].append(Spot(value=value, frame=frame, place=place, words=words))
    for check, seen_ in found.items():
        if not seen_:
            missing[check] = {
                "black": "nothing in the margin is dark",
                "softness": "the plate shows no fine detail over its grain in the margin"
                if at_rest
                else "the camera moves: no two frames tell the plate's grain from its detail",
            }.get(check, "too little of the margin is seen, or it is too dark")
            continue
        worst = max(seen_, key=lambda s: abs(s.value))
        spots[check] = Spot(
            value=worst.value, frame=worst.frame, place=worst.place,
            words=worst.words, frames=len(seen_),
        )  # fmt: skip
        curves[check] = tuple((int(s.frame or 0), s.value) for s in seen_)


def _overlap(
    studio: Studio, shot: Shot, version: Version, made: Painting, rgba: Image, frame: int,
    at_rest: bool,
) -> tuple[Overlap, float | None, tuple[int, int, int, int]] | None:  # fmt: skip
    """Return how painted and plate differ, their softness and their place."""
    plate = plate_frame(studio, shot, frame)
    if made.canvas.kind == "frame":
        assert made.canvas.window is not None
        view = on_window(rgba, made.canvas.window, plate.data_window)
    else:
        view = through_the_lens(studio, shot, made, plate, frame, layer=rgba)
    seam = book.seam(studio.ledger, shot.name)
    mask = (view[..., 3] > OPAQUE) & (read_matte(studio, shot, seam, frame) == 1)
    if not mask.any():
        return None
    painted = _matched(studio, version, np.ascontiguousarray(view[..., :3]), view[..., 3])
    own = linear(studio, shot, plate)
    overlap = compared(own, painted, mask)
    other = frame + 1 if frame < shot.frames.last else frame - 1
    soft = None
    if overlap is not None and at_rest and other >= shot.frames.first:
        again = linear(studio, shot, plate_frame(studio, shot, other))
        soft = detail_apart(luminance(own), luminance(again), luminance(painted), mask)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    corner = [plate.data_window[k] - plate.display_window[k] for k in (0, 1)]
    place = (
        int(columns[0]) + corner[0], int(rows[0]) + corner[1],
        int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1,
    )  # fmt: skip
    return (overlap, soft, place) if overlap else None


def _matched(studio: Studio, version: Version, rgb: Image, alpha: Image) -> Image:
    """Return the margin's (H, W, 3) with the match on that the comp has; grain apart."""
    match = version.match
    if match is None:
        return studio.colour.grade(rgb, version.cdl)
    # What lies at the seam lies as far away as the live action it goes on from: no haze by
    # distance. The margin lies under live action: nothing spills onto it.
    return layers_on(studio, rgb, alpha, match, spill=None)[0]


def mired_of(studio: Studio, gains: tuple[float, float, float]) -> tuple[float, float]:
    """
    Return how much warmer, in mired, ``gains`` make the working space's white, and the tint.

    Tint is added to y, positive is greener, as in a lock.
    """
    whites = np.array([[(1.0, 1.0, 1.0), gains]], np.float32)
    xyz = studio.colour.convert(whites, studio.colour.working_space, "CIE-XYZ-D65")
    found = []
    for x, y, z in xyz[0].astype(np.float64):
        total = max(x + y + z, 1e-9)
        found.append(temperature_of((float(x / total), float(y / total))))
    if found[0] is None or found[1] is None:
        return (400.0, 0.0)
    return 1e6 / found[1][0] - 1e6 / found[0][0], found[1][1] - found[0][1]


def repetition_spot(studio: Studio, version: Version, spots: Spots, missing: Missing) -> None:
    """Look for the largest piece of a reference that is seen twice on the canvas."""
    variation = book.variation_of(studio.ledger, version)
    layers = shown_layers(variation)
    pictures = [studio.blobs.picture(f.digest) for f in layers]
    lineages = [studio.blobs.picture(f.lineage_digest).channels for f in layers]
    weight = np.stack(seen([p.channels["A"].astype(np.float32) for p in pictures]))
    front = weight.argmax(axis=0)
    opaque = weight.max(axis=0) > 0.5

    def picked(name: str) -> Image:
        planes = np.stack([lineage[name] for lineage in lineages])
        chosen: Image = np.take_along_axis(planes, front[None], axis=0)[0]
        return chosen

    source = picked("source").astype(np.int64)
    names = list(dict.fromkeys(variation.views))
    lookup = np.array([-1] * FIRST_VIEW + [names.index(v) for v in variation.views])
    source = np.where(opaque & (source < HAND_CODE), lookup[source % HAND_CODE], -1)
    if not (source >= 0).any():
        missing["repetition"] = "nothing was painted from a reference"
        return
    rgb = np.take_along_axis(
        np.stack([p.rgb() for p in pictures]), front[None, ..., None], axis=0
    )[0]
    coded = studio.colour.convert(rgb, studio.colour.working_space, "ACEScct")[..., 1]
    found = largest_repeat(source, picked("master.x"), picked("master.y"), coded)
    words = "" if found.apart == (0, 0) else (
        f", {abs(found.apart[0])} px across and {abs(found.apart[1])} px down from its twin "
        "on the canvas"
    )  # fmt: skip
    canvas, _ = book.canvas_by_digest(studio.ledger, variation.ask.canvas_digest)
    on_frame = canvas.kind == "frame" and canvas.window is not None and found.place
    spots["repetition"] = Spot(
        value=100 * found.share, words=words, place=found.place if on_frame else None
    )
