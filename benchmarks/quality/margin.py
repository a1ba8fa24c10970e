"""
Margin: what the band that the real generator paints over the plate tells of colour.

Extensions and holes of one surface (``patch.cases``: photographs and views of panoramas), 512
px wide or what their source has, painted by ``patch`` with a margin of ``MARGIN_PX`` over plate
that it may not copy. References are what ``paint`` would hand over, the plate's own rest among
them; ``SEEDS`` paintings a case.

* recovery: the painted half gets an error (``quality.colour.Error``: up to .7 stop, 4200 to
  9500 K, a random grade), margin and all, as if it had been painted so. The product's own fit
  (``pixels.margin.match_margin``) sees margin and plate and no more. Its CDL is put on the
  plate's whole picture with the same error, which is then compared with the picture: the mean
  CIEDE2000 through the show's view; median and 90th percentile over paintings and errors.
  What was refused is counted apart, and what the refused offset would have done (``graded
  anyway``). ``color-matcher``'s methods see the same band as two
  pictures, where it is installed.
* shifted: the painted half .35 stop brighter or darker afterwards, as a wrong grade would make
  it; and painted again with every reference .35 stop brighter or darker, the plate's own rest
  too, and with all but the plate's own. How much of that stands in the fill beside the plate
  (``.. in the fill``, stops: against the same seed's fill from right references) and in the
  margin, and whether the check ``margin`` fails at its limit. The generator takes most of it
  out, so the references themselves are also held against the plate (``reference found``):
  where both show alike things, which the plate's own rest needs nobody for.

Split by source picture: limits in ``pixels.margin`` were set on ``TUNED``, figures are of all
others. Seed 41, ``--count`` errors a painting (2). One core, some five CPU
minutes, which is why pictures are small and seeds few; painting with shifted references is
more than half of it.

    python benchmarks match margin               figures on the sources not used for limits
    python benchmarks match margin calibrate     the same on the tuned ones
    python benchmarks match margin recovery      without shifted references
    python benchmarks match margin --only quay,wren
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from patch import material
from patch.cases import Case, make
from patch.painting import flattened, paint

from quality import peers
from quality.colour import Error, apart
from seamline import generators
from seamline.checks.limits import LIMITS
from seamline.checks.margin import LIMIT_REFERENCE_STOPS, LIMIT_STOPS
from seamline.pixels.cdl import apply_cdl
from seamline.pixels.flatten import MARGIN
from seamline.pixels.light import STOPS_PER_UNIT
from seamline.pixels.margin import MarginFit, match_margin
from seamline.pixels.matte import grown
from seamline.pixels.metrics import log_difference
from seamline.pixels.overlap import compared
from seamline.ports import Generator, Studio
from seamline.show.cdl import CDL
from seamline.steps.match import black_layer
from seamline.steps.match_references import references_off
from seamline.steps.palette import PLATE_ID

Pixels = NDArray[np.float32]
TUNED = ("lake", "spruit", "noon", "larches")
CASES = {
    "extension": ("lake", "spruit", "dunes", "harbour", "quay", "wren"),
    "hole": ("spruit", "noon", "lake", "prairie", "quay", "dunes"),
    "foliage": ("larches", "stream", "rainforest", "dandelions"),
}
WIDE_PX, PANORAMA_PX, MARGIN_PX = 512, 640, 32
"""The product's margin is 64 px, at four times as many pixels and more."""
SEEDS = (1, 2)
SHIFT_STOPS = 0.35
BESIDE_PX = 24
SEED = 41


def case_of(task: str, name: str) -> Case:
    """Return a case at this benchmark's size, with a margin."""
    full = 1024 if name in material.PHOTOS or name == "spruit" else PANORAMA_PX
    made = make(task, name, scale=WIDE_PX / full)
    keep = made.canvas.keep == 1
    margin = keep & (grown(made.canvas.need.astype(np.float32), MARGIN_PX) > 0)
    canvas = replace(made.canvas, margin=margin)
    references = [
        replace(r, usable=r.usable & ~margin) if r.id == PLATE_ID else r
        for r in made.references
    ]
    return replace(made, canvas=canvas, references=references)


def shifted(case: Case, stops: float, *, plate_too: bool) -> Case:
    """Return ``case`` with its references so much brighter."""
    gain = np.float32(2.0**stops)

    def moved(colour: Pixels) -> Pixels:
        return material.coded(material.light(colour) * gain)

    references = [
        replace(r, colour=moved(r.colour)) if plate_too or r.id != PLATE_ID else r
        for r in case.references
    ]
    return replace(case, references=references)


