"""
Grain: measured in plates, made anew, and held beside frames nobody measured.

    python benchmarks match grain                      every plate, round trips, speed
    python benchmarks match grain --quick              every third plate
    python benchmarks match grain --pictures FOLDER    besides: crops, side by side
    python benchmarks match grain --no-speed
    python benchmarks match grain --only real      one kind: real, simulated, moving, grass
    python benchmarks match grain --known          besides: real plates whose grain is a model's

Plates, split by scene, and their seeds stand in ``grain_plates``; rulers in
``grain_measures``. From each plate's frames a model is measured; grain made from it (seed 1)
is laid on the true clean picture under frames that were not measured, and compared with the
grain of those. All figures are of synthetic grain, not of the model's numbers.

``null`` beside a figure is what two parts of the plate's own grain differ by, with the same
rulers: below it nobody can come but by chance. A real plate is judged whole, each half by the
model of the other, and its two halves differ by more than that takes; so ``chance`` tells
what drawing its blocks again moves the figure by. ``known`` are the figures of the same
picture, its grain taken off and that of the measured model laid on: what measuring and
judging so little material costs where the model is right.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np

from quality import grain_measures, grain_plates
from quality.grain_plates import Floats, Held, Image, Plate, joined
from seamline.pixels import grain
from seamline.show.grain import GrainModel

LIMITS = {
    "sigma rms": 0.03,
    "sigma rms, moving": 0.05,
    "sigma rms, grass": 0.05,
    "psd mean dB": 0.25,
    "psd max dB": 0.5,
    "auc": 0.70,
}
JUDGED = 8
MADE = 4
"""So many frames are made for a real one: their own chance then counts a quarter."""
SEED, KNOWN_SEED = 1, 77
SPEED_FRAMES = 8
TRIP_NEIGHBOURS = 6


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python benchmarks match grain")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--no-speed", action="store_true")
    parser.add_argument("--pictures")
    parser.add_argument("--known", action="store_true")
    parser.add_argument("--only", choices=tuple(grain_plates.KINDS))
    said = parser.parse_args(list(words))
    grain_plates.require()
    rows = []
    for plate in grain_plates.plates(quick=said.quick, only=said.only):
        measured = _measured if plate.clean is None else partial(_crossed, known=said.known)
        rows.append(measured(plate, said.pictures))
        print(rows[-1], file=sys.stderr, flush=True)
    return {
        "limits": LIMITS,
        "tuned scenes": sorted(grain_plates.TUNED),
        "unseen": _together([r for r in rows if not r["tuned"]]),
        "tuned": _together([r for r in rows if r["tuned"]]),
        "plates": rows,
        **({} if said.no_speed else {"speed": speed()}),
    }


def _measured(plate: Plate, pictures: str | None) -> dict[str, Any]:
    began = time.process_time()
    model = _model(plate)
    spent = time.process_time() - began
    real = plate.held()
    made = [
        plate.cut(grain.synthesise(model, clean, frame=1001 + k, seed=SEED))
        for k, clean in enumerate(plate.whole[:JUDGED])
    ]
    if pictures:
        _picture(plate, model, real, Path(pictures))
    extra: dict[str, Any] = {}
    if plate.kind in ("simulated", "compressed"):
        extra["single frame sigma"] = _single(plate, real)
        extra["round trip"] = _round_trip(plate, model, real)
    return {
        "plate": plate.name,
        "kind": plate.kind,
        "tuned": plate.tuned,
        **_compared(real, real.other(np.concatenate(made)), model),
        "null": _compared(real, plate.held(twin=True), model),
        **extra,
        "measure cpu_s": round(spent, 1),
    }


def _crossed(plate: Plate, pictures: str | None, *, known: bool) -> dict[str, Any]:
    """Return the figures of a real plate, each half judged by the model of the other."""
    began = time.process_time()
    halves = [plate, plate.swapped()]
    models = [_model(half) for half in halves]
    spent = time.process_time() - began
    if pictures:
        _picture(plate, models[0], plate.held(), Path(pictures))
    real, made = _both(halves, models)
    extra: dict[str, Any] = {}
    if known:
        told = grain.regrain(models[0], _clean(plate), frame=1, seed=KNOWN_SEED)
        again = replace(plate, frames=[told], judged=[plate.cut(told)])
        both = [again, again.swapped()]
        extra["known"] = _together_made(*_both(both, [_model(h) for h in both]), models[0])
    return {
        "plate": plate.name,
        "kind": plate.kind,
        "tuned": plate.tuned,
        **_together_made(real, made, models[0]),
        "null": _compared(real.first(1), plate.held(twin=True), models[0]),
        "chance": {
            k: _rounded(v) for k, v in grain_measures.chance(real, made, models[0]).items()
        },
        **extra,
        "measure cpu_s": round(spent / 2, 1),
    }


def _clean(plate: Plate) -> Image:
    assert plate.clean is not None
    return plate.clean


def _both(halves: Sequence[Plate], models: Sequence[GrainModel]) -> tuple[Held, list[Held]]:
    """Return the real grain of both halves, and ``MADE`` times made grain on the same light."""
    real = joined([half.held() for half in halves])
    made = []
    for k in range(MADE):
        parts = [
            half.cut(grain.synthesise(model, _clean(half), frame=1001 + k, seed=SEED))
            for half, model in zip(halves, models, strict=True)
        ]
        made.append(real.other(np.concatenate(parts)))
    return real, made


def _together_made(real: Held, made: Sequence[Held], model: GrainModel) -> dict[str, float]:
    """Return the figures of all made frames; AUC is the mean of each one's."""
    figures = _compared(real, joined(made), model, telling=False)
    own = grain_measures.whitened(real, model)
    told = [grain_measures.auc(own, grain_measures.whitened(one, model)) for one in made]
    return {**figures, "auc": _rounded(mean(told))}


