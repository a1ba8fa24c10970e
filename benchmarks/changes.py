"""
A longer cut of the demo: what its old frames keep, and whether the old border is seen.

The first 16 frames of the pan are painted in four variations, two of cards and two of whole
pictures; then the shot grows by 8. Of each painting: the steps over the border of the old
canvas over those of the twelve columns on either side, and the same measure at 270 columns
of the old painting, where there is no border (its 95th percentile).
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline import demo_show as demo
from seamline import wiring
from seamline.ports import Studio
from seamline.show.frames import FrameRange, frame_path
from seamline.show.lock import Light
from seamline.show.reference import Reference
from seamline.show.seam import Seam
from seamline.show.variation import Variation, Version
from seamline.steps import book
from seamline.steps.further import go_on
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.lock import set_lock
from seamline.steps.main_job import painted
from seamline.steps.painting import painting, sheets
from seamline.steps.reference import Permission, add_reference
from seamline.steps.render import render
from seamline.steps.update import update_shot

SHORT, LONG = FrameRange(first=1001, last=1016), demo.FRAMES
VARIATIONS = 4
BESIDE = 12
NEAR_PX, FAR_PX = 30, 300
"""Columns so far before the border tell what steps the painting itself has."""


def run() -> dict[str, Any]:
    """Return the figures."""
    with tempfile.TemporaryDirectory(prefix="seamline-changes-") as folder:
        return _measured(str(Path(folder) / "show"))


def _measured(root: str) -> dict[str, Any]:
    source = demo.material_folder(None)
    wiring.new_show(root, "Changes", width=960, height=540, rate="24")
    studio = wiring.open_studio(root, threads=2)
    _taken_in(studio, source, root)
    painted(studio, demo.SHOT, variations=VARIATIONS, seed=1, generator="patch")
    versions = list(book.versions(studio.ledger, demo.SHOT))
    track = str(source / demo.SHOT / "camera.opentrackio.jsonl")
    update_shot(studio, demo.SHOT, frames=LONG, track=track)
    found = []
    for version in versions:
        began = time.process_time()
        variation = go_on(studio, version)
        seconds = time.process_time() - began
        over, beside = _border(studio, version, variation)
        more = [f.name for f in variation.layers if f.name.startswith("more")]
        print(f"{version.id}: {over:.2f}, elsewhere up to {beside:.2f}", file=sys.stderr)
        found.append(
            {
                "layers": len(variation.layers),
                "painted_more": bool(more),
                "border": round(over, 3),
                "elsewhere_p95": round(beside, 3),
                "cpu_s": round(seconds, 2),
            }
        )
    kept = _kept(studio, versions[0], go_on(studio, versions[0]))
    return {"longer_cut": found, "worst_border": max(f["border"] for f in found), **kept}


def _taken_in(studio: Studio, source: Path, root: str) -> None:
    for name, (caption, hfov, light) in demo.REFERENCES.items():
        _reference(studio, source / "references" / name, caption, hfov, light)
    plate = source / demo.SHOT / "plate" / f"{demo.SHOT}.%04d.exr"
    matte = source / demo.SHOT / "matte" / f"{demo.SHOT}_fg.%04d.png"
    track = demo._track(studio, source, root, SHORT)
    add_shot(studio, demo.SHOT, plate=str(plate), track=track, frames=SHORT)
    set_seam(studio, Seam(shot=demo.SHOT, version=1, matte=str(matte)))
    lock = source / demo.SHOT / "lock.toml"
    set_lock(studio, demo.SHOT, lock.read_text(), where=str(lock))


def _reference(studio: Studio, path: Path, caption: str, hfov: float, light: Light) -> None:
    said = Permission(
        kind="photography",
        owner=demo.CREDIT,
        licence=demo.LICENCE,
        approved_by=demo.SUPERVISOR,
        allow=("paint",),
        caption=caption,
        hfov_deg=hfov,
        light=light,
    )
    reference: Reference = add_reference(studio, str(path), said)
    demo._cards(studio, reference, path.parent)


def _border(studio: Studio, version: Version, variation: Variation) -> tuple[float, float]:
    before = book.variation_of(studio.ledger, version)
    old, _ = book.canvas_by_digest(studio.ledger, before.ask.canvas_digest)
    new, body = book.canvas_by_digest(studio.ledger, variation.ask.canvas_digest)
    left = round((old.longitude_left_rad - new.longitude_left_rad) * new.px_per_rad)
    edge = left + old.width_px if left == 0 else left
    flat = painting(studio, variation, sheets(studio, variation)).flat[..., :3]
    working = studio.colour.working_space
    coded = studio.colour.convert(np.ascontiguousarray(flat), working, "ACEScct")
    need = studio.blobs.picture(str(body["arrays"])).channels["need"] > 0
    steps = np.abs(np.diff(coded, axis=1)).mean(axis=-1)
    way = -1 if left == 0 else 1
    others = [_over(steps, need, edge + way * n) for n in range(NEAR_PX, FAR_PX)]
    return _over(steps, need, edge), float(np.percentile(others, 95))


def _over(steps: NDArray[Any], need: NDArray[np.bool_], edge: int) -> float:
    rows = need[:, edge - 1] & need[:, edge]
    beside = [*range(edge - BESIDE - 1, edge - 1), *range(edge, edge + BESIDE)]
    return float(steps[rows, edge - 1].mean() / steps[rows][:, beside].mean())


def _kept(studio: Studio, old: Version, variation: Variation) -> dict[str, Any]:
    (new,) = render(studio, demo.SHOT, [variation])
    patterns = [studio.shelf.element_pattern(i) for i in (old.id, new.id)]
    same = 0
    for frame in SHORT:
        a, b = (studio.images.read(frame_path(p, frame)) for p in patterns)
        same += all(np.array_equal(a.channels[n], b.channels[n]) for n in a.channels)
    return {"old_frames": len(SHORT), "old_frames_bit_identical": same}