def painted(case: Case, seed: int, backend: Generator) -> tuple[Pixels, Pixels]:
    """Return the fill and the margin, (H, W, 3) encoded."""
    take = paint(case, seed, backend)
    margin = next(layer for layer in take.painted.layers if layer.name == MARGIN)
    return flattened(take.painted), margin.colour


def recovered(
    case: Case,
    margin: Pixels,
    rng: np.random.Generator,
    count: int,
    found: dict[str, list[Any]],
) -> None:
    """Put ``count`` errors on the painted half and add how far each way comes back."""
    of, mask = material.studio(), case.canvas.margin
    truth = material.light(case.plate)
    plate = case.plate
    peer = peers.matcher()
    methods = ("mkl", "hm-mkl-hm", "reinhard") if peer else ()
    for _ in range(count):
        error = Error(of, rng)
        wrong = material.coded(error(truth))
        band = material.coded(error(material.light(margin)))
        found["uncorrected"].append(apart(of, wrong, truth))
        fit = match_margin(band, plate, mask, id="margin")
        found["told"].append(fit.sure)
        off = apart(of, apply_cdl(wrong, fit.cdl), truth)
        found["given" if fit.sure else "refused"].append(off)
        if not fit.sure:
            found["graded anyway"].append(_anyway(of, band, plate, mask, wrong, truth))
        kind = "whole" if fit.whole else "offset"
        said = f"{found['uncorrected'][-1]:.2f} -> {off:.2f} {'' if fit.sure else fit.says}"
        print(f"  {case.id} {kind}: {said}", file=sys.stderr)
        for way, seen in peers.matched(methods, peer, band[mask], wrong, plate[mask]).items():
            found.setdefault(way, []).append(apart(of, seen, truth))


def _anyway(
    of: Studio,
    band: Pixels,
    plate: Pixels,
    mask: NDArray[np.bool_],
    wrong: Pixels,
    truth: Pixels,
) -> float:
    """Return how far ``wrong`` is from ``truth`` by the offset that was refused."""
    apart_by = log_difference(plate, band, mask)
    if apart_by is None:
        return apart(of, wrong, truth)
    r, g, b = (float(v) for v in apart_by[0])
    return apart(of, apply_cdl(wrong, CDL(id="anyway", offset=(r, g, b))), truth)


def caught(
    case: Case, seed: int, right: Pixels, margin: Pixels, backend: Generator
) -> list[dict[str, Any]]:
    """Return what a shift of the painted half or of the references does."""
    mask = case.canvas.margin
    beside = case.canvas.need & (grown(case.canvas.keep, BESIDE_PX) > 0)
    light = material.light(margin)
    graded = [
        match_margin(material.coded(light * np.float32(2.0**v)), case.plate, mask, id="margin")
        for v in (-SHIFT_STOPS, SHIFT_STOPS)
    ]
    rows = [{"of": "after", "sure": f.sure, "fails": f.stops > LIMIT_STOPS} for f in graded]
    for plate_too in (True, False):
        if not plate_too and len(case.references) == 1:
            continue
        for stops in (-SHIFT_STOPS, SHIFT_STOPS):
            fill, moved = painted(shifted(case, stops, plate_too=plate_too), seed, backend)
            fit = match_margin(moved, case.plate, mask, id="margin")
            rows.append(
                {
                    "of": "all" if plate_too else "others",
                    "sure": fit.sure,
                    "fill": float(np.median((fill - right)[beside])) * STOPS_PER_UNIT,
                    "far": float(np.median((fill - right)[case.judged & ~beside]))
                    * STOPS_PER_UNIT,
                    "margin": fit.stops,
                    "fails": fit.stops > LIMIT_STOPS,
                    **references_told(shifted(case, stops, plate_too=plate_too)),
                }
            )
            print(f"  {case.id} {stops:+.2f} {rows[-1]}", file=sys.stderr)
    return rows


def laid_on(case: Case, margin: Pixels, fit: MarginFit) -> dict[str, Any]:
    """Return what QC's own measure says of a margin with CDL and black laid on, in stops."""
    mask, plate = case.canvas.margin, material.light(case.plate)
    graded = material.light(apply_cdl(margin, fit.cdl))
    black = np.array(black_layer(graded, plate, mask).black, np.float32)
    found = [compared(plate, each, mask) for each in (graded, graded + black)]
    off = [each.stops if each else 0.0 for each in found]
    return {"black": float(np.abs(black).max()), "before black": off[0], "after": off[1]}