def _model(plate: Plate) -> GrainModel:
    if plate.coordinates is not None:
        return grain.measure_moving(plate.frames, plate.coordinates, space="linear")
    return grain.measure_static(
        plate.frames, space="linear", clean=plate.clean, mask=plate.mask
    )


def _compared(
    real: Held, other: Held, model: GrainModel, *, telling: bool = True
) -> dict[str, float]:
    """Return the figures of other grain beside the real; ``telling``: and how it tells."""
    apart = grain_measures.sigma_errors(real, other)
    a, b = (grain_measures.whitened(held, model) for held in (real, other))
    psd = np.abs(grain_measures.psd_errors_db(b, a))
    return {
        "sigma rms": _rounded(np.sqrt((apart**2).mean())),
        "sigma median": _rounded(np.median(np.abs(apart))),
        "psd mean dB": _rounded(psd.mean()),
        "psd max dB": _rounded(psd.max()),
        **({"auc": _rounded(grain_measures.auc(a, b))} if telling else {}),
    }


def _single(plate: Plate, real: Held) -> float:
    """Return the sigma of an estimate from the first frame over the real one, median."""
    guess = grain.measure_single(plate.frames[0], space="linear")
    made = [
        grain.synthesise(guess, clean, frame=1001 + k, seed=SEED)
        for k, clean in enumerate(plate.under[:JUDGED])
    ]
    apart = grain_measures.sigma_errors(real, real.other(np.concatenate(made)))
    return _rounded(1 + np.median(apart))


def _round_trip(plate: Plate, model: GrainModel, real: Held) -> dict[str, Any]:
    """
    Take the grain off measured frames, with six neighbours each, and lay new grain on.

    ``over time``: how frames differ from their own mean, before and after, which is what any
    measure of the plate sees. ``beside the truth``: what they hold beside the true picture,
    where the detail that went with the old grain counts against it too.
    """
    began = time.process_time()
    frames = list(plate.frames)
    cleaned = [
        grain.degrain(
            model,
            frame,
            others=[other for j, other in enumerate(frames) if j != k][:TRIP_NEIGHBOURS],
        )
        for k, frame in enumerate(frames)
    ]
    spent = (time.process_time() - began) / len(frames)
    again = [
        grain.regrain(model, clean, frame=1001 + k, seed=SEED)
        for k, clean in enumerate(cleaned)
    ]
    before, after = (_over_time(real, some) for some in (frames, again))
    left, laid = (
        real.other(np.concatenate([f - u for f, u in zip(some, plate.under, strict=False)]))
        for some in (cleaned, again)
    )
    whole = grain_measures.whitened(left, model)
    return {
        "over time": _compared(before, after, model),
        "beside the truth": _compared(real, laid, model),
        "left in degrained, sigmas": _rounded(np.sqrt((whole**2).mean())),
        "degrain cpu_s a megapixel": round(spent / (cleaned[0].size / 3e6), 2),
    }


