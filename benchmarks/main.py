"""
The main job: the demo show from plate to signed delivery, twice, and its parts.

Runs the real ``seamline demo`` in a fresh temporary folder, then again in the same
one; wall and CPU seconds and peak memory are the operating system's for that process
(``getrusage``). Two parts are then measured by themselves in this process, on that
demo's own canvas: painting one variation (CPU seconds) and one shutter sample of one
frame (CPU milliseconds, one thread). The first run compiles nothing if seamline has run
on this machine before; ``compiled_before`` says so.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
SHOT = "DEMO_010"
THREADS = 2
SMALL_PX = 64
PAINTED_AGAIN = 4
REPEATS = 5


def run(
    variations: int = 12, frames: str = "1001-1024", size: str = "960x540"
) -> dict[str, Any]:
    compiled = any((ROOT / "src").rglob("*.nbi"))
    with tempfile.TemporaryDirectory(prefix="seamline-bench-") as folder:
        said = [f"-n{variations}", "--frames", frames]
        if size != "960x540":
            said += ["--size", size]
        first, document = _demo(folder, said)
        second, again = _demo(folder, said)
        if [v["digest"] for v in document["variations"]] != [
            v["digest"] for v in again["variations"]
        ]:
            raise SystemExit("Error: the second run gave other pixels than the first")
        parts = _parts(folder, document["variations"])
    return {
        "commit": _commit(),
        "cores": len(os.sched_getaffinity(0)),
        "threads": THREADS,
        "load_before": round(os.getloadavg()[0], 2),
        "compiled_before": compiled,
        "size": size,
        "variations": variations,
        "frames": frames,
        **first,
        "second_run_seconds": second["seconds"],
        **parts,
    }


def _demo(folder: str, said: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "seamline"),
            *("demo", f"{folder}/show", *said, "--threads", str(THREADS), "--json"),
        ],
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1
        ),
        "peak_mb": round(after.ru_maxrss / 1024),
    }
    return figures, json.loads(done.stdout)


def _parts(folder: str, variations: list[dict[str, Any]]) -> dict[str, Any]:
    from seamline import wiring
    from seamline.steps import book

    studio = wiring.open_studio(f"{folder}/show", threads=1, quiet=True)
    painted = book.variations(studio.ledger, SHOT)
    middle = book.shot(studio.ledger, SHOT).frames.middle
    samples, ms = _sample_ms(studio, painted[0], middle)
    return {
        "paint_cpu_seconds_per_variation": _paint_cpu(studio, painted[:PAINTED_AGAIN]),
        "reproject_ms_per_sample": ms,
        "shutter_samples_of_middle_frame": samples,
        "smallest_pairwise_difference": _smallest_difference(studio, variations, middle),
    }


def _paint_cpu(studio: Any, variations: list[Any]) -> float:
    """Return the CPU seconds of painting one variation in this process, the mean of a few."""
    from seamline.generators.patch import Patch
    from seamline.steps import book, palette
    from seamline.steps.canvas import canvas_picture
    from seamline.steps.reference import usable_for

    ask = variations[0].ask
    backend = Patch()  # a show's own paints in a child, whose seconds are not ours
    canvas, body = book.canvas_by_digest(studio.ledger, ask.canvas_digest)
    picture = canvas_picture(studio, canvas, body["arrays"], ask.encoding)
    used, _ = usable_for(studio, "paint")
    views = [v for r in used for v in palette.lay_out(studio, r, picture, ask.encoding)]
    backend.paint(ask, picture, views, lambda share: None)  # compiled code is read
    begun = time.process_time()
    for variation in variations:
        backend.paint(variation.ask, picture, views, lambda share: None)
    return round((time.process_time() - begun) / len(variations), 2)


def _sample_ms(studio: Any, variation: Any, frame: int) -> tuple[int, float]:
    """Return how many shutter samples a frame has, and the CPU milliseconds of one."""
    from seamline.optics.projection import Pinhole
    from seamline.optics.shutter import shutter_rotations
    from seamline.steps import book
    from seamline.steps.ingest import display_window

    shot = book.shot(studio.ledger, SHOT)
    canvas, _ = book.canvas_by_digest(studio.ledger, variation.ask.canvas_digest)
    layer = studio.blobs.picture(variation.layers[0].digest)
    rgba = np.concatenate([layer.rgb(), layer.channels["A"][..., None]], axis=-1)
    window = display_window(shot)
    pinhole = Pinhole.of(shot.track.sample(frame).lens, window)
    rotations = shutter_rotations(canvas, shot.track, frame, pinhole, window)
    took = []
    for _ in range(REPEATS):
        begun = time.process_time()
        studio.optics.reproject_sphere(
            rgba,
            rotations,
            longitude_left_rad=canvas.longitude_left_rad,
            latitude_top_rad=canvas.latitude_top_rad,
            px_per_rad=canvas.px_per_rad,
            focal_px=(pinhole.focal_x_px, pinhole.focal_y_px),
            centre_px=(pinhole.centre_x_px, pinhole.centre_y_px),
            width_px=window[2],
            height_px=window[3],
        )
        took.append(time.process_time() - begun)
    return len(rotations), round(min(took) * 1000 / len(rotations), 1)


def _smallest_difference(
    studio: Any, variations: list[dict[str, Any]], frame: int
) -> float | None:
    """Return the smallest difference of any two clean elements in one frame, log10 rms."""
    from seamline.steps import book
    from seamline.steps.ingest import read_matte

    if len(variations) < 2:
        return None
    shot, seam = book.shot(studio.ledger, SHOT), book.seam(studio.ledger, SHOT)
    generated = read_matte(studio, shot, seam, frame) == 0
    seen = [
        _thumbnail(studio, shot, f"{v['element']}/{v['id']}.{frame}.exr", generated)
        for v in variations
    ]
    return round(min(_difference(a, b) for a, b in combinations(seen, 2)), 4)


def _thumbnail(
    studio: Any, shot: Any, path: str, generated: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return log10 luminance of what is generated, (N,), averaged as light to 64 px wide."""
    from seamline.pixels.resample import resized

    picture = studio.images.read(path)
    xyz = studio.colour.convert(picture.rgb(), shot.plate.colourspace, "CIE-XYZ-D65")
    share = generated[..., None].astype(np.float32)
    height = round(SMALL_PX * share.shape[0] / share.shape[1])
    light = resized(xyz[..., 1:2] * share, height, SMALL_PX)
    share = resized(share, height, SMALL_PX)
    mostly = share > 0.5
    return np.log10(np.maximum(light[mostly] / share[mostly], 1e-4)).astype(np.float64)


def _difference(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the rms of what is left of one after the best gain and offset of the other."""
    x, y = a - a.mean(), b - b.mean()
    rest = [
        float(((q - (p @ q) / max(p @ p, 1e-12) * p) ** 2).mean()) ** 0.5
        for p, q in ((x, y), (y, x))
    ]
    return min(rest)


def _commit() -> str:
    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
        return done.stdout.strip()

    return git("rev-parse", "--short", "HEAD") + (
        " with changes" if git("status", "--porcelain", "src") else ""
    )
