"""
The patch generator: five tasks, by the same ruler as its peers, and what a painting costs.

    python benchmarks patch                      every case, seeds 1 to 12, peers, speed
    python benchmarks patch --quick              one unseen plate a task, three seeds, 1K
    python benchmarks patch --only hole          a task, or a case such as hole-spruit, or
                                                 bits, motion, speed; said again for more
    python benchmarks patch --more-different     as with the shell's switch of that name
    python benchmarks patch --gallery FOLDER     besides: a contact sheet of every case
    python benchmarks patch --blind FOLDER       besides: a set for judging blind
    python benchmarks patch --count FOLDER       what a judge wrote into a blind set

What is known of a case or a row of the speed table is printed at once, on stderr: a run that
is stopped leaves what it had. Peers that are not installed are named and left out (``peers``).

Of holes, extensions and fills the row has the largest verbatim piece twice: as they are
painted, and of three seeds with ``--more-different``, beside the limit of its check.

Everything goes through the generator's own port. Plates that settings were ever looked at
with are marked ``tuned``; medians of a task are given over all plates and over the unseen.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from patch import cases, gallery, growth, material, measures, motion, painting, peers, speed
from patch.case import Case
from patch.painting import Take
from seamline import generators
from seamline.generators.patch import detect
from seamline.ports import ReferencePicture

ROOT = Path(__file__).parents[2]
LIMITS = {
    "seam gradient over truth": (0.7, 1.3),
    "patch SWD over the null, three scales": (0.0, 1.0),
    "sharpness over truth": (0.75, 1.25),
    "smallest difference of 12": (0.03, None),
    "lineage rebuild error": (0.0, 0.0),
}
QUICK_SEEDS = (1, 2, 3)
LAID = ("extension", "hole", "foliage")
"""Tasks whose pieces ``--more-different`` makes smaller."""
BESIDES = ("bits", "motion", "speed")
LOWEST_SKY_DEG = 8.0
"""Above it the skies' references show nothing but sky."""


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    said = _said(words)
    if said.count:
        return {"verdicts": gallery.counted(Path(said.count))}
    material.require()
    if said.alone:
        which, scale = said.alone
        more = {"references": said.references, "threads": said.threads}
        return dict(growth.alone(which, float(scale), **more))
    _check(said.only)
    which = _which(said)
    seeds = QUICK_SEEDS if said.quick else painting.SEEDS
    figures: dict[str, Any] = {}
    blind = gallery.Blind(Path(said.blind), seed=said.shuffle) if said.blind else None
    for task, name in which:
        case = cases.make(task, name)
        takes = painting.paint_all(case, seeds, different=said.more_different)
        figures[case.id] = _measured(case, takes, peers_too=not said.no_peers)
        if task in LAID and not said.more_different:
            figures[case.id] |= _in_smaller_pieces(case)
        print(json.dumps({case.id: figures[case.id]}), file=sys.stderr, flush=True)
        if said.gallery:
            folder = Path(said.gallery)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{case.id}.jpg").write_bytes(gallery.sheet(case, takes))
        if blind:
            blind.add(case, takes)
    if blind:
        blind.close()
    return {
        "commit": _commit(),
        "pixels": generators.load("patch").pixels,
        "seeds": list(seeds),
        "tuned": sorted(material.TUNED),
        "tuned_for": {task: sorted(names) for task, names in material.TUNED_FOR.items()},
        "unseen": sorted(
            {*material.PHOTOS, *material.PANORAMAS}
            - material.TUNED.union(*material.TUNED_FOR.values())
        ),
        "limits": LIMITS,
        "tasks": {task: _task(task, figures) for task in dict.fromkeys(t for t, _ in which)},
        "cases": figures,
        "peers_absent": {name: why for name, why in peers.names().items() if why},
        **_besides(said),
    }


def _besides(said: argparse.Namespace) -> dict[str, Any]:
    """Return what is measured besides cases: all of it, or what ``--only`` names."""
    asked = [name for name in BESIDES if not said.only or name in said.only]
    if said.no_speed and "speed" in asked:
        asked.remove("speed")
    found: dict[str, Any] = {}
    if "bits" in asked:
        found["same_bits_1_2_4_threads"] = _same_bits()
    if "motion" in asked:
        found["moving_camera"] = motion.run()
    print(json.dumps(found), file=sys.stderr, flush=True)
    if "speed" in asked:
        found["speed"] = speed.run(quick=said.quick)
    return found


def _check(only: Sequence[str]) -> None:
    """Refuse a name that means nothing: a run takes half an hour."""
    cases_ = {f"{task}-{name}" for task, own in cases.CASES.items() for name in own}
    unknown = [name for name in only if name not in {*cases_, *cases.CASES, *BESIDES}]
    if unknown:
        raise SystemExit(f"Error: no case is called {', '.join(unknown)}")