def references_told(case: Case) -> dict[str, Any]:
    """Return what the references themselves tell beside the plate (``pixels.likeness``)."""
    others = {r.id for r in case.references if r.id != PLATE_ID}
    off = list(references_off(case.canvas, case.references).values())
    return {
        "has references": bool(others),
        "references told": len(off),
        "reference off": max((abs(v) for v in off), default=0.0),
        "reference found": any(abs(v) > LIMIT_REFERENCE_STOPS for v in off),
    }


def _told(values: list[float]) -> dict[str, Any]:
    if not values:
        return {"cases": 0}
    return {
        "cases": len(values),
        "median": round(float(np.median(values)), 2),
        "p90": round(float(np.quantile(values, 0.9)), 2),
    }


def run(words: list[str] | tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the figures; with ``calibrate`` those of the tuned sources."""
    material.require()
    tuned = "calibrate" in words
    more = [word for word in words if word not in ("calibrate", "recovery")]
    said = dict(zip(more[::2], more[1::2], strict=False))
    only = said.get("--only", "").split(",") if "--only" in said else None
    count = int(said.get("--count", 2))
    seeds = SEEDS[: int(said.get("--seeds", len(SEEDS)))]
    backend = generators.load("patch")
    told_of = ("uncorrected", "given", "refused", "graded anyway")
    found: dict[str, list[Any]] = {n: [] for n in (*told_of, "told")}
    rows: list[dict[str, Any]] = []
    clean: list[float] = []
    laid: list[dict[str, Any]] = []
    began = time.process_time()
    told: list[dict[str, Any]] = []
    number = 0
    for task, names in CASES.items():
        for name in names:
            if (name in TUNED) != tuned or (only and name not in only):
                continue
            case = case_of(task, name)
            told.append(references_told(case))
            for seed in seeds:
                number += 1
                rng = np.random.default_rng([SEED, number])
                fill, margin = painted(case, seed, backend)
                fit = match_margin(margin, case.plate, case.canvas.margin, id="margin")
                if fit.sure:
                    clean.append(fit.stops)
                    laid.append(laid_on(case, margin, fit))
                print(f"{case.id} seed {seed}: {fit.stops:.3f} stops", file=sys.stderr)
                recovered(case, margin, rng, count, found)
                if seed == SEEDS[0] and "recovery" not in words:
                    rows += caught(case, seed, fill, margin, backend)
    given = {n: _told(found[n]) for n in told_of}
    ways = {n: _told(v) for n, v in found.items() if n not in (*given, "told")}
    return {
        "paintings": number,
        **given,
        "color-matcher": ways or "not installed",
        "nothing wrong: stops": _told(clean) | {"fails": sum(v > LIMIT_STOPS for v in clean)},
        "nothing wrong: matched, by QC's measure": {
            "margins": len(laid),
            "black lifted": sum(each["black"] > 0 for each in laid),
            **{
                f"{n}: stops": _told([abs(each[n]) for each in laid])
                | {"fails": sum(abs(each[n]) > LIMITS["exposure"] for each in laid)}
                for n in ("before black", "after")
            },
        },
        "nothing wrong: references": {
            "cases with any": sum(t["has references"] for t in told),
            "told": sum(t["references told"] > 0 for t in told),
            "farthest off, stops": round(max(t["reference off"] for t in told), 3),
            "false alarms": sum(t["reference found"] for t in told),
        },
        f"painted half shifted by {SHIFT_STOPS} stop": {
            "margins": sum(r["of"] == "after" for r in rows),
            "refused": sum(r["of"] == "after" and not r["sure"] for r in rows),
            "found": sum(r["of"] == "after" and r["sure"] and r["fails"] for r in rows),
        },
        f"references shifted by {SHIFT_STOPS} stop": {
            "all of them": _shift([r for r in rows if r["of"] == "all"]),
            "all but the plate's own": _shift([r for r in rows if r["of"] == "others"]),
        },
        "cpu_s": round(time.process_time() - began, 1),
    }


def _shift(of: list[dict[str, Any]]) -> dict[str, Any]:
    if not of:
        return {"paintings": 0}
    middle = {
        f"{n}, stops": round(float(np.median([abs(r[n]) for r in of])), 3)
        for n in ("fill", "far", "margin")
    }
    there = [r for r in of if abs(r["fill"]) > LIMIT_STOPS]
    return {
        "paintings": len(of),
        "refused": sum(not r["sure"] for r in of),
        "found": sum(r["fails"] and r["sure"] for r in of),
        "with references but the plate's own rest": sum(r["has references"] for r in of),
        "reference told": sum(r["references told"] > 0 for r in of),
        "reference found": sum(r["reference found"] for r in of),
        "shown in the fill": len(there),
        "found of these": sum(r["fails"] and r["sure"] for r in there),
        **middle,
    }
