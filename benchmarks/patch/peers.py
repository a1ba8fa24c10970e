"""
The peers, by the same pictures: G'MIC's patch inpainting and OpenCV's Navier-Stokes.

Both run as they are installed here, as processes of their own, on what the canvas knows
and the mask of what it does not; neither takes references, guides or a seed, and neither
knows light above white: they are handed the log encoding, scaled to 16 and 8 bits. A peer
that is not installed is reported as absent.

    apt install gmic                                        G'MIC
    pip install --target FOLDER opencv-python-headless      OpenCV, for nobody but this
    SEAMLINE_BENCH_OPENCV=FOLDER                            or an interpreter that has cv2
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from patch.case import Case

Floats = NDArray[np.float32]
LOW, HIGH = -0.1, 1.1
"""The span of the log encoding that fits into the peers' codes: up to linear 1000."""
OPENCV = "SEAMLINE_BENCH_OPENCV"
_NAVIER_STOKES = """
import cv2, sys, numpy as np
known, mask, out = sys.argv[1:]
picture = np.load(known); hole = np.load(mask)
radius = 5
np.save(out, cv2.inpaint(picture, hole, radius, cv2.INPAINT_NS))
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """A peer's picture (H, W, 3) encoded, and what it cost."""

    colour: Floats
    cpu_s: float


def names() -> dict[str, str]:
    """Return the peers, and why one is absent; empty where it is there."""
    where = os.environ.get(OPENCV, "")
    there = where and (Path(where).is_file() or (Path(where) / "cv2").is_dir())
    return {
        "gmic": "" if shutil.which("gmic") else "gmic is not installed",
        "opencv": "" if there else f"${OPENCV} names no interpreter, and no folder with cv2",
    }


def fill(peer: str, case: Case) -> Answer:
    """Return what ``peer`` fills the case's hole with."""
    hole = case.judged & (case.canvas.keep < 1)
    coded = np.clip((case.canvas.known - LOW) / (HIGH - LOW), 0, 1)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        filled = (_gmic if peer == "gmic" else _opencv)(Path(folder), coded, hole)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    colour = (filled * np.float32(HIGH - LOW) + np.float32(LOW)).astype(np.float32)
    colour = np.where(hole[..., None], colour, case.canvas.known)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Answer(colour=colour, cpu_s=cpu)


def _gmic(folder: Path, coded: Floats, hole: NDArray[np.bool_]) -> Floats:
    """Patch size 7 as ours, everything else as G'MIC proposes it; float TIFF in and out."""
    import OpenImageIO as oiio

    def write(name: str, plane: Floats) -> None:
        spec = oiio.ImageSpec(plane.shape[1], plane.shape[0], plane.shape[2], oiio.FLOAT)
        buffer = oiio.ImageBuf(spec)
        buffer.set_pixels(oiio.ROI(), np.ascontiguousarray(plane))
        assert buffer.write(str(folder / name)), buffer.geterror()

    write("known.tif", coded * np.float32(255))
    write("mask.tif", hole[..., None].astype(np.float32) * np.float32(255))
    command = [
        "gmic", f"{folder}/known.tif", f"{folder}/mask.tif",
        "inpaint_matchpatch[0]", "[1],0,7", "rm[1]", "o", f"{folder}/out.tif,float",
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    out = oiio.ImageBuf(f"{folder}/out.tif").get_pixels(oiio.FLOAT)
    return np.asarray(out, np.float32)[..., :3] / np.float32(255)


def _opencv(folder: Path, coded: Floats, hole: NDArray[np.bool_]) -> Floats:
    np.save(folder / "known.npy", np.asarray(coded * 255 + 0.5, np.uint8))
    np.save(folder / "mask.npy", hole.astype(np.uint8) * 255)
    where, environment = os.environ[OPENCV], dict(os.environ)
    python = where
    if Path(where).is_dir():
        python, environment["PYTHONPATH"] = sys.executable, where
    subprocess.run(
        [python, "-c", _NAVIER_STOKES,
         *(str(folder / n) for n in ("known.npy", "mask.npy", "out.npy"))],
        check=True, capture_output=True, env=environment,
    )  # fmt: skip
    return np.load(folder / "out.npy").astype(np.float32) / np.float32(255)