def _said(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python benchmarks patch")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--no-speed", action="store_true")
    parser.add_argument("--gallery")
    parser.add_argument("--blind")
    parser.add_argument("--shuffle", type=int, default=1)
    parser.add_argument("--count")
    parser.add_argument("--alone", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--references", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--more-different", action="store_true")
    return parser.parse_args(list(words))


def _which(said: argparse.Namespace) -> list[tuple[str, str]]:
    every = [(task, name) for task, own in cases.CASES.items() for name in own]
    if said.only:
        return [w for w in every if w[0] in said.only or "-".join(w) in said.only]
    return list(cases.QUICK) if said.quick else every


# -- one case -------------------------------------------------------------------------


def _measured(case: Case, takes: Sequence[Take], *, peers_too: bool) -> dict[str, Any]:
    null = _null(case)
    tops = measures.tops_of(case)
    rows = [_row(case, take, null, tops) for take in takes]
    figures: dict[str, Any] = {
        "tuned": case.tuned,
        "size": "x".join(str(n) for n in case.judged.shape[::-1]),
        "references": case.pictures,
        "cpu_s": round(median(take.cpu_s for take in takes), 2),
        **{name: _middle([row[name] for row in rows]) for name in
           ("seam", "seam_beside", "sharpness", "kept_detail", "verbatim_percent",
            "repeats_percent")},
        "swd_over_null": [
            _middle([row["swd_over_null"][k] for row in rows])
            for k in range(len(measures.SCALES))
        ],
        "swd_over_null_own": [
            _middle([row["swd_over_null_own"][k] for row in rows])
            for k in range(len(measures.SCALES))
        ],
        "sharpness_beside": _sharpness_beside(case),
        "smallest_difference": _rounded(
            measures.smallest_difference([take.colour for take in takes], case.judged)
        ),
        "rebuild_error": max(row["rebuild_error"] for row in rows),
        "failed": _failed(rows),
        "sun": [row["sun"] for row in rows if row["sun"]] or None,
    }  # fmt: skip
    if peers_too and case.truth:
        figures["peers"] = {
            name: _peer(case, name, null)
            for name, absent in peers.names().items()
            if not absent
        }
    return figures


def _in_smaller_pieces(case: Case) -> dict[str, Any]:
    """Return the largest verbatim piece, percent, with ``--more-different``, and its limit."""
    takes = painting.paint_all(case, QUICK_SEEDS, different=True)
    tops = measures.tops_of(case)
    found = [
        {f.check: f for f in detect.findings(measures.examined(take.painted, case, tops))}
        for take in takes
    ]
    return {
        "verbatim_limit_percent": found[0]["verbatim"].limit,
        "verbatim_more_different_percent": _middle([f["verbatim"].measured for f in found]),
        "verbatim_more_different_over": sum(f["verbatim"].verdict == "fail" for f in found),
    }


def _row(
    case: Case, take: Take, null: list[float | None], tops: dict[int, Any]
) -> dict[str, Any]:
    found = {f.check: f for f in detect.findings(measures.examined(take.painted, case, tops))}
    return {
        **_picture(case, take.colour, null),
        "swd_over_null_own": _from_its_own(case, take),
        "kept_detail": measures.kept_detail(take, case),
        "verbatim_percent": found["verbatim"].measured,
        "repeats_percent": found["repeats"].measured,
        "failed": [name for name, f in found.items() if f.verdict == "fail"],
        "rebuild_error": measures.rebuild_error(take.painted, case),
        "sun": measures.sun(take, case),
    }


def _picture(case: Case, picture: measures.Floats, null: list[float | None]) -> dict[str, Any]:
    """What can be said of anybody's picture."""
    truth, where = _beside_what(case)
    apart = measures.swd(picture, case.judged, truth, where)
    return {
        "seam": measures.seam_gradient(picture, case.plate, case.judged)
        if case.truth
        else None,
        "seam_beside": measures.seam_beside(picture, case.plate, case.judged)
        if case.truth
        else None,
        "swd_over_null": [
            a / b if a is not None and b else None for a, b in zip(apart, null, strict=True)
        ],
        "sharpness": measures.sharpness(picture, case.judged, case.plate)
        if case.truth
        else None,
    }


def _beside_what(case: Case) -> tuple[measures.Floats, measures.Mask]:
    """Return the picture whose patches count as right, and where: truth, else a reference."""
    if case.truth:
        return case.plate, case.judged
    return _shown_by(case, next(r for r in case.references if r.card is None))


def _shown_by(case: Case, view: ReferencePicture) -> tuple[measures.Floats, measures.Mask]:
    """Return a reference and where it counts: for skies where it surely is one."""
    where = view.usable
    if case.task == "sky" and view.elevation_deg is not None:
        where = where & (view.elevation_deg > LOWEST_SKY_DEG)
    return np.where(view.usable[..., None], view.colour, 0).astype(np.float32), where


