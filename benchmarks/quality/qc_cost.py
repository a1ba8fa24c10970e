"""
Cost: what QC of one version takes, CPU seconds a frame, at 2K and 4K.

Eight frames of a wall with grain, half floats, locked off, with a hole of a third of the
frame on one surface and its margin painted with the plate's own colours; every measure of QC
has something to look at. The paintings are made first and not counted.

    python benchmarks match cost            2K and 4K
    python benchmarks match cost --only 2K
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from seamline import wiring
from seamline.pixels.picture import Picture
from seamline.ports import CanvasPicture, Painted, PaintedLayer, ReferencePicture
from seamline.show.frames import FrameRange, frame_path
from seamline.show.seam import Box, Seam
from seamline.show.variation import Ask
from seamline.steps.examine import examine
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.main_job import painted
from seamline.steps.reference import Permission, add_reference

SIZES = {"2K": (2048, 1080), "4K": (4096, 2160)}
FRAMES = FrameRange(first=1001, last=1008)


class _Copyist:
    """Paints the plate's own colours, as offsets from one picture."""

    name, pixels, encoding, needs_references = "copyist", 1, "ACEScg", True

    def paint(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
    ) -> Painted:
        rows, columns = (v % 32 for v in np.indices(canvas.keep.shape, dtype=np.int32))
        own = references[0].colour[rows, columns]
        offset = canvas.known - own
        layers = [
            PaintedLayer(
                name=name, colour=own + offset, alpha=alpha.astype(np.float32),
                source=np.zeros(rows.shape, np.int32), source_x=columns, source_y=rows,
                offset=offset,
            )
            for name, alpha in (("env", canvas.keep != 1), ("margin", canvas.margin))
        ]  # fmt: skip
        return Painted(layers=tuple(layers))


def _picture(number: int, width: int, height: int) -> Picture:
    rng = np.random.default_rng(number)
    light = 2.0 ** (
        np.sin(np.arange(width) / 90)[None] + np.cos(np.arange(height) / 70)[:, None]
    )
    window = (0, 0, width, height)
    planes = {
        n: (light * c + rng.normal(0, 0.008, (height, width))).astype(np.float16)
        for n, c in zip("RGB", (0.2, 0.18, 0.15), strict=True)
    }
    ap1 = ("float[8]", (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767))
    return Picture(
        channels=planes, data_window=window, display_window=window,
        attributes={"chromaticities": ap1},
    )  # fmt: skip


def _cost(width: int, height: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="seamline-bench-qc-") as folder:
        wiring.new_show(f"{folder}/show", "Bench", width=width, height=height, rate="24")
        of = replace(
            wiring.open_studio(f"{folder}/show", threads=1, quiet=True),
            generator=lambda name: _Copyist(),
        )
        plate = f"{folder}/plate.%04d.exr"
        for n in FRAMES:
            of.images.write(frame_path(plate, n), _picture(n, width, height))
        of.images.write(f"{folder}/noon.exr", _picture(1, 300, 200))
        allowed = Permission(
            kind="photography", owner="Bench", licence="CC0-1.0", approved_by="Bench",
            allow=("paint",), hfov_deg=60.0,
        )  # fmt: skip
        add_reference(of, f"{folder}/noon.exr", allowed)
        add_shot(of, "042", plate=plate, static=True, frames=FRAMES)
        hole = Box(x=width // 4, y=height // 4, width=width // 2, height=2 * height // 3)
        set_seam(of, Seam(shot="042", version=1, box=hole, one_surface=True))
        made = painted(of, "042", variations=1, seed=1, generator="copyist")
        version = made["variations"][0]["id"]
        began, wall = time.process_time(), time.perf_counter()
        found = examine(of, version)
        used, wall = time.process_time() - began, time.perf_counter() - wall
    return {
        "cpu_s a frame": round(used / len(FRAMES), 2),
        "wall_s a frame": round(wall / len(FRAMES), 2),
        "peak MB of the process": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "measured": sum(f.verdict in ("pass", "fail") for f in found.findings),
    }


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python benchmarks match cost")
    parser.add_argument("--only", choices=tuple(SIZES))
    said = parser.parse_args(list(words))
    names = [said.only] if said.only else list(SIZES)
    return {name: _cost(*SIZES[name]) for name in names}