def _over_time(real: Held, frames: Sequence[Image]) -> Held:
    middle = np.mean(frames, axis=0, dtype=np.float64)
    scale = (len(frames) / (len(frames) - 1)) ** 0.5
    return real.other(np.concatenate([(f - middle) * scale for f in frames]).astype(np.float32))


def _together(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return median, worst, and how many keep the limit, per kind of plate."""
    out: dict[str, Any] = {}
    for kind in dict.fromkeys(row["kind"] for row in rows):
        own = [row for row in rows if row["kind"] == kind]
        out[kind] = {"plates": len(own)}
        for name in ("sigma rms", "sigma median", "psd mean dB", "psd max dB", "auc"):
            limit = LIMITS.get(f"{name}, {kind}", LIMITS.get(name, LIMITS["sigma rms"]))
            values = [row[name] for row in own]
            out[kind][name] = {
                "median": _rounded(median(values)),
                "worst": max(values),
                "null median": _rounded(median(row["null"][name] for row in own)),
                "within limit": sum(v <= limit for v in values),
                **{
                    beside: _rounded(median(row[beside][name] for row in own))
                    for beside in ("chance", "known")
                    if name in own[0].get(beside, ())
                },
            }
        trips = [row["round trip"] for row in own if "round trip" in row]
        if trips:
            out[kind]["round trip"] = {
                part: {n: _rounded(median(trip[part][n] for trip in trips)) for n in names}
                for part, names in (
                    (part, trips[0][part]) for part in ("over time", "beside the truth")
                )
            }
            out[kind]["single frame sigma"] = _rounded(
                mean(row["single frame sigma"] for row in own)
            )
    return out


def speed() -> dict[str, Any]:
    """CPU seconds a frame at 2K and at 4K; to measure, those of eight frames (4K: of four)."""
    rng = np.random.default_rng(3)
    out: dict[str, Any] = {}
    for name, (height, width), count in (
        ("2K", (1080, 2048), SPEED_FRAMES),
        ("4K", (2160, 4096), SPEED_FRAMES // 2),
    ):
        ramp = np.linspace(0.01, 1.0, width, dtype=np.float32)
        clean = np.broadcast_to(ramp[None, :, None], (height, width, 3))
        frames = [
            clean + 0.02 * rng.standard_normal(clean.shape, np.float32) for _ in range(count)
        ]
        took: dict[str, float] = {}
        model = _timed(took, "measure", partial(grain.measure_static, frames, space="x"))
        first = frames[0]
        del frames
        grain.synthesise(model, clean[:8, :8], frame=1, seed=1)  # filters are set up once
        _timed(took, "regrain", partial(grain.regrain, model, clean, frame=1, seed=1))
        _timed(took, "degrain", partial(grain.degrain, model, first))
        out[name] = took
    return out


def _timed(took: dict[str, float], name: str, work: Any) -> Any:
    began = time.process_time()
    found = work()
    took[f"{name} cpu_s"] = round(time.process_time() - began, 2)
    return found


def _picture(plate: Plate, model: GrainModel, real: Held, folder: Path) -> None:
    """Write crops: real, made, and both grains alone, four times as strong."""
    from PIL import Image as Pillow

    folder.mkdir(parents=True, exist_ok=True)
    rows, columns = slice(0, 256), slice(0, 256)
    light = real.light[rows, columns]
    own = np.where(real.seen[rows, columns, None], real.grain[rows, columns], 0)
    made = grain.synthesise(model, light, frame=1001, seed=SEED)
    pair = [_shown(light + g) for g in (own, made)]
    alone = [0.5 + 4 * (p - _shown(light)) for p in pair]
    sheet = np.concatenate([*pair, *alone], axis=1)
    codes = (np.clip(sheet, 0, 1) * 255 + 0.5).astype(np.uint8)
    Pillow.fromarray(codes).save(folder / f"{plate.name.replace(' ', '_')}.png")


def _shown(light: Image) -> Floats:
    held = np.clip(light.astype(np.float64), 0, 1)
    return np.where(held <= 0.0031308, held * 12.92, 1.055 * held ** (1 / 2.4) - 0.055)


def _rounded(value: Any) -> float:
    return round(float(value), 4)