def _null(case: Case) -> list[float | None]:
    """The plate beside the hole against what is hidden; or two halves of a reference."""
    picture, where = _beside_what(case)
    if case.truth:
        return measures.swd(picture, measures.beside(case.judged), picture, where)
    return _halves(picture, where)


def _sharpness_beside(case: Case) -> float | None:
    """
    Return the fine detail of the plate beside the hole over that of what is hidden, rms.

    As the null of the SWD: what one would measure who filled a hole with its surroundings.
    """
    if not case.truth:
        return None
    detail, around = measures.fine(case.plate), measures.beside(case.judged)
    return _rounded(float(np.sqrt(detail[around].mean() / detail[case.judged].mean())))


def _halves(picture: measures.Floats, where: measures.Mask) -> list[float | None]:
    left = np.arange(where.shape[1]) < where.shape[1] // 2
    return measures.swd(picture, where & left, picture, where & ~left)


def _from_its_own(case: Case, take: Take) -> list[float | None]:
    """
    Return a sky's SWD from the very dome it was set as, over that dome's own null.

    What is over the null from the first panorama, as it is set first, may be no more than
    another sky: twelve must differ. From its own it is what the painter did to it.
    """
    source = take.painted.layers[0].source[case.judged]
    source = source[source >= 0]
    if case.task != "sky" or not len(source):
        return [None] * len(measures.SCALES)
    picture, where = _shown_by(case, case.references[int(np.bincount(source).argmax())])
    apart = measures.swd(take.colour, case.judged, picture, where)
    null = _halves(picture, where)
    return [a / b if a is not None and b else None for a, b in zip(apart, null, strict=True)]


def _peer(case: Case, name: str, null: list[float | None]) -> dict[str, Any]:
    answer = peers.fill(name, case)
    row = _picture(case, answer.colour, null)
    return {
        "cpu_s": round(answer.cpu_s, 2),
        "seam": _rounded(row["seam"]),
        "sharpness": _rounded(row["sharpness"]),
        "swd_over_null": [_rounded(v) for v in row["swd_over_null"]],
    }


def _failed(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        for name in row["failed"]:
            counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def _middle(values: Sequence[float | None]) -> float | None:
    there = [v for v in values if v is not None and v == v]
    return _rounded(median(there)) if there else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)


# -- together -------------------------------------------------------------------------


def _task(task: str, figures: dict[str, Any]) -> dict[str, Any]:
    own = {k: f for k, f in figures.items() if k.startswith(f"{task}-")}
    unseen = {k: f for k, f in own.items() if not f["tuned"]}
    return {
        "plates": len(own),
        "unseen": len(unseen),
        **{
            name: {
                "all": _middle([f[name] for f in own.values()]),
                "unseen": _middle([f[name] for f in unseen.values()]),
            }
            for name in ("seam", "sharpness", "verbatim_percent", "cpu_s")
        },
        "swd_over_null": [
            _middle([f["swd_over_null"][k] for f in own.values()])
            for k in range(len(measures.SCALES))
        ],
        "smallest_difference": min(
            (f["smallest_difference"] for f in own.values() if f["smallest_difference"]),
            default=None,
        ),
        "over_the_peers": _ratios(own),
    }


def _ratios(own: dict[str, Any]) -> dict[str, Any]:
    """Our median over each peer's, same pictures: below 1 is quicker, or nearer the truth."""
    out: dict[str, Any] = {}
    for name in peers.names():
        pairs = [(f, f["peers"][name]) for f in own.values() if name in f.get("peers", {})]
        if pairs:
            out[name] = {
                "cpu": _middle([f["cpu_s"] / max(p["cpu_s"], 1e-3) for f, p in pairs]),
                "swd": [
                    _middle([
                        f["swd_over_null"][k] / p["swd_over_null"][k]
                        for f, p in pairs
                        if f["swd_over_null"][k] and p["swd_over_null"][k]
                    ])
                    for k in range(len(measures.SCALES))
                ],
            }  # fmt: skip
    return out


def _same_bits() -> bool:
    """Whether four paintings are the same one after the other, and two or four at a time."""
    case = cases.make(*cases.QUICK[3], scale=0.5)
    digests = [
        [take.digest for take in painting.paint_all(case, (1, 2, 3, 4), threads=threads)]
        for threads in (1, 2, 4)
    ]
    return digests[0] == digests[1] == digests[2]


def _commit() -> str:
    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
        return done.stdout.strip()

    return git("rev-parse", "--short", "HEAD") + (
        " with changes" if git("status", "--porcelain", "src") else ""
    )
