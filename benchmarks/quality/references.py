"""
References: whether one that is exposed otherwise than it says is caught beside the plate.

A plate is a view of a panorama with a hole in its middle (``patch.cases``); its reference is
the same panorama, seen in three other views that show nothing of the plate's. Nothing is
painted. The reference is handed over as it is and .35 stop darker and brighter; told is what
``steps.match_references`` says of it, found what the check ``margin`` fails at its limit, with
the right sign. Where nothing is told, *apart* says why: how far views of the reference, all
exposed alike, lie from each other by the same measure (root mean square).

Split by panorama: the limits in ``pixels.likeness`` were set on views of ``spruit`` and
``noon``; ``calibrate`` shows these, and three that were looked at for what could be done
better. Figures are of the others. ``quay``, ``prairie`` and ``rainforest`` had been judged
before in one view or two (``match margin``), ``building_site`` and ``wood`` in none.

    python benchmarks match references
    python benchmarks match references calibrate
    python benchmarks match references --quick    two ways each instead of six
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from patch import material
from patch.cases import Case, hole

from quality.margin import SHIFT_STOPS, WIDE_PX, shifted
from seamline.checks.margin import LIMIT_REFERENCE_STOPS
from seamline.pixels.likeness import likeness
from seamline.ports import ReferencePicture
from seamline.steps.match_references import references_off
from seamline.steps.palette import PLATE_ID

TUNED = ("spruit", "noon", "hilly", "garden", "moonlit")
JUDGED = ("quay", "prairie", "rainforest", "building_site", "wood")
PANS_DEG = (0.0, 60.0, 120.0, 200.0, 260.0, 320.0)


def told(case: Case) -> float | None:
    """Return by how many stops the plate is brighter than its reference; None if not told."""
    return references_off(case.canvas, case.references).get(case.name)


def apart(case: Case) -> float:
    """Return how far the views of a reference lie from each other, stops, root mean square."""
    views = [view for view in case.references if view.id != PLATE_ID]
    found = [_between(a, b) for a, b in combinations(views, 2)]
    return float(np.sqrt(np.mean([v * v for v in found if v is not None])))


def _between(one: ReferencePicture, other: ReferencePicture) -> float | None:
    assert one.elevation_deg is not None
    assert other.elevation_deg is not None
    usable = [np.asarray(view.usable, np.bool_) for view in (one, other)]
    found = likeness(
        one.colour, usable[0], one.elevation_deg, other.colour, usable[1], other.elevation_deg
    )
    return found.stops if found else None


def row(name: str, pan_deg: float) -> dict[str, Any]:
    """Return what is told of one plate's reference as it is and shifted."""
    full = 1024 if name == "spruit" else 640
    case = hole(name, pan_deg, scale=WIDE_PX / full)
    found: dict[str, Any] = {"name": name, "pan": pan_deg, "right": told(case)}
    for stops in (-SHIFT_STOPS, SHIFT_STOPS):
        found[f"{stops:+.2f}"] = told(shifted(case, stops, plate_too=False))
    found["apart"] = apart(case)
    print(found, file=sys.stderr, flush=True)
    return found


def figures(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what was told, wrongly failed and found."""
    right = [abs(r["right"]) for r in rows if r["right"] is not None]
    moved = [(sign, r[f"{sign * SHIFT_STOPS:+.2f}"]) for r in rows for sign in (-1, 1)]
    given = [(sign, off) for sign, off in moved if off is not None]
    silent = [r["apart"] for r in rows if r["right"] is None]
    return {
        "plates": len(rows),
        "told": len(right),
        "nothing wrong, stops off": _spread(right),
        "false alarms": sum(off > LIMIT_REFERENCE_STOPS for off in right),
        "shifted": len(moved),
        "shifted and told": len(given),
        # a brighter reference leaves the plate darker than it
        "found": sum(-sign * off > LIMIT_REFERENCE_STOPS for sign, off in given),
        "not told: views of one reference apart, stops": _spread(silent),
    }


def _spread(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    low, middle, high = (round(float(np.quantile(values, q)), 3) for q in (0, 0.5, 1))
    return {"least": low, "median": middle, "most": high}


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    """Return the figures of all panoramas on one side of the split, and of each."""
    material.require()
    names = TUNED if "calibrate" in words else JUDGED
    pans = PANS_DEG[:: len(PANS_DEG) - 1] if "--quick" in words else PANS_DEG
    rows = [row(name, pan) for name in names for pan in pans]
    each = {name: figures([r for r in rows if r["name"] == name]) for name in names}
    return {**figures(rows), "each": each}
